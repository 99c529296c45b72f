"""From a rig file, its object kind and the drivers' declarations to a `BenchModel`."""

from __future__ import annotations

from pathlib import Path

from bench.clock import MILLISECOND, SECOND
from bench.config.catalogue import Catalogue
from bench.config.channels import (
    add_computed,
    add_own,
    add_rates,
    add_readings,
    check_date,
)
from bench.config.checklist import resolved_checks
from bench.config.counters import resolved_counters
from bench.config.demands import DemandSources, add_demands
from bench.config.gas import gas_lot
from bench.config.grammar import ObjectFile, RigFile
from bench.config.instruments import Instruments, instruments_of
from bench.config.quantities import SECONDS, measure, positive, selected
from bench.config.row import Row
from bench.config.simulation import checked_simulation, simulation
from bench.config.uncertainties import stated_uncertainty
from bench.document import Document, load, validated
from bench.errors import ConfigError, did_you_mean
from bench.expression import Resolved
from bench.findings import Findings
from bench.limit import check_recoveries, resolved_limits
from bench.model import BenchModel, GasLot, PeopleFirst, TestObject
from bench.safeguard import Limit, SafetyChain, Scope
from bench.units import Unit, unit

__all__ = ["gas_lot", "load_rig", "measure", "selected", "simulation", "stated_uncertainty"]

_KILOGRAM_PER_SECOND = unit("kg/s")


def load_rig(name: str, catalogue: Catalogue) -> BenchModel:
    """Return the bench a rig file describes.

    Raises:
        ConfigError: every problem of the rig and its object kind, with file, line and column.
    """
    document = load(catalogue.rig(name))
    rig = validated(document, RigFile)
    findings = Findings()
    instruments = instruments_of(rig, document, findings)
    kind_document, kind = _object_kind(rig, document, catalogue, findings)
    sources = DemandSources(rig, document, kind, kind_document, instruments)
    model = _built(sources, findings)
    findings.raise_if_any("config.rig-problems", rig=document.name)
    return model


def _object_kind(
    rig: RigFile, document: Document, catalogue: Catalogue, findings: Findings
) -> tuple[Document, ObjectFile]:
    try:
        kind_document = load(catalogue.object_kind(rig.object.kind))
        return kind_document, validated(kind_document, ObjectFile)
    except ConfigError as error:
        findings.take(document.section("object", "kind"), error)
        raise findings.refusal("config.rig-problems", rig=document.name) from error


def _built(sources: DemandSources, findings: Findings) -> BenchModel:
    """Return the model; incomplete where there are findings."""
    rig, document = sources.rig, sources.document
    kind, kind_document = sources.kind, sources.kind_document
    instruments = sources.instruments
    row = Row(findings)
    bases, stated = add_readings(rig, document, instruments, row, findings)
    demands = add_demands(sources, row, findings)
    add_own(document, row)
    add_rates(rig, document, row, findings)
    add_computed(rig, document, row, findings)
    return BenchModel(
        name=rig.rig,
        title=rig.title,
        object=_object(sources, findings),
        connections=tuple(entry.connection for entry in instruments.wired.values()),
        bases=bases,
        channels=tuple(row.channels),
        index=row.index,
        max_age=tuple(row.ages),
        computed=tuple(row.computed),
        rates=tuple(row.rates),
        demands=demands,
        limits=_limits(sources, row, findings),
        scan_period=_scan_period(rig, document, findings),
        stated=stated,
        gas=_gas(rig, document, findings),
        soft_stop=kind.soft_stop,
        hard_stop=kind.hard_stop,
        people_first=_people_first(kind),
        unload=kind.unload,
        recoveries=kind.recoveries,
        counters=resolved_counters(kind.counters, row, kind_document.section("counters"), findings),
        preflight=resolved_checks(
            rig.preflight,
            row,
            demands,
            tuple(entry.connection for entry in instruments.wired.values()),
            section=document.section("preflight"),
            findings=findings,
        ),
        fuel_estimate=_fuel_estimate(kind, kind_document, row, findings),
        safety=_safety(rig, document, instruments, row, findings),
        key_channels=_key_channels(rig, document, row, findings),
        simulation=checked_simulation(
            rig.simulation, instruments, document.section("simulation"), findings
        ),
        buses={name: dict(bus) for name, bus in rig.buses.items()},
        texts={
            Path(document.name).name: document.text,
            f"objects/{Path(kind_document.name).name}": kind_document.text,
        },
        rig_source=document,
        object_source=kind_document,
    )


