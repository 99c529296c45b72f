"""Virtual time held back to so many times real time."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.clock import MILLISECOND, SECOND, VirtualClock
from bench.errors import ConfigError
from bench.service.tempo import MOST_BEHIND, SLICE, Tempo, speed_from


class Bench:
    """A bench that scans every so often, and a wall clock beside it."""

    def __init__(self, speed, period=100 * MILLISECOND):
        self.virtual, self.wall = VirtualClock(), VirtualClock()
        self.tempo, self.period = Tempo(self.virtual, self.wall, speed), period
        self.longest = 0

    def scan(self, cost=0):
        self.virtual.wait_until(self.virtual.now() + self.period)
        self.wall.wait_until(self.wall.now() + cost)
        before = self.wall.now()
        while self.tempo.wait():
            self.longest = max(self.longest, self.wall.now() - before)
            before = self.wall.now()


@settings(max_examples=50, deadline=None)
@given(
    speed=st.floats(0.1, 500),
    costs=st.lists(st.integers(0, 200 * MILLISECOND), min_size=1, max_size=100),
)
def test_it_is_never_early_and_on_time_wherever_the_machine_can(speed, costs):
    bench = Bench(speed)
    for cost in costs:
        bench.scan(cost)
        assert bench.wall.now() >= bench.virtual.now() / speed - 2
    least = sum(max(cost, 0) for cost in costs)
    assert bench.wall.now() <= bench.virtual.now() / speed + least + 2
    assert bench.longest <= SLICE


def test_what_was_late_for_a_moment_is_caught_up():
    bench = Bench(10.0)
    bench.scan(MOST_BEHIND // 2)
    for _ in range(99):
        bench.scan()
    assert bench.wall.now() == SECOND


def test_what_was_late_for_long_is_not_rushed_through_afterwards():
    bench = Bench(10.0)
    bench.scan(60 * SECOND)
    for _ in range(100):
        bench.scan()
    assert bench.wall.now() == 61 * SECOND


def test_as_fast_as_it_goes_never_waits():
    bench = Bench(math.inf)
    for _ in range(1000):
        bench.scan()
    assert bench.wall.now() == 0


@pytest.mark.parametrize(
    ("text", "speed"), [("1", 1.0), ("0.5", 0.5), ("60", 60.0), ("max", math.inf), ("0", math.inf)]
)
def test_a_speed_is_a_number_or_max(text, speed):
    assert speed_from(text) == speed


@pytest.mark.parametrize("text", ["", "fast", "-1", "nan", "inf", "10x", "1,5"])
def test_what_is_no_speed_is_refused_with_a_sentence(text):
    with pytest.raises(ConfigError, match="times real time"):
        speed_from(text)
