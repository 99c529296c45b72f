"""Which figures a report has, each from results alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from protocols.campaign.results import CampaignResults, DriftRow, EquivalenceRow
from protocols.reports.blocks import Figure
from protocols.reports.drawing import BLUE, GREEN, GREY, INK, ORANGE, RED, Drawing
from protocols.reports.speech import Speech, in_brackets
from protocols.results import Result, WindowRow

MOST_BARS = 12
"""Inputs drawn of a budget; the rest is in its table."""


def drift_figure(drawing: Drawing, speech: Speech, row: DriftRow, limit: float | None) -> Figure:
    """Return values over kilometres with fit, prediction band, breaks and the limit."""

    def draw(axes: Any) -> None:
        if row.band_kilometres:
            band = (row.band_kilometres, row.band_lower, row.band_upper)
            axes.fill_between(*band, color=BLUE, alpha=0.15, lw=0, label=speech.say("band"))
            fitted = (row.band_kilometres, row.band_value)
            axes.plot(*fitted, color=BLUE, lw=1, label=speech.say("fit"))
        for counted, marker, colour in ((True, "o", INK), (False, "x", GREY)):
            points = [point for point in row.points if point.counted is counted]
            if points:
                axes.errorbar(
                    [point.kilometres for point in points],
                    [point.value for point in points],
                    [2.0 * point.standard_uncertainty for point in points],
                    fmt=marker,
                    color=colour,
                    ms=4,
                    capsize=2,
                    lw=0.8,
                    label=speech.say("counted" if counted else "not-counted"),
                )
        for number, each in enumerate(row.breaks):
            said = speech.say("series-break") if number == 0 else None
            axes.axvline(each.kilometres, color=ORANGE, ls=":", lw=1, label=said)
        if limit is not None:
            axes.axhline(limit, color=RED, ls="--", lw=1, label=speech.say("limit"))
        if math.isfinite(row.target):
            axes.axvline(row.target, color=GREY, ls="-.", lw=1, label=speech.say("target"))
        axes.set_xlabel(speech.say("kilometres-axis"))
        axes.set_ylabel(in_brackets(row.unit) or "1")
        axes.xaxis.set_major_formatter(_grouped)

    title = speech.told(row.title)
    return drawing.figure(draw, caption=speech.say("drift-caption", title=title), height=2.3)


def equivalence_figure(
    drawing: Drawing, speech: Speech, rows: Sequence[EquivalenceRow], target: float
) -> Figure:
    """Return kilometres per mechanism with the band of its exponent, and the target.

    A mechanism that has seen nothing has a line of its own, and no bar.
    """
    shown = [row for row in rows if row.is_mechanism][::-1]

    def draw(axes: Any) -> None:
        places = range(len(shown))
        colours = [ORANGE if row.is_governing else BLUE for row in shown]
        axes.barh(places, [_drawable(row.kilometres) for row in shown], color=colours, height=0.55)
        for place, row in zip(places, shown, strict=True):
            band = (_drawable(row.lower), _drawable(row.upper))
            axes.plot(band, (place, place), color=INK, lw=1, marker="|", ms=7)
        axes.axvline(target, color=RED, ls="--", lw=1, label=speech.say("target"))
        axes.set_yticks(list(places), [speech.told(row.title) for row in shown])
        axes.set_xscale("log")
        axes.set_xlim(*_decades([target, *(km for row in shown for km in (row.lower, row.upper))]))
        axes.set_xlabel(speech.say("kilometres-axis"))
        axes.xaxis.set_major_formatter(_grouped)
        axes.xaxis.set_minor_formatter("")

    height = 0.9 + 0.3 * len(shown)
    return drawing.figure(draw, caption=speech.say("equivalence-caption"), height=height)


def _drawable(kilometres: float) -> float:
    """Return kilometres that a logarithmic axis can show; NaN leaves them out."""
    return kilometres if math.isfinite(kilometres) and kilometres > 0.0 else math.nan


def _decades(kilometres: Sequence[float]) -> tuple[float, float]:
    """Return the decades around what can be drawn, so that both ends have a number."""
    logs = [math.log10(km) for km in kilometres if math.isfinite(_drawable(km))] or [0.0]
    return 10.0 ** math.floor(min(logs)), 10.0 ** (math.floor(max(logs)) + 1)


def timeline_figure(drawing: Drawing, speech: Speech, results: CampaignResults) -> Figure:
    """Return when what happened to the object, over kilometres."""
    kinds = list(dict.fromkeys(event.kind for event in results.events))[::-1]
    titles = {event.kind: speech.told(event.title) for event in results.events}

    def draw(axes: Any) -> None:
        for place, kind in enumerate(kinds):
            hours = [each.hours for each in results.events if each.kind == kind]
            colour = RED if kind in {"failure", "trip"} else BLUE
            axes.plot(hours, [place] * len(hours), "o", ms=4, color=colour)
        axes.set_yticks(range(len(kinds)), [titles[kind] for kind in kinds])
        axes.set_xlabel(speech.say("hours-axis"))
        axes.set_ylim(-0.6, len(kinds) - 0.4)

    height = 0.9 + 0.25 * len(kinds)
    return drawing.figure(draw, caption=speech.say("timeline-caption"), height=height)


def budget_figure(drawing: Drawing, speech: Speech, result: Result) -> Figure:
    """Return what share of the variance each input has."""
    counted = sorted((row for row in result.budget if row.counted), key=lambda r: r.variance_share)
    shown = counted[-MOST_BARS:]

    def draw(axes: Any) -> None:
        shares = [100 * row.variance_share for row in shown]
        axes.barh(range(len(shown)), shares, color=BLUE, height=0.6)
        axes.set_yticks(range(len(shown)), [speech.told(row.title) for row in shown])
        axes.set_xlabel(speech.say("variance-axis"))

    title, height = speech.told(result.title), 0.8 + 0.22 * len(shown)
    return drawing.figure(draw, caption=speech.say("budget-caption", title=title), height=height)


def map_figure(drawing: Drawing, speech: Speech, windows: Sequence[WindowRow]) -> Figure | None:
    """Return efficiency over speed and torque at the measured points; None: too few points."""
    points = [found for window in windows if window.valid and (found := _map_point(window))]
    if len({(round(speed, -1), round(torque, -1)) for speed, torque, _ in points}) < 3:
        return None

    def draw(axes: Any) -> None:
        speed, torque, efficiency = zip(*points, strict=True)
        drawn = axes.scatter(speed, torque, c=efficiency, cmap="viridis", s=26)
        for x, y, value in points:
            axes.annotate(
                f"{value:.1f}", (x, y), (0, 5), textcoords="offset points", fontsize=7, ha="center"
            )
        axes.figure.colorbar(drawn, ax=axes, label=speech.say("efficiency-axis"))
        axes.set_xlabel(speech.say("speed-axis"))
        axes.set_ylabel(speech.say("torque-axis"))

    return drawing.figure(draw, caption=speech.say("map-caption"), height=3.4)


def intervals_figure(drawing: Drawing, speech: Speech, result: Result) -> Figure:
    """Return a judged value with its interval against its limit."""

    def draw(axes: Any) -> None:
        axes.plot((result.lower, result.upper), (0, 0), color=BLUE, lw=2, marker="|", ms=12)
        axes.plot(result.value, 0, "o", color=INK, label=speech.say("value"))
        if result.limit is not None:
            axes.axvline(result.limit, color=RED, ls="--", lw=1, label=speech.say("limit"))
        if result.bound is not None:
            axes.axvline(result.bound, color=GREEN, ls=":", lw=1, label=speech.say("bound"))
        axes.set_yticks([])
        axes.set_xlabel(f"{speech.told(result.title)} {in_brackets(result.unit)}")

    title = speech.told(result.title)
    return drawing.figure(draw, caption=speech.say("interval-caption", title=title), height=1.2)


def _map_point(window: WindowRow) -> tuple[float, float, float] | None:
    names = ("engine_speed", "torque", "brake_thermal_efficiency")
    found = {quantity.name: quantity.value for quantity in window.quantities}
    speed, torque, efficiency = (found.get(name, math.nan) for name in names)
    known = math.isfinite(speed) and math.isfinite(torque) and math.isfinite(efficiency)
    return (speed, torque, efficiency) if known else None


def _grouped(value: float, _position: float | None) -> str:
    """Return a number on an axis with its thousands apart, as matplotlib calls it."""
    return f"{value:,.0f}"
