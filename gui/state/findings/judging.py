"""From run files to judged runs, together where they are one series."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from bench.errors import BenchError, ConfigError
from bench.messages import Message
from bench.runs import open_run
from gui.state.findings.judged import Judged
from gui.state.findings.map import Axes
from gui.state.screens.screen import screen_of
from protocols.execution import read


def judged_runs(paths: Sequence[Path], check: Callable[[], None]) -> tuple[Judged, ...]:
    """Return what runs show, judged from their raw data, which are not touched.

    Together where they are a series of one object; else one by one, and the first says why.

    Args:
        paths: run files, at least one.
        check: called between files; raises what ends the work.
    """
    together = _judged(paths)
    if together.refusal is None or len(paths) == 1:
        return (together,)
    found: list[Judged] = []
    for path in paths:
        check()
        found.append(_judged([path]))
    return tuple(found)


def _judged(paths: Sequence[Path]) -> Judged:
    try:
        with open_run(paths[0]) as run:
            kind = run.header.object_kind
        results = read(*paths).results
    except BenchError as error:
        return Judged(tuple(paths), None, refusal=error.message)
    if results is None:
        return Judged(tuple(paths), None, kind, Message("findings.not-judged"))
    return Judged(tuple(paths), results, kind, axes=_axes(kind))


def _axes(kind: str) -> tuple[Axes, ...]:
    """Return the axes that the screen of an object kind names; none where that is unusable."""
    try:
        screen = screen_of(kind)
    except ConfigError:
        return ()  # whoever shows that screen tells what is wrong with it
    maps = () if screen is None else screen.maps
    return tuple(Axes(each.x, each.y, each.z) for each in maps)
