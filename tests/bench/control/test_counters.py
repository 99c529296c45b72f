import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.control.counters import Counters
from bench.model import Counter, CounterKind
from bench.units import ONE
from tests.bench.small_bench import SmallBench, formula, model_of

HOURS = Counter("hours", CounterKind.TIME, ONE, formula("x.a > 3"))
STARTS = Counter("starts", CounterKind.EDGES, ONE, formula("x.a > 3"))
ENERGY = Counter("energy", CounterKind.INTEGRAL, ONE, formula("x.b * 2"))
CYCLES = Counter("cycles", CounterKind.SEQUENCE, ONE)


class Counting:
    """Counters over a bench with two channels that become stale after half a second."""

    def __init__(self, *counters, **begin):
        self.bench = SmallBench(model_of(("x.a", "x.b"), ages=0.5))
        self.counters = Counters(counters, self.bench.model.index, begin)

    def at(self, seconds, **values):
        """Count a scan; channels that are not given are stale after half a second."""
        self.bench.at(seconds, **values)
        self.counters.take(self.bench.scan.row)
        return self

    def __getitem__(self, name):
        return self.counters.values[name]


def test_hours_count_while_the_condition_holds():
    counting = Counting(HOURS, hours=100.0)
    for second, value in enumerate((0.0, 5.0, 5.0, 0.0, 0.0, 5.0), 1):
        counting.at(second, x_a=value)
    assert counting["hours"] == 102.0


def test_what_is_on_when_counting_begins_is_no_start():
    counting = Counting(STARTS).at(1, x_a=5.0).at(2, x_a=5.0)
    assert counting["starts"] == 0
    assert counting.at(3, x_a=0.0).at(4, x_a=5.0)["starts"] == 1


def test_a_gap_in_the_values_is_no_start_and_hides_none():
    on = Counting(STARTS).at(1, x_a=0.0).at(2, x_a=5.0).at(3).at(4, x_a=5.0)
    assert on["starts"] == 1
    off = Counting(STARTS).at(1, x_a=0.0).at(2).at(3, x_a=5.0)
    assert off["starts"] == 1


def test_time_without_values_does_not_count():
    counting = Counting(HOURS, ENERGY).at(1, x_a=5.0, x_b=1.0).at(2).at(3, x_a=5.0, x_b=1.0)
    assert (counting["hours"], counting["energy"]) == (0, 0)
    counting.at(4, x_a=5.0, x_b=1.0)
    assert (counting["hours"], counting["energy"]) == (1.0, 2.0)


def test_what_cannot_be_counted_is_told_once():
    counting = Counting(HOURS).at(0.5)
    assert counting.counters.take_news() == []  # nothing has been read yet: no news
    counting.at(1, x_a=5.0).at(2).at(3).at(4, x_a=5.0).at(5)
    told = [(level, source, m.id) for level, source, m in counting.counters.take_news()]
    assert told == [("warning", "hours", "counter.unknown")]
    assert counting.counters.take_news() == []


def test_a_ramp_is_integrated_exactly():
    counting = Counting(ENERGY)
    for second in range(11):
        counting.at(second, x_b=float(second))
    assert counting["energy"] == pytest.approx(100.0)  # integral of 2 t from 0 to 10


def test_passes_of_a_sequence_add_to_counters_that_exist():
    counting = Counting(CYCLES, HOURS, cycles=5.0)
    counting.counters.add({"cycles": 2.0})
    assert counting["cycles"] == 7.0
    with pytest.raises(KeyError):
        counting.counters.add({"laps": 1.0})


scans = st.lists(
    st.tuples(st.floats(0.01, 100.0), st.none() | st.floats(-10, 10), st.floats(-1e6, 1e6)),
    max_size=30,
)


@given(scans)
def test_hours_and_starts_never_decrease_and_are_never_more_than_there_was(seen):
    counting = Counting(HOURS, STARTS, ENERGY)
    now, before = 0.0, (0.0, 0.0)
    for elapsed, a, b in seen:
        now += elapsed
        counting.at(now, x_b=b, **({} if a is None else {"x_a": a}))
        after = counting["hours"], counting["starts"]
        assert before[0] <= after[0] <= now + 1e-6
        assert before[1] <= after[1] <= before[1] + 1
        assert math.isfinite(counting["energy"])
        before = after


@given(scans, st.integers(0, 30))
def test_counters_that_go_on_from_their_counts_lose_only_the_gap(seen, cut):
    whole = Counting(HOURS)
    index = whole.bench.model.index
    parts, now, gap = Counters((HOURS,), index), 0.0, 0.0
    for position, (elapsed, a, b) in enumerate(seen):
        if position == cut:
            parts, gap = Counters((HOURS,), index, parts.values), elapsed
        now += elapsed
        whole.at(now, x_b=b, **({} if a is None else {"x_a": a}))
        parts.take(whole.bench.scan.row)
    assert whole["hours"] - gap - 1e-6 <= parts.values["hours"] <= whole["hours"] + 1e-6
