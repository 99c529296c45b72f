from hypothesis import given
from hypothesis import strategies as st

from bench.clock import VirtualClock
from bench.control.pace import VirtualPace


class Every:
    """A worker that wants to be called every so often, and takes down when it was."""

    def __init__(self, name, period, log, clock, offset=0):
        self.name, self.period, self.log, self.clock = name, period, log, clock
        self.offset = offset
        self.is_closed = False

    def step(self, now):
        assert self.clock.now() == now
        self.log.append((now, self.name))
        return now + self.period

    def close(self):
        self.is_closed = True


def paced(periods):
    clock, log = VirtualClock(), []
    workers = [Every(str(i), period, log, clock) for i, period in enumerate(periods)]
    return VirtualPace(workers, clock), clock, log, workers


@given(
    st.lists(st.integers(1, 20), min_size=1, max_size=4), st.lists(st.integers(0, 15), max_size=5)
)
def test_workers_run_at_their_due_times_in_order_whatever_the_scans(periods, scans):
    pace, clock, log, _ = paced(periods)
    end = 0
    for scan in scans:
        end += scan
        pace.advance(end)
        assert clock.now() == end
    expected = [
        (at, str(i)) for i, period in enumerate(periods) for at in range(0, end + 1, period)
    ]
    assert log == sorted(expected) or not scans
    assert [at for at, _ in log] == sorted(at for at, _ in log)


def test_a_worker_that_is_woken_runs_at_once_and_keeps_its_new_time():
    pace, _, log, _ = paced([100])
    pace.advance(30)
    pace.wake("0")
    pace.advance(60)
    pace.advance(130)
    assert [at for at, _ in log] == [0, 30, 130]


def test_waking_twice_runs_once():
    pace, _, log, _ = paced([100])
    pace.advance(30)
    pace.wake("0")
    pace.wake("0")
    pace.advance(40)
    assert [at for at, _ in log] == [0, 30]


def test_waking_a_stranger_does_nothing():
    pace, _, log, _ = paced([100])
    pace.advance(30)
    pace.wake("nobody")
    pace.advance(60)
    assert len(log) == 1


def test_a_worker_that_wants_to_run_now_does_not_stop_time():
    pace, clock, log, _ = paced([0])
    pace.advance(5)
    assert clock.now() == 5
    assert len(log) == 6


def test_closing_releases_every_link():
    pace, _, _, workers = paced([1, 2])
    pace.close()
    assert all(worker.is_closed for worker in workers)


@given(st.lists(st.tuples(st.integers(0, 30), st.sampled_from(("", "0", "1"))), max_size=8))
def test_equal_calls_give_an_equal_order(calls):
    logs = []
    for _ in range(2):
        pace, clock, log, _ = paced([7, 7, 3])
        for step, name in calls:
            pace.advance(clock.now() + step)
            if name:
                pace.wake(name)
        logs.append(log)
    assert logs[0] == logs[1]


class Seldom(Every):
    """One that may be asked to poll at once."""

    asked: list[int]

    def refresh(self, later_than):
        self.asked.append(later_than)
        return later_than < 100


def test_behind_a_leap_what_is_polled_less_often_than_once_a_scan_is_polled_at_once():
    clock, log = VirtualClock(), []
    seldom = Seldom("seldom", 100, log, clock.wires)
    seldom.asked = []
    workers = [Every("often", 30, log, clock.wires), seldom]
    pace = VirtualPace(workers, clock, lambda wished: wished)
    pace.advance(30)
    assert pace.leap(1000) == 1000
    pace.advance(1060)
    assert log == [(0, "often"), (0, "seldom"), (30, "often"), (30, "seldom"), (60, "often")]
    assert pace.leap(0) == 0
    pace.advance(1090)
    assert pace.leap(1000) == 1000
    pace.advance(2120)
    assert seldom.asked == [60, 120]
    assert [at for at, name in log if name == "seldom"] == [0, 30]
