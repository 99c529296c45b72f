"""What gas passes on its way into an analyser: the sample line and the detector cell."""

from __future__ import annotations

import math
from collections import deque


class SampleLine:
    """A line in which gas moves as a plug: what goes in comes out a fixed time later."""

    def __init__(self, delay: int, content: float) -> None:
        self._delay = delay
        self._plugs: deque[tuple[int, float]] = deque()
        self._last = content

    def fill(self, content: float) -> None:
        """Fill the whole line with one gas (mole fraction, 1): the pump was off."""
        self._plugs.clear()
        self._last = content

    def through(self, fraction: float, now: int) -> float:
        """Let gas of a mole fraction (1) in at a time (ns); return that of what leaves then."""
        plugs, entered = self._plugs, now - self._delay
        plugs.append((now, fraction))
        while plugs and plugs[0][0] <= entered:
            self._last = plugs.popleft()[1]
        return self._last


class Detector:
    """A first-order detector: 90 % of a step after T90 (τ = T90/ln 10)."""

    def __init__(self, rise: int, value: float) -> None:
        self._tau = rise / math.log(10.0)
        self._at: int | None = None
        self.value = value
        """Mole fraction it sees now, 1."""

    def see(self, fraction: float, now: int) -> None:
        """Expose it to a mole fraction (1) until a time (ns); what is no number is kept as such."""
        past = 0 if self._at is None else max(now - self._at, 0)
        self._at = now
        if not math.isfinite(self.value):
            self.value = fraction
        self.value += (fraction - self.value) * -math.expm1(-past / self._tau)
