"""Does a run file survive? Kills, power cuts and failing disks, by the thousand.

    python -m tests.campaigns.crash --points 6000 --kills 300

*Points* cut the recorded calls of the atomic file, the log, and the whole recorder, and those of
recovery itself: a kill leaves every call before it, a power cut only what was synced and a random
part of the rest. *Faults* are a full disk and a disk that refuses writes or syncs. *Kills* are real
ones, of the real recorder at real rates with its sealer process. A row that is promised has to be
there, every row has to be the one that was measured, and recovering again changes nothing.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

from tests.campaigns.crash_disk import Tried, mounted_trials, needs_of, trials, tried
from tests.campaigns.crash_kills import Killed, killed
from tests.campaigns.crash_points import (
    Failure,
    Outcome,
    Point,
    Recording,
    Subject,
    kill_points,
    outcome,
    power_points,
    recorded,
    recovery_of,
)
from tests.campaigns.crash_recorder import narrow_run, unsealed_run, wide_run
from tests.campaigns.crash_subjects import CommittedFile, Log

Said = Callable[[str], None]
"""Takes a line for the person who looks on."""
_SHOWN = 3
"""Failures of a kind that are shown whole."""


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    what: str
    tested: int
    failures: Counter[Failure]


def subjects(seed: int) -> Sequence[Subject]:
    """Return what is cut, the whole recorder last."""
    return (CommittedFile(40, seed), Log(500, 5000, seed), wide_run(), narrow_run())


SHARES = (0.20, 0.10, 0.08, 0.37)
"""Of the points, for each subject; the rest cuts recoveries."""


def point_outcomes(pool: Executor, points: int, seed: int) -> Iterable[Outcome]:
    """Yield what becomes of crash points."""
    draw = random.Random(seed)
    rest = points
    recordings = [recorded(subject) for subject in subjects(seed)]
    for recording, share in zip(recordings, SHARES, strict=True):
        count = round(points * share)
        rest -= count
        yield from _judged(pool, recording, count, draw)
    yield from _recoveries(pool, recordings[3], rest - rest // 5, draw)
    yield from _recoveries(pool, recordings[2], rest // 5, draw)


def _judged(
    pool: Executor, recording: Recording, count: int, draw: random.Random
) -> Iterable[Outcome]:
    kills = kill_points(recording, count // 3, draw)
    points = [*kills, *power_points(recording, max(1, count - len(kills)), draw)]
    yield from _map(pool, recording, points)


def _map(pool: Executor, recording: Recording, points: Sequence[Point]) -> Iterable[Outcome]:
    return pool.map(partial(outcome, recording), points, chunksize=16)


def _recoveries(
    pool: Executor, recording: Recording, count: int, draw: random.Random
) -> Iterable[Outcome]:
    """Cut recoveries at every call, some by power cuts, until there are so many."""
    done = 0
    while done < count:
        kind = kill_points if draw.random() < 0.4 else power_points
        point = draw.choice(kind(recording, 50, draw))
        again = recovery_of(recording, point)
        points = kill_points(again, 20, draw) + power_points(again, 20, draw)
        points = points[: count - done]
        done += len(points)
        yield from _map(pool, again, points)


def fault_outcomes(pool: Executor, count: int, seed: int) -> Iterable[Tried]:
    """Yield what becomes of a run on failing disks."""
    for number, run in enumerate((narrow_run(), unsealed_run())):
        needs = needs_of(run)
        draw = random.Random(seed + number)
        chosen = [*trials(needs, count, draw), *mounted_trials(needs, count)]
        yield from pool.map(partial(tried, run), chosen, chunksize=4)


def table(rows: Sequence[Row]) -> str:
    """Return the figures as text."""
    head = ["", "tested", *(failure.value for failure in Failure)]
    lines = [head] + [
        [row.what, str(row.tested), *(str(row.failures[failure]) for failure in Failure)]
        for row in rows
    ]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    padded = [
        [text.rjust(width) if i else text.ljust(width) for i, (text, width) in enumerate(pairs)]
        for pairs in (zip(line, widths, strict=True) for line in lines)
    ]
    return "\n".join("  ".join(line) for line in padded)


def rows_of(outcomes: Iterable[tuple[str, Failure | None]]) -> list[Row]:
    """Return one row per kind, in the order in which they come, and the sum."""
    tested: Counter[str] = Counter()
    failures: dict[str, Counter[Failure]] = {}
    for what, failure in outcomes:
        tested[what] += 1
        failures.setdefault(what, Counter()).update([] if failure is None else [failure])
    rows = [Row(what, count, failures[what]) for what, count in tested.items()]
    whole = sum((row.failures for row in rows), Counter[Failure]())
    return [*rows, Row("all", sum(tested.values()), whole)]


def kill_summary(kills: Sequence[Killed]) -> str:
    """Return a line about latency and what was saved beyond the promise."""
    lags = sorted(each.lag for each in kills)
    median, p95 = lags[len(lags) // 2], lags[int(len(lags) * 0.95)]
    rows = sum(each.rows for each in kills)
    beyond = sum(each.beyond for each in kills)
    return (
        f"{len(kills)} kills: {rows:,} rows recovered, {beyond:,} of them beyond what was "
        f"acknowledged; longest wait for it median {median:.2f} s, 95 % {p95:.2f} s, "
        f"most {lags[-1]:.2f} s"
    )


def campaign(points: int, faults: int, kills: int, seed: int, said: Said) -> list[Row]:
    """Run everything on all processors; say each failure, and return the table."""
    found: list[tuple[str, Failure | None]] = []
    begun: set[str] = set()
    shown: Counter[str] = Counter()

    def take(what: str, failure: Failure | None, text: str, where: object) -> None:
        found.append((what, failure))
        kind = what.partition(":")[0]
        if kind not in begun:
            begun.add(kind)
            said(f"{kind} …")
        if failure is not None:
            shown[what] += 1
            if shown[what] <= _SHOWN:
                said(f"{what}: {failure.value}: {where}\n{text}")

    with ProcessPoolExecutor() as pool:
        for each in point_outcomes(pool, points, seed) if points else ():
            name = f"{each.recording.subject.name}; {each.recording.cut}: {each.point.model}"
            take(name, each.failure, each.text, each.point)
        for fault in fault_outcomes(pool, faults, seed) if faults else ():
            take(f"recorder: {fault.trial.kind}", fault.failure, fault.text, fault.trial)
    if kills:
        with ProcessPoolExecutor(4) as pool:
            seeds = range(seed * 1_000_000, seed * 1_000_000 + kills)
            ended = list(pool.map(killed, seeds))
        for each in ended:
            kind = "and its sealer" if each.with_sealer else "alone"
            take(f"real kill of the recorder {kind}", each.failure, each.text, each.seed)
        said(kill_summary(ended))
    return rows_of(found)


def main() -> None:
    """Run the campaign and print what it shows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=6000, help="kills and power cuts, modelled")
    parser.add_argument(
        "--faults",
        type=int,
        default=40,
        help="disk faults of each of seven kinds, in two runs each",
    )
    parser.add_argument("--kills", type=int, default=300, help="real kills of the real recorder")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    rows = campaign(
        chosen.points, chosen.faults, chosen.kills, chosen.seed, partial(print, flush=True)
    )
    print(table(rows))  # noqa: T201 - the figures are what the command is for
    raise SystemExit(1 if rows[-1].failures else 0)


if __name__ == "__main__":
    main()
