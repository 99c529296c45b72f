"""What of the view goes into files of other programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from bench.errors import BenchError
from bench.runs.export.exporting import SUFFIXES, Wish
from gui.state.review.channel_tree import key_parts
from gui.state.review.desk import Desk
from gui.state.review.formula import SIGN


class Stretch(Enum):
    """Which time is exported."""

    SEEN = "seen"
    """What is seen now."""
    BAND = "band"
    """The band."""
    WHOLE = "whole"
    """The whole run."""


@dataclass(frozen=True)
class ExportChoice:
    """What somebody wants in a file."""

    path: Path
    """File; of several runs, each has its number before the ending."""
    stretch: Stretch = Stretch.SEEN
    """Which time."""
    is_all_channels: bool = False
    """All channels of the runs, not only those that are shown."""
    every: str = ""
    """One row per so long (``1 s``); empty: the rows as recorded."""
    has_quality: bool = False
    """Whether each value has its quality beside it."""
    has_utc: bool = True
    """Whether each row says its time of day."""


@dataclass(frozen=True)
class ExportPlan:
    """One file that is to be written."""

    run: Path
    """Of which run."""
    wish: Wish
    """What of it."""


class NothingToExport(BenchError):
    """What was chosen holds nothing; its message says why."""


def export_plans(
    desk: Desk, choice: ExportChoice, seen: tuple[float, float], band: tuple[float, float]
) -> tuple[ExportPlan, ...]:
    """Return the files that are to be written, one per run.

    Args:
        desk: What is open, and shown.
        choice: What is wanted.
        seen: Window of the plots, s on the axis.
        band: The band, s on the axis; NaN: not shown.

    Raises:
        NothingToExport: no channel is shown, there is no band, or the file has a strange ending.
    """
    if choice.path.suffix.lower() not in SUFFIXES:
        known = ", ".join(SUFFIXES)
        raise NothingToExport("review.export-suffix", path=choice.path.name, known=known)
    window = {Stretch.SEEN: seen, Stretch.BAND: band, Stretch.WHOLE: None}[choice.stretch]
    if window is not None and not window[0] <= window[1]:
        raise NothingToExport("review.export-no-band")
    shown = {run.key: _channels(desk.plan.keys, run.key) for run in desk.runs}
    runs = [run for run in desk.runs if choice.is_all_channels or shown[run.key]]
    if not runs:
        raise NothingToExport("review.export-no-channel")
    offsets = desk.placed.offsets
    plans: list[ExportPlan] = []
    for number, run in enumerate(runs, 1):
        path = choice.path
        if len(runs) > 1:
            path = path.with_name(f"{path.stem}-{number}{path.suffix}")
        start, end = (None, None)
        if window is not None:
            start, end = (f"{at - offsets.get(run.key, 0.0):.9f} s" for at in window)
        wish = Wish(
            output=path,
            patterns=() if choice.is_all_channels else shown[run.key],
            start=start,
            end=end,
            every=choice.every.strip() or None,
            has_quality=choice.has_quality,
            has_utc=choice.has_utc,
            is_forced=True,
        )
        plans.append(ExportPlan(run.path, wish))
    return tuple(plans)


def formulas_shown(desk: Desk) -> bool:
    """Return whether formulas are shown: they are not exported."""
    return any(key_parts(key)[1].startswith(SIGN) for key in desk.plan.keys)


def _channels(keys: Sequence[str], run: str) -> tuple[str, ...]:
    parts = [key_parts(key) for key in keys]
    return tuple(name for key, name in parts if key == run and not name.startswith(SIGN))
