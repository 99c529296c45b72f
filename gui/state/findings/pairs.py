"""One channel over another: samples that were taken at the same moments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.channel import Channel, Quality
from bench.messages import Bilingual, Message
from bench.runs import Run, RunChannel, Samples
from gui.state.findings.map import Quantity, axis_label
from gui.state.findings.table import Say
from gui.state.plots.chart import Chart, Series, Style
from protocols.wording import Text

Floats = NDArray[np.float64]
WHOLE = 200_000
"""Rows up to which a run is read as a whole; of longer ones blocks are."""
BLOCKS, BLOCK = 200, 20
"""How many blocks of how many rows stand for a long run."""
MOST = 4_000
"""Points that are drawn."""
MOST_CHANNELS = 5_000
"""Channels one can choose from."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """Values of two channels at the same moments, each in its unit."""

    x: Quantity
    """The one to the right."""
    y: Quantity
    """The one upwards."""
    across: Floats
    """Values of x."""
    up: Floats
    """Values of y."""
    rows: int
    """How many rows the run has; more than values: only some were taken."""


def channels_in(run: Run) -> tuple[Quantity, ...]:
    """Return the channels one can choose from: those with one number per row."""
    found: list[Quantity] = []
    for channel in run.header.channels:
        if len(found) == MOST_CHANNELS:
            break
        if channel.name in run.names:
            found.append(_quantity(channel))
    return tuple(found)


def pairs_of(run: Run, x: str, y: str) -> Pairs:
    """Return samples of two channels that are good at the same moments.

    At each moment of the slower one stands the newest value of the other. Of long runs evenly
    spread blocks are taken, and of many samples evenly spread ones: what is drawn was measured,
    nothing is averaged.

    Raises:
        RunFileError: there is no such channel, or the file is damaged.
    """
    first, second = run.channel(x), run.channel(y)
    slow = first if len(first) <= len(second) else second
    fast = second if slow is first else first
    parts = [_joined(slow, fast, start, end) for start, end in _stretches(slow)]
    values = np.concatenate(parts, axis=1) if parts else np.empty((2, 0))
    values = values[:, np.isfinite(values).all(axis=0)]
    values = values[:, :: max(-(-values.shape[1] // MOST), 1)]
    across, up = values if slow is first else values[::-1]
    return Pairs(
        _quantity(first.channel),
        _quantity(second.channel),
        _shown(first, across),
        _shown(second, up),
        len(slow),
    )


def _stretches(channel: RunChannel) -> list[tuple[int, int]]:
    """Return from when to when samples are taken, ns."""
    timeline, rows = channel.rows.timeline, len(channel)
    if not rows:
        return []
    if rows <= WHOLE:
        return [(timeline[0], timeline[-1])]
    firsts = np.linspace(0, rows - BLOCK, BLOCKS).astype(np.int64).tolist()
    return [(timeline[row], timeline[row + BLOCK - 1]) for row in firsts]


def _joined(slow: RunChannel, fast: RunChannel, start: int, end: int) -> Floats:
    """Return good values of both channels at the moments of the slower one, shape (2, n)."""
    samples = _good(slow.values_si(start, end))
    if fast.group == slow.group:
        others = _good(fast.values_si(start, end))
        return np.stack([samples.values, others.values])
    before = max((end - start) // BLOCK, 1)
    others = fast.values_si(start - before, end)
    if not len(others):
        return np.empty((2, 0))
    at = np.searchsorted(others.times_ns, samples.times_ns, side="right") - 1
    values = _good(others).values[np.maximum(at, 0)]
    return np.stack([samples.values, np.where(at < 0, np.nan, values)])


def _good(samples: Samples) -> Samples:
    """Return samples with NaN where the value is not OK."""
    values = np.where(samples.qualities == Quality.OK, samples.values, np.nan)
    return Samples(samples.times_ns, values, samples.qualities, samples.fresh)


def _quantity(channel: Channel) -> Quantity:
    title = channel.title if channel.title.en else Bilingual(channel.name)
    return Quantity(channel.name, title, channel.shown_unit.text)


def _shown(channel: RunChannel, values: Floats) -> Floats:
    unit = channel.channel.shown_unit
    return (values - unit.offset) / unit.factor


def pairs_chart(pairs: Pairs, say: Say) -> Chart:
    """Return one channel over the other as points."""
    return Chart(
        x_label=axis_label(pairs.x, say),
        y_label=axis_label(pairs.y, say),
        series=(Series("", pairs.across, pairs.up, Style.POINTS),),
    )


def pairs_told(pairs: Pairs) -> Text:
    """Return how much of the run is drawn."""
    arguments = {"shown": len(pairs.across), "rows": pairs.rows}
    return Message("findings.pairs-shown", arguments)
