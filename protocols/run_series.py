"""Several run files of one test object, as one series in time."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.clock import SECOND
from bench.errors import ConfigError
from bench.runs import Run

HOUR = 3600.0
"""s."""


def refuse_strangers(runs: Sequence[Run], is_judged: Callable[[Run], bool]) -> None:
    """Refuse files that are no series of one test object.

    Raises:
        ConfigError: a file is given twice, followed no protocol, or is of another object; it is
            named.
    """
    first, *others = runs
    for run in runs:
        if not is_judged(run):
            raise ConfigError("judge.series-watched", file=run.path.name)
    seen = {first.path.resolve()}
    for run in others:
        file, leader = run.path.name, first.path.name
        if run.path.resolve() in seen:
            raise ConfigError("judge.series-twice", file=file)
        seen.add(run.path.resolve())
        mine, expected = run.header, first.header
        if mine.object_kind != expected.object_kind:
            raise ConfigError(
                "judge.series-kind",
                file=file,
                first=leader,
                kind=mine.object_kind,
                expected=expected.object_kind,
            )
        if mine.object_serial != expected.object_serial:
            raise ConfigError(
                "judge.series-serial",
                file=file,
                first=leader,
                serial=mine.object_serial,
                expected=expected.object_serial,
            )


def in_time(runs: Sequence[Run]) -> list[Run]:
    """Return the runs in the order in which they began; of simulated ones that given.

    Virtual time begins anew with each run, so that equal runs have equal bytes.

    Raises:
        ConfigError: a real run begins before the one before it has ended.
    """
    if all(run.header.simulated for run in runs):
        return list(runs)
    ordered = sorted(runs, key=lambda run: run.header.start_utc_ns)
    for before, behind in itertools.pairwise(ordered):
        if behind.header.start_utc_ns < end_utc_ns(before):
            earlier = before.path.name
            raise ConfigError("judge.series-overlap", file=behind.path.name, first=earlier)
    return ordered


def end_utc_ns(run: Run) -> int:
    """Return when the last row of a run was written, ns since 1970."""
    return run.header.start_utc_ns + duration_ns(run)


def duration_ns(run: Run) -> int:
    """Return from the begin of a run to its last row, ns."""
    return run.timeline[-1] - run.header.start_ns if len(run) else 0


@dataclass(frozen=True)
class Series:
    """Runs on one axis of time, which begins with the first one."""

    runs: tuple[Run, ...]
    """In time."""
    begins_ns: tuple[int, ...]
    """When each began, ns since the begin of the series."""
    is_joined: bool
    """Whether simulated runs were put one behind the other, because virtual time begins anew."""

    @property
    def end_ns(self) -> int:
        """When the last row was written, ns since the begin of the series."""
        return self.begins_ns[-1] + duration_ns(self.runs[-1])

    def seconds(self, run: int, time_ns: int) -> float:
        """Return a monotonic time of a run on the axis of the series, s."""
        return self.offset_ns(run) / SECOND + time_ns / SECOND

    def offset_ns(self, run: int) -> int:
        """Return what has to be added to a monotonic time of a run, ns."""
        return self.begins_ns[run] - self.runs[run].header.start_ns


def series_of(runs: Sequence[Run]) -> Series:
    """Return runs on one axis of time.

    Args:
        runs: at least one, `in_time`.
    """
    epoch = runs[0].header.start_utc_ns
    begins = [run.header.start_utc_ns - epoch for run in runs]
    ends = [begin + duration_ns(run) for begin, run in zip(begins, runs, strict=True)]
    is_joined = any(begin < end for begin, end in zip(begins[1:], ends, strict=False))
    if is_joined:
        begins = [0]
        for run in runs[:-1]:
            begins.append(begins[-1] + duration_ns(run) + run.header.scan_period_ns)
    return Series(tuple(runs), tuple(begins), is_joined)
