"""A wire from the plant to an instrument: where faults of sensors and of terminals happen."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, MutableMapping
from dataclasses import dataclass
from random import Random
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from bench.clock import SECOND
from drivers.simulated.faults.fault import Fault
from drivers.simulated.port import Signal

_Seen = TypeVar("_Seen", float, complex, NDArray[np.float64])


def _never_leapt() -> int:
    return 0


@dataclass
class _Running:
    fault: Fault
    since: int
    kept: Any = None
    """What a frozen value stays at."""


class Wire:
    """What becomes of a sensor's value (SI), or of many, before the instrument sees it.

    Args:
        random: noise of faults is drawn from it.
        leapt: time that the wires stood still for, ns: what drifts, drifts then, too.
    """

    __slots__ = ("_last", "_leapt", "_random", "_running", "is_disturbed")

    def __init__(self, random: Random, leapt: Callable[[], int] = _never_leapt) -> None:
        self._random = random
        self._leapt = leapt
        self._running: dict[str, _Running] = {}
        self._last: tuple[int, Any] = (-1, 0.0)
        self.is_disturbed = False
        """Whether any fault is there."""

    def begin(self, name: str, fault: Fault, now: int) -> None:
        """Let a fault happen."""
        self._running = {**self._running, name: _Running(fault, now + self._leapt())}
        self._changed()

    def end(self, name: str, now: int) -> None:
        """Let it be over."""
        del now
        self._running = {other: each for other, each in self._running.items() if other != name}
        self._changed()

    def disturbed(self, value: _Seen, now: int) -> _Seen:
        """Return what is seen of a value at a time (ns); the same in every look."""
        seen_at, seen = self._last
        if now != seen_at:
            seen = value
            for each in self._running.values():
                seen = self._with(each, seen, now)
            self._last = (now, seen)
        return seen

    def _with(self, running: _Running, value: _Seen, now: int) -> _Seen:
        fault = running.fault
        seconds = (now + self._leapt() - running.since) / SECOND
        match fault.what:
            case "drift":
                return value + fault.number("rate") * seconds
            case "offset":
                return value + fault.number("by")
            case "noise":
                return value + self._random.gauss(0.0, fault.number("deviation"))
            case "freeze":
                if running.kept is None:
                    running.kept = value
                return running.kept
            case "broken":
                return value * math.nan
            case _:  # a terminal that is set
                return value * 0.0 + (fault.number("value") + fault.number("rate") * seconds)

    def _changed(self) -> None:
        self.is_disturbed = bool(self._running)
        self._last = (-1, 0.0)


class WireGroup:
    """All wires of one instrument: what freezes, freezes in all of them."""

    def __init__(self, wires: Iterable[Wire]) -> None:
        self._wires = tuple(wires)

    def begin(self, name: str, fault: Fault, now: int) -> None:
        """Let a fault happen."""
        for wire in self._wires:
            wire.begin(name, fault, now)

    def end(self, name: str, now: int) -> None:
        """Let it be over."""
        for wire in self._wires:
            wire.end(name, now)


class Terminal:
    """An input that the plant is not wired to: connected only while a fault sets it.

    Args:
        cables: the signals at the instrument, by terminal.
        terminal: its name.
        random: noise of faults is drawn from it.
        leapt: time that the wires stood still for, ns.
    """

    def __init__(
        self,
        cables: MutableMapping[str, Signal],
        terminal: str,
        random: Random,
        leapt: Callable[[], int] = _never_leapt,
    ) -> None:
        self._cables = cables
        self._terminal = terminal
        self._wire = Wire(random, leapt)

    def begin(self, name: str, fault: Fault, now: int) -> None:
        """Let the terminal show a value."""
        self._wire.begin(name, fault, now)
        self._cables[self._terminal] = self._look

    def end(self, name: str, now: int) -> None:
        """Leave it as it was: not wired."""
        self._wire.end(name, now)
        if not self._wire.is_disturbed:
            self._cables.pop(self._terminal, None)

    def _look(self, now: int) -> float:
        return self._wire.disturbed(0.0, now)


@dataclass(frozen=True)
class _Set:
    terminal: str
    value: Callable[[Fault], float]
    rate: Callable[[Fault], float] = lambda _: 0.0


_PANEL: dict[str, tuple[_Set, ...]] = {
    "emergency-stop": (_Set("emergency_stop", lambda _: 1.0),),
    "reset-key": (_Set("reset", lambda _: 1.0),),
    "mains-lost": (
        _Set("mains", lambda _: 0.0),
        _Set(
            "ups_charge",
            lambda fault: fault.number("charge"),
            lambda fault: -1.0 / fault.number("lasting"),
        ),
    ),
}


class Panel:
    """What people and the mains do to an instrument, as values of its terminals."""

    def __init__(self, terminals: MutableMapping[str, Wire | Terminal]) -> None:
        self._terminals = terminals
        self._running: dict[str, str] = {}

    def begin(self, name: str, fault: Fault, now: int) -> None:
        """Let a fault happen."""
        self._running[name] = fault.what
        for each in _PANEL[fault.what]:
            values: dict[str, float | str] = {"value": each.value(fault), "rate": each.rate(fault)}
            self._terminals[each.terminal].begin(
                name, Fault("set", fault.where, values=values), now
            )

    def end(self, name: str, now: int) -> None:
        """Let it be over."""
        for each in _PANEL[self._running.pop(name)]:
            self._terminals[each.terminal].end(name, now)
