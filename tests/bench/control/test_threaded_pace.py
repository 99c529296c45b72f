"""Links are served by threads of their own, in real time."""

import threading

import pytest

from bench.clock import MILLISECOND, NEVER, SECOND, SystemClock
from bench.control.pace import ThreadedPace

CLOCK = SystemClock()


class Link:
    """A worker that counts what is asked of it."""

    def __init__(self, name, period=NEVER, failure=None):
        self.name = name
        self.period = period
        self.failure = failure
        self.stepped = threading.Event()
        self.steps = 0
        self.is_closed = False

    def step(self, now):
        self.steps += 1
        self.stepped.set()
        if self.failure is not None:
            raise self.failure
        return NEVER if self.period == NEVER else now + self.period

    def close(self):
        self.is_closed = True


def soon():
    return CLOCK.now() + 20 * MILLISECOND


def advance_often(pace):
    for _ in range(3000):  # a minute; it ends when it raises
        pace.advance(soon())


def advance_until(pace, holds):
    end = CLOCK.now() + 60 * SECOND
    while not holds():
        assert CLOCK.now() < end
        pace.advance(soon())


def test_nothing_is_served_before_the_first_scan():
    link = Link("daq")
    pace = ThreadedPace([link], CLOCK)
    CLOCK.wait_until(soon())
    assert link.steps == 0
    pace.close()


def test_each_link_is_served_at_its_own_rate():
    fast, slow = Link("can0", 2 * MILLISECOND), Link("daq", 3600 * SECOND)
    pace = ThreadedPace([fast, slow], CLOCK)
    advance_until(pace, lambda: fast.steps > 5 and slow.steps)
    pace.close()
    assert slow.steps == 1
    assert fast.is_closed
    assert slow.is_closed


def test_a_woken_link_is_served_at_once():
    link = Link("daq")
    pace = ThreadedPace([link], CLOCK)
    pace.advance(soon())
    assert link.stepped.wait(60.0)
    link.stepped.clear()
    pace.wake("daq")
    assert link.stepped.wait(60.0)
    pace.wake("not there")
    pace.close()


def test_what_ends_a_link_is_raised_once_and_the_others_are_served_on():
    broken, sound = Link("daq", failure=ZeroDivisionError()), Link("can0", 2 * MILLISECOND)
    pace = ThreadedPace([broken, sound], CLOCK)
    with pytest.raises(ZeroDivisionError):
        advance_often(pace)
    assert broken.is_closed
    before = sound.steps
    advance_until(pace, lambda: sound.steps > before)  # the safe sequence runs over the others
    pace.close()
    assert broken.steps == 1
