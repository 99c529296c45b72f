"""The recorder of a bench: the scan never waits, and whatever breaks, the log has the rows."""

import threading
from contextlib import contextmanager

import h5py
import numpy as np
import pytest

from bench.clock import SECOND
from bench.errors import RunFileError
from bench.messages import Message
from bench.record.background import MARK, BackgroundRecorder
from bench.record.port import Bookmark, Ending, Event, Identity, Incident, Provenance
from bench.record.recovery import recover
from bench.runs import open_run
from tests.bench.record.faulty_storage import FaultyStorage
from tests.bench.record.test_recorder import HEADER, MARKS, block, column, message_id, value

DONE = Ending("completed", None, 10**12)
PERIOD = HEADER.scan_period_ns


class SteppedClock:
    """Time that a test moves; whoever waits wakes up when it is due."""

    def __init__(self):
        self.time, self.step = 0, 0
        self._moved = threading.Condition()

    def now(self):
        return self.time

    def utc(self):
        return self.time + self.step

    def move(self, seconds):
        with self._moved:
            self.time += round(seconds * SECOND)
            self._moved.notify_all()

    def wait_until(self, due, wake=None):
        with self._moved:
            while self.time < due and not (wake is not None and wake.is_set()):
                self._moved.wait(0.005)  # `wake` is set by others


class Hosted:
    """A recorder with a clock and a disk of its own."""

    def __init__(self, path, **how):
        self.clock, self.storage = SteppedClock(), FaultyStorage()
        self.recorder = BackgroundRecorder(
            path, HEADER, Provenance(), self.clock, storage=self.storage, **how
        )

    def scan(self, rows, first=0):
        for row in range(first, first + rows):
            self.recorder.row(row * PERIOD, value(row), MARKS)

    def until(self, reached, most=2000):
        """Let time pass in steps until something is reached."""
        pause = threading.Event()
        for _ in range(most):
            if reached():
                return
            self.clock.move(0.5)
            pause.wait(0.005)
        raise AssertionError(self.recorder.trouble)


@pytest.fixture
def hosted(path):
    hosted = Hosted(path)
    yield hosted
    hosted.storage.is_gone = False
    hosted.storage.free = None
    hosted.recorder.close(DONE)


def files(path):
    return sorted(each.name for each in path.parent.iterdir())


def test_everything_reaches_the_file_and_nothing_else_remains(path):
    hosted = Hosted(path)
    hosted.scan(700)
    hosted.recorder.rows("daq", 0, block(7000))
    hosted.recorder.record(Event(1, 1, "info", "x", Message("a.b")))
    hosted.until(lambda: hosted.recorder.acknowledged["scan"] == 700)
    assert "run.h5.00000001.wal" in files(path)
    hosted.scan(300, first=700)
    hosted.recorder.close(DONE)
    hosted.recorder.close(DONE)
    assert files(path) == ["run.h5"]
    np.testing.assert_array_equal(column(path, "c2"), 2 + np.arange(1000) / 8)
    assert len(column(path, "p1", "daq")) == 7000
    with open_run(path) as run:
        assert run.ending.state == "completed"
        assert [event.message.id for event in run.events] == ["a.b"]
    assert not [each for each in threading.enumerate() if each.name == "recorder"]


def test_what_is_acknowledged_is_there_although_the_program_was_killed(path, hosted):
    hosted.scan(500)
    hosted.recorder.rows("daq", 0, block(3000))
    hosted.until(lambda: hosted.recorder.acknowledged == {"scan": 500, "daq": 3000})
    copy = path.parent / "copy"
    copy.mkdir()
    for name in files(path):
        if name.startswith("run.h5") and not name.endswith((".lock", ".recording")):
            (copy / name).write_bytes((path.parent / name).read_bytes())
    recover(copy / "run.h5")
    np.testing.assert_array_equal(column(copy / "run.h5", "c0"), np.arange(500) / 8)
    assert len(column(copy / "run.h5", "p0", "daq")) == 3000


