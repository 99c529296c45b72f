"""Where faults of an indicating system's sensors and encoder happen."""

from __future__ import annotations

import numpy as np

from drivers.simulated.cycles import STEP, Array, CycleTraces
from drivers.simulated.faults.fault import Fault

MARK = 0.5
"""Angle between two teeth of the encoder, deg."""
_REVOLUTION = round(360.0 / STEP)
_GAP_AT = 270.0
"""Where in each revolution teeth are lost, deg behind its reference mark at top dead centre."""


class CycleWire:
    """What becomes of the traces of a cylinder before the indicating system sees them."""

    def __init__(self) -> None:
        self._running: dict[str, Fault] = {}
        self.is_disturbed = False
        """Whether any fault is there."""

    def begin(self, name: str, fault: Fault, now: int) -> None:
        """Let a fault happen."""
        del now
        self._running = {**self._running, name: fault}
        self.is_disturbed = True

    def end(self, name: str, now: int) -> None:
        """Let it be over."""
        del now
        self._running = {other: each for other, each in self._running.items() if other != name}
        self.is_disturbed = bool(self._running)

    def disturbed(self, traces: CycleTraces) -> CycleTraces:
        """Return what is seen of traces."""
        cylinder, intake = traces
        for fault in self._running.values():
            match fault.what:
                case "teeth-lost":
                    places = _places_without(round(fault.number("teeth")), cylinder.shape[1])
                    cylinder, intake = cylinder[:, places], intake[:, places]
                case "tdc-shifted":
                    shift = fault.number("by") / STEP
                    cylinder, intake = _shifted(cylinder, shift), _shifted(intake, shift)
                case "saturated":
                    cylinder = np.minimum(cylinder, fault.number("at"))
                case "pegging-off":
                    intake = intake + fault.number("by")
                case _:  # broken: the charge amplifier shows nothing
                    cylinder = np.zeros_like(cylinder)
        return CycleTraces(cylinder, intake)


def _places_without(teeth: int, points: int) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Return which true point is seen at each: late behind the gap, until the reference mark."""
    places = np.arange(points)
    behind = places % _REVOLUTION >= round(_GAP_AT / STEP)
    late = np.where(behind, round(teeth * MARK / STEP), 0)
    return (places + late) % points


def _shifted(values: Array, points: float) -> Array:
    """Return traces that show each pressure so many points too late."""
    whole = int(np.floor(points))
    part = points - whole
    moved = np.roll(values, whole, axis=1)
    return (1.0 - part) * moved + part * np.roll(moved, 1, axis=1)
