"""Degradation: the voltage over the hours, what the model says of it, and the rates."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from bench.messages import Message
from gui.state.findings.table import Cell, Column, Row, Say, Table, Tone, numeric, unit_label
from gui.state.plots.chart import Band, Chart, Series, Style
from protocols.cell_results import LifeResult, RateRow
from protocols.drawn import VoltageSeries
from protocols.wording import Text

Floats = NDArray[np.float64]

_KILOHOUR = 1000.0
FEW = 300
"""Points that can be told apart."""
GAP = 2.5
"""Times the usual distance of two voltages: above it some are missing between them."""
IRREVERSIBLE = "irreversible"
"""Name of the rate that is judged: continuous and events together."""


def life_chart(life: LifeResult, say: Say) -> Chart | None:
    """Return the corrected voltages with the fit, the judged rate with its band, and restarts.

    None: there are no voltages to draw.
    """
    drawn = life.series
    if drawn is None or not drawn.hours:
        return None
    hours, corrected, fitted = _broken(drawn)
    is_few = len(drawn.hours) <= FEW
    style = Style.POINTS if is_few else Style.LINE  # points of months cover what is behind them
    series = [
        Series(say(Message("findings.corrected")), hours, corrected, style, colour=1),
        Series(say(Message("findings.model")), hours, fitted, colour=7),
    ]
    rate = next((each for each in life.rates if each.name == IRREVERSIBLE), None)
    bands: tuple[Band, ...] = ()
    if rate is not None:
        line, band = _rate(life, rate, say)
        series.append(line)
        bands = (band,)
    if drawn.events:
        series.append(_events(drawn, say))
    return Chart(
        x_label=f"{say(Message('findings.operation-time'))}, h",
        y_label=f"{say(Message('findings.cell-voltage'))}, mV",
        series=tuple(series),
        bands=bands,
    )


def _broken(drawn: VoltageSeries) -> tuple[Floats, Floats, Floats]:
    """Return hours, corrected and fitted voltages in mV, with NaN where hours are missing."""
    hours = np.array(drawn.hours)
    steps = np.diff(hours)
    gaps = np.flatnonzero(steps > GAP * np.median(steps)) + 1 if steps.size else np.array([], int)
    parts = (hours, 1e3 * np.array(drawn.corrected), 1e3 * np.array(drawn.fitted))
    across, *heights = (np.insert(part, gaps, np.nan) for part in parts)
    if gaps.size:  # a place on the axis for what breaks the lines
        across[np.isnan(across)] = hours[gaps]
    return across, heights[0], heights[1]


def _rate(life: LifeResult, rate: RateRow, say: Say) -> tuple[Series, Band]:
    """Return the straight line of a rate through its reference point, and its 95 % band."""
    hours = np.unique(np.array([rate.begin, min(max(life.reference_time, rate.begin), rate.end),
        rate.end]))  # fmt: skip
    passed = (hours - life.reference_time) / _KILOHOUR
    lines = [1e3 * life.reference_voltage - loss * passed for loss in rate.millivolt]
    name = say(Message("findings.rate", {"title": rate.title}))
    band = Band(
        say(Message("findings.interval")), hours, np.minimum(*lines[1:]), np.maximum(*lines[1:]),
        colour=0,
    )  # fmt: skip
    return Series(name, hours, lines[0], Style.DASHED, colour=0), band


def _events(drawn: VoltageSeries, say: Say) -> Series:
    times = np.array([each.time for each in drawn.events])
    heights = 1e3 * np.interp(times, drawn.hours, drawn.fitted)
    labels = tuple(say(each.title) for each in drawn.events)
    name = say(Message("findings.restarts"))
    return Series(name, times, heights, Style.POINTS, labels=labels, colour=3)


def rates_table(life: LifeResult) -> Table:
    """Return the rates in three units, each with its 95 % interval; losses are positive."""
    columns = (
        Column(Message("findings.part"), is_number=False),
        Column(Message("findings.events")),
        *(
            Column(Message(name), shown)
            for shown in ("%/kh", "mV/kh", "mohm*cm^2/kh")
            for name in ("findings.loss", "findings.lower", "findings.upper")
        ),
        Column(Message("findings.from"), "h"),
        Column(Message("findings.to"), "h"),
    )
    return Table("degradation", columns, tuple(Row(tuple(_cells(each))) for each in life.rates))


def _cells(rate: RateRow) -> Iterator[Cell]:
    tone = Tone.STRONG if rate.name == IRREVERSIBLE else Tone.PLAIN
    yield Cell(rate.title, tone=tone)
    yield Cell(str(rate.count) if rate.count else "", rate.count or float("nan"))
    for values, places in ((rate.percent, 3), (rate.millivolt, 2), (rate.resistance, 2)):
        for value in values:
            yield numeric(value, places=places)
    yield numeric(rate.begin, places=0)
    yield numeric(rate.end, places=0)


def life_told(life: LifeResult) -> tuple[Text, ...]:
    """Return what the rates refer to, simple rates for comparison, and notes."""
    reference = {
        "voltage": f"{life.reference_voltage:.4f} V",
        "time": f"{life.reference_time:.0f} h",
        "temperature": f"{life.reference_temperature:.1f} °C",
        "density": f"{life.reference_current_density:.3f} {unit_label('A/cm^2')}",
        "utilisation": f"{life.reference_utilisation:.1f} %",
    }
    simple = {
        "two": f"{life.two_point:.3f}",
        "line": f"{life.line:.3f}",
        "theil": f"{life.theil_sen:.3f}",
        "reversible": f"{life.reversible:.2f} mV",
        "share": f"{life.reversible_share:.0f} %",
        "residual": f"{life.residual:.2f} mV",
    }
    return (
        Message("findings.life-of", reference),
        Message("findings.simple", simple),
        *life.notes,
    )
