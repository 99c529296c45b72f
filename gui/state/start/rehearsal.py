"""What a rehearsal has shown: verdict, limits that tripped, how it ended. Reads its run file."""

from __future__ import annotations

import math
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from bench.messages import Message
from bench.runs.run_source import RunSource
from bench.runs.stored_records import StoredRecords
from protocols.execution import read
from protocols.results import Result, Text


@dataclass(frozen=True)
class TrippedLimit:
    """A limit that was violated."""

    limit: str
    """Limit."""
    reaction: str
    """What followed."""
    text: str
    """Condition as written."""
    count: int
    """How often."""
    first: float
    """When it came first, s since the start of the run."""


@dataclass(frozen=True)
class Expected:
    """One result something is asked of, as the rehearsal gave it."""

    title: Message
    """What people call it."""
    value: str
    """Value with unit; empty: there is none."""
    verdict: str
    """``pass``, ``fail``, ``not shown``."""
    reasons: tuple[Text, ...] = ()
    """Why."""


@dataclass(frozen=True)
class Rehearsed:
    """What a rehearsal has shown."""

    path: Path
    """Run file."""
    ending: str
    """How it ended: ``completed``, ``limit``, …"""
    reason: Message | None
    """Why it ended before its end."""
    seconds: float
    """How long it took, in its own time, s."""
    verdict: str
    """Worst of all; empty: the protocol asks none."""
    results: tuple[Expected, ...] = ()
    """What it was judged by."""
    tripped: tuple[TrippedLimit, ...] = ()
    """Limits that were violated, in the order in which they came first."""


_CAME = frozenset({"alarm.came", "alarm.not-to-be-judged"})


def rehearsed_of(path: Path) -> Rehearsed:
    """Return what the run file of a rehearsal shows; it is judged from its raw data.

    Raises:
        RunFileError: it cannot be read.
        ConfigError: nothing installed judges such an object.
    """
    finished = read(path)
    with closing(RunSource(path, 0)) as source:
        records = source.records
        tripped, seconds = _tripped(records), _seconds(records)
    results = finished.results
    verdict = None if results is None else results.verdict
    judged = () if results is None else results.judged()
    return Rehearsed(
        path=path,
        ending=finished.ending.state,
        reason=finished.ending.message,
        seconds=seconds,
        verdict="" if verdict is None else str(verdict.value),
        results=tuple(_expected(each) for each in judged),
        tripped=tripped,
    )


def _tripped(records: StoredRecords) -> tuple[TrippedLimit, ...]:
    came = [each for each in records.events if each.message.id in _CAME]
    counts = Counter(str(each.message.arguments.get("limit", "")) for each in came)
    found: dict[str, TrippedLimit] = {}
    for event in came:
        told = event.message.arguments
        name = str(told.get("limit", ""))
        seconds = (event.time_ns - records.header.start_ns) / 1e9
        limit = TrippedLimit(
            name, str(told.get("reaction", "")), str(told.get("text", "")), counts[name], seconds
        )
        found.setdefault(name, limit)
    return tuple(found.values())


def _seconds(records: StoredRecords) -> float:
    ending = records.ending
    return 0.0 if ending is None else (ending.end_ns - records.header.start_ns) / 1e9


def _expected(result: Result) -> Expected:
    value = ""
    if not math.isnan(result.value):
        value = f"{result.value:.4g} ± {result.upper - result.value:.2g} {result.unit}".rstrip()
    return Expected(
        title=result.title,
        value=value,
        verdict="" if result.verdict is None else str(result.verdict.value),
        reasons=result.reasons,
    )