def test_the_bookmark_that_was_acknowledged_is_found_although_the_program_was_killed(path, hosted):
    spots = [
        Bookmark(row, row, "running", "sequence", {"row": row}, {}, {"n": row / 3})
        for row in range(0, 500, 100)
    ]
    incident = Incident(1, "hot", ("hot",), "hold", 0, 1, 2)
    for spot in spots:
        hosted.scan(100, first=spot.time_ns)
        hosted.recorder.record(spot)
    hosted.recorder.record(incident)
    hosted.recorder.rows("daq", 0, block(100))  # behind all of it
    hosted.until(lambda: hosted.recorder.acknowledged["daq"] == 100)
    copy = path.parent / "copy"
    copy.mkdir()
    for name in files(path):
        if name.startswith("run.h5") and not name.endswith((".lock", ".recording")):
            (copy / name).write_bytes((path.parent / name).read_bytes())
    with open_run(path) as run:  # beside the recorder
        assert (run.bookmark, run.incidents) == (spots[-1], (incident,))
    with open_run(copy / "run.h5") as run:
        assert run.state == "recovered"
        assert (run.bookmark, run.incidents) == (spots[-1], (incident,))


@contextmanager
def hanging(storage, monkeypatch):
    """Have every sync wait, as a disk that sleeps does."""
    is_awake = threading.Event()
    monkeypatch.setattr(storage, "take", lambda _: is_awake.wait())
    try:
        yield
    finally:
        is_awake.set()


def test_a_disk_that_hangs_holds_up_no_scan_and_what_it_costs_is_told(path, monkeypatch):
    hosted = Hosted(path, seconds=1.0)
    hosted.scan(10)
    hosted.until(lambda: hosted.recorder.acknowledged["scan"] == 10)
    with hanging(hosted.storage, monkeypatch):
        hosted.clock.move(1.5)
        hosted.scan(9000, first=10)
        assert hosted.recorder.acknowledged["scan"] == 10
    hosted.until(lambda: hosted.recorder._run.log.intake.waiting_rows == 0)
    assert hosted.recorder.trouble.id == "record.too-slow"
    hosted.scan(10, first=9010)
    hosted.recorder.close(DONE)
    with open_run(path) as run:
        lost = [event.message for event in run.events if event.message.id == "record.rows-lost"]
        assert len(run) + sum(message.arguments["rows"] for message in lost) == 9020
        times = run.channel("c0").values_si().times_ns.tolist()
    assert times[:20] == [row * PERIOD for row in range(20)]
    assert times[-10:] == [row * PERIOD for row in range(9010, 9020)]


def test_rows_that_come_fast_do_not_wait_for_the_next_second(hosted):
    hosted.scan(700)  # more than half of what fits in ten seconds
    pause = threading.Event()
    for _ in range(1000):
        if hosted.recorder.acknowledged["scan"] >= 500:
            break
        pause.wait(0.005)
    assert hosted.clock.now() == 0
    assert hosted.recorder.acknowledged["scan"] >= 500


def test_after_rows_that_came_fast_the_next_ones_wait_no_longer_than_a_second(hosted):
    pause = threading.Event()
    for burst in range(5):  # each is written at once
        hosted.scan(700, first=700 * burst)
        for _ in range(2000):
            if hosted.recorder.acknowledged["scan"] >= 700 * burst + 500:
                break
            pause.wait(0.005)
    hosted.scan(10, first=3500)
    hosted.clock.move(1.0)
    for _ in range(2000):
        if hosted.recorder.acknowledged["scan"] == 3510:
            break
        pause.wait(0.005)
    assert hosted.recorder.acknowledged["scan"] == 3510


def test_a_step_of_the_wall_clock_is_marked_and_moves_no_row(path):
    hosted = Hosted(path)
    hosted.scan(10)
    hosted.until(lambda: hosted.recorder.acknowledged["scan"] == 10)
    hosted.clock.step = 3600 * SECOND
    hosted.scan(10, first=10)
    hosted.until(lambda: hosted.recorder.acknowledged["scan"] == 20)
    hosted.clock.move(MARK / SECOND)
    hosted.scan(10, first=20)
    hosted.until(lambda: hosted.recorder.acknowledged["scan"] == 30)
    hosted.recorder.close(DONE)
    with h5py.File(path) as file:
        scan = file["entry/scan"]
        assert scan["time_ns"][:].tolist() == [row * PERIOD for row in range(30)]
        assert 2 in scan["cue_kind"][:].tolist()


def test_a_second_recorder_of_the_same_file_is_refused(path, hosted):
    with pytest.raises(RunFileError) as caught:
        Hosted(path)
    assert message_id(caught) == "record.being-recorded"


