"""What a plan has come to so far, in the order in which its steps will run."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from bench.config.protocol import Protocol
from bench.document import Mark
from bench.model import Counter

MOST_STEPS = 20_000
"""Steps and passes of loops in one plan; the body of a repeat counts once."""


Library = dict[tuple[str, Path | None], Protocol]
"""Protocols by name and the caller's folder."""


class TooManySteps(Exception):
    """The plan has no end in sight: planning stops, whatever was being planned."""


class Course:
    """Demands, points, names and texts of the plan while it grows."""

    def __init__(self, demands: dict[str, float], protocols: Library | None = None) -> None:
        self.demands = demands
        """What each demand will be; one that is not here is not known."""
        self.points: dict[str, int] = {}
        """Measured point → how many windows."""
        self.texts: dict[str, str] = {}
        """File name → text."""
        self.protocols: Library = {} if protocols is None else protocols
        """Called protocols, so that each is read once."""
        self.counters: dict[str, Counter] = {}
        """Counters of the object and the protocols."""
        self.is_again = False
        """Whether a body is being planned a second time, only for what it finds."""
        self.is_beside = False
        """Whether a sequence is being planned that runs beside the protocol."""
        self._ids: set[str] = set()
        self._limits: dict[str, Mark | None] = {}
        self._count = 0

    def count(self) -> None:
        """Count a step or a pass.

        Raises:
            TooManySteps: there are more than can be meant.
        """
        self._count += not self.is_again
        if self._count > MOST_STEPS:
            raise TooManySteps

    def claim(self, step_id: str) -> bool:
        """Return whether the id is new."""
        is_new = step_id not in self._ids
        self._ids.add(step_id)
        return is_new

    def claim_limit(self, limit_id: str, mark: Mark | None) -> bool:
        """Return whether a limit's id is new, or that of the same limit planned once more."""
        return self._limits.setdefault(limit_id, mark) == mark

    def measure(self, point: str, windows: int = 1) -> None:
        """Note that a point is measured."""
        self.points[point] = self.points.get(point, 0) + windows

    def remember(self, demand: str, value: float | None) -> None:
        """Note what a demand will be; None: that is known only when the step runs."""
        if value is None:
            self.demands.pop(demand, None)
        else:
            self.demands[demand] = value

    @contextmanager
    def aside(self, start: Mapping[str, float] = MappingProxyType({})) -> Generator[None]:
        """Plan something that leaves no trace, as a safe sequence.

        Args:
            start: Demands with which it begins, as far as they are known.
        """
        demands, points = self.demands, self.points
        self.demands, self.points = dict(start), dict(points)
        try:
            yield
        finally:
            self.demands, self.points = demands, points

    @contextmanager
    def beside(self, start: Mapping[str, float]) -> Generator[None]:
        """Plan a sequence that runs beside the protocol; see `aside`."""
        self.is_beside = True
        try:
            with self.aside(start):
                yield
        finally:
            self.is_beside = False

    @contextmanager
    def once_more(self) -> Generator[None]:
        """Plan a body a second time, only for what it finds: names and points count once."""
        ids, points = self._ids, self.points
        self._ids, self.points, self.is_again = set(), dict(points), True
        try:
            yield
        finally:
            self._ids, self.points, self.is_again = ids, points, False
