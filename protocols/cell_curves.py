"""i-V curves of a series: windows at constant flow, up and down again."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from analysis.polarisation import polarisation, resistance
from analysis.uncertainty import Model
from bench.messages import Message
from protocols.cell_quantities import (
    CELLS,
    NERNST,
    STRINGS,
    chord_resistance,
    current_density,
    pass_utilisation,
)
from protocols.cell_results import CurvePoint, CurveResult
from protocols.cell_windows import CellWindow
from protocols.wording import Text

UP, DOWN = "iv-up", "iv-down"
LEAST_DENSITY = 50.0
"""A/m2. Below it, a resistance from a difference to the Nernst voltage says nothing."""
LARGEST_WARMING = 5.0
"""K. A curve along which the stack warms by more is told. Engineering default."""
_MILLIOHM = 1e-7
Numbers = NDArray[np.float64]
NEEDED = ("cell_voltage", "current")


def curves_of(windows: Sequence[CellWindow]) -> Iterator[CurveResult]:
    """Yield every curve; windows are in time, either direction may come first.

    A window of another name ends a curve, and so does a direction that comes again.
    """
    begun: list[CellWindow] = []
    for window in windows:
        is_part = window.name in {UP, DOWN}
        begun_names = [each.name for each in begun]
        begins_anew = window.name in begun_names and window.name != begun_names[-1]
        if begun and (not is_part or begins_anew):
            yield _curve(begun)
            begun = []
        if is_part:
            begun.append(window)
    if begun:
        yield _curve(begun)


def _curve(windows: Sequence[CellWindow]) -> CurveResult:
    notes: list[Text] = []
    used: list[CellWindow] = []
    for window in windows:
        missing = next((name for name in NEEDED if name not in window.inputs), None)
        if missing is not None:
            notes.append(window.problems[missing])
        elif not window.is_valid:
            notes.append(
                Message("cell.curve-point-invalid", {"at": f"{window.start / 3600:.2f} h"})
            )
        else:
            used.append(window)
    points: list[CurvePoint] = []
    for name in dict.fromkeys(window.name for window in used):
        direction = "up" if name == UP else "down"
        branch = [window for window in used if window.name == name]
        said, found = _branch(branch, direction)
        notes += said
        points += found
    temperatures = [point.temperature for point in points if math.isfinite(point.temperature)]
    if temperatures and max(temperatures) - min(temperatures) > LARGEST_WARMING:
        warming = f"{max(temperatures) - min(temperatures):.1f} K"
        notes.append(Message("cell.curve-warms", {"span": warming}))
    return CurveResult(
        at=windows[0].start / 3600.0,
        points=tuple(points),
        hysteresis=_hysteresis(points),
        notes=tuple(dict.fromkeys(notes)),
    )


def _branch(windows: Sequence[CellWindow], direction: str) -> tuple[list[Text], list[CurvePoint]]:
    densities = np.array([_of(window, current_density, NEEDED) for window in windows])
    voltages = np.array([window.inputs["cell_voltage"] for window in windows])
    slopes, notes = _slopes(densities, voltages)
    return notes, [
        CurvePoint(
            current_density=float(density) / 1e4,
            voltage=window.inputs["cell_voltage"],
            lowest_voltage=window.inputs.get("lowest_voltage", math.nan),
            temperature=window.inputs.get("temperature", math.nan) - 273.15,
            utilisation=100.0 * _of(window, pass_utilisation, _USED),
            nernst_voltage=window.inputs.get(NERNST, math.nan),
            chord_resistance=_of(window, chord_resistance, (NERNST,)) / _MILLIOHM
            if density > LEAST_DENSITY
            else math.nan,
            differential_resistance=slope / _MILLIOHM,
            direction=direction,
        )
        for window, density, slope in zip(windows, densities.tolist(), slopes.tolist(), strict=True)
    ]


_USED = ("fuel_flow", "hydrogen_flow", "safety_gas_flow", "fuel_electrons", CELLS, STRINGS)


def _of(window: CellWindow, model: Model, needed: Sequence[str]) -> float:
    """Return what a model gives for a window; NaN where an input is missing."""
    if any(name not in window.inputs for name in needed):
        return math.nan
    inputs = {name: np.array([value]) for name, value in window.inputs.items()}
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.asarray(model(inputs))[0])


def _slopes(densities: Numbers, voltages: Numbers) -> tuple[Numbers, list[Text]]:
    """Return - dV/dj at each point, ohm m2, NaN where there is none, and why there is none."""
    try:
        curve = polarisation(current_densities=densities, voltages=voltages)
        found = [
            resistance(curve=curve, current_density=density, reference_voltage=0.0).differential
            for density in densities.tolist()
        ]
    except ValueError as error:
        reason = Message("judge.not-computable", {"reason": str(error)})
        return np.full(densities.shape, math.nan), [reason]
    return np.array(found), []


def _hysteresis(points: Sequence[CurvePoint]) -> float:
    """Return the largest difference of both branches where they overlap, mV; NaN: one only."""
    up, down = (
        [point for point in points if point.direction == direction] for direction in ("up", "down")
    )
    try:
        curve = polarisation(
            current_densities=[point.current_density for point in up],
            voltages=[point.voltage for point in up],
            down_current_densities=[point.current_density for point in down],
            down_voltages=[point.voltage for point in down],
        )
    except ValueError:
        return math.nan
    return 1e3 * curve.hysteresis
