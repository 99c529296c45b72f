"""i-V curves: up and down, of several visits."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from enum import Enum

import numpy as np

from bench.messages import Message
from gui.state.findings.table import Cell, Column, Row, Say, Table, numeric, unit_label
from gui.state.plots.chart import Chart, Series, Style
from protocols.cell_results import CurvePoint, CurveResult
from protocols.wording import Text


class Ordinate(Enum):
    """What is drawn over the current density; the value is message, unit and decimals."""

    VOLTAGE = "findings.voltage", "V", 4
    LOWEST = "findings.lowest-voltage", "V", 4
    POWER = "findings.power-density", "W/cm^2", 4
    CHORD = "findings.chord", "mohm*cm^2", 0
    SLOPE = "findings.slope", "mohm*cm^2", 0

    @property
    def title(self) -> Message:
        """What people call it."""
        return Message(self.value[0])

    @property
    def unit(self) -> str:
        """Unit of its numbers."""
        return self.value[1]

    @property
    def places(self) -> int:
        """Decimals it is shown with."""
        return self.value[2]

    def of(self, point: CurvePoint) -> float:
        """Return its value at a point; NaN: not known."""
        if self is Ordinate.VOLTAGE:
            return point.voltage
        if self is Ordinate.LOWEST:
            return point.lowest_voltage
        if self is Ordinate.POWER:
            return point.voltage * point.current_density
        return point.chord_resistance if self is Ordinate.CHORD else point.differential_resistance


def ordinates_in(curves: Sequence[CurveResult]) -> tuple[Ordinate, ...]:
    """Return what is known of a curve at all."""
    points = [point for curve in curves for point in curve.points]
    return tuple(each for each in Ordinate if any(math.isfinite(each.of(p)) for p in points))


def curves_chart(curves: Sequence[CurveResult], ordinate: Ordinate, say: Say) -> Chart:
    """Return the curves over the current density: up is a line, down is dashed."""
    series: list[Series] = []
    for number, curve in enumerate(curves):
        for direction, style in (("up", Style.LINE), ("down", Style.DASHED)):
            branch = [point for point in curve.points if point.direction == direction]
            branch.sort(key=lambda point: point.current_density)
            if not branch:
                continue
            x = np.array([point.current_density for point in branch])
            y = np.array([ordinate.of(point) for point in branch])
            name = say(Message(f"findings.branch-{direction}", {"at": f"{curve.at:.2f} h"}))
            series += [
                Series(name, x, y, style, colour=number),
                Series("", x, y, Style.POINTS, colour=number),
            ]
    return Chart(
        x_label=f"{say(Message('findings.current-density'))}, {unit_label('A/cm^2')}",
        y_label=f"{say(ordinate.title)}, {unit_label(ordinate.unit)}",
        series=tuple(series),
    )


def curves_table(curves: Sequence[CurveResult]) -> Table:
    """Return all points of all curves."""
    columns = (
        Column(Message("findings.at"), "h"),
        Column(Message("findings.direction"), is_number=False),
        Column(Message("findings.current-density"), "A/cm^2"),
        *(Column(each.title, each.unit) for each in Ordinate),
        Column(Message("findings.nernst"), "V"),
        Column(Message("findings.temperature"), "degC"),
        Column(Message("findings.utilisation"), "%"),
    )
    rows = tuple(Row(tuple(_cells(curve, point))) for curve in curves for point in curve.points)
    return Table("iv-curves", columns, rows)


def _cells(curve: CurveResult, point: CurvePoint) -> Iterator[Cell]:
    yield numeric(curve.at, places=2)
    yield Cell(Message(f"findings.{point.direction}"))
    yield numeric(point.current_density, places=4)
    for each in Ordinate:
        yield numeric(each.of(point), places=each.places)
    yield numeric(point.nernst_voltage, places=4)
    yield numeric(point.temperature, places=1)
    yield numeric(point.utilisation, places=1)


def curves_told(curves: Sequence[CurveResult]) -> tuple[Text, ...]:
    """Return what a reader has to be told: hysteresis and notes, curve by curve."""
    told: list[Text] = []
    for curve in curves:
        at = f"{curve.at:.2f} h"
        if math.isfinite(curve.hysteresis):
            value = f"{curve.hysteresis:.1f} mV"
            told.append(Message("findings.hysteresis", {"at": at, "value": value}))
        told += [Message("findings.of-curve", {"at": at, "note": note}) for note in curve.notes]
    return tuple(told)
