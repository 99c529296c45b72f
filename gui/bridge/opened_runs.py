"""The open run files; all of it belongs to one thread."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from bench.errors import RunFileError
from bench.messages import Message
from bench.runs import Run, open_run
from bench.runs.damage import DAMAGE, told_reason
from bench.runs.interruptions import Gap, Window
from gui.state.plots.open_run import OpenRun, open_run_of
from gui.state.plots.picture import Curve, Mark, Picture, Trace, Wanted
from gui.state.plots.tracing import trace_of

T = TypeVar("T")


@dataclass
class _Opened:
    run: Run
    about: OpenRun
    gaps: Sequence[Gap]


class OpenedRuns:
    """Run files that are open, by their keys."""

    def __init__(self) -> None:
        self._opened: dict[str, _Opened] = {}

    def open(self, path: Path, key: str) -> OpenRun:
        """Return a run, opened where it is not.

        Raises:
            RunFileError: it cannot be opened.
        """
        if key not in self._opened:
            with _told(path):
                run = open_run(path)
                try:
                    self._opened[key] = _Opened(run, open_run_of(run, key), run.gaps)
                except BaseException:
                    run.close()
                    raise
        return self._opened[key].about

    def close(self, key: str) -> None:
        """Close a run; one that is not open: nothing."""
        found = self._opened.pop(key, None)
        if found is not None:
            found.run.close()

    def close_all(self) -> None:
        """Close all runs."""
        for key in tuple(self._opened):
            self.close(key)

    def refresh(self, key: str) -> OpenRun | None:
        """Return a run with what was recorded since; None: nothing was, or it is not open.

        Raises:
            RunFileError: the file is gone or damaged.
        """
        found = self._opened.get(key)
        if found is None:
            return None
        with _told(found.run.path):
            before = _length(found.run)
            found.run.refresh()
            if _length(found.run) == before and found.run.is_growing == found.about.is_growing:
                return None
            found.about = open_run_of(found.run, key, found.about)
            found.gaps = found.run.gaps
        return found.about

    def ask(self, key: str, work: Callable[[Run], T]) -> T:
        """Return what some work finds in a run.

        Raises:
            RunFileError: it is not open; and what the work raises.
        """
        found = self._opened.get(key)
        if found is None:
            raise RunFileError("runs.no-file", path=key)
        return work(found.run)

    def picture(
        self, wanted: Wanted, offsets: Mapping[str, float], language: str
    ) -> tuple[Picture, Mapping[str, Message]]:
        """Return a picture, and which runs cannot be read and why.

        Args:
            wanted: Which curves, from when to when.
            offsets: Key of a run → where on the axis it begins, s; else at 0.
            language: Of the marks.
        """
        traces: list[Trace] = []
        troubles: dict[str, Message] = {}
        for curve in wanted.curves:
            try:
                traces += self._traces(curve, wanted, offsets.get(curve.run, 0.0))
            except RunFileError as error:
                troubles[curve.run] = error.message
        runs = dict.fromkeys(curve.run for curve in wanted.curves)
        marks = (mark for key in runs for mark in self._marks(key, language, offsets))
        shown = (mark for mark in marks if mark.start <= wanted.end and mark.end >= wanted.start)
        return Picture(wanted.start, wanted.end, tuple(traces), tuple(shown)), troubles

    def _traces(self, curve: Curve, wanted: Wanted, offset: float) -> Sequence[Trace]:
        found = self._opened.get(curve.run)
        if found is None:
            return ()
        start = found.about.time_ns(wanted.start - offset)
        end = found.about.time_ns(wanted.end - offset)
        with _told(found.run.path):
            trace = trace_of(found.run, curve, Window(start, end), wanted.pixels, found.gaps)
        return (Trace(curve, trace.times + offset, trace.low, trace.high),)

    def _marks(self, key: str, language: str, offsets: Mapping[str, float]) -> Sequence[Mark]:
        found = self._opened.get(key)
        return () if found is None else found.about.marks(language, offsets.get(key, 0.0))


def _length(run: Run) -> int:
    """Return how much there is: rows of the scan, records; groups grow with the scan."""
    return sum((len(run), len(run.events), len(run.steps), len(run.points), len(run.incidents)))


@contextmanager
def _told(path: Path) -> Generator[None]:
    """Translate what a file raises that is nothing like a run file.

    Raises:
        RunFileError: it cannot be read.
    """
    try:
        yield
    except DAMAGE as error:
        raise RunFileError("plot.unreadable", path=path, reason=told_reason(error)) from error
