"""How fast a closed volume loses pressure."""

from __future__ import annotations

import math

import numpy as np


class Decay:
    """Takes the pressure of a closed volume over a time; bounded, however long that is."""

    def __init__(self) -> None:
        self.count = 0
        """Values taken."""
        self.first = math.nan
        """First pressure, Pa."""
        self.last = math.nan
        """Last pressure, Pa."""
        self._begin = 0.0
        self._sums = np.zeros(4)  # t, t², p, t·p around the first value

    def take(self, seconds: float, pressure: float) -> None:
        """Take a pressure (Pa) at a time (s)."""
        if self.count == 0:
            self.first, self._begin = pressure, seconds
        self.count += 1
        self.last = pressure
        time, fallen = seconds - self._begin, pressure - self.first
        self._sums += (time, time * time, fallen, time * fallen)

    @property
    def rate(self) -> float:
        """Fall of the pressure by least squares, Pa/s, positive falling; nan: one moment alone."""
        time, squares, fallen, products = (float(each) for each in self._sums)
        spread = self.count * squares - time * time
        if spread <= 0:
            return math.nan
        return -(self.count * products - time * fallen) / spread
