"""Everything that can be known of a run before anything moves."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from bench.channel import Kind
from bench.clock import SECOND
from bench.config.catalogue import Catalogue, extension
from bench.config.protocol import Protocol, load_protocol
from bench.config.rig import load_rig
from bench.document import Mark, Problem, Section
from bench.errors import ConfigError
from bench.findings import Findings
from bench.messages import Bilingual
from bench.model import BenchModel
from bench.plan import Plan, Simulated, walk
from bench.planning import Library, Planner
from bench.safeguard import Limit
from bench.step import Scalar
from bench.units import unit

_SECONDS = unit("s")


@dataclass(frozen=True)
class Checked:
    """What can be done on a rig: a protocol, or nothing but looking."""

    model: BenchModel
    """The bench."""
    plan: Plan
    """The protocol, planned for it; without a step where there is none."""
    remarks: tuple[Problem, ...]
    """What to know before starting."""


class Checker:
    """Checks protocols against rigs, any number of them.

    Rigs, and protocols that others call, are read once: make a new one when files have changed.
    """

    def __init__(
        self, catalogue: Catalogue, rigs: Mapping[str, BenchModel] = MappingProxyType({})
    ) -> None:
        """Begin with rigs that were read already; the catalogue says where to look for others."""
        self._catalogue = catalogue
        self._rigs = dict(rigs)
        self._called: Library = {}

    def check(
        self,
        protocol_name: str,
        rig_name: str | None,
        chosen: Mapping[str, Scalar],
        *,
        is_simulated: bool = False,
        scan: int | None = None,
        today: str | None = None,
    ) -> Checked:
        """Return a protocol checked against a rig; nothing is opened.

        Args:
            protocol_name: Name or path.
            rig_name: Name or path; None: the protocol's own.
            chosen: Parameters that differ from their defaults.
            is_simulated: Whether the run is in virtual time, with the scan period of the rig's
                simulation, instead of in real time.
            scan: Scan period in virtual time, ns; None: the protocol's own, or the rig's.
            today: ISO 8601 date of the run, to tell which calibrations are overdue; None: not
                told.

        Raises:
            ConfigError: every problem found, with file, line and column.
        """
        findings = Findings()
        protocol = self._protocol(protocol_name, rig_name, findings)
        model = self._rig(protocol, rig_name, findings)
        plan = Planner(model, self._catalogue, findings, self._called).plan(protocol, chosen)
        if is_simulated:
            model = _as_simulated(model, plan.simulated, scan)
        period = _scan_period(model, findings, is_simulated=is_simulated)
        is_chosen = is_simulated and (scan or plan.simulated.scan) is not None
        _check_controllers(model, period, findings, is_simulated=is_simulated)
        if not is_chosen:
            _check_limits(model, plan, period, findings)
        if today is not None:
            _remark_overdue(model, today, findings)
        findings.raise_if_any("config.run-problems", protocol=protocol_name, rig=model.name)
        return Checked(model, plan, tuple(findings.remarks))

    def check_rig(
        self,
        rig_name: str,
        name: str,
        title: Bilingual,
        *,
        is_simulated: bool = False,
        today: str | None = None,
    ) -> Checked:
        """Return a rig checked for being watched: nothing is opened, and the plan has no step.

        Args:
            rig_name: Name or path.
            name: What the run is called, where others have their protocol.
            title: What people call it.
            is_simulated: As in `check`.
            today: As in `check`.

        Raises:
            ConfigError: every problem found, with file, line and column.
        """
        findings = Findings()
        model = self._loaded(rig_name)
        plan = Planner(model, self._catalogue, findings).idle(name, title)
        if is_simulated:
            model = _as_simulated(model, plan.simulated, None)
        period = _scan_period(model, findings, is_simulated=is_simulated)
        _check_controllers(model, period, findings, is_simulated=is_simulated)
        _check_limits(model, plan, period, findings)
        if today is not None:
            _remark_overdue(model, today, findings)
        findings.raise_if_any("config.rig-problems", rig=model.name)
        return Checked(model, plan, tuple(findings.remarks))

    def _loaded(self, rig_name: str) -> BenchModel:
        if rig_name not in self._rigs:
            self._rigs[rig_name] = load_rig(rig_name, self._catalogue)
        return self._rigs[rig_name]

    def _protocol(self, name: str, rig_name: str | None, findings: Findings) -> Protocol:
        """Return the protocol; if it has problems, those of a rig that is named are told too."""
        try:
            return load_protocol(name, self._catalogue)
        except ConfigError as error:
            if rig_name is None or not error.problems:
                raise
            findings.take(_NOWHERE, error)
            with findings.at(_NOWHERE):
                self._loaded(rig_name)
            raise findings.refusal("config.run-problems", protocol=name, rig=rig_name) from error

    def _rig(self, protocol: Protocol, rig_name: str | None, findings: Findings) -> BenchModel:
        if rig_name is not None:
            return self._loaded(rig_name)
        own = protocol.file.rig
        if own is None:
            raise ConfigError("config.no-rig-named", protocol=protocol.file.protocol)
        try:
            return self._loaded(own)
        except ConfigError as error:
            if error.problems:
                raise
            findings.take(protocol.document.section("rig"), error)
            name = protocol.file.protocol
            raise findings.refusal("config.run-problems", protocol=name, rig=own) from error


def check(
    protocol_name: str,
    rig_name: str | None,
    chosen: Mapping[str, Scalar],
    catalogue: Catalogue,
    *,
    is_simulated: bool = False,
    scan: int | None = None,
    today: str | None = None,
) -> Checked:
    """Return one protocol checked against a rig; see `Checker.check`.

    Raises:
        ConfigError: every problem found, with file, line and column.
    """
    return Checker(catalogue).check(
        protocol_name, rig_name, chosen, is_simulated=is_simulated, scan=scan, today=today
    )


def _as_simulated(model: BenchModel, wanted: Simulated, scan: int | None) -> BenchModel:
    """Return the bench as a run is simulated: what the run asks for counts, then the protocol."""
    own = model.simulation
    if own is None:
        return model
    changed = replace(
        own,
        scan=scan or wanted.scan or own.scan,
        stretch=own.stretch if wanted.stretch is None else wanted.stretch,
        settling=own.settling if wanted.settling is None else wanted.settling,
        periods={**own.periods, **wanted.periods},
    )
    return replace(model, simulation=changed, max_age=_ages(model, changed.periods))


def _ages(model: BenchModel, periods: Mapping[str, int]) -> tuple[float, ...]:
    """Return the age at which each channel is stale, s: three periods of its instrument."""
    ages: list[float] = []
    for channel, age in zip(model.channels, model.max_age, strict=True):
        period = periods.get(channel.source.partition(".")[0], 0)
        has_age = channel.kind is Kind.MEASURED and math.isfinite(age)
        ages.append(max(age, 3 * period / SECOND) if has_age else age)
    return tuple(ages)


def _scan_period(model: BenchModel, findings: Findings, *, is_simulated: bool) -> int:
    """Return the scan period of the run, ns."""
    if not is_simulated:
        return model.scan_period
    if model.simulation is None:
        findings.add(_mark(model), "simulated.no-simulation")
        return model.scan_period
    with findings.at(_mark(model, "simulation", "plant")):
        extension("plants", model.simulation.plant)
    return model.simulation.scan


_NOWHERE = Mark("", 1, 1)


def _mark(model: BenchModel, *path: str | int) -> Mark:
    """Return a place in the rig file."""
    source = model.rig_source
    return Mark(model.name, 1, 1) if source is None else Section(source, path).mark


def _check_controllers(
    model: BenchModel, period: int, findings: Findings, *, is_simulated: bool
) -> None:
    """Find instruments whose watchdogs do not bear a scan; those in virtual time are fitted."""
    seconds = period / SECOND
    for connection in model.connections:
        fitted = connection.scanned(period) if is_simulated else connection
        gap = fitted.longest_demand_gap
        if seconds > gap / 2:
            findings.add(
                _mark(model, "instruments", connection.name),
                "config.scan-too-long-for-controller",
                scan=_SECONDS.shown(seconds),
                instrument=connection.name,
                gap=_SECONDS.shown(gap),
            )


def _check_limits(model: BenchModel, plan: Plan, period: int, findings: Findings) -> None:
    """Find limits that are judged less often than they say.

    Where a simulated run itself asks for such a scan, they act with the second one that finds them
    violated, and that is what it asked for.
    """
    seconds = period / SECOND
    for limit in (*model.limits, *plan.limits, *_step_limits(plan)):
        if 0 < limit.persistence < 2 * seconds:
            findings.add(
                limit.mark or _mark(model),
                "config.scan-too-long-for-limit",
                scan=_SECONDS.shown(seconds),
                limit=limit.id,
                persistence=_SECONDS.shown(limit.persistence),
            )


def _step_limits(plan: Plan) -> Iterator[Limit]:
    for root in (plan.root, plan.soft_stop, plan.hard_stop):
        for node in walk(root):
            yield from node.head.limits


def _remark_overdue(model: BenchModel, today: str, findings: Findings) -> None:
    for channel in model.channels:
        calibration = channel.calibration
        if calibration.due and calibration.due < today:
            findings.remark(
                _mark(model, "channels", channel.name, "calibration", "due"),
                "config.calibration-overdue",
                channel=channel.name,
                certificate=calibration.id,
                due=calibration.due,
            )
