"""Statistics of a group per step, kept while its rows are sealed.

The first span is the whole file; the others are steps, which may lie in each other. Rows are cut
where a step begins or ends; each piece is counted once and merged into every span around it.
Rows are numbered from the beginning of the run.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from bench.record.layout.statistics_table import Span
from bench.record.numbers.statistics import Accumulator, Statistics
from bench.record.port import StepBegun, StepRecord

_FIELDS = ("count", "bad", "minimum", "maximum", "mean", "deviation")
MEASURES = len(_FIELDS)
"""Numbers that are kept per span and channel."""


@dataclass(eq=False)
class OpenSpan:
    """The rows of a group that belong to a step."""

    about: Span
    """Which step; its end is 0 while it goes on."""
    begin: int
    """First row."""
    end: int | None
    """Row behind the last; None: the step goes on."""
    taken: Accumulator
    """What was sealed of it."""

    def holds(self, row: int) -> bool:
        """Return whether a row belongs to it."""
        return self.begin <= row and (self.end is None or row < self.end)


@dataclass(frozen=True)
class Piece:
    """Neighbouring rows that belong to the same spans."""

    rows: slice
    """Which of the rows that are sealed together."""
    first: int
    """First row."""
    taken: Accumulator
    """What they amount to."""


class GroupSpans:
    """The spans of one group in one file: the whole of it, then steps as they began.

    Args:
        channels: channels of the group.
        first_row: first row of the file.
    """

    def __init__(self, channels: int, first_row: int) -> None:
        self._channels = channels
        self._whole = OpenSpan(Span(), first_row, None, Accumulator(channels))
        self._ended: list[OpenSpan] = []  # in the order of their ends
        self._open: list[OpenSpan] = []

    @property
    def _steps(self) -> list[OpenSpan]:
        return self._ended + self._open

    def begin(self, step: StepBegun, row: int) -> None:
        """Begin a step before a row."""
        about = Span(step.id, step.path, step.start_ns)
        self._open.append(OpenSpan(about, row, None, Accumulator(self._channels)))

    def end(self, step: StepRecord, row: int) -> None:
        """End a step before a row; one that never began is passed over."""
        found = next((span for span in reversed(self._open) if _is_same(span.about, step)), None)
        if found is not None:
            found.about = Span(step.id, step.path, step.start_ns, step.end_ns)
            found.end = row
            self._open.remove(found)
            self._ended.append(found)

    def pieces(self, first: int, rows: int) -> tuple[Piece, ...]:
        """Return rows cut where steps begin or end."""
        stop = first + rows
        edges = {edge for span in self._steps for edge in (span.begin, span.end) if edge}
        cuts = [first, *sorted(edge for edge in edges if first < edge < stop), stop]
        return tuple(
            Piece(slice(low - first, high - first), low, Accumulator(self._channels))
            for low, high in itertools.pairwise(cuts)
        )

    def merge(self, pieces: Sequence[Piece]) -> None:
        """Add pieces to the spans around them."""
        for piece in pieces:
            for span in (self._whole, *self._steps):
                if span.holds(piece.first):
                    span.taken.merge(piece.taken)

    @property
    def whole(self) -> Statistics:
        """What is known of the whole file."""
        return self._whole.taken.results()

    def take_ended(self, sealed: int) -> list[tuple[Span, Statistics]]:
        """Return the steps of which all rows are sealed, and forget them.

        Args:
            sealed: row behind the last sealed one.
        """
        count = sum(span.end is not None and span.end <= sealed for span in self._ended)
        told, self._ended = self._ended[:count], self._ended[count:]
        return _told(told)

    def open_steps(self) -> list[tuple[Span, Statistics]]:
        """Return the steps that go on, with what is known of them in this file."""
        return _told(self._open)

    def state(self) -> list[dict[str, object]]:
        """Return where the steps stand, for JSON."""
        return [
            {
                "id": span.about.step_id, "path": span.about.path, "begin": span.begin,
                "start_ns": span.about.start_ns, "end": span.end, "end_ns": span.about.end_ns,
            }
            for span in self._steps
        ]  # fmt: skip

    def numbers(self) -> NDArray[np.float64]:
        """Return what was counted so far: (span, measure, channel), the whole first."""
        known = [span.taken.results() for span in (self._whole, *self._steps)]
        return np.array([[getattr(each, name) for name in _FIELDS] for each in known], np.float64)

    def resume(self, state: Sequence[Mapping[str, object]], numbers: NDArray[Any] | None) -> None:
        """Go on from a state and the numbers that belong to it; None: a new file of the run.

        Raises:
            KeyError, TypeError, ValueError, IndexError: they are none.
        """
        for each in cast("Sequence[Mapping[str, Any]]", state):
            end = None if each["end"] is None else int(each["end"])
            about = Span(
                str(each["id"]), str(each["path"]), int(each["start_ns"]), int(each["end_ns"])
            )
            taken = Accumulator(self._channels)
            steps = self._open if end is None else self._ended
            steps.append(OpenSpan(about, int(each["begin"]), end, taken))
        if numbers is not None:
            for place, span in enumerate((self._whole, *self._steps)):
                span.taken = _resumed(numbers[place])


def _is_same(span: Span, step: StepRecord) -> bool:
    return (span.step_id, span.path, span.start_ns) == (step.id, step.path, step.start_ns)


def _told(spans: Sequence[OpenSpan]) -> list[tuple[Span, Statistics]]:
    return [(span.about, span.taken.results()) for span in spans]


def _resumed(numbers: NDArray[Any]) -> Accumulator:
    counted = {name: numbers[place].astype(np.int64) for place, name in enumerate(_FIELDS[:2])}
    measured = {name: numbers[place].copy() for place, name in enumerate(_FIELDS) if place > 1}
    return Accumulator.resumed(Statistics(**counted, **measured))
