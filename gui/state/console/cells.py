"""What is shown of cell voltages."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bench.channel import Quality
from bench.messages import Bilingual
from bench.model import BenchModel
from gui.state.console.gauges import FittedGauge, GaugeState, fitted, gauges_of
from gui.state.console.numbers import NO_VALUE, Numbers, numbers_of
from gui.state.screens.bounds import Bound, bounds_of
from gui.state.screens.screen import Screen
from gui.state.session import Session

_STEP = 0.1
"""The axis of voltages begins and ends at a multiple of this, V."""
_DEVIATIONS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
"""Half widths that the axis of deviations may have, V."""


@dataclass(frozen=True)
class FittedCells:
    """Cell voltages on one bench."""

    cells: tuple[int, ...]
    """Where each stands in a frame, in the order of the stack."""
    summary: tuple[tuple[int, Bilingual, str], ...]
    """Channels of mean, lowest, highest, spread and missing ones: index, title, unit."""
    bounds: tuple[Bound, ...]
    """Limits of the lowest one, which hold for each."""
    beside: tuple[FittedGauge, ...]
    """Gauges beside them."""


@dataclass(frozen=True)
class Line:
    """A limit among the cells."""

    voltage: float
    """Where it lies, V."""
    priority: int
    """1 to 3."""


@dataclass(frozen=True)
class Summed:
    """One number over all cells."""

    title: Bilingual
    """What people call it."""
    text: str
    """With its unit."""
    quality: Quality
    """Whether it may be used."""


@dataclass(frozen=True)
class CellsState:
    """What is shown of cell voltages."""

    voltages: tuple[float, ...] = ()
    """In the order of the stack, V; nan: it has none that is to be trusted."""
    mean: float = math.nan
    """Of those that have one, V."""
    lowest: int = -1
    """Place of the lowest, from 0; -1: there is none."""
    highest: int = -1
    """Place of the highest."""
    axis: tuple[float, float] = (0.0, 1.0)
    """Ends of the axis of voltages, V."""
    deviation: float = _DEVIATIONS[0]
    """Half the width of the axis of deviations from the mean, V."""
    lines: tuple[Line, ...] = ()
    """Limits that are judged now and lie on the axis."""
    priorities: tuple[int, ...] = ()
    """Most urgent limit that each is beyond: 1 to 3; 0: none."""
    summary: tuple[Summed, ...] = ()
    """Numbers over all of them."""
    beside: tuple[GaugeState, ...] = ()
    """Gauges beside them."""


def fitted_cells(screen: Screen, model: BenchModel) -> FittedCells | None:
    """Return the cell voltages of a bench; None where it has none.

    Raises:
        ConfigError: a gauge beside them is of another quantity than its channel.
    """
    written = screen.cells
    names = () if written is None else written.names(model.index)
    if written is None or not names:
        return None
    wanted = (written.mean, written.lowest, written.highest, written.spread, written.missing)
    summary = tuple(
        (model.index[name], channel.title, channel.shown_unit.label)
        for name in wanted
        if name in model.index and (channel := model.channels[model.index[name]])
    )
    return FittedCells(
        cells=tuple(model.index[name] for name in names),
        summary=summary,
        bounds=tuple(b for b in bounds_of(model).get(written.lowest, ()) if not b.is_upper),
        beside=fitted(written.beside, model),
    )


def cells_of(session: Session, cells: FittedCells | None) -> CellsState:
    """Return what is shown of cell voltages; an empty state where there are none."""
    numbers = numbers_of(session)
    if numbers is None or cells is None:
        return CellsState()
    voltages = tuple(_trusted(numbers, index) for index in cells.cells)
    known = [value for value in voltages if not math.isnan(value)]
    mean = math.fsum(known) / len(known) if known else math.nan
    lines = _lines(cells, numbers)
    low, high = _axis(known)
    return CellsState(
        voltages=voltages,
        mean=mean,
        lowest=voltages.index(min(known)) if known else -1,
        highest=voltages.index(max(known)) if known else -1,
        axis=(low, high),
        deviation=_deviation(known, mean),
        lines=tuple(each for each in lines if low < each.voltage < high),
        priorities=tuple(_priority(value, lines) for value in voltages),
        summary=tuple(
            Summed(title, f"{numbers.text(index)} {unit}".rstrip(), numbers.quality(index))
            for index, title, unit in cells.summary
        ),
        beside=gauges_of(session, cells.beside),
    )


def voltage_text(value: float, unit: str = "V") -> str:
    """Return a voltage (V) as text, in volts or millivolts."""
    if math.isnan(value):
        return NO_VALUE
    return f"{value * 1000:.1f} mV" if unit == "mV" else f"{value:.3f} V"


def _trusted(numbers: Numbers, index: int) -> float:
    return numbers.value(index) if numbers.quality(index) is Quality.OK else math.nan


def _lines(cells: FittedCells, numbers: Numbers) -> tuple[Line, ...]:
    """Return the limits that are judged now."""
    found = (
        Line(bound.level(numbers), bound.priority)
        for bound in cells.bounds
        if bound.is_judged(numbers)
    )
    return tuple(each for each in found if not math.isnan(each.voltage))


def _axis(known: Sequence[float]) -> tuple[float, float]:
    """Return ends at whole tenths of a volt with all voltages well between them."""
    if not known:
        return 0.0, 1.0
    low = (math.floor(min(known) / _STEP + 1e-9) - 1) * _STEP
    high = (math.ceil(max(known) / _STEP - 1e-9) + 1) * _STEP
    return low, high


def _deviation(known: Sequence[float], mean: float) -> float:
    largest = max((abs(value - mean) for value in known), default=0.0)
    return next((each for each in _DEVIATIONS if each >= largest), largest)


def _priority(value: float, lines: Sequence[Line]) -> int:
    return min((each.priority for each in lines if value < each.voltage), default=0)
