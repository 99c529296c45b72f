"""Figures of what was recorded or worked out point by point: pressures, curves, spectra, voltages.

They are drawn from the traces that results stand on; no number is made here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from bench.clock import SECOND
from bench.runs import Run
from bench.units import unit
from protocols.cell_results import CurveResult, LifeResult, SpectrumResult
from protocols.combustion_results import CombustionRow
from protocols.reports.blocks import Figure
from protocols.reports.drawing import BLUE, INK, ORANGE, RED, Drawing
from protocols.reports.speech import Speech
from protocols.row_reading import values_of

SHOWN_DEGREES: Final = 120.0
"""Crank angle before and behind top dead centre that is drawn."""
BAND: Final = (5.0, 95.0)
"""Percentiles of the cycles between which they are shaded."""
BAR: Final = unit("bar")


def pressure_figure(
    drawing: Drawing, speech: Speech, run: Run, capture: CombustionRow
) -> Figure | None:
    """Return the cylinder pressure of a capture over crank angle: mean and spread of its cycles.

    None: its traces are not in the run.

    Raises:
        RunFileError: the file is damaged there.
    """
    name = f"{capture.instrument}.cycles.pressure"
    if name not in run.names:
        return None
    channel, begin = run.channel(name), run.header.start_ns
    first, last = (begin + round(at * SECOND) for at in (capture.start, capture.end))
    rows = channel.rows.timeline.window(first - 1, last + 1)
    if rows.stop <= rows.start:
        return None
    low, step, _ = channel.as_stored.axis
    angle = low + step * np.arange(channel.as_stored.width)
    near = np.abs(angle) <= SHOWN_DEGREES
    cycles = BAR.from_si(1.0) * values_of(channel, rows)[:, near]
    lower, upper = np.nanpercentile(cycles, BAND, axis=0)

    def draw(axes: Any) -> None:
        shade = speech.say("cycle-band", low=f"{BAND[0]:g}", high=f"{BAND[1]:g}")
        axes.fill_between(angle[near], lower, upper, color=BLUE, alpha=0.3, lw=0, label=shade)
        axes.plot(
            angle[near], np.nanmean(cycles, axis=0), color=INK, lw=1, label=speech.say("cycle-mean")
        )
        if math.isfinite(capture.spark):
            axes.axvline(capture.spark, color=ORANGE, ls=":", lw=1, label=speech.say("spark"))
        axes.set_xlabel(speech.say("angle-axis"))
        axes.set_ylabel("[bar]")

    about = {"capture": capture.capture, "cylinder": capture.cylinder, "cycles": len(cycles)}
    caption = speech.say("pressure-caption", **about, at=capture.at or "–", file=run.path.name)
    return drawing.figure(draw, caption=caption, height=2.6)


def curve_figure(drawing: Drawing, speech: Speech, curves: Sequence[CurveResult]) -> Figure:
    """Return cell voltage over current density, up and down, of all i-V curves."""

    def draw(axes: Any) -> None:
        styles = {"up": (BLUE, "o-"), "down": (ORANGE, "s--")}
        for number, curve in enumerate(curves):
            for direction, (colour, style) in styles.items():
                points = [each for each in curve.points if each.direction == direction]
                if points:
                    axes.plot(
                        [each.current_density for each in points],
                        [each.voltage for each in points],
                        style, color=colour, ms=3.5, lw=1,
                        label=speech.say(f"curve-{direction}") if number == 0 else None,
                    )  # fmt: skip
        axes.set_xlabel(speech.say("density-axis"))
        axes.set_ylabel(speech.say("cell-voltage-axis"))

    return drawing.figure(draw, caption=speech.say("curve-caption"), height=2.8)


def spectrum_figure(
    drawing: Drawing, speech: Speech, spectra: Sequence[SpectrumResult]
) -> Figure | None:
    """Return the spectra that were used in the complex plane; None: there is none."""
    used = [each.drawn for each in spectra if each.is_used and each.drawn is not None]
    if not used:
        return None

    def draw(axes: Any) -> None:
        for number, each in enumerate(used):
            measured, fitted = speech.say("measured"), speech.say("fit")
            imaginary = [-value for value in each.imaginary]
            axes.plot(
                each.real, imaginary, "o", ms=3, color=INK, label=None if number else measured
            )
            if each.fitted_real:
                back = [-value for value in each.fitted_imaginary]
                axes.plot(
                    each.fitted_real, back, lw=1, color=BLUE, label=None if number else fitted
                )
        axes.set_aspect("equal", adjustable="datalim")
        axes.set_xlabel("Z′ [mΩ·cm²]")
        axes.set_ylabel("−Z″ [mΩ·cm²]")

    return drawing.figure(draw, caption=speech.say("spectrum-caption"), height=3.0)


def life_figure(drawing: Drawing, speech: Speech, life: LifeResult) -> Figure | None:
    """Return the corrected cell voltage over time with its fit; None: there is no series."""
    series = life.series
    if series is None or not series.hours:
        return None

    def draw(axes: Any) -> None:
        measured = speech.say("measured")
        axes.plot(series.hours, series.corrected, ".", ms=2, color=INK, label=measured)
        axes.plot(series.hours, series.fitted, lw=1, color=BLUE, label=speech.say("fit"))
        for number, event in enumerate(series.events):
            told = None if number else speech.say("event")
            axes.axvline(event.time, color=RED, ls=":", lw=0.8, label=told)
        axes.set_xlabel(speech.say("hours-axis"))
        axes.set_ylabel(speech.say("cell-voltage-axis"))

    return drawing.figure(draw, caption=speech.say("life-caption"), height=2.8)
