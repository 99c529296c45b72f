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

from analysis.spectra import analyse
from bench.channel import Quality
from bench.messages import Message
from bench.record.port import Point
from bench.runs import Run
from protocols.cell_object import CellObject
from protocols.cell_results import SpectrumResult
from protocols.spectrum_numbers import Numbers, Refused, numbers_of, order_notes, spectrum_of
from protocols.wording import Text

IMPEDANCE = "impedance"
"""Name of the windows in which a spectrum was measured."""
NUMBER = "fra.point"
PARTS = ("fra.frequency", "fra.real", "fra.imaginary")
ERROR = "fra.error"
CURRENT = "stack.current"
TEMPERATURE = "stack.temperature"
KELVIN = 273.15


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
        measured = spectrum_of(rows, cells.area_per_resistance)
    except Refused as error:
        return replace(empty, notes=(error.reason,))
    known = replace(
        empty,
        current_density=_mean(run, point, CURRENT) / cells.area_per_current / 1e4,
        temperature=_mean(run, point, TEMPERATURE) - KELVIN,
        notes=tuple(notes),
    )
    return numbers_of(known, analyse(measured))


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
    counted = _of_this_sweep(counted)
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
    notes = order_notes(columns[0].values[places])
    return notes, tuple(column.values[places] for column in columns)


def _of_this_sweep(counted: Numbers) -> Numbers:
    """Return the running numbers without the one that a sweep before has left standing.

    The analyser counts from 0 when a sweep begins; until then the last point is confirmed.
    """
    changes = np.flatnonzero(counted != counted[0])
    if changes.size and counted[changes[0]] == 0.0:
        return np.concatenate([np.zeros(changes[0]), counted[changes[0] :]])
    return counted


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


def _mean(run: Run, point: Point, name: str) -> float:
    """Return a channel's mean while it was measured, SI; NaN: not known."""
    if name not in run.names:
        return math.nan
    good = run.channel(name).good(point.start_ns, point.end_ns)
    return float(np.mean(good.values)) if len(good) else math.nan
