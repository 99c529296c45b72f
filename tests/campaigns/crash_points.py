"""Crash points: where a recording is cut, what is left of it, and how that is judged."""

from __future__ import annotations

import random
import tempfile
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Protocol

from bench.record.disk.storage import Storage, SystemStorage
from tests.campaigns.crash_model import Call, Files, ModelStorage, files_of
from tests.campaigns.crash_playback import Disk, Luck, materialise, torn

SURVIVALS = (0.1, 0.5, 0.9)
"""Probabilities that a sector that was not synced reaches the disk."""
SECTORS = (4096, 512)
"""Bytes that a disk writes whole."""


class Failure(Enum):
    """What must never happen."""

    UNREADABLE = "unreadable"
    """Recovery or the reader raises, or plain HDF5 cannot open the file."""
    CORRUPT = "corrupt"
    """A value, time or quality is not the one that was measured, or records are out of order."""
    LOST = "lost"
    """Something acknowledged is not there."""
    LATE = "late"
    """Rows were acknowledged too late."""
    UNTOLD = "untold"
    """Nobody is told that something is missing."""
    RESTLESS = "restless"
    """Recovering once more changes the files."""


class Wrong(AssertionError):
    """A judgement that fails."""

    def __init__(self, failure: Failure, text: str) -> None:
        super().__init__(failure, text)
        self.failure = failure
        self.text = text


def insist(holds: object, failure: Failure, text: object) -> None:
    """Raise `Wrong` unless something holds."""
    if not holds:
        raise Wrong(failure, str(text))


class Acknowledge(Protocol):
    """Takes what a recorder has promised by now to keep."""

    def __call__(self, promised: object, calls: int | None = None) -> None:
        """Take a promise; it holds after so many calls of the storage (None: all until now)."""
        ...


class Subject(Protocol):
    """What is recorded, recovered and judged."""

    name: str
    """What the table calls it."""

    def record(self, storage: ModelStorage, folder: Path, acknowledge: Acknowledge) -> None:
        """Record something, the same each time."""
        ...

    def look(self, folder: Path, promised: object) -> None:
        """Read what a crash left as somebody who may not write; see `judge`."""
        ...

    def recover(self, storage: Storage, folder: Path) -> None:
        """Recover what a crash left."""
        ...

    def judge(self, folder: Path, promised: object) -> None:
        """Read what was recovered; `promised`: the last promise, None: there was none.

        Raises:
            Wrong: what was found is not what was recorded.
        """
        ...


@dataclass(frozen=True)
class Recording:
    """A subject's calls and promises."""

    subject: Subject
    calls: Sequence[Call]
    promises: Sequence[tuple[int, object]]
    """From how many calls on what was promised."""
    base: Files = field(default_factory=dict[str, bytes])
    """What was there before the first call."""
    cut: str = "recording"
    """What is cut short: the recording, or its recovery."""

    def promised(self, calls: int) -> object:
        """Return what was promised after so many calls."""
        return next((what for at, what in reversed(self.promises) if at <= calls), None)


@dataclass(frozen=True)
class Point:
    """One crash."""

    calls: int
    """How many calls were carried out."""
    seed: int
    """Seed of everything that is drawn."""
    is_power_cut: bool
    """Whether the power was cut, else the program was killed."""
    luck: Luck = field(default_factory=lambda: Luck(1.0, 512, is_ordered=True))
    """What a power cut spares."""
    is_torn: bool = False
    """Whether a kill also cuts the next write."""

    @property
    def model(self) -> str:
        """What the table calls it."""
        if not self.is_power_cut:
            return "kill, torn write" if self.is_torn else "kill"
        return f"power cut, {self.luck.survival:.0%} of {self.luck.sector} B"


@dataclass(frozen=True)
class Outcome:
    """What came of a crash point."""

    recording: Recording
    point: Point
    failure: Failure | None
    text: str = ""
    """What was wrong."""


