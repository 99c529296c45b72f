"""The default plot of a run file: a few leading channels at a coarse level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.channel import Channel
from bench.record.hdf5 import Group, node_name

OVERVIEW = "overview"
"""Name of the group in ``/entry``."""
_AXIS = "time"
_CHUNK = 4096


@dataclass(frozen=True)
class Trace:
    """One channel of the overview."""

    channel: Channel
    """Whose it is."""
    minimum: NDArray[np.float64]
    """Smallest value of each bin, in the channel's unit; NaN: there is none."""
    maximum: NDArray[np.float64]
    """Largest value of each bin, in the channel's unit; NaN: there is none."""


def write_overview(entry: Group, edges: NDArray[np.float64], traces: Sequence[Trace]) -> None:
    """Write the default plot and lead to it; a part without bins or channels gets none.

    Each bin is two points, its smallest value at its begin and its largest in its middle, so that
    any plotter draws the envelope.

    Args:
        entry: ``/entry``.
        edges: begin of each bin and end of the last, seconds since the start; (bins + 1,).
        traces: the channels, the leading one first.
    """
    bins = len(edges) - 1
    shown = {trace.channel.name: trace for trace in traces if trace.channel.name != _AXIS}
    if bins < 1 or not shown:
        return
    first, *others = (node_name(name) for name in shown)
    attributes: dict[str, object] = {"signal": first, "axes": [_AXIS]}
    if others:
        attributes["auxiliary_signals"] = others
    group = entry.create(OVERVIEW, "NXdata", attributes)
    points = np.stack([edges[:-1], (edges[:-1] + edges[1:]) / 2], axis=1).ravel()
    _write(group, _AXIS, points, {"units": "s"})
    for name, trace in shown.items():
        values = np.stack([trace.minimum, trace.maximum], axis=1).ravel()
        title = trace.channel.title.en or name
        _write(group, name, values, {"units": trace.channel.unit.text, "long_name": title})
    entry.describe({"default": OVERVIEW})


def _write(
    group: Group, name: str, values: NDArray[np.float64], attributes: Mapping[str, object]
) -> None:
    chunk = (min(len(values), _CHUNK),)
    made = group.create_array(name, np.float64, values.shape, chunk, attributes=attributes)
    made.write(0, values)
