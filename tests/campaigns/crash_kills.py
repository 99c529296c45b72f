"""The real recorder at real rates, killed at random moments.

Rows are counted outside: when a child had handed over how many, and when it saw them acknowledged.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from bench.clock import MILLISECOND, SECOND, SystemClock
from bench.record.disk.locks import Purpose, held
from bench.record.recovery import recover
from tests.campaigns.crash_judge import Promise, judge
from tests.campaigns.crash_model import files_of
from tests.campaigns.crash_points import Failure, Wrong, insist, scratch
from tests.campaigns.crash_run import known_at_real_rates

REPOSITORY = Path(__file__).parents[2]
SHORTEST, LONGEST = 0.3, 3.0
"""How long a child lives after its first line, s."""
MOST_LAG = 1.5
"""Rows are acknowledged so long after being measured at the latest, s."""
STARTING = 30.0
"""Time for a child to begin, s."""


@dataclass(frozen=True)
class Line:
    """What a child said at a moment."""

    at: float
    """When, s."""
    handed: Mapping[str, int]
    """Group → rows handed over."""
    acknowledged: Mapping[str, int]
    """Group → rows acknowledged."""
    records: int
    """Records handed over."""
    trouble: str
    """What the recorder complains of; empty: nothing."""


@dataclass(frozen=True)
class Killed:
    """What came of one kill."""

    seed: int
    with_sealer: bool
    """Whether its sealer process was killed with it; else it notices by itself."""
    lag: float
    """Longest time that a row waited to be acknowledged, s."""
    rows: int
    """Rows recovered."""
    beyond: int
    """Rows recovered that were not acknowledged."""
    failure: Failure | None
    text: str = ""


def killed(seed: int) -> Killed:
    """Start a recorder, kill it, recover and judge."""
    draw = random.Random(seed)
    with_sealer = draw.random() < 0.5
    life = draw.uniform(SHORTEST, LONGEST)
    with scratch() as name:
        folder = Path(name)
        said = lines_of(_until_killed(folder, life, with_sealer=with_sealer))
        lag = longest_lag(said)
        try:
            rows, beyond = _judged(folder, said)
            insist(lag < MOST_LAG, Failure.LATE, f"{lag:.2f} s")
            troubles = {line.trouble for line in said if line.trouble}
            insist(not troubles, Failure.UNREADABLE, troubles)
        except Wrong as wrong:
            return Killed(seed, with_sealer, lag, 0, 0, wrong.failure, wrong.text)
        except Exception:  # noqa: BLE001 - whatever a program raises here is what is looked for
            text = traceback.format_exc()
            return Killed(seed, with_sealer, lag, 0, 0, Failure.UNREADABLE, text)
    return Killed(seed, with_sealer, lag, rows, beyond, None)


def _until_killed(folder: Path, life: float, *, with_sealer: bool) -> str:
    """Run a child for so long, kill it; return what it said."""
    clock = SystemClock()
    output = folder / "said"
    with output.open("w") as sink:
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.campaigns.crash_child", str(folder)],
            stdout=sink,
            cwd=REPOSITORY,
            start_new_session=True,
        )
        limit = clock.now() + round(STARTING * SECOND)
        while not output.stat().st_size and child.poll() is None and clock.now() < limit:
            clock.wait_until(clock.now() + 5 * MILLISECOND)
        clock.wait_until(clock.now() + round(life * SECOND))
        if with_sealer:
            os.killpg(child.pid, signal.SIGKILL)
        else:
            child.kill()
        code = child.wait()
    insist(code == -signal.SIGKILL, Failure.UNREADABLE, f"the child ended by itself: {code}")
    text = output.read_text()
    output.unlink()
    return text


def lines_of(text: str) -> Sequence[Line]:
    """Return what a child said; the last line may be torn."""
    whole = (line for line in text.splitlines(keepends=True) if line.endswith("\n"))
    return [Line(**cast("dict[str, Any]", json.loads(line))) for line in whole]


def longest_lag(lines: Sequence[Line]) -> float:
    """Return how long the row that waited longest had been handed over without being acknowledged.

    A row counts as measured at the last line that does not show it yet, so this is an upper bound.
    """
    longest = 0.0
    for group in lines[0].handed if lines else ():
        begin = 0
        for line in lines:
            done = line.acknowledged[group]
            while begin + 1 < len(lines) and lines[begin + 1].handed[group] <= done:
                begin += 1
            if line.handed[group] > done:
                longest = max(longest, line.at - lines[begin].at)
    return longest


def _judged(folder: Path, said: Sequence[Line]) -> tuple[int, int]:
    """Recover and judge; return the rows found, and those found beyond what was promised."""
    clock = SystemClock()
    insist(said, Failure.UNREADABLE, "the child never began")
    known = known_at_real_rates(int((folder / "start").read_text()))
    (folder / "start").unlink()
    path = folder / "run.h5"
    limit = clock.now() + 20 * SECOND
    while held(path, Purpose.CHANGING) and clock.now() < limit:  # its sealer ends by itself
        clock.wait_until(clock.now() + 5 * MILLISECOND)
    promise = Promise(said[-1].acknowledged, 0)
    recover(path)
    found = judge(known, folder, promise)
    before = files_of(folder)
    recover(path)
    insist(files_of(folder) == before, Failure.RESTLESS, "recovered twice")
    rows = sum(found.rows.values())
    return rows, rows - sum(promise.rows.values())
