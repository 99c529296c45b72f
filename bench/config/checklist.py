"""The preflight checks of a rig, from texts to `Check`."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence

from bench.checklist import (
    Attested,
    BumpTest,
    Certificates,
    Check,
    DiskSpace,
    GasStock,
    HeartbeatDrop,
    Holds,
    LeakTest,
    Test,
    Values,
    WallClock,
    ZeroTest,
)
from bench.config.checklist_grammar import (
    AnyCheck,
    AttestedGrammar,
    BumpGrammar,
    CalibrationCheckGrammar,
    ClockGrammar,
    ConditionGrammar,
    DiskGrammar,
    HeartbeatGrammar,
    LeakGrammar,
    StockGrammar,
    ZeroGrammar,
)
from bench.config.quantities import (
    SECONDS,
    is_rate_of,
    measure,
    not_negative,
    plain,
    positive,
    selected,
)
from bench.config.row import Row
from bench.device import Action, Connection
from bench.document import Section
from bench.errors import ConfigError, did_you_mean
from bench.expression import Resolved
from bench.findings import Findings, part
from bench.model import DemandPoint
from bench.step import Scalar
from bench.units import ONE, Unit, quantity, unit

_PASCAL, _CUBIC_METRE, _KELVIN = unit("Pa"), unit("m^3"), unit("K")


def resolved_checks(
    written: Sequence[AnyCheck],
    row: Row,
    demands: Sequence[DemandPoint],
    connections: Sequence[Connection],
    *,
    section: Section,
    findings: Findings,
) -> tuple[Check, ...]:
    """Return the checks in SI; what cannot be read goes to the findings.

    Args:
        written: Checks as written.
        row: Channels by name.
        demands: All demands.
        connections: The instruments.
        section: Where the list stands.
        findings: Takes the problems.
    """
    reader = _Reader(row, demands, connections)
    found: list[Check] = []
    for position, grammar in enumerate(written):
        where = section / position
        if any(check.id == grammar.id for check in found):
            findings.add(where / "id", "preflight.check-twice", id=grammar.id)
        with findings.at(where):
            found.append(_resolved(grammar, reader))
    return tuple(found)


def _resolved(grammar: AnyCheck, reader: _Reader) -> Check:
    with part("while"):
        guard = None if grammar.guard is None else reader.condition(grammar.guard)
    with part("valid_for"):
        valid_for = positive(grammar.valid_for, SECONDS)
    told = grammar.model_dump(mode="json", exclude={"title", "advice", "valid_for"})
    return Check(
        id=grammar.id,
        test=reader.test(grammar),
        valid_for=valid_for,
        title=grammar.title,
        advice=grammar.advice,
        guard=guard,
        guard_text=grammar.guard or "",
        definition=hashlib.sha256(repr(sorted(told.items())).encode()).hexdigest()[:16],
    )


class _Reader:
    """Gives the texts of a check their meaning."""

    def __init__(
        self, row: Row, demands: Sequence[DemandPoint], connections: Sequence[Connection]
    ) -> None:
        self._row = row
        self._index = row.index
        self._demands = {point.name: at for at, point in enumerate(demands)}
        self._points = demands
        self._actions = {
            f"{each.name}.{action.name}": (each.name, action)
            for each in connections
            for action in each.driver.actions
        }

    def test(self, grammar: AnyCheck) -> Test:  # noqa: C901, PLR0911 - one line per kind of check
        """Return how a check is done."""
        match grammar:
            case ConditionGrammar(condition=text):
                with part("condition"):
                    return Holds(self.condition(text), text)
            case LeakGrammar():
                return self._leak(grammar)
            case ZeroGrammar():
                return self._zero(grammar)
            case BumpGrammar():
                return self._bump(grammar)
            case HeartbeatGrammar():
                return self._heartbeat(grammar)
            case StockGrammar():
                return self._stock(grammar)
            case DiskGrammar():
                with part("margin"):
                    margin = not_negative(grammar.margin, ONE)
                return DiskSpace(margin, _ahead(grammar.ahead))
            case CalibrationCheckGrammar():
                return Certificates()
            case ClockGrammar():
                return WallClock()
            case AttestedGrammar():
                return Attested()

    def condition(self, text: str) -> Resolved:
        """Return a condition; raises ConfigError."""
        resolved = self._row.expression(text)
        if not resolved.is_condition:
            raise ConfigError("config.no-condition", text=text)
        return resolved

    def _channel(self, name: str, key: str | tuple[str, int], wanted: Unit | None = None) -> int:
        path = (key,) if isinstance(key, str) else key
        with part(*path):
            if name not in self._index:
                hint = did_you_mean(name, self._index)
                raise ConfigError("config.no-channel", name=name, hint=hint)
            index = self._index[name]
            own = self._row.channels[index].unit
            if wanted is not None and own.dimension != wanted.dimension:
                raise ConfigError("config.dimension", value=name, unit=wanted.label or "1")
            return index

    def _leak(self, grammar: LeakGrammar) -> LeakTest:
        pressure = self._channel(grammar.pressure, "pressure", _PASCAL)
        with part("most"):
            fall = quantity(plain(grammar.most))
            if not is_rate_of(fall, _PASCAL):
                raise ConfigError("config.dimension", value=grammar.most, unit="bar/min")
            most = fall.difference
            if most <= 0:
                raise ConfigError("config.not-positive", value=grammar.most)
        with part("least"):
            least = -math.inf if grammar.least is None else measure(grammar.least, _PASCAL)
        return LeakTest(
            pressure=pressure,
            most=most,
            lasting=_seconds(grammar.lasting, "for"),
            settle=_seconds(grammar.settle, "settle"),
            least=least,
            fill=self._values(grammar.pressurise, "pressurise"),
            filling=_seconds(grammar.pressurising, "pressurising"),
            close=self._values(grammar.isolate, "isolate"),
        )

    def _zero(self, grammar: ZeroGrammar) -> ZeroTest:
        channel = self._channel(grammar.channel, "channel")
        with part("within"):
            own = self._row.channels[channel].unit
            within = not_negative(grammar.within, own, difference=True)
        instrument, action = self._action(grammar.run)
        return ZeroTest(
            channel=channel,
            within=within,
            lasting=_seconds(grammar.lasting, "for"),
            instrument=instrument,
            action="" if action is None else action.name,
            timeout=0.0 if action is None else action.timeout,
        )

    def _action(self, name: str | None) -> tuple[str, Action | None]:
        if name is None:
            return "", None
        with part("run"):
            if name not in self._actions:
                hint = did_you_mean(name, self._actions)
                raise ConfigError("preflight.no-action", name=name, hint=hint)
        return self._actions[name]

    def _bump(self, grammar: BumpGrammar) -> BumpTest:
        channels = tuple(self._channel(name, ("of", at)) for at, name in enumerate(grammar.of))
        with part("above"):
            bounds = [measure(grammar.above, self._row.channels[each].unit) for each in channels]
        return BumpTest(channels, bounds[0], _seconds(grammar.within, "within"))

    def _heartbeat(self, grammar: HeartbeatGrammar) -> HeartbeatDrop:
        return HeartbeatDrop(
            heartbeat=self._channel(grammar.heartbeat, "heartbeat", ONE),
            permit=self._channel(grammar.permit, "permit", ONE),
            within=_seconds(grammar.within, "within"),
            back=_seconds(grammar.back, "back"),
        )

    def _stock(self, grammar: StockGrammar) -> GasStock:
        pressure = self._channel(grammar.pressure, "pressure", _PASCAL)
        with part("volume"):
            volume = positive(grammar.volume, _CUBIC_METRE)
        with part("lowest"):
            lowest = not_negative(grammar.lowest, _PASCAL)
        with part("temperature"):
            temperature = positive(grammar.temperature, _KELVIN)
        return GasStock(pressure, volume, lowest, temperature, _ahead(grammar.ahead))

    def _values(self, written: Mapping[str, Scalar], key: str) -> Values:
        found: list[tuple[int, float]] = []
        for name, value in written.items():
            with part(key, name):
                if name not in self._demands:
                    hint = did_you_mean(name, self._demands)
                    raise ConfigError("serve.no-demand", name=name, hint=hint)
                index = self._demands[name]
                point = self._points[index]
                found.append((index, selected(value, point.choices, point.unit)))
        return tuple(found)


def _seconds(written: Scalar, key: str) -> float:
    with part(key):
        return not_negative(written, SECONDS)


def _ahead(written: Scalar | None) -> float:
    if written is None:
        return math.inf
    with part("ahead"):
        return positive(written, SECONDS)
