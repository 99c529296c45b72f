"""How strips share the height there is, and texts the width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

LEAST_PLOT = 26.0
"""Height of a plot below which its curves say nothing, px."""
_GAP = 3.0
_LEGEND_SHARE = 0.34


@dataclass(frozen=True)
class LaneRoom:
    """Where a lane lies, px from above."""

    top: float
    """Where its legend begins."""
    lines: int
    """Of the legend."""
    plot_top: float
    """Where its plot begins."""
    plot_height: float
    """How high that is."""


def lanes_shown(count: int, height: float, line: float) -> int:
    """Return how many lanes have room: each at least with a line of text and a readable plot.

    Args:
        count: How many there are.
        height: What they share, px.
        line: Height of a line of text, px.
    """
    return max(1, min(count, int((height + _GAP) // (line + LEAST_PLOT + _GAP))))


def lane_rooms(
    wanted: Sequence[int], top: float, height: float, line: float
) -> tuple[LaneRoom, ...]:
    """Return where lanes lie; all are of one height, and have as many lines of text as fit.

    Args:
        wanted: How many lines each legend would fill.
        top: Where the first begins, px.
        height: What they share.
        line: Height of a line of text.
    """
    if not wanted:
        return ()
    each = (height + _GAP) / len(wanted)
    rooms: list[LaneRoom] = []
    for number, lines in enumerate(wanted):
        most = max(1, int(_LEGEND_SHARE * each // line))
        kept = max(1, min(lines, most))
        begin = top + number * each
        plot = each - _GAP - kept * line
        rooms.append(LaneRoom(begin, kept, begin + kept * line, max(1.0, plot)))
    return tuple(rooms)


def shares(wanted: Sequence[float], width: float) -> tuple[float, ...]:
    """Return widths within a sum: who wants little gets it, the rest share what is left.

    Args:
        wanted: Widths, px.
        width: Their sum at most.
    """
    if sum(wanted) <= width:
        return tuple(wanted)
    left, found = width, dict.fromkeys(range(len(wanted)), 0.0)
    order = sorted(found, key=lambda number: wanted[number])
    for done, number in enumerate(order):
        found[number] = min(wanted[number], left / (len(order) - done))
        left -= found[number]
    return tuple(found.values())
