"""The slow loop inside a controller of something hot and heavy: proportional and integral.

Tuned for a heat capacity ``C`` that is heated in proportion ``g`` to the output: with the gain
``2 C / (T g)`` and the reset time ``2 T`` both poles of the closed loop lie at ``-1/T``, where
``T`` is the response time. What is twice as heavy or as light, or loses heat, stays well damped.
As ``T`` is long beside the time between two looks, it stays so where the plant goes on for a minute
between two.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bench.clock import SECOND

_NEWEST = 0.4
"""Share of the newest value in the one that is regulated by: noise must not shake the output."""


@dataclass
class SlowLoop:
    """A PI controller without a set value of its own."""

    gain: float
    """Output per kelvin of deviation; negative where more output cools."""
    reset: float
    """Reset time, s."""
    seen: float = 0.0
    """What it regulates by."""
    _integral: float = 0.0
    _is_blind: bool = True

    def begin(self, output: float) -> None:
        """Begin from an output without a bump."""
        self._integral = output
        self._is_blind = True

    def see(self, value: float) -> None:
        """Take a measured value."""
        self.seen = value if self._is_blind else self.seen + _NEWEST * (value - self.seen)
        self._is_blind = False

    def output(self, target: float, low: float, high: float, seconds: float) -> float:
        """Return the output for a target; the integral rests where it would only wind up."""
        deviation = self.gain * (target - self.seen)
        wanted = self._integral + deviation
        if (low < wanted or deviation > 0.0) and (wanted < high or deviation < 0.0):
            self._integral += deviation * seconds / self.reset
        self._integral = min(max(self._integral, low), high)
        return min(max(self._integral + deviation, low), high)


class Beat:
    """How long it is since a loop looked last, also where the wires stood still meanwhile.

    Args:
        period: Between two looks on the wires, ns.
        leapt: Time that the wires stood still for so far, ns.
    """

    def __init__(self, period: int, leapt: Callable[[], int]) -> None:
        self._period = period
        self._leapt = leapt
        self._seen = leapt()

    def seconds(self) -> float:
        """Return the time since the last look, s; this is one."""
        leapt = self._leapt()
        since, self._seen = self._period + leapt - self._seen, leapt
        return since / SECOND
