"""The disk is full, or gone, at every phase of a run.

No call may raise but the making of the run, everything acknowledged is there once there is space
again, and somebody is told: by the recorder's trouble, or by the sentence that closing raises.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import traceback
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.errors import RunFileError
from bench.record.recovery import recover
from tests.campaigns.crash_judge import Promise, judge
from tests.campaigns.crash_model import Faults, ModelStorage, files_of
from tests.campaigns.crash_playback import Disk, Luck, materialise
from tests.campaigns.crash_points import SURVIVALS, Failure, Wrong, insist, scratch
from tests.campaigns.crash_recorder import Feed, RecordedRun


@dataclass(frozen=True)
class Trial:
    """One fault."""

    kind: str
    """What the table calls it."""
    faults: Faults
    seed: int
    """Seed of what a power cut after it spares; 0: there is none."""
    mounted: int = 0
    """Size of a real file system that is made for it, bytes; 0: none is."""


@dataclass(frozen=True)
class Tried:
    """What came of a fault."""

    trial: Trial
    failure: Failure | None
    text: str = ""
    """What was wrong."""
    told: str = ""
    """What the recorder said; empty: nothing, and nothing was wrong."""


@dataclass(frozen=True)
class Needs:
    """What a run needs of a sound disk."""

    begin: int
    """Bytes before its first row."""
    peak: int
    """Bytes at most."""
    calls: int
    """Calls of the storage."""

    def space(self, share: float) -> int:
        """Return bytes that are too few: for the first eighth of the shares, even to begin."""
        if share < 1 / 8:
            return round(8 * share * self.begin)
        return round(self.begin + (share * 8 - 1) / 7 * (self.peak - self.begin))


def needs_of(run: RecordedRun) -> Needs:
    """Return what a run needs."""
    with scratch() as name:
        storage = ModelStorage(Path(name))
        recorder = run.recorder(storage, Path(name) / "run.h5")
        begin = storage.peak
        Feed(run.known, recorder, lambda promise: None).run()
    return Needs(begin, storage.peak, len(storage.calls))


def trials(needs: Needs, count: int, draw: random.Random) -> Sequence[Trial]:
    """Return faults spread over a run."""
    found: list[Trial] = []
    for number in range(count):
        share = (number + draw.random()) / count
        at = round(share * needs.calls)
        seed = draw.randrange(1, 2**32)
        space = needs.space(share)
        found += [
            Trial("disk full", Faults(space=space), 0),
            Trial("disk full, power cut", Faults(space=space), seed),
            Trial("writes fail", Faults(writes_fail_from=at), 0),
            Trial("syncs fail", Faults(syncs_fail_from=at), 0),
            Trial("a sync fails, power cut", Faults(syncs_fail_from=at, syncs_failing=1), seed),
            Trial("three syncs fail, power cut", Faults(syncs_fail_from=at, syncs_failing=3), seed),
        ]
    return found


def mounted_trials(needs: Needs, count: int) -> Sequence[Trial]:
    """Return real file systems that are too small; none where the machine refuses them."""
    shares = [(number + 0.5) / count for number in range(count)] if can_mount() else []
    sizes = [max(4096, needs.space(share)) for share in shares]
    return [Trial("full file system", Faults(), 0, mounted=each) for each in sizes]


def tried(run: RecordedRun, trial: Trial) -> Tried:
    """Record on a failing disk, recover on a sound one, and judge."""
    with scratch() as name, scratch() as sound:
        try:
            return _tried(run, trial, Path(name), Path(sound))
        except Wrong as wrong:
            return Tried(trial, wrong.failure, wrong.text)
        except Exception:  # noqa: BLE001 - whatever a program raises here is what is looked for
            return Tried(trial, Failure.UNREADABLE, traceback.format_exc())


def _tried(run: RecordedRun, trial: Trial, folder: Path, sound: Path) -> Tried:
    with _disk(trial, folder):
        storage = ModelStorage(folder, Faults(**vars(trial.faults)))
        promises = [Promise(dict.fromkeys(run.known.groups, 0), 0)]
        path = folder / "run.h5"
        try:
            recorder = run.recorder(storage, path)
        except RunFileError as error:
            insist(not path.exists(), Failure.UNREADABLE, "a run that did not begin left its file")
            return Tried(trial, None, told=error.text())
        feed = Feed(run.known, recorder, promises.append)
        feed.run()
        files = files_of(folder)
    told = "; ".join(each.text() for each in (recorder.trouble, feed.refusal) if each is not None)
    if trial.seed:
        draw = random.Random(trial.seed)
        luck = Luck(draw.choice(SURVIVALS), 4096, is_ordered=draw.random() < 0.5)
        files = Disk({}, luck, trial.seed).play(storage.calls).after_power_cut()
    materialise(files, sound)
    recover(sound / "run.h5")
    found = judge(run.known, sound, promises[-1])
    insist(told or found.rows == feed.handed.rows, Failure.UNTOLD, f"{found}, {feed.handed}")
    return Tried(trial, None, told=told)


@contextmanager
def _disk(trial: Trial, folder: Path) -> Generator[None]:
    """Put a small file system of its own under a folder, where the trial wants one."""
    if not trial.mounted:
        yield
        return
    size = f"size={trial.mounted}"
    _run("mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder))
    try:
        yield
    finally:
        _run("umount", str(folder))


def _run(program: str, *arguments: str) -> None:
    found = shutil.which(program)
    if found is None:
        raise FileNotFoundError(program)
    subprocess.run([found, *arguments], check=True, capture_output=True)


def can_mount() -> bool:
    """Return whether this machine lets us mount a small file system."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return False
    with scratch() as name:
        trial = Trial("", Faults(), 0, mounted=65536)
        try:
            with _disk(trial, Path(name)):
                return True
        except (OSError, subprocess.CalledProcessError):
            return False
