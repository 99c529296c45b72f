"""Judged runs, and which views they have something for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from bench.messages import Message
from gui.state.findings.map import Axes, mapped
from gui.state.findings.table import Place
from protocols.results import RunResults

HOUR = 3600.0
"""s."""


class View(Enum):
    """What there is to see of judged runs; the value is the message that names it."""

    VERDICT = "findings.verdict"
    BUDGET = "findings.budget"
    MAP = "findings.map"
    CURVES = "findings.curves"
    SPECTRA = "findings.spectra"
    LIFE = "findings.life"
    CYCLES = "findings.cycles"
    POINTS = "findings.points"
    PAIRS = "findings.pairs"


@dataclass(frozen=True)
class Judged:
    """Runs that were judged together."""

    paths: tuple[Path, ...]
    """Their files, in the order they were given."""
    results: RunResults | None
    """What they show; None: nothing."""
    kind: str = ""
    """Kind of the test object."""
    refusal: Message | None = None
    """Why there are no results."""
    axes: tuple[Axes, ...] = ()
    """Axes of maps that are usual for the kind of object."""

    @property
    def title(self) -> str:
        """File name of the first one, and how many follow."""
        first, *more = self.paths
        return f"{first.stem} +{len(more)}" if more else first.stem


def views_of(judged: Judged) -> tuple[View, ...]:
    """Return the views that have something to show; of results alone, never of a kind's name."""
    results = judged.results
    if results is None:
        return (View.PAIRS,)
    has = {
        View.VERDICT: True,
        View.BUDGET: any(each.budget for each in results.results),
        View.MAP: mapped(results.windows, judged.axes) is not None,
        View.CURVES: bool(results.curves),
        View.SPECTRA: bool(results.spectra),
        View.LIFE: results.life is not None,
        View.CYCLES: bool(results.cycles),
        View.POINTS: bool(results.windows),
        View.PAIRS: True,
    }
    return tuple(view for view, is_there in has.items() if is_there)


def place_of(judged: Judged, start: float, end: float) -> Place:
    """Return where a stretch of a series lies: in which run, on the axis of that run.

    Args:
        judged: the runs.
        start: since the begin of the series, s.
        end: since the begin of the series, s.
    """
    files = () if judged.results is None else judged.results.files
    names = [path.name for path in judged.paths]
    for row in files:
        begin = row.start * HOUR
        # a file's end is that of its last row: a window may end with it
        if row.file in names and begin - 1.0 <= start <= row.end * HOUR:
            return Place(names.index(row.file), start - begin, end - begin)
    return Place(0, start, end)
