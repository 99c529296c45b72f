"""A run that was broken off becomes a complete file, however often recovery is broken off too."""

import errno
import json
import os
import platform
import sys

import h5py
import numpy as np
import pytest
from filelock import FileLock

from bench.clock import SECOND
from bench.errors import RunFileError
from bench.record.disk.locks import Purpose, RunLock, held, holder, lock_path
from bench.record.disk.storage import SystemStorage
from bench.record.recovery import has_leftovers, recover
from bench.record.sealing.sealer import Sealer, SealPolicy
from bench.record.wal import segment_path
from tests.bench.record.sealing_run import (
    ENDING,
    SCAN_GROUP,
    Feed,
    begun,
    event,
    logged,
    made,
    rows_of,
)

STORAGE = SystemStorage()


@pytest.fixture
def path(tmp_path):
    return made(tmp_path / "run.h5")


def recorded(*, ending=False, frames=12):
    """Return a feed of scans and its rows."""
    feed, rows = Feed(), rows_of(SCAN_GROUP, 100 * frames, 1)
    feed.record(begun("soak"))
    for first in range(0, len(rows), 100):
        feed.record(event(first))
        time_ns = int(rows["time_ns"][first])
        feed.rows(SCAN_GROUP, first, rows[first : first + 100], time_ns)
    if ending:
        feed.record(ENDING)
    return feed, rows


def broken_off(path, feed, sealed=0):
    """Leave a run as a kill does: a log, and a file with a part of it."""
    logged(path, feed.frames, segment_size=20_000)
    if sealed:
        sealer = Sealer.open(STORAGE, path)
        for frame in feed.frames[:sealed]:
            sealer.take(frame)
        sealer.commit(partial=True)
        sealer.close()


def files(path):
    return {each.name: each.read_bytes() for each in path.parent.iterdir()}


@pytest.mark.parametrize("sealed", [0, 7, 20, 25])
def test_everything_in_the_log_is_in_the_file_afterwards(path, sealed):
    feed, rows = recorded()
    broken_off(path, feed, sealed)
    assert has_leftovers(STORAGE, path)
    found = recover(path)
    assert found.was_needed
    assert found.frames == len(feed.frames) - sealed
    assert not found.lost
    for message in found.messages:
        assert not message.text("zh").startswith("record.")
    with h5py.File(path) as file:
        assert file.attrs["state"] == "recovered"
        np.testing.assert_array_equal(file["entry/scan/demand/value"], rows["values_f8"][:, 0])
        ids = file["entry/events/id"].asstr()[:].tolist()
        assert ids == ["word.none"] * 12 + ["record.recovered"]
        assert file["entry/events/time_ns"][-1] == rows["time_ns"][-1]
        assert "ending" not in file["entry"]
    assert [each.name for each in path.parent.iterdir()] == ["run.h5"]


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("format_version", 99, "runs.newer"),
        ("format_version", 1, "runs.older"),
        ("format", "other", "runs.not-a-run"),
    ],
)
def test_a_file_of_another_format_is_left_alone(path, name, value, told):
    broken_off(path, recorded()[0])
    with h5py.File(path, "r+") as file:
        file.attrs[name] = value
    before = files(path)
    with pytest.raises(RunFileError) as caught:
        recover(path)
    assert caught.value.message.id == told
    assert files(path) == before


def test_a_second_recovery_changes_nothing(path):
    broken_off(path, recorded()[0], 5)
    recover(path)
    before = files(path)
    again = recover(path)
    assert files(path) == before
    assert not again.was_needed
    assert [message.id for message in again.messages] == ["record.recovery-clean"]


def test_a_run_whose_ending_is_in_the_log_is_closed(path):
    broken_off(path, recorded(ending=True)[0])
    recover(path)
    with h5py.File(path) as file:
        assert file.attrs["state"] == "closed"
        assert file["entry/ending/state"].asstr()[()] == "completed"


