"""The scan hands its rows to a thread, and never waits for the disk."""

import threading
from pathlib import Path

import numpy as np
import pytest

from bench.errors import RunFileError
from bench.messages import Message
from bench.record import background
from bench.record.background import BackgroundRecorder
from bench.record.port import Ending, Event, Point, StepRecord

ENDING = Ending("completed", None, 9)
EVENT = Event(1, 2, "info", "bench", Message("control.state"))
STEP = StepRecord("s1", "hold", "0", 1, 2, "done")
POINT = Point("zero", 1, 1, 1, 2, valid=True)
VALUES = np.array([1.0, 2.0])
QUALITIES = np.array([0, 0], dtype=np.uint8)


class Disk:
    """A recorder that keeps what it is given, waits where it is told to, and may fail."""

    def __init__(self):
        self.path = Path("run.h5")
        self.taken = []
        self.threads = set()
        self.goes_on = threading.Event()
        self.goes_on.set()
        self.failure = None

    def _take(self, *what):
        assert self.goes_on.wait(5.0)
        self.threads.add(threading.current_thread().name)
        if self.failure is not None:
            raise self.failure
        self.taken.append(what)

    def row(self, time_ns, values, qualities):
        self._take("row", time_ns, values.tolist(), qualities.tolist())

    def event(self, event):
        self._take("event", event)

    def step(self, step):
        self._take("step", step)

    def point(self, point):
        self._take("point", point)

    def identify(self, name, identity):
        self._take("identify", name, identity)

    def close(self, ending):
        self.failure = None
        self._take("close", ending)


def fill(recorder, rows):
    for row in range(rows):
        recorder.row(row, VALUES, QUALITIES)


def test_all_is_written_in_order_by_one_thread_and_copied():
    disk = Disk()
    recorder = BackgroundRecorder(disk)
    values = VALUES.copy()
    recorder.event(EVENT)
    recorder.row(5, values, QUALITIES)
    values[:] = 7.0  # the scan uses its row again
    recorder.step(STEP)
    recorder.point(POINT)
    recorder.identify("dyno", "ACME")
    recorder.close(ENDING)
    recorder.close(ENDING)
    assert disk.taken == [
        ("event", EVENT),
        ("row", 5, [1.0, 2.0], [0, 0]),
        ("step", STEP),
        ("point", POINT),
        ("identify", "dyno", "ACME"),
        ("close", ENDING),
    ]
    assert disk.threads == {"recorder", threading.current_thread().name}
    assert recorder.path == disk.path


def test_a_disk_that_hangs_does_not_hold_the_scan_until_too_much_waits(monkeypatch):
    monkeypatch.setattr(background, "MOST_WAITING", 10)
    disk = Disk()
    disk.goes_on.clear()
    recorder = BackgroundRecorder(disk)
    with pytest.raises(RunFileError, match="does not keep up"):
        fill(recorder, 20)
    recorder.event(EVENT)  # what is no row is still taken
    disk.goes_on.set()
    recorder.close(ENDING)
    kinds = [what[0] for what in disk.taken]
    assert kinds.count("row") >= 10
    assert kinds[-2:] == ["event", "close"]


def test_a_full_disk_is_told_with_a_later_row_and_again(monkeypatch):
    monkeypatch.setattr(background, "MOST_WAITING", 100_000)
    disk = Disk()
    disk.failure = RunFileError("record.cannot-write", path="run.h5", reason="full")
    recorder = BackgroundRecorder(disk)
    for _ in range(2):
        with pytest.raises(RunFileError, match="full"):
            fill(recorder, 100_000)
    recorder.close(ENDING)
    assert disk.taken == [("close", ENDING)]


def test_what_must_not_happen_ends_the_rows_and_is_raised_at_the_end():
    disk = Disk()
    recorder = BackgroundRecorder(disk)
    disk.failure = ZeroDivisionError("bug")
    recorder.row(0, VALUES, QUALITIES)
    with pytest.raises(ZeroDivisionError):
        recorder.close(ENDING)
    with pytest.raises(RunFileError, match="bug"):
        recorder.row(1, VALUES, QUALITIES)
    assert disk.taken == [("close", ENDING)]
