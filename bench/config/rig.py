"""From a rig file, its object kind and the drivers' declarations to a `BenchModel`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bench.channel import Calibration, Channel, Distribution, Kind, Range, Uncertainty
from bench.clock import MILLISECOND, SECOND
from bench.config.catalogue import Catalogue, drivers
from bench.config.grammar import (
    Bounds,
    ChannelGrammar,
    DemandGrammar,
    GasGrammar,
    ObjectFile,
    RigFile,
    SimulationGrammar,
    UncertaintyGrammar,
)
from bench.device import (
    Connection,
    Demand,
    Driver,
    LinkKind,
    Reading,
    Simulation,
    Stated,
)
from bench.document import Document, load, problems_of, validated
from bench.errors import ConfigError, did_you_mean
from bench.expression import ExpressionError, Resolved, parse, resolve
from bench.findings import Findings
from bench.limit import resolved_limits
from bench.model import (
    BenchModel,
    Computed,
    DemandPoint,
    GasLot,
    Limit,
    OnHold,
    Scope,
    TestObject,
)
from bench.step import Scalar
from bench.units import ONE, Quantity, Unit, quantity, unit

SECONDS = unit("s")


@dataclass(frozen=True)
class Wired:
    """One instrument of the rig with what its driver declares."""

    connection: Connection
    readings: tuple[Reading, ...]
    demands: tuple[Demand, ...]


def load_rig(name: str, catalogue: Catalogue) -> BenchModel:
    """Return the bench a rig file describes.

    Raises:
        ConfigError: every problem of the rig and its object kind, with file, line and column.
    """
    document = load(catalogue.rig(name))
    rig = validated(document, RigFile)
    findings = Findings()
    wired = _wired(rig, document, findings)
    findings.raise_if_any("config.rig-problems", rig=document.name)
    kind_document, kind = _object_kind(rig, document, catalogue)
    builder = _Builder(rig, document, kind, kind_document, wired, findings)
    model = builder.build()
    findings.raise_if_any("config.rig-problems", rig=document.name)
    return model


def _object_kind(
    rig: RigFile, document: Document, catalogue: Catalogue
) -> tuple[Document, ObjectFile]:
    findings = Findings()
    path = Path()
    with findings.at(document.mark(("object", "kind"))):
        path = catalogue.object_kind(rig.object.kind)
    findings.raise_if_any("config.rig-problems", rig=document.name)
    kind_document = load(path)
    return kind_document, validated(kind_document, ObjectFile)


def measure(value: Scalar, wanted: Unit, *, difference: bool = False) -> float:
    """Return a written value in SI, checked against the wanted unit's dimension.

    Raises:
        UnitError: another dimension or reference than wanted.
    """
    given = quantity(str(value) if isinstance(value, bool) else value)
    if given.unit.dimension != wanted.dimension or given.unit.reference != wanted.reference:
        raise UnitError("config.dimension", value=value, unit=wanted.label or "1")
    return given.difference if difference else given.value


def _wired(rig: RigFile, document: Document, findings: Findings) -> dict[str, Wired]:
    known = drivers()
    wired: dict[str, Wired] = {}
    links: dict[str, str] = {}
    for name, entry in rig.instruments.items():
        path = ("instruments", name)
        if entry.driver not in known:
            findings.add(
                document.mark((*path, "driver")),
                "config.no-driver",
                driver=entry.driver,
                hint=did_you_mean(entry.driver, known),
            )
            continue
        driver = known[entry.driver]()
        _check_link(rig, document, findings, driver, name, links)
        options = _options(driver, document, (*path, "options"), entry.options, findings)
        period = _period(rig, document, findings, driver, name)
        if options is _INVALID:
            continue
        with findings.at(document.mark((*path, "options"))):
            connection = Connection(name, driver, entry.link, period, options)
            wired[name] = Wired(connection, driver.readings(options), driver.demands(options))
    return wired


_INVALID = object()


def _options(
    driver: Driver,
    document: Document,
    path: tuple[str, ...],
    given: Mapping[str, Any],
    findings: Findings,
) -> Any:
    if driver.options is None:
        for key in given:
            findings.add(document.mark((*path, key)), "config.no-options", driver=driver.name)
        return _INVALID if given else None
    try:
        return driver.options.model_validate(given)
    except ValidationError as error:
        findings.problems.extend(problems_of(document, error, driver.options, prefix=path))
        return _INVALID


def _check_link(
    rig: RigFile,
    document: Document,
    findings: Findings,
    driver: Driver,
    name: str,
    links: dict[str, str],
) -> None:
    link = rig.instruments[name].link
    mark = document.mark(("instruments", name, "link"))
    if driver.link is LinkKind.CAN:
        if link not in rig.buses:
            findings.add(mark, "config.no-bus", bus=link, hint=did_you_mean(link, rig.buses))
    elif link in links:
        findings.add(mark, "config.link-twice", link=link, first=links[link], second=name)
    links.setdefault(link, name)


def _period(rig: RigFile, document: Document, findings: Findings, driver: Driver, name: str) -> int:
    given = rig.instruments[name].period
    scan = measure(rig.scan.period, SECONDS) if given is None else 0.0
    period = 0.0
    mark = document.mark(("instruments", name, "period"))
    with findings.at(mark):
        period = scan if given is None else measure(given, SECONDS)
        if period <= 0:
            findings.add(mark, "config.not-positive", value=given)
        elif given is not None and period < driver.shortest_period:
            findings.add(
                mark,
                "config.period-too-short",
                instrument=name,
                period=SECONDS.shown(period),
                shortest=SECONDS.shown(driver.shortest_period),
            )
    return round(max(period, driver.shortest_period) * SECOND)


class _Builder:
    """Puts the parts of one rig together; every part adds its problems to the findings."""

    def __init__(
        self,
        rig: RigFile,
        document: Document,
        kind: ObjectFile,
        kind_document: Document,
        wired: Mapping[str, Wired],
        findings: Findings,
    ) -> None:
        self.rig = rig
        self.document = document
        self.kind = kind
        self.kind_document = kind_document
        self.wired = wired
        self.findings = findings
        self.channels: list[Channel] = []
        self.ages: list[float] = []
        self.computed: list[Computed] = []
        self.units: dict[str, Unit] = {}
        self.choices: dict[str, tuple[str, ...]] = {}

    def build(self) -> BenchModel:
        """Return the model; incomplete where there are findings."""
        bases, stated = self._readings()
        demands = self._demands()
        self._computed_channels()
        index = {channel.name: i for i, channel in enumerate(self.channels)}
        with self.findings.at(self.document.mark(("scan", "period"))):
            period = measure(self.rig.scan.period, SECONDS)
        return BenchModel(
            name=self.rig.rig,
            title=self.rig.title,
            object=self._object(),
            connections=tuple(entry.connection for entry in self.wired.values()),
            bases=bases,
            channels=tuple(self.channels),
            index=index,
            max_age=tuple(self.ages),
            computed=tuple(self.computed),
            demands=tuple(demands),
            limits=self._limits(),
            scan_period=max(round(period * SECOND), MILLISECOND),
            stated=stated,
            gas=self._gas(),
            soft_stop=self.kind.soft_stop,
            hard_stop=self.kind.hard_stop,
            fuel_estimate=self._fuel_estimate(),
            heartbeat=self._heartbeat(),
            key_channels=self._key_channels(index),
            simulation=self._simulation(),
            buses={name: dict(bus) for name, bus in self.rig.buses.items()},
            texts={
                Path(self.document.name).name: self.document.text,
                f"objects/{Path(self.kind_document.name).name}": self.kind_document.text,
            },
        )

    # -- channels ------------------------------------------------------------------------------

    def _readings(self) -> tuple[dict[str, int], dict[str, Stated]]:
        named = self._named_sources()
        bases: dict[str, int] = {}
        stated: dict[str, Stated] = {}
        for name, entry in self.wired.items():
            bases[name] = len(self.channels)
            period = entry.connection.period / SECOND
            for reading in entry.readings:
                source = f"{name}.{reading.name}"
                channel = self._measured(source, reading, named.get(source))
                self._add(channel, max(3 * period, 0.5))
                stated[source] = Stated(channel.uncertainty, channel.range, channel.calibration)
        return bases, stated

    def _named_sources(self) -> dict[str, str]:
        named: dict[str, str] = {}
        sources = {
            f"{name}.{reading.name}": name
            for name, entry in self.wired.items()
            for reading in entry.readings
        }
        for name, grammar in self.rig.channels.items():
            mark = self.document.mark(("channels", name))
            if "." not in name:
                self.findings.add(mark, "config.channel-name", name=name)
            if (grammar.source is None) == (grammar.compute is None):
                self.findings.add(mark, "config.from-or-compute", name=name)
            if grammar.source is None:
                continue
            here = self.document.mark(("channels", name, "from"))
            if grammar.source not in sources:
                self.findings.add(
                    here,
                    "config.no-reading",
                    reading=grammar.source,
                    hint=did_you_mean(grammar.source, sources),
                )
            elif grammar.source in named:
                first = named[grammar.source]
                self.findings.add(here, "config.reading-twice", reading=grammar.source, first=first)
            else:
                named[grammar.source] = name
        return named

    def _measured(self, source: str, reading: Reading, name: str | None) -> Channel:
        plain = Channel(
            name or source,
            Kind.MEASURED,
            reading.unit,
            range=reading.range,
            uncertainty=reading.uncertainty,
            source=source,
        )
        return plain if name is None else self._described(plain, self.rig.channels[name])

    def _described(self, channel: Channel, grammar: ChannelGrammar) -> Channel:
        path = ("channels", channel.name)
        measure_unit = self._unit((*path, "unit"), grammar.unit, channel.unit)
        display = self._unit((*path, "display"), grammar.display, measure_unit)
        span = self._range((*path, "range"), grammar.range, measure_unit, channel.range)
        uncertainty = channel.uncertainty
        if grammar.uncertainty is not None:
            with self.findings.at(self.document.mark((*path, "uncertainty"))):
                uncertainty = stated_uncertainty(grammar.uncertainty, measure_unit)
        calibration = channel.calibration
        if grammar.calibration is not None:
            calibration = Calibration(grammar.calibration.id, grammar.calibration.due)
        return replace(
            channel,
            unit=measure_unit,
            display=None if grammar.display is None else display,
            range=span,
            uncertainty=uncertainty,
            calibration=calibration,
            title=grammar.title,
        )

    def _computed_channels(self) -> None:
        for name, grammar in self.rig.channels.items():
            if grammar.compute is None:
                continue
            formula = self._resolved(("channels", name, "compute"), grammar.compute)
            if formula is None:
                continue
            plain = Channel(name, Kind.COMPUTED, formula.unit, source=grammar.compute)
            channel = self._described(plain, grammar)
            self.computed.append(Computed(len(self.channels), formula))
            self._add(channel, float("inf"))

    def _add(self, channel: Channel, age: float) -> None:
        if channel.name in self.units:
            mark = self.document.mark(("channels", channel.name))
            self.findings.add(mark, "config.channel-twice", name=channel.name)
        self.units[channel.name] = channel.unit
        self.channels.append(channel)
        self.ages.append(age)

    # -- demands -------------------------------------------------------------------------------

    def _demands(self) -> list[DemandPoint]:
        points: list[DemandPoint] = []
        for name in self.kind.demands:
            if name not in self.rig.demands:
                mark = self.document.mark(("demands",))
                kind = self.kind.object
                self.findings.add(mark, "config.demand-missing", name=name, object=kind)
        for name, grammar in self.rig.demands.items():
            with self.findings.at(self.document.mark(("demands", name))):
                point = self._demand(name, grammar)
                if point is not None:
                    points.append(point)
        return self._with_requirements(points)

    def _demand(self, name: str, grammar: DemandGrammar) -> DemandPoint | None:
        instrument, _, at_name = grammar.to.partition(".")
        offered = self.wired[instrument].demands if instrument in self.wired else ()
        position = next((i for i, d in enumerate(offered) if d.name == at_name), None)
        if position is None:
            words = [f"{i}.{d.name}" for i, e in self.wired.items() for d in e.demands]
            mark = self.document.mark(("demands", name, "to"))
            hint = did_you_mean(grammar.to, words)
            self.findings.add(mark, "config.no-demand", demand=grammar.to, hint=hint)
            return None
        offer = offered[position]
        path = ("demands", name)
        bounds = self._range((*path, "range"), grammar.range, offer.unit, offer.range)
        if offer.range.low > bounds.low or offer.range.high < bounds.high:
            self.findings.add(
                self.document.mark((*path, "range")),
                "config.range-too-wide",
                name=name,
                instrument=instrument,
                low=offer.unit.shown(offer.range.low),
                high=offer.unit.shown(offer.range.high),
            )
        ruled = self.kind.demands.get(name)
        safe_text = ruled.safe if ruled is not None else grammar.safe
        if safe_text is None:
            self.findings.add(self.document.mark(path), "config.no-safe-value", name=name)
            return None
        if ruled is not None and ruled.range is not None:
            with self.findings.at(self.kind_document.mark(("demands", name, "range"))):
                allowed = _bounds(ruled.range, offer.unit, bounds)
                bounds = Range(max(bounds.low, allowed.low), min(bounds.high, allowed.high))
        channel = Channel(
            f"{name}.demand", Kind.DEMANDED, offer.unit, range=bounds, source=grammar.to
        )
        self._add(channel, float("inf"))
        self.choices[channel.name] = self.choices[name] = offer.choices
        steepest = float("inf")
        if grammar.gradient is not None:
            per_second = _per_second(offer.unit)
            with self.findings.at(self.document.mark((*path, "gradient"))):
                steepest = measure(grammar.gradient, per_second, difference=True)
        return DemandPoint(
            name=name,
            instrument=instrument,
            at=position,
            channel=len(self.channels) - 1,
            unit=offer.unit,
            range=bounds,
            choices=offer.choices,
            safe=selected(safe_text, offer.choices, offer.unit),
            on_hold=OnHold(ruled.on_hold) if ruled is not None else OnHold.STAY,
            gradient=steepest,
        )

    def _with_requirements(self, points: list[DemandPoint]) -> list[DemandPoint]:
        by_name = {point.name: point for point in points}
        complete: list[DemandPoint] = []
        for point in points:
            requires: dict[str, frozenset[float]] = {}
            for selector, words in self.rig.demands[point.name].requires.items():
                mark = self.document.mark(("demands", point.name, "requires", selector))
                if selector not in by_name or not by_name[selector].choices:
                    hint = did_you_mean(selector, by_name)
                    self.findings.add(mark, "config.no-selector", name=selector, hint=hint)
                    continue
                chosen = by_name[selector]
                with self.findings.at(mark):
                    requires[selector] = frozenset(
                        selected(word, chosen.choices, chosen.unit) for word in words
                    )
            complete.append(replace(point, requires=requires))
        return complete

    # -- the rest ------------------------------------------------------------------------------

    def _limits(self) -> tuple[Limit, ...]:
        facility = resolved_limits(
            self.rig.limits,
            self._resolver,
            lambda path: self.document.mark(("limits", *path)),
            self.findings,
            Scope.FACILITY,
        )
        of_object = resolved_limits(
            self.kind.limits,
            self._resolver,
            lambda path: self.kind_document.mark(("limits", *path)),
            self.findings,
            Scope.OBJECT,
        )
        seen: set[str] = set()
        for limit in (*facility, *of_object):
            if limit.id in seen and limit.mark is not None:
                self.findings.add(limit.mark, "config.limit-twice", id=limit.id)
            seen.add(limit.id)
        return (*facility, *of_object)

    def _object(self) -> TestObject:
        data: dict[str, float] = {}
        for name, unit_text in self.kind.data.items():
            path = ("object", "data", name)
            if name not in self.rig.object.data:
                mark = self.document.mark(("object",))
                self.findings.add(mark, "config.no-object-data", name=name, unit=unit_text)
                continue
            with self.findings.at(self.document.mark(path)):
                data[name] = measure(self.rig.object.data[name], unit(unit_text))
        for name in self.rig.object.data:
            if name not in self.kind.data:
                mark = self.document.mark(("object", "data", name))
                hint = did_you_mean(name, self.kind.data)
                self.findings.add(mark, "config.unknown-object-data", name=name, hint=hint)
        return TestObject(self.rig.object.kind, self.rig.object.serial, data)

    def _gas(self) -> GasLot | None:
        if self.rig.gas is None:
            return None
        with self.findings.at(self.document.mark(("gas",))):
            return gas_lot(self.rig.gas)
        return None

    def _fuel_estimate(self) -> Resolved | None:
        if self.kind.hydrogen_flow is None:
            return None
        mark = self.kind_document.mark(("hydrogen-flow",))
        with self.findings.at(mark):
            formula = self._resolver(self.kind.hydrogen_flow)
            if formula.unit.dimension != unit("kg/s").dimension:
                self.findings.add(mark, "config.dimension", value="hydrogen-flow", unit="kg/s")
            return formula
        return None

    def _heartbeat(self) -> tuple[str, int] | None:
        if self.rig.scan.heartbeat is None:
            return None
        instrument, _, name = self.rig.scan.heartbeat.partition(".")
        offered = self.wired[instrument].demands if instrument in self.wired else ()
        for position, demand in enumerate(offered):
            if demand.name == name:
                return instrument, position
        mark = self.document.mark(("scan", "heartbeat"))
        words = [f"{i}.{d.name}" for i, e in self.wired.items() for d in e.demands]
        hint = did_you_mean(self.rig.scan.heartbeat, words)
        self.findings.add(mark, "config.no-demand", demand=self.rig.scan.heartbeat, hint=hint)
        return None

    def _key_channels(self, index: Mapping[str, int]) -> tuple[str, ...]:
        for position, name in enumerate(self.rig.key_channels):
            if name not in index:
                mark = self.document.mark(("key_channels", position))
                hint = did_you_mean(name, index)
                self.findings.add(mark, "config.no-channel", name=name, hint=hint)
        return self.rig.key_channels

    def _simulation(self) -> Simulation | None:
        block = self.rig.simulation
        if block is None:
            return None
        sources = [f"{i}.{r.name}" for i, e in self.wired.items() for r in e.readings]
        for name in block.wiring:
            if name not in sources:
                mark = self.document.key_mark(("simulation", "wiring", name))
                hint = did_you_mean(name, sources)
                self.findings.add(mark, "config.no-reading", reading=name, hint=hint)
        with self.findings.at(self.document.mark(("simulation",))):
            return simulation(block)
        return None

    def _resolver(self, text: str) -> Resolved:
        return resolve(
            parse(text),
            units=self.units.get,
            known=self.units,
            choices=lambda name: self.choices.get(name, ()),
        )

    def _resolved(self, path: tuple[str, ...], text: str) -> Resolved | None:
        try:
            return self._resolver(text)
        except ExpressionError as error:
            mark = self.document.mark(path)
            self.findings.take(replace(mark, column=mark.column + (error.offset or 0)), error)
        return None

    def _unit(self, path: tuple[str, ...], text: str | None, wanted: Unit) -> Unit:
        if text is None:
            return wanted
        with self.findings.at(self.document.mark(path)):
            given = unit(text)
            if given.dimension != wanted.dimension or (
                wanted.reference and given.reference != wanted.reference
            ):
                raise ConfigError("config.dimension", value=text, unit=wanted.label or "1")
            return given
        return wanted

    def _range(
        self, path: tuple[str, ...], bounds: Bounds | None, wanted: Unit, otherwise: Range
    ) -> Range:
        if bounds is None:
            return otherwise
        with self.findings.at(self.document.mark(path)):
            return _bounds(bounds, wanted, otherwise)
        return otherwise


def _bounds(bounds: Bounds, wanted: Unit, otherwise: Range) -> Range:
    low = otherwise.low if bounds[0] is None else measure(bounds[0], wanted)
    high = otherwise.high if bounds[1] is None else measure(bounds[1], wanted)
    if not low < high:
        raise ConfigError("config.range-order", low=bounds[0], high=bounds[1])
    return Range(low, high)


def _per_second(wanted: Unit) -> Unit:
    length, time, *others = wanted.dimension
    return replace(
        wanted,
        text=f"{wanted.label}/s",
        dimension=(length, time - 1, *others),
        offset=0.0,
    )


def selected(value: Scalar, choices: Sequence[str], wanted: Unit) -> float:
    """Return a written demand in SI: the index of a word of a selector, or a quantity.

    Raises:
        ConfigError: no word of the selector, or another dimension.
    """
    if not choices:
        return measure(value, wanted)
    word = {True: "on", False: "off"}.get(value, value) if isinstance(value, bool) else value
    if word not in choices:
        hint = did_you_mean(str(word), choices) or ", ".join(choices)
        raise ConfigError("config.no-choice", word=word, choices=", ".join(choices), hint=hint)
    return float(choices.index(str(word)))


_STATED = re.compile(r"^(?P<part>.+?)\s+of\s+(?P<what>reading|range)$")


def stated_uncertainty(given: UncertaintyGrammar | str, wanted: Unit) -> Uncertainty:
    """Return the uncertainty a rig states of a channel.

    Raises:
        ConfigError: a part that cannot be read or has another dimension.
    """
    if isinstance(given, str):
        return _uncertainty_text(given, wanted)

    def part(value: Scalar | None) -> float:
        return 0.0 if value is None else measure(value, wanted, difference=True)

    return Uncertainty(
        reading=measure(given.reading, ONE),
        span=measure(given.range, ONE),
        absolute=part(given.absolute),
        resolution=part(given.resolution),
        common=measure(given.common, ONE),
        distribution=Distribution(given.distribution),
        coverage=given.coverage,
    )


def _uncertainty_text(text: str, wanted: Unit) -> Uncertainty:
    parts = {"reading": 0.0, "span": 0.0, "absolute": 0.0}
    for piece in text.split("+"):
        found = _STATED.match(piece.strip())
        if found is None:
            parts["absolute"] += measure(piece.strip(), wanted, difference=True)
        else:
            key = "reading" if found["what"] == "reading" else "span"
            parts[key] += measure(found["part"], ONE)
    return Uncertainty(**parts)


def gas_lot(given: GasGrammar) -> GasLot:
    """Return a certified gas lot in SI."""
    fractions = {
        species: (measure(entry.fraction, ONE), measure(entry.uncertainty, ONE))
        for species, entry in given.impurities.items()
    }
    temperature = measure(given.reference_temperature, unit("K"))
    return GasLot(given.lot, given.date, fractions, temperature)


def simulation(block: SimulationGrammar) -> Simulation:
    """Return the simulation block in SI."""
    wiring: dict[str, dict[str, Any]] = {}
    for name, wire in block.wiring.items():
        points: tuple[tuple[Quantity, Quantity], ...] = ()
        if wire.transmitter is not None:
            points = tuple((quantity(k), quantity(v)) for k, v in wire.transmitter.items())
        wiring[name] = {
            "quantity": wire.quantity,
            "terminal": wire.terminal,
            "transmitter": tuple((a.value, b.value) for a, b in points),
            "noise": quantity(wire.noise).difference,
            "lag": measure(wire.lag, SECONDS),
        }
    parameters = {name: quantity(value).value for name, value in block.parameters.items()}
    period = round(measure(block.scan, SECONDS) * SECOND)
    return Simulation(block.plant, parameters, wiring, period)
