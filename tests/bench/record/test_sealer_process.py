"""The sealer in its own process: seals what it is told, ends with its recorder, comes back."""

import signal
import sys
import threading

import h5py
import numpy as np
import psutil
import pytest

from bench.record.disk.locks import Purpose, held
from bench.record.disk.storage import SystemStorage
from bench.record.sealing.process import SealerProcess
from bench.record.sealing.service import SealingLoop
from bench.record.wal import Position
from tests.bench.record.sealing_run import (
    ENDING,
    SCAN_GROUP,
    Feed,
    begun,
    logged,
    made,
    rows_of,
)

LONG = 60.0


@pytest.fixture
def path(tmp_path):
    return made(tmp_path / "rün.h5")


@pytest.fixture
def run(path):
    feed, rows = Feed(), rows_of(SCAN_GROUP, 2048, 1)
    feed.record(begun("soak"))
    for first in range(0, len(rows), 64):
        time_ns = int(rows["time_ns"][first])
        feed.rows(SCAN_GROUP, first, rows[first : first + 64], time_ns)
    feed.record(ENDING)
    return rows, logged(path, feed.frames, segment_size=20_000)


def until(said):
    """Wait until something is so; it says so within a minute, or the test fails."""
    pause = threading.Event()
    assert any(said() or pause.wait(0.02) for _ in range(3000))


def assert_complete(path, rows):
    with h5py.File(path) as file:
        assert file.attrs["state"] == "closed"
        np.testing.assert_array_equal(file["entry/scan/demand/value"], rows["values_f8"][:, 0])


def test_it_seals_what_it_is_told_and_completes_the_file(path, run):
    rows, synced = run
    sealer = SealerProcess.start(path)
    child = psutil.Process(sealer.pid)
    sealer.tell(synced)
    until(lambda: sealer.released == synced.segment)
    assert held(path, Purpose.CHANGING)
    sealer.finish(LONG)
    assert sealer.trouble is None
    assert not child.is_running()
    assert not held(path, Purpose.CHANGING)
    assert_complete(path, rows)


def test_it_ends_without_completing_when_its_recorder_is_gone(path, run):
    rows, synced = run
    sealer = SealerProcess.start(path)
    sealer.tell(synced)
    until(lambda: sealer.released)
    child = psutil.Process(sealer.pid)
    sealer.close()
    assert not child.is_running()
    with h5py.File(path) as file:
        assert file.attrs["state"] == "recording"
        assert len(file["entry/scan/time"]) == len(rows)


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals")
def test_signals_of_the_terminal_do_not_end_it_and_a_kill_is_made_good(path, run):
    rows, synced = run
    sealer = SealerProcess.start(path)
    sealer.tell(Position(1, synced.offset))
    until(lambda: sealer.released)
    first = psutil.Process(sealer.pid)
    for each in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        first.send_signal(each)
    sealer.tell(Position(2, synced.offset))
    until(lambda: sealer.released == 2)
    assert first.is_running()
    first.kill()
    until(lambda: sealer.pid is None)
    sealer.tell(synced)
    assert sealer.pid not in {None, first.pid}
    sealer.finish(LONG)
    assert_complete(path, rows)


def test_after_a_failure_sealing_begins_anew(path, run):
    rows, synced = run
    loop = SealingLoop(SystemStorage(), path)
    away = path.with_name("away.h5")
    path.rename(away)
    assert loop.seal(synced) == 0
    assert loop.trouble.id == "record.cannot-open"
    away.rename(path)
    assert loop.seal(synced) == 0  # the next order is passed over
    assert loop.seal(synced) == synced.segment
    assert loop.trouble is None
    assert loop.finish(synced, "closed")
    assert_complete(path, rows)
