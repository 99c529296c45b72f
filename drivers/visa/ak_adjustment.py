"""Zero and span of an AK analyser: switch the gas, settle, look, adjust, look again, return."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.errors import InstrumentError
from bench.units import Unit
from drivers.visa.ak import AkConversation
from drivers.visa.port import Pause, Program
from drivers.visa.programs import ActionProgram

ZERO_GAS, SPAN_GAS = "SNGA", "SEGA"
LOOK = 0.5
"""How often a value that is averaged, or an adjustment that runs, is looked at, s."""
LONGEST_ADJUSTMENT = 60.0
"""After which an adjustment that still runs has failed, s."""


@dataclass(frozen=True)
class Detector:
    """One channel of the analyser, as far as its adjustment goes."""

    name: str
    """Component: ``nox``."""
    channel: int
    """AK channel Kn."""
    unit: Unit
    """Unit on the wire."""
    full_scale: float
    """Upper end of the highest range, SI."""
    bottle: float | None
    """Certified mole fraction of the span gas, SI; None: the rig states none."""


@dataclass(frozen=True)
class Pace:
    """How long things take, and what may remain."""

    flush: float
    """From switching a gas until the values have settled, s."""
    average: float
    """Over which a deviation is averaged, s."""
    residual: float
    """Deviation that may remain, of the full scale."""


class Adjustment:
    """Adjusts all detectors at once, each with its own gas."""

    def __init__(self, ak: AkConversation, detectors: Sequence[Detector], pace: Pace) -> None:
        self._ak = ak
        self._detectors = tuple(detectors)
        self._pace = pace

    def zero(self) -> ActionProgram:
        """Adjust at zero gas; return ``nox.before``, ``nox.after`` … (reading − 0, SI).

        Raises:
            InstrumentError: refused, a value that is not valid, or still off afterwards.
        """
        return (yield from self._adjust(ZERO_GAS, [0.0] * len(self._detectors)))

    def span(self) -> ActionProgram:
        """Adjust at span gas; return ``nox.before``, ``nox.after`` … (reading − bottle, SI).

        Raises:
            InstrumentError: as `zero`, or a bottle is not stated or beyond the ranges.
        """
        bottles = [self._bottle(detector) for detector in self._detectors]
        yield from self._ak.ask("SREM")
        for detector, bottle in zip(self._detectors, bottles, strict=True):
            yield from self._enter(detector, bottle)
        return (yield from self._adjust(SPAN_GAS, bottles))

    def _bottle(self, detector: Detector) -> float:
        if detector.bottle is None:
            raise self._error("ak.no-span-gas", component=detector.name)
        return detector.bottle

    def _enter(self, detector: Detector, bottle: float) -> Program[None]:
        """Tell the analyser what the bottle holds, in every range that reaches as far."""
        value = detector.unit.from_si(bottle)
        ends = yield from self._ak.per_range("AMBE", detector.channel)
        chosen = [index for index, end in ends.items() if value <= end]
        if not chosen:
            raise self._error(
                "ak.span-gas-beyond-range",
                component=detector.name,
                value=detector.unit.shown(bottle),
                limit=f"{max(ends.values(), default=0.0):g} {detector.unit.label}",
            )
        data = " ".join(f"M{index} {value:.4f}" for index in chosen)
        yield from self._ak.ask("EKAK", detector.channel, data)
        held = yield from self._ak.per_range("AKAK", detector.channel)
        for index in chosen:
            if not math.isclose(held[index], value, rel_tol=1e-3):
                raise self._error(
                    "ak.span-gas-not-taken",
                    component=detector.name,
                    value=detector.unit.shown(bottle),
                    actual=f"{held[index]:g} {detector.unit.label}",
                )

    def _adjust(self, gas: str, nominal: Sequence[float]) -> ActionProgram:
        yield from self._ak.ask("SREM")
        try:
            yield from self._ak.ask(gas)
            yield Pause(self._pace.flush)
            before = yield from self._deviations(nominal)
            yield from self._ak.ask("SATK")
            yield from self._until_adjusted()
            yield Pause(self._pace.flush)
            after = yield from self._deviations(nominal)
        except InstrumentError as error:
            yield from self._back_to_exhaust(error)
            raise
        yield from self._ak.ask("SMGA")
        self._judge(after)
        return self._results(before, after)

    def _back_to_exhaust(self, reason: InstrumentError) -> Program[None]:
        try:
            yield from self._ak.ask("STBY")  # taken also while an adjustment runs
            yield from self._ak.ask("SMGA")
        except InstrumentError as refused:
            reason.add_note(refused.text())

    def _until_adjusted(self) -> Program[None]:
        for _ in range(round(LONGEST_ADJUSTMENT / LOOK)):
            yield Pause(LOOK)
            if "SATK" not in (yield from self._ak.status()):
                return
        raise self._error("ak.adjustment-too-long", limit=f"{LONGEST_ADJUSTMENT:g} s")

    def _deviations(self, nominal: Sequence[float]) -> Program[tuple[float, ...]]:
        """Return the mean of reading − gas per detector, SI."""
        count = max(round(self._pace.average / LOOK), 1)
        sums = [0.0] * len(self._detectors)
        for _ in range(count):
            values = yield from self._ak.values(len(self._detectors))
            for index, (detector, value) in enumerate(zip(self._detectors, values, strict=True)):
                if not math.isfinite(value):
                    raise self._error("ak.value-not-valid", component=detector.name)
                sums[index] += detector.unit.to_si(value) - nominal[index]
            yield Pause(self._pace.average / count)
        return tuple([total / count for total in sums])

    def _judge(self, after: Sequence[float]) -> None:
        for detector, deviation in zip(self._detectors, after, strict=True):
            limit = self._pace.residual * detector.full_scale
            if not abs(deviation) <= limit:
                raise self._error(
                    "ak.not-adjusted",
                    component=detector.name,
                    deviation=detector.unit.shown(deviation),
                    limit=detector.unit.shown(limit),
                )

    def _results(self, before: Sequence[float], after: Sequence[float]) -> Mapping[str, float]:
        found: dict[str, float] = {}
        for detector, was, remains in zip(self._detectors, before, after, strict=True):
            found[f"{detector.name}.before"] = was
            found[f"{detector.name}.after"] = remains
        return found

    def _error(self, message_id: str, **arguments: object) -> InstrumentError:
        return InstrumentError(message_id, instrument=self._ak.name, **arguments)
