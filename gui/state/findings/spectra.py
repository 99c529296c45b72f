"""Impedance spectra: Nyquist, Bode, distribution of relaxation times."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from bench.messages import Message
from bench.units import significant
from gui.state.findings.table import Cell, Column, Row, Say, Table, Tone, numeric, unit_label
from gui.state.plots.chart import Chart, Series, Style
from protocols.cell_results import SpectrumResult
from protocols.drawn import SpectrumPoints
from protocols.wording import Text

Complex = NDArray[np.complex128]
MOST_DRAWN = 6
"""Spectra that are drawn at first: more are no picture."""
_AREA = "mohm*cm^2"


class Diagram(Enum):
    """How spectra are drawn; the value is the message that names it."""

    NYQUIST = "findings.nyquist"
    MAGNITUDE = "findings.magnitude"
    PHASE = "findings.phase"
    RELAXATION = "findings.relaxation"


def diagrams_in(spectra: Sequence[SpectrumResult]) -> tuple[Diagram, ...]:
    """Return how spectra can be drawn; none where no spectrum could be read."""
    drawn = [each.drawn for each in spectra if each.drawn is not None]
    if not drawn:
        return ()
    has_distribution = any(each.density for each in drawn)
    return tuple(each for each in Diagram if each is not Diagram.RELAXATION or has_distribution)


def first_drawn(spectra: Sequence[SpectrumResult]) -> tuple[int, ...]:
    """Return which spectra are drawn before anybody chooses: the last few that can be."""
    known = [place for place, each in enumerate(spectra) if each.drawn is not None]
    return tuple(known[-MOST_DRAWN:])


def spectra_chart(
    spectra: Sequence[SpectrumResult], places: Sequence[int], diagram: Diagram, say: Say
) -> Chart:
    """Return a diagram of some spectra: points are measured, lines fitted.

    Args:
        spectra: all of them.
        places: which of them.
        diagram: how.
        say: language.
    """
    series: list[Series] = []
    for colour, place in enumerate(places):
        points = spectra[place].drawn
        if points is not None:
            name = _name(spectra[place], say)
            series += _series(points, diagram, name, colour)
    resistance = unit_label(_AREA)
    frequency = f"{say(Message('findings.frequency'))}, Hz"
    labels = {
        Diagram.NYQUIST: (f"Re Z, {resistance}", f"−Im Z, {resistance}"),
        Diagram.MAGNITUDE: (frequency, f"|Z|, {resistance}"),
        Diagram.PHASE: (frequency, f"{say(Message('findings.angle'))}, °"),
        Diagram.RELAXATION: (frequency, f"γ(ln τ), {resistance}"),
    }
    x_label, y_label = labels[diagram]
    return Chart(
        x_label=x_label,
        y_label=y_label,
        series=tuple(series),
        is_x_log=diagram is not Diagram.NYQUIST,
        is_y_log=diagram is Diagram.MAGNITUDE,
        is_square=diagram is Diagram.NYQUIST,
    )


def _series(points: SpectrumPoints, diagram: Diagram, name: str, colour: int) -> Iterator[Series]:
    if diagram is Diagram.RELAXATION:
        if points.density:
            frequency = 1.0 / (2.0 * math.pi * np.array(points.time_constant))
            yield Series(name, frequency[::-1], np.array(points.density)[::-1], colour=colour)
        return
    measured = np.array(points.real) + 1j * np.array(points.imaginary)
    x, y = _drawn(points, measured, diagram)
    yield Series(name, x, y, Style.POINTS, colour=colour)
    if points.fitted_real:
        fitted = np.array(points.fitted_real) + 1j * np.array(points.fitted_imaginary)
        x, y = _drawn(points, fitted, diagram)
        yield Series("", x, y, Style.LINE, colour=colour)


def _drawn(
    points: SpectrumPoints, impedance: Complex, diagram: Diagram
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if diagram is Diagram.NYQUIST:
        return impedance.real, -impedance.imag
    frequency = np.array(points.frequency)
    if diagram is Diagram.MAGNITUDE:
        return frequency, np.abs(impedance)
    return frequency, np.degrees(np.angle(impedance))


def _name(spectrum: SpectrumResult, say: Say) -> str:
    at = spectrum.file or f"{spectrum.at:.2f} h"
    if math.isfinite(spectrum.current_density):
        density = f"{spectrum.current_density:.3f} {unit_label('A/cm^2')}"
        return say(Message("findings.spectrum-at", {"at": at, "density": density}))
    return at


def spectra_table(spectra: Sequence[SpectrumResult]) -> Table:
    """Return the numbers of all spectra, one a row, in their order."""
    columns = (
        Column(Message("findings.at"), "h"),
        Column(Message("findings.current-density"), "A/cm^2"),
        Column(Message("findings.temperature"), "degC"),
        Column(Message("findings.point-count")),
        Column(Message("findings.range"), "Hz", is_number=False),
        Column(Message("findings.ohmic"), _AREA),
        Column(Message("findings.polarisation"), _AREA),
        Column(Message("findings.kramers-kronig"), "%"),
        Column(Message("findings.drift"), "%"),
        Column(Message("findings.fit-residual"), "%"),
        Column(Message("findings.used"), is_number=False),
    )
    return Table("spectra", columns, tuple(Row(tuple(_cells(each))) for each in spectra))


def _cells(found: SpectrumResult) -> Iterator[Cell]:
    yield numeric(found.at, places=2)
    yield numeric(found.current_density, places=3)
    yield numeric(found.temperature, places=1)
    yield Cell(str(found.points), found.points)
    reach = f"{significant(found.highest, 2)} … {significant(found.lowest, 2)}"
    yield Cell(reach if found.points else "–")
    yield _with(found.ohmic_resistance, found.ohmic_uncertainty)
    yield _with(found.polarisation_resistance, found.polarisation_uncertainty)
    for value in (found.residual, found.drift, found.fit_residual):
        yield numeric(value, places=2)
    yield (
        Cell(Message("findings.yes"))
        if found.is_used
        else Cell(Message("findings.no"), tone=Tone.WARNING)
    )


def _with(value: float, uncertainty: float) -> Cell:
    shown = numeric(value, places=1)
    if math.isfinite(uncertainty):
        return Cell(f"{value:.1f} ± {uncertainty:.1f}", value)
    return shown


def circuit_table(spectrum: SpectrumResult) -> Table:
    """Return the fitted circuit of a spectrum, and the peaks of its distribution."""
    columns = (
        Column(Message("findings.element"), is_number=False),
        Column(Message("findings.parameter"), is_number=False),
        Column(Message("findings.value")),
        Column(Message("findings.relative"), "%"),
        Column(Message("findings.unit"), is_number=False),
    )
    rows = [
        Row(
            (
                Cell(each.element),
                Cell(Message(f"findings.{each.name.replace('_', '-')}")),
                Cell(significant(each.value, 3), each.value),
                numeric(each.relative_uncertainty, places=1),
                Cell(unit_label(each.unit)),
            )
        )
        for each in spectrum.elements
    ]
    rows += [
        Row(
            (
                Cell(Message("findings.peak")),
                Cell(f"{significant(each.frequency, 2)} Hz"),
                Cell(significant(each.resistance, 3), each.resistance),
                Cell(),
                Cell(unit_label(_AREA)),
            )
        )
        for each in spectrum.peaks
    ]
    return Table("circuit", columns, tuple(rows))


def spectra_told(spectra: Sequence[SpectrumResult], places: Sequence[int]) -> tuple[Text, ...]:
    """Return what a reader has to be told of some spectra."""
    return tuple(
        Message("findings.of-spectrum", {"at": f"{spectra[place].at:.2f} h", "note": note})
        for place in places
        for note in spectra[place].notes
    )