def test_bytes_that_are_no_frame_are_told_and_cut_off(path):
    broken_off(path, recorded()[0])
    last = max(path.parent.glob("run.h5.0*.wal"))
    content = bytearray(last.read_bytes())
    content[len(bytes(content).rstrip(b"\0")) - 10] ^= 1
    last.write_bytes(content)
    found = recover(path)
    assert found.lost
    assert found.rows["scan"] == 1100
    assert "record.recovery-torn" in [message.id for message in found.messages]


@pytest.mark.parametrize("share", [0.0, 0.2, 0.9])
def test_damage_amid_the_log_is_no_torn_end_and_what_follows_it_is_kept_aside(path, share):
    broken_off(path, recorded(frames=24)[0])
    last = max(path.parent.glob("run.h5.0*.wal"))
    content = bytearray(last.read_bytes())
    end = len(bytes(content).rstrip(b"\0"))
    content[80 + int(share * (end - 80))] ^= 1
    last.write_bytes(content)
    found = recover(path)
    assert found.lost
    ids = [message.id for message in found.messages]
    assert ("record.recovery-hole" in ids) == found.kept == (share < 0.5)
    assert ("record.recovery-torn" in ids) == (share > 0.5)
    assert found.kept == (len(files(path)) > 1)


def test_what_follows_a_missing_piece_of_the_log_is_kept_aside(path):
    broken_off(path, recorded(frames=24)[0])
    segment_path(path, 2).unlink()
    found = recover(path)
    assert found.lost
    assert "record.recovery-hole" in [message.id for message in found.messages]
    left = sorted(each.name for each in path.parent.iterdir())
    assert left[0] == "run.h5"
    assert left[1:]
    assert all(name.endswith(".wal.unusable") for name in left[1:])
    assert not recover(path).was_needed


@pytest.mark.parametrize("purpose", Purpose)
def test_a_run_somebody_writes_is_left_alone(path, purpose):
    broken_off(path, recorded()[0])
    before = files(path)
    with RunLock(path, purpose):
        assert held(path, purpose)
        with pytest.raises(RunFileError, match="by process"):
            recover(path)
        assert holder(path, purpose).pid > 0
    assert files(path) == before
    assert not held(path, purpose)


def test_where_no_run_began_there_is_nothing_to_recover(tmp_path):
    path = tmp_path / "run.h5"
    path.with_name("run.h5.new").write_bytes(b"half made")
    with pytest.raises(RunFileError, match="nothing of one is left"):
        recover(path)
    assert list(tmp_path.iterdir()) == []


def test_all_parts_are_recovered(path):
    feed, rows = recorded()
    logged(path, feed.frames, segment_size=20_000)
    sealer = Sealer.open(STORAGE, path, SealPolicy(part_ns=3 * SECOND, checkpoint_ns=SECOND))
    for frame in feed.frames[:19]:
        sealer.take(frame)
    sealer.close()
    found = recover(path)
    parts = sorted(path.parent.glob("run*.h5"))
    assert found.parts == len(parts) > 1
    total = 0
    for part in parts:
        with h5py.File(part) as file:
            total += len(file["entry/scan/time"])
    assert total == len(rows)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot ask for a process")
@pytest.mark.parametrize(
    ("pid", "host", "lives"),
    [
        (os.getpid(), platform.node(), True),
        (2**22 + 1, platform.node(), False),  # above the largest number of a process on Linux
        (2**70, platform.node(), False),
        (0, platform.node(), False),
        (os.getpid(), "another", False),
        (None, "", False),
    ],
    ids=["alive", "ended", "no process", "nobody", "another machine", "not told"],
)
def test_on_a_read_only_medium_a_lock_counts_if_its_holder_lives_here(
    path, monkeypatch, pid, host, lives
):
    def refused(_):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(FileLock, "acquire", refused)
    lock_path(path, Purpose.RECORDING).write_text(json.dumps({"pid": pid, "host": host}))
    assert held(path) is lives
