"""Impedance spectra of a run: from the rows of the analyser to what they show.

A sweep is recorded as ordinary rows: each point is a reading with a running number from 1. What
is missing from them is refused, never bent: a gap in the number, a stored negative imaginary
part, a frequency that occurs twice.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from analysis.equivalent_circuit import CircuitFit
from analysis.impedance import Spectrum, spectrum
from analysis.kramers_kronig import TOLERANCE
from analysis.relaxation_times import RelaxationTimes
from analysis.spectra import DRIFT_TOLERANCE, SpectrumAnalysis, analyse
from bench.channel import Quality
from bench.messages import Message
from bench.record.port import Point
from bench.runs import Run
from bench.units import unit
from protocols.cell_object import CellObject
from protocols.cell_results import ElementRow, PeakRow, SpectrumResult
from protocols.wording import Text

IMPEDANCE = "impedance"
"""Name of the windows in which a spectrum was measured."""
NUMBER = "fra.point"
PARTS = ("fra.frequency", "fra.real", "fra.imaginary")
ERROR = "fra.error"
CURRENT = "stack.current"
_SHOWN = unit("mohm*cm^2").factor
_UNITS = {"resistance": "mohm*cm^2", "time_constant": "s", "inductance": "µH*cm^2"}
_FACTORS = {"resistance": _SHOWN, "inductance": 1e-10}
"""SI per unit of people: ohm m2 and H m2."""

Numbers = NDArray[np.float64]


class Refused(Exception):
    """A spectrum is not to be used; the reason says why. Never leaves the judge."""

    def __init__(self, reason: Message) -> None:
        super().__init__(str(reason))
        self.reason = reason


def spectrum_results(run: Run, cells: CellObject, offset_ns: int) -> Iterator[SpectrumResult]:
    """Yield every spectrum of a run, refused ones with their reason.

    Args:
        run: the run.
        cells: how its cells are joined.
        offset_ns: what turns its times into those of the series.

    Raises:
        RunFileError: the file is damaged.
    """
    for point in run.points:
        if point.name == IMPEDANCE and point.approach > 0:
            at = (point.start_ns + offset_ns) / 3.6e12
            yield _result(run, cells, point, at)


def _result(run: Run, cells: CellObject, point: Point, at: float) -> SpectrumResult:
    empty = SpectrumResult(at=at, is_used=False)
    try:
        notes, rows = _rows(run, point)
        measured = _spectrum(rows, cells.area_per_resistance)
    except Refused as error:
        return replace(empty, notes=(error.reason,))
    density = _current(run, point) / cells.area_per_current
    found = _analysed(replace(empty, current_density=density / 1e4), analyse(measured))
    return replace(found, notes=(*notes, *found.notes))


def _rows(run: Run, point: Point) -> tuple[list[Text], tuple[Numbers, ...]]:
    """Return what to keep in mind, and frequency, real and imaginary part in measured order.

    Raises:
        Refused: rows are missing.
    """
    for name in (NUMBER, *PARTS):
        if name not in run.names:
            raise Refused(Message("judge.no-channel", {"channel": name}))
    window = point.start_ns, point.end_ns
    numbers = run.channel(NUMBER).values_si(*window)
    if not len(numbers):
        raise Refused(Message("cell.spectrum-empty"))
    counted = np.where(numbers.qualities == Quality.OK, np.nan_to_num(numbers.values), 0.0)
    is_new = (counted >= 1.0) & (np.diff(counted, prepend=0.0) != 0.0)
    places = np.flatnonzero(is_new)
    order = np.rint(counted[places]).astype(np.int64)
    _check_numbers(order)
    columns = [run.channel(name).values_si(*window) for name in PARTS]
    for name, column in zip(PARTS, columns, strict=True):
        bad = places[column.qualities[places] != Quality.OK]
        if bad.size:
            raise Refused(
                Message("cell.spectrum-bad", {"channel": name, "point": int(counted[bad[0]])})
            )
    notes: list[Text] = []
    frequency = columns[0].values[places]
    if frequency.size > 2 and np.all(np.diff(frequency[:-1]) > 0.0):
        notes.append(Message("cell.spectrum-order"))
    return notes, tuple(column.values[places] for column in columns)


def _check_numbers(order: NDArray[np.int64]) -> None:
    """Refuse a running number that does not count 1, 2, 3.

    Raises:
        Refused: a point was lost, or the sweep was begun again.
    """
    if not order.size:
        raise Refused(Message("cell.spectrum-empty"))
    expected = np.arange(1, order.size + 1)
    wrong = np.flatnonzero(order != expected)
    if wrong.size:
        at = int(wrong[0])
        arguments = {"expected": int(expected[at]), "found": int(order[at])}
        raise Refused(Message("cell.spectrum-gap", arguments))


def _spectrum(rows: tuple[Numbers, ...], area: float) -> Spectrum:
    """Return the spectrum per cell area, ohm m2.

    Raises:
        Refused: it is none.
    """
    frequency, real, imaginary = rows
    try:
        return spectrum(frequency=frequency, real=real * area, imaginary=imaginary * area)
    except ValueError as error:
        raise Refused(Message("cell.spectrum-refused", {"reason": str(error)})) from error


def _current(run: Run, point: Point) -> float:
    """Return the mean terminal current while it was measured, A; NaN: not known."""
    if CURRENT not in run.names:
        return math.nan
    good = run.channel(CURRENT).good(point.start_ns, point.end_ns)
    return float(np.mean(good.values)) if len(good) else math.nan


def _analysed(empty: SpectrumResult, found: SpectrumAnalysis) -> SpectrumResult:
    measured, test = found.spectrum, found.test
    notes: list[Text] = []
    if not test.is_valid:
        arguments = {
            "residual": f"{test.rms:.2%}",
            "tolerance": f"{TOLERANCE:.0%}",
            "frequency": f"{test.worst_frequency:.3g} Hz",
        }
        notes.append(Message("cell.spectrum-not-causal", arguments))
    if found.has_drifted:
        drifted = {"drift": f"{measured.drift:.2%}", "tolerance": f"{DRIFT_TOLERANCE:.0%}"}
        notes.append(Message("cell.spectrum-drifted", drifted))
    elif math.isnan(measured.drift):
        notes.append(Message("cell.spectrum-not-repeated"))
    if found.circuit is not None and not found.circuit.is_converged:
        notes.append(Message("cell.spectrum-no-fit"))
    frequencies = measured.frequency
    result = replace(
        empty,
        is_used=found.is_valid,
        points=len(frequencies),
        highest=float(frequencies[0]),
        lowest=float(frequencies[-1]),
        residual=100.0 * test.rms,
        drift=100.0 * measured.drift,
        notes=tuple(notes),
    )
    if not found.is_valid:
        return result
    return _with_numbers(result, found)


def _with_numbers(result: SpectrumResult, found: SpectrumAnalysis) -> SpectrumResult:
    """Return the result with what was read off a valid spectrum."""
    result = replace(result, ohmic_resistance=found.intercept.resistance / _SHOWN)
    if found.circuit is not None and found.circuit.is_converged:
        result = replace(
            result, elements=_elements(found.circuit), fit_residual=100.0 * found.circuit.rms
        )
    if found.distribution is not None:
        result = replace(
            result,
            polarisation_resistance=found.distribution.polarisation_resistance / _SHOWN,
            peaks=_peaks(found.distribution),
        )
    return result


def _elements(circuit: CircuitFit) -> tuple[ElementRow, ...]:
    return tuple(
        ElementRow(
            element=each.element,
            name=each.name,
            value=each.value / _FACTORS.get(each.name, 1.0),
            relative_uncertainty=100.0 * each.relative_uncertainty,
            unit=_UNITS.get(each.name, ""),
        )
        for each in circuit.parameters
    )


def _peaks(distribution: RelaxationTimes) -> tuple[PeakRow, ...]:
    return tuple(
        PeakRow(frequency=each.frequency, resistance=each.resistance / _SHOWN)
        for each in distribution.peaks
    )
