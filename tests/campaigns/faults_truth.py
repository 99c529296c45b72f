"""What the table says of the plant, as predicates of its truth at one moment."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, Protocol, TypeVar

from bench.units import quantity

RPM = math.pi / 30
AT_REST = 25 * RPM
"""Slower than this nobody is hurt by it, and the speed sensors have their noise."""
MORE = 1.1
"""An excursion of a loop is no new energy; a tenth more would be."""


class Moment(NamedTuple):
    """The plant at one moment."""

    time: int
    speed: float
    torque: float
    is_fuel_open: bool
    is_injecting: bool
    is_ventilated: bool
    may_inject: bool
    """Injection is enabled; an engine that is driven injects nothing until it idles again."""
    is_starting: bool
    hood: float
    oil: float
    coolant: float
    supply: float


Predicate = Callable[[Moment, Moment], bool]
"""Of a moment, and of the last one before the fault."""


class Timed(Protocol):
    """A plant at one moment."""

    @property
    def time(self) -> int:
        """ns."""
        ...


_Moment = TypeVar("_Moment", bound=Timed)


@dataclass(frozen=True)
class Claim(Generic[_Moment]):
    """What must be true, and from when on."""

    text: str
    holds: Callable[[_Moment, _Moment], bool]
    after: float | None
    """Seconds after the effect was due; None: always, from the cause on."""
    shown: Callable[[_Moment], str]
    """Tells of a moment."""

    def broken(self, moments: Sequence[_Moment], before: _Moment, due: int) -> str:
        """Return when it was not true, in words; empty: it was."""
        after = 0.0 if self.after is None else self.after
        begin = due + round(after * 1e9) if self.after is not None else -1
        judged = [each for each in moments if each.time >= begin] or moments[-1:]
        wrong = [each for each in judged if not self.holds(each, before)]
        if not wrong:
            return ""
        first, last = ((each.time - before.time) / 1e9 for each in (wrong[0], wrong[-1]))
        told = self.shown(wrong[0])
        return f"{self.text}: not at {first:.1f} s .. {last:.1f} s after the fault ({told})"


@dataclass(frozen=True)
class Cause(Generic[_Moment]):
    """What the time counts from."""

    text: str
    holds: Callable[[_Moment, _Moment], bool]


def _is_no_more(now: Moment, before: Moment) -> bool:
    """Return whether nothing has begun that did not go on before, and nothing has grown."""
    return (
        now.is_fuel_open <= before.is_fuel_open
        and now.may_inject <= before.may_inject
        and now.is_injecting <= before.may_inject
        and now.is_starting <= before.is_starting
        and now.speed <= MORE * before.speed + AT_REST
    )


_COMPARISONS = {"<": operator.lt, ">=": operator.ge}
_QUANTITIES: dict[str, Callable[[Moment], float]] = {
    "speed": lambda now: now.speed,
    "torque": lambda now: now.torque,
    "hood": lambda now: now.hood,
    "oil": lambda now: now.oil,
    "coolant": lambda now: now.coolant,
    "supply": lambda now: now.supply,
}
_WORDS: dict[str, Predicate] = {
    "fuel-shut": lambda now, _: not now.is_fuel_open,
    "not-injecting": lambda now, _: not now.is_injecting,
    "at-rest": lambda now, _: now.speed < AT_REST,
    "ventilated": lambda now, _: now.is_ventilated,
    "no-new-energy": _is_no_more,
}


def claim_of(text: str) -> Claim[Moment]:
    """Return what is written as ``always PREDICATE`` or ``PREDICATE <= 3 s``."""
    if text.startswith("always "):
        return Claim(text, _predicate(text.removeprefix("always ")), None, _shown)
    written, _, time = text.rpartition(" <= ")
    return Claim(text, _predicate(written), quantity(time).value, _shown)


def cause_of(text: str) -> Cause[Moment]:
    """Return what is written as a predicate."""
    return Cause(text, _predicate(text))


def _predicate(text: str) -> Predicate:
    if text in _WORDS:
        return _WORDS[text]
    name, comparison, value = text.split(" ", 2)
    read, compare, bound = _QUANTITIES[name], _COMPARISONS[comparison], quantity(value).value
    return lambda now, _: compare(read(now), bound)


def _shown(now: Moment) -> str:
    flags = "".join(
        letter if is_on else "-"
        for letter, is_on in zip(
            "FIV", (now.is_fuel_open, now.is_injecting, now.is_ventilated), strict=True
        )
    )
    return f"{now.speed / RPM:.0f} rpm, {now.torque:.0f} N*m, {flags}, hood {now.hood:.2f}"