def test_a_disk_that_fills_up_is_an_alarm_and_costs_no_row(path):
    hosted = Hosted(path)
    hosted.storage.free = 0
    rows = 0
    while hosted.recorder.trouble is None:
        hosted.recorder.rows("daq", rows * 1_000_000, block(5000, first=rows))
        rows += 5000
        hosted.until(lambda rows=rows: hosted.recorder.acknowledged["daq"] == rows)
        assert rows < 10_000_000
    assert hosted.recorder.trouble.id == "record.disk-full-reserve"
    hosted.recorder.rows("daq", rows * 1_000_000, block(5000, first=rows))
    hosted.storage.free = None
    hosted.recorder.close(DONE)
    assert files(path) == ["run.h5"]
    found = column(path, "p0", "daq")
    np.testing.assert_array_equal(found, np.arange(rows + 5000) % 60_000)


def test_a_disk_that_is_unplugged_is_an_alarm_and_the_end_a_sentence(path):
    hosted = Hosted(path)
    hosted.scan(100)
    hosted.until(lambda: hosted.recorder.acknowledged["scan"] == 100)
    hosted.storage.is_gone = True
    hosted.scan(100, first=100)
    hosted.until(lambda: hosted.recorder.trouble is not None)
    assert hosted.recorder.trouble.id == "record.cannot-write"
    hosted.scan(100, first=200)
    with pytest.raises(RunFileError) as caught:
        hosted.recorder.close(DONE)
    assert message_id(caught) == "record.rows-unwritten"
    assert caught.value.message.arguments["rows"] == 200
    recover(path)
    assert len(column(path, "c0")) >= 100


def test_a_folder_that_vanishes_is_an_alarm_and_the_end_a_sentence(tmp_path):
    (tmp_path / "runs").mkdir()
    hosted = Hosted(tmp_path / "runs" / "run.h5")
    hosted.scan(100)
    hosted.until(lambda: hosted.recorder.acknowledged["scan"] == 100)
    for each in (tmp_path / "runs").iterdir():
        each.unlink()
    (tmp_path / "runs").rmdir()
    for rows in range(100, 100_000, 500):
        hosted.scan(500, first=rows)
        hosted.clock.move(1.0)
        if hosted.recorder.trouble is not None:
            break
        hosted.until(lambda rows=rows: hosted.recorder.acknowledged["scan"] >= rows or hosted.recorder.trouble)  # fmt: skip  # noqa: E501
    assert hosted.recorder.trouble is not None
    with pytest.raises(RunFileError) as caught:
        hosted.recorder.close(DONE)
    message_id(caught)


def test_a_sealer_that_is_killed_is_started_again(path):
    hosted = Hosted(path)
    hosted.scan(100)
    hosted.until(lambda: hosted.recorder.acknowledged["scan"] == 100)
    hosted.recorder._sealer._process.kill()
    hosted.scan(100, first=100)
    hosted.until(lambda: hosted.recorder.acknowledged["scan"] == 200)
    assert hosted.recorder.trouble is None
    hosted.recorder.close(DONE)
    np.testing.assert_array_equal(column(path, "c0"), np.arange(200) / 8)
    assert files(path) == ["run.h5"]


def test_a_mistake_on_the_thread_is_trouble_and_the_log_is_still_sealed(path, monkeypatch):
    hosted = Hosted(path)
    hosted.scan(100)
    hosted.until(lambda: hosted.recorder.acknowledged["scan"] == 100)
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    monkeypatch.setattr(hosted.clock, "utc", lambda: None)
    hosted.until(lambda: hosted.recorder.trouble is not None)
    assert hosted.recorder.trouble.id == "record.thread-ended"
    hosted.scan(100, first=100)
    hosted.recorder.close(DONE)
    np.testing.assert_array_equal(column(path, "c0"), np.arange(200) / 8)


def test_a_recorder_that_is_closed_takes_nothing_more(path):
    hosted = Hosted(path)
    hosted.recorder.close(DONE)
    for call in (
        lambda: hosted.recorder.row(0, np.zeros(6), MARKS),
        lambda: hosted.recorder.rows("daq", 0, block(1)),
        lambda: hosted.recorder.record(Identity("a", "b")),
    ):
        with pytest.raises(RunFileError) as caught:
            call()
        assert message_id(caught) == "record.closed"
