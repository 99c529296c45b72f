"""Where an axis of values has its ticks, and what stands at them."""

from __future__ import annotations

import math

from gui.state.plots.time_ticks import Ticks

_PARTS = (1.0, 2.0, 5.0, 10.0)
_LARGE, _SMALL = 1e6, 1e-5


def value_ticks(low: float, high: float, most: int) -> Ticks:
    """Return round places on an axis of values with their texts, lowest first.

    Args:
        low: Lower end.
        high: Upper end.
        most: How many have room; where not even two have, there is one.
    """
    span = high - low
    if not (math.isfinite(span) and span > 0 and most > 0):
        return ()
    power = 10.0 ** math.floor(math.log10(span / (most + 1)))
    for scale in (power, 10 * power, 100 * power):
        for part in _PARTS[:-1]:
            found = _places(low, high, part * scale)
            if len(found) <= most:
                return tuple((at, value_text(at, part * scale)) for at in found)
    return ()


def value_text(value: float, step: float) -> str:
    """Return a value as fine as the step between ticks needs."""
    if value and not _SMALL <= max(abs(value), step) < _LARGE:
        return f"{value:.3g}"
    digits = max(0, math.ceil(-math.log10(step) - 1e-9))
    return f"{value:.{digits}f}"


def _places(low: float, high: float, step: float) -> list[float]:
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [number * step for number in range(first, min(last, first + 1000) + 1)]
