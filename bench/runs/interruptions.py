"""Where a run's time axis is not what one expects: gaps, and steps of the wall clock."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import NamedTuple

from bench.messages import Message
from bench.record.port import SCAN
from bench.record.sealing.axis import CLOCK_STEP_NS, CueKind
from bench.runs.group_rows import GroupRows
from bench.runs.part_file import PartFile
from bench.runs.run_source import RunSource


class Window(NamedTuple):
    """A stretch of time, both ends included."""

    start_ns: int
    """First moment, monotonic."""
    end_ns: int
    """Last moment, monotonic."""


class Gap(NamedTuple):
    """Time without rows."""

    start_ns: int
    """Last row before it (of regular groups: when the next one would have come)."""
    end_ns: int
    """First row behind it."""
    why: Message
    """What is missing."""
    group: str
    """Group whose rows are missing; empty: those of all groups."""


class ClockStep(NamedTuple):
    """The wall clock was set."""

    time_ns: int
    """When, monotonic."""
    utc_ns: int
    """What it showed then, ns since 1970-01-01T00:00:00Z."""
    step_ns: int
    """By how much it jumped, forward positive."""


def gaps_of(source: RunSource) -> tuple[Gap, ...]:
    """Return all gaps of a run, in the order of time.

    Raises:
        RunFileError: the file is damaged there.
    """
    found = list(_missing_parts(source))
    for name in source.group_names:
        found += _gaps_of_group(source.group(name), source)
    return tuple(sorted(found, key=lambda gap: (gap.start_ns, gap.end_ns)))


def _gaps_of_group(rows: GroupRows, source: RunSource) -> Iterator[Gap]:
    interval = source.guard(lambda: rows.stretches[0].columns.interval_ns)
    for row in rows.jumps(CueKind.GAP):
        if row == 0:
            continue
        before, behind = rows.timeline[row - 1], rows.timeline[row]
        start = before if interval is None else before + round(interval)
        about = {"group": rows.name}
        told = "runs.gap" if behind >= start else "runs.gap-backwards"
        yield Gap(start, behind, Message(told, about), rows.name)


def _missing_parts(source: RunSource) -> Iterator[Gap]:
    """Yield the gaps that missing parts leave, between those that are there."""
    parts = [(0, None), *((part.number, part) for part in source.parts)]
    for (before, previous), (number, part) in itertools.pairwise(parts):
        if part is None or number == before + 1:
            continue
        start_ns = source.header.start_ns
        if previous is not None:
            start_ns = _time_in(source, previous, -1)
        named = ", ".join(str(missing) for missing in range(before + 1, number))
        yield Gap(
            start_ns, _time_in(source, part, 0), Message("runs.gap-part", {"parts": named}), ""
        )


def _time_in(source: RunSource, part: PartFile, row: int) -> int:
    """Return the time of a scan of a part (0: the first, -1: the last); without, of its begin."""
    rows = source.group(SCAN)
    for stretch in rows.stretches:
        if stretch.part is part and len(stretch):
            return rows.timeline[stretch.start + row % len(stretch)]
    return part.first_ns


def clock_steps_of(source: RunSource) -> tuple[ClockStep, ...]:
    """Return all steps of the wall clock, in the order of time.

    Raises:
        RunFileError: the file is damaged there.
    """
    offset = source.header.start_utc_ns - source.header.start_ns
    found: list[ClockStep] = []
    for stretch in source.group(SCAN).stretches:
        cues = source.guard(lambda each=stretch: each.columns.cues)
        is_step = (cues.kinds == CueKind.CLOCK_STEP) & (cues.rows < stretch.stored)
        for time_ns, utc_ns in zip(
            cues.times_ns[is_step].tolist(), cues.utc_ns[is_step].tolist(), strict=True
        ):
            found.append(ClockStep(time_ns, utc_ns, utc_ns - time_ns - offset))
            offset = utc_ns - time_ns
    for mark in source.records.marks:
        step = mark.utc_ns - mark.time_ns - offset
        if abs(step) > CLOCK_STEP_NS:
            found.append(ClockStep(mark.time_ns, mark.utc_ns, step))
            offset += step
    return tuple(found)
