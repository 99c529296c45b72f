import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.channel import Quality, Range
from bench.errors import DemandOutOfRange, Refused
from tests.bench.small_bench import MODES, SmallBench, model_of

MODE, SPEED, TORQUE = 0, 1, 2
BY_TORQUE = frozenset({2.0})


@pytest.fixture
def bench():
    return SmallBench(
        model_of(
            demands=[
                ("out.mode", {"choices": MODES, "range": Range()}),
                ("out.speed", {"safe": 5.0}),
                ("out.torque", {"requires": {"out.mode": BY_TORQUE}}),
            ]
        )
    )


@pytest.mark.parametrize("value", [-100.1, 100.1, math.inf, -math.inf, math.nan])
def test_a_demand_out_of_range_is_refused_and_nothing_reaches_the_instrument(bench, value):
    with pytest.raises(DemandOutOfRange, match=r"out\.speed"):
        bench.demands.set(SPEED, value)
    bench.demands.send()
    assert bench.output.taken == []
    assert math.isnan(bench.demands.values[SPEED])


@pytest.mark.parametrize("value", [-1.0, 0.5, 3.0, math.nan])
def test_a_selector_takes_its_positions_and_nothing_between(bench, value):
    with pytest.raises(DemandOutOfRange, match="off, by-speed, by-torque"):
        bench.demands.set(MODE, value)
    bench.demands.send()
    assert bench.output.taken == []


def test_a_demand_that_means_nothing_in_this_mode_is_refused(bench):
    bench.demands.set(MODE, 1.0)
    with pytest.raises(Refused, match=r"out\.torque .*by-speed.*by-torque"):
        bench.demands.set(TORQUE, 10.0)
    bench.demands.send()
    assert bench.output.taken == [(MODE, 1.0)]


def test_the_same_demand_is_taken_once_the_mode_is_chosen(bench):
    bench.demands.set(MODE, 2.0)
    bench.demands.set(TORQUE, 10.0)
    bench.demands.send()
    assert bench.output.taken == [(MODE, 2.0), (TORQUE, 10.0)]


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=8))
def test_the_newest_wins_and_goes_out_once_per_scan(values):
    bench = SmallBench(model_of(demands=[("out.speed", {})]))
    for value in values:
        bench.demands.set(0, value)
    bench.demands.send()
    bench.demands.send()
    assert bench.output.taken == [(0, values[-1])]
    assert bench.woken == ["wire"]


def test_a_demand_that_does_not_change_is_not_sent_again(bench):
    for _ in range(2):
        bench.demands.set(SPEED, 7.0)
        bench.demands.send()
    assert bench.output.taken == [(SPEED, 7.0)]


def test_a_demand_that_is_sent_stands_in_the_row(bench):
    bench.demands.set(SPEED, 7.0)
    bench.demands.send()
    row = bench.at(0)
    assert row.values[SPEED] == 7.0
    assert row.quality[SPEED] == Quality.OK


def test_make_safe_goes_out_urgent_with_every_safe_value_in_whatever_mode(bench):
    bench.demands.set(MODE, 2.0)
    bench.demands.set(TORQUE, 50.0)
    bench.demands.make_safe()
    assert bench.output.safe == [{MODE: 0.0, SPEED: 5.0, TORQUE: 0.0}]
    assert bench.output.taken == []
    assert bench.demands.values == [0.0, 5.0, 0.0]
    assert bench.woken == ["wire"]


def test_make_safe_is_sent_again_even_if_nothing_has_changed(bench):
    bench.demands.make_safe()
    bench.demands.make_safe()
    assert len(bench.output.safe) == 2


def test_an_urgent_demand_overtakes_what_is_queued(bench):
    bench.demands.set(SPEED, 7.0)
    bench.demands.send(urgent=True)
    assert bench.output.safe == [{SPEED: 7.0}]
    assert bench.output.taken == []