def recorded(subject: Subject) -> Recording:
    """Record a subject in memory."""
    with scratch() as name:
        folder = Path(name)
        storage = ModelStorage(folder)
        promises: list[tuple[int, object]] = []

        def acknowledge(promised: object, calls: int | None = None) -> None:
            promises.append((len(storage.calls) if calls is None else calls, promised))

        subject.record(storage, folder, acknowledge)
    return Recording(subject, storage.calls, promises)


def scratch() -> tempfile.TemporaryDirectory[str]:
    """Return a new folder, in memory where the machine has such."""
    memory = Path("/dev/shm")  # noqa: S108 - TemporaryDirectory makes a folder of its own in it
    return tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None)


def left_of(recording: Recording, point: Point) -> Files:
    """Return the files a crash leaves."""
    calls = list(recording.calls[: point.calls])
    if point.is_torn and point.calls < len(recording.calls):
        calls += torn(recording.calls[point.calls], random.Random(point.seed).randint)
    if point.is_power_cut:
        return Disk(recording.base, point.luck, point.seed).play(calls).after_power_cut()
    return Disk(recording.base).play(calls).after_kill()


def kill_points(recording: Recording, count: int, draw: random.Random) -> list[Point]:
    """Return kills at every call, or at `count` of them; a third tears the next write."""
    every = range(len(recording.calls) + 1)
    chosen = sorted(draw.sample(every, count)) if count < len(every) else every
    points = [Point(calls, draw.randrange(2**32), is_power_cut=False) for calls in chosen]
    writes = [i for i, call in enumerate(recording.calls) if torn(call, min)]
    tearing = sorted(draw.sample(writes, min(len(writes), count // 2)))
    return points + [
        Point(calls, draw.randrange(2**32), is_power_cut=False, is_torn=True) for calls in tearing
    ]


def power_points(recording: Recording, count: int, draw: random.Random) -> list[Point]:
    """Return power cuts spread over the calls, with every luck in turn."""
    lucks = [
        Luck(p, sector, is_ordered=ordered)
        for p in SURVIVALS
        for sector in SECTORS
        for ordered in (False, True)
    ]
    total = len(recording.calls) + 1
    return [
        Point(
            min(total - 1, int((i + draw.random()) * total / count)),
            draw.randrange(2**32),
            is_power_cut=True,
            luck=lucks[draw.randrange(len(lucks))],
        )
        for i in range(count)
    ]


def outcome(recording: Recording, point: Point) -> Outcome:
    """Materialise one crash, recover and judge it."""
    with scratch() as name:
        return _outcome(recording, point, Path(name))


def _outcome(recording: Recording, point: Point, folder: Path) -> Outcome:
    subject = recording.subject
    try:
        left = left_of(recording, point)
        materialise(left, folder)
        if point.seed % 3 == 0:
            subject.look(folder, recording.promised(point.calls))
            insist(files_of(folder) == left, Failure.RESTLESS, "changed by looking at it")
        subject.recover(SystemStorage(), folder)
        found = files_of(folder)
        subject.judge(folder, recording.promised(point.calls))
        subject.recover(SystemStorage(), folder)
        insist(files_of(folder) == found, Failure.RESTLESS, "recovered twice")
    except Wrong as wrong:
        return Outcome(recording, point, wrong.failure, wrong.text)
    except Exception:  # noqa: BLE001 - whatever a program raises here is what is looked for
        return Outcome(recording, point, Failure.UNREADABLE, traceback.format_exc())
    return Outcome(recording, point, None)


def recovery_of(recording: Recording, point: Point) -> Recording:
    """Return the recovery of a crash as a recording of its own, to be cut in turn."""
    files = dict(sorted(left_of(recording, point).items()))
    with scratch() as name:
        materialise(files, Path(name))
        storage = ModelStorage(Path(name))
        recording.subject.recover(storage, Path(name))
    promised = recording.promised(point.calls)
    promises = [] if promised is None else [(0, promised)]
    return Recording(recording.subject, storage.calls, promises, files, "recovery")