def _object(sources: DemandSources, findings: Findings) -> TestObject:
    given, wanted = sources.rig.object, sources.kind.data
    section = sources.document.section("object")
    data: dict[str, float] = {}
    units: dict[str, Unit] = {}
    for name, asked in wanted.items():
        unit_text = asked if isinstance(asked, str) else asked.unit
        if name not in given.data and isinstance(asked, str):
            findings.add(section.key_mark, "config.no-object-data", name=name, unit=unit_text)
            continue
        where = sources.kind_document.section("data", name)
        with findings.at(where):
            units[name] = unit(unit_text)
            if name in given.data:
                with findings.at(section / "data" / name):
                    data[name] = measure(given.data[name], units[name])
            elif not isinstance(asked, str):
                with findings.at(where / "default"):
                    data[name] = measure(asked.default, units[name])
    for name in given.data.keys() - wanted.keys():
        where = (section / "data" / name).key_mark
        hint = did_you_mean(name, wanted)
        findings.add(where, "config.unknown-object-data", name=name, hint=hint)
    return TestObject(given.kind, given.serial, data, units, sources.kind.title)


def _people_first(kind: ObjectFile) -> PeopleFirst | None:
    found = kind.people_first
    return None if found is None else PeopleFirst(found.costs, found.steps)


def _limits(sources: DemandSources, row: Row, findings: Findings) -> tuple[Limit, ...]:
    facility = sources.document.section("limits")
    of_object = sources.kind_document.section("limits")
    limits = (
        *resolved_limits(sources.rig.limits, row, facility, findings, Scope.FACILITY),
        *resolved_limits(sources.kind.limits, row, of_object, findings, Scope.OBJECT),
    )
    seen: set[str] = set()
    for limit in limits:
        if limit.id in seen and limit.mark is not None:
            findings.add(limit.mark, "config.limit-twice", id=limit.id)
        seen.add(limit.id)
    check_recoveries(limits, sources.kind.recoveries, findings)
    return limits


def _scan_period(rig: RigFile, document: Document, findings: Findings) -> int:
    with findings.at(document.section("scan", "period")):
        period = round(positive(rig.scan.period, SECONDS) * SECOND)
        if period < MILLISECOND:
            shortest = SECONDS.shown(MILLISECOND / SECOND)
            raise ConfigError("config.scan-too-short", period=rig.scan.period, shortest=shortest)
        return period
    return MILLISECOND


def _gas(rig: RigFile, document: Document, findings: Findings) -> GasLot | None:
    if rig.gas is None:
        return None
    section = document.section("gas")
    with findings.at(section / "date"):
        check_date(rig.gas.date)
    with findings.at(section):
        return gas_lot(rig.gas)
    return None


def _fuel_estimate(
    kind: ObjectFile, document: Document, row: Row, findings: Findings
) -> Resolved | None:
    if kind.hydrogen_flow is None:
        return None
    with findings.at(document.section("hydrogen-flow")):
        formula = row.expression(kind.hydrogen_flow)
        if formula.unit.dimension != _KILOGRAM_PER_SECOND.dimension:
            raise ConfigError("config.dimension", value="hydrogen-flow", unit="kg/s")
        return formula
    return None


def _safety(
    rig: RigFile, document: Document, instruments: Instruments, row: Row, findings: Findings
) -> SafetyChain:
    """Return how the bench is tied to the hardwired chain."""
    given, section = rig.safety, document.section("safety")
    outputs: dict[str, tuple[str, int]] = {}
    for role in ("heartbeat", "horn", "beacon"):
        target: str | None = getattr(given, role)
        if target is None:
            continue
        for name, grammar in rig.demands.items():
            if grammar.to == target:
                findings.add(section / role, "config.demand-taken", to=target, first=name)
        found = instruments.demand(target, section / role, findings)
        if found is not None:
            outputs[role] = found[:2]
    closed = None
    if given.chain is not None:
        closed = row.index.get(given.chain)
        if closed is None and not findings.is_spoilt(given.chain):
            hint = did_you_mean(given.chain, row.index)
            findings.add(section / "chain", "config.no-channel", name=given.chain, hint=hint)
    return SafetyChain(closed=closed, **outputs)


def _key_channels(
    rig: RigFile, document: Document, row: Row, findings: Findings
) -> tuple[str, ...]:
    index = row.index
    for position, name in enumerate(rig.key_channels):
        if name not in index and not findings.is_spoilt(name):
            hint = did_you_mean(name, index)
            section = document.section("key_channels", position)
            findings.add(section, "config.no-channel", name=name, hint=hint)
    return rig.key_channels
