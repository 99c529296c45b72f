"""What is cut short: the commit-atomic file and the log alone."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any, cast

import numpy as np

from bench.record import hdf5
from bench.record.disk.atomic import AtomicFile
from bench.record.disk.journal import recover_journal
from bench.record.disk.snapshot import SnapshotFile
from bench.record.disk.storage import Storage, SystemStorage
from bench.record.wal.frames import Frame, FrameKind
from bench.record.wal.reading import read_frames
from bench.record.wal.segments import SegmentWriter
from tests.campaigns.crash_model import ModelStorage
from tests.campaigns.crash_points import Acknowledge, Failure, insist

h5py: Any = hdf5.h5py

State = dict[str, list[int]]
"""Dataset → values: what a committed file holds."""


class CommittedFile:
    """An HDF5 file with growing, new, rewritten and removed datasets, committed again and again."""

    name = "atomic file"

    def __init__(self, commits: int, seed: int) -> None:
        self._commits = commits
        draw = random.Random(seed)
        self._states: list[State] = [{"data 0": [0]}]
        for commit in range(1, commits):
            self._states.append(_changed(self._states[-1], commit, draw))

    def record(self, storage: ModelStorage, folder: Path, acknowledge: Acknowledge) -> None:
        """Commit one state after the other; the file is reopened in between."""
        path = folder / "run.h5"
        stream = AtomicFile.create(storage, path)
        file = _opened(stream, "w")
        _write_state(file, {}, self._states[0], 0)
        file.close()
        stream.commit()
        stream.publish()
        acknowledge(0)
        stream = AtomicFile.open(storage, path)
        file = _opened(stream, "r+")
        for commit in range(1, self._commits):
            _write_state(file, self._states[commit - 1], self._states[commit], commit)
            file.flush()
            stream.commit()
            acknowledge(commit)
            if commit % 7 == 0:
                file.close()
                stream.commit()
                stream.close()
                stream = AtomicFile.open(storage, path)
                file = _opened(stream, "r+")
        file.close()
        stream.commit()
        stream.close()
        stream.remove_journal()

    def look(self, folder: Path, promised: object) -> None:
        """Read it through a journal that was never applied."""
        path = folder / "run.h5"
        if promised is None and not path.exists():
            return
        stream = SnapshotFile(path)
        with h5py.File(stream, "r") as file:
            self._judge_state(file, promised)
        stream.close()

    def recover(self, storage: Storage, folder: Path) -> None:
        """Apply a pending journal."""
        path = folder / "run.h5"
        if storage.exists(path):
            recover_journal(storage, path)

    def judge(self, folder: Path, promised: object) -> None:
        """Compare with the states committed."""
        path = folder / "run.h5"
        if promised is None and not path.exists():
            return
        insist(path.exists(), Failure.LOST, "no file")
        with h5py.File(path, "r", locking=False) as file:
            self._judge_state(file, promised)

    def _judge_state(self, file: Any, promised: object) -> None:
        commit = int(file.attrs["commit"])
        state = {str(name): file[name][:].tolist() for name in file}
        insist(state == self._states[commit], Failure.CORRUPT, f"commit {commit}: {state}")
        last = cast("int | None", promised)
        insist(last is None or commit >= last, Failure.LOST, f"{commit} of {last}")


def _changed(state: State, commit: int, draw: random.Random) -> State:
    changed = {name: list(values) for name, values in state.items()}
    for name in draw.sample(sorted(changed), min(3, len(changed))):
        changed[name] += [commit * 1000 + i for i in range(draw.choice((1, 20, 700)))]
    if draw.random() < 0.4:
        changed[f"data {commit}"] = [commit] * draw.randint(0, 3000)
    if draw.random() < 0.3:
        name = draw.choice(sorted(changed))
        changed[name] = [-value for value in changed[name]]
    if draw.random() < 0.15 and len(changed) > 3:
        del changed[draw.choice(sorted(changed))]
    return changed


def _opened(stream: AtomicFile, mode: str) -> Any:
    return h5py.File(stream, mode, libver=hdf5.FORMAT_BOUNDS)


def _write_state(node: Any, old: State, new: State, commit: int) -> None:
    for name in sorted(set(old) - set(new)):
        del node[name]
    for name, values in new.items():
        if name not in old:
            filters = {"compression": 1, "shuffle": True} if commit % 2 else {}
            node.create_dataset(name, (0,), "<i8", maxshape=(None,), chunks=(128,), **filters)
        if values != old.get(name):
            node[name].resize((len(values),))
            node[name][:] = np.array(values, np.int64)
    node.attrs["commit"] = commit


class Log:
    """Frames in small segments, removed behind; the last frame synced is the promise."""

    name = "log"
    RUN_ID = bytes(range(16))

    def __init__(self, frames: int, segment_size: int, seed: int) -> None:
        draw = np.random.default_rng(seed)
        self._segment_size = segment_size
        self._frames = [_frame(sequence, draw) for sequence in range(1, frames + 1)]

    def record(self, storage: ModelStorage, folder: Path, acknowledge: Acknowledge) -> None:
        """Append, sync, and remove what is old; a promise is (first, last) frame."""
        path = folder / "run.h5"
        draw = random.Random(self._segment_size)
        log = SegmentWriter(storage, path, self.RUN_ID, segment_size=self._segment_size)
        released, done = 0, 0
        synced = [0]
        while done < len(self._frames):
            count = draw.randint(1, 6)
            log.append(self._frames[done : done + count])
            done = min(done + count, len(self._frames))
            if draw.random() < 0.7:
                log.sync()
                synced.append(done)
                acknowledge((released + 1, done))
            if draw.random() < 0.1:
                released = max(released, synced[-draw.randint(1, min(4, len(synced)))])
                acknowledge((released + 1, synced[-1]))
                log.remove_upto(log.first_needed(released))
        log.sync()
        acknowledge((released + 1, done))
        log.close()

    def look(self, folder: Path, promised: object) -> None:
        """Do nothing: `judge` needs no recovery."""

    def recover(self, storage: Storage, folder: Path) -> None:
        """Do nothing: a log is read as it is."""

    def judge(self, folder: Path, promised: object) -> None:
        """Compare frame by frame."""
        first, last = cast("tuple[int, int]", promised or (1, 0))
        run = folder / "run.h5"
        # A recovery knows from the committed file what the log need not hold any more.
        found = list(read_frames(SystemStorage(), run, run_id=self.RUN_ID, after=first - 1))
        end = found[-1].sequence if found else first - 1
        insist(end >= last, Failure.LOST, f"{end} of {last}")
        for offset, frame in enumerate(found):
            known = self._frames[first - 1 + offset]
            insist(_same(frame, known), Failure.CORRUPT, f"{frame} for {known}")


def _frame(sequence: int, draw: np.random.Generator) -> Frame:
    size = int(draw.choice((0, 1, 30, 400, 1500, 9000)))
    payload = draw.integers(0, 256 if sequence % 3 else 1, size, np.uint8).tobytes()
    kind = FrameKind.ROWS if sequence % 4 else FrameKind.RECORD
    return Frame(kind, sequence % 5, sequence, sequence * 10, 10, sequence * 10**9, payload)


def _same(frame: Frame, known: Frame) -> bool:
    parts = [
        (each.kind, each.group, each.sequence, each.first_row, each.rows, each.time_ns)
        for each in (frame, known)
    ]
    return parts[0] == parts[1] and bytes(frame.payload) == bytes(known.payload)
