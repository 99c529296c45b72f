"""Demands by hand are ramped, arrive together, and are given back."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.channel import Quality
from bench.control.loop import Stop
from bench.control.states import Cause, State
from bench.errors import DemandOutOfRange, Refused
from tests.bench.control.hosted import LONG, MODE, SPEED, TORQUE, Hosted, put

TENTHS = st.integers(-1000, 1000).map(lambda tenths: tenths / 10)


def by_hand(*body):
    bench = Hosted(*(body or (LONG,)))
    bench.scan()
    bench.loop.change(Cause.CHECKED)
    bench.loop.take_over()
    bench.loop.set_demands({MODE: 2.0}, 0.0)
    return bench


@settings(max_examples=30, deadline=None)
@given(TENTHS, TENTHS, st.floats(0, 20))
def test_no_ramp_is_steeper_than_allowed_and_all_arrive_together(speed, torque, seconds):
    bench = by_hand()
    bench.loop.set_demands({SPEED: speed, TORQUE: torque}, seconds)
    seen = [tuple(bench.loop.demands.values[:2])]
    while seen[-1] != (speed, torque):
        bench.scan()
        seen.append(tuple(bench.loop.demands.values[:2]))
        assert len(seen) < 500
    for before, after in itertools.pairwise(seen):
        assert abs(after[0] - before[0]) <= 1.0 + 1e-9
        assert abs(after[1] - before[1]) <= 1.0 + 1e-9
    is_last = [values[0] == speed for values in seen], [values[1] == torque for values in seen]
    if speed != 5.0 and torque != 0.0:
        assert is_last[0].index(True) == is_last[1].index(True) == len(seen) - 1
    assert (len(seen) - 1) * 0.1 >= seconds - 0.1 or (speed, torque) == (5.0, 0.0)


def test_a_request_that_cannot_be_is_refused_as_a_whole():
    bench = by_hand()
    with pytest.raises(DemandOutOfRange):
        bench.loop.set_demands({SPEED: 20.0, TORQUE: 1e6}, 0.0)
    with pytest.raises(Refused):
        bench.loop.set_demands({MODE: 1.0, TORQUE: 5.0}, 0.0)  # torque means nothing there
    bench.scan(3)
    assert bench.loop.demands.values == [5.0, 0.0, 2.0]


def test_taking_over_a_running_sequence_and_giving_it_back_held():
    bench = Hosted(put("a", 50.0), LONG).begin()
    bench.scan(2)
    bench.loop.take_over()
    bench.loop.set_demands({SPEED: 40.0}, 0.0)
    bench.scan(20)
    assert (bench.state, bench.loop.demands.values[SPEED]) == (State.MANUAL, 40.0)
    bench.loop.hand_back()
    assert bench.state is State.HOLDING
    bench.scan(3)
    bench.loop.resume()
    bench.scan(30)
    assert (bench.state, bench.loop.demands.values[SPEED]) == (State.AUTOMATIC, 50.0)
    assert bench.loop.position.id == "long"


def test_a_bench_nothing_was_begun_on_has_nothing_to_resume():
    bench = by_hand()
    bench.loop.hand_back()
    with pytest.raises(Refused) as caught:
        bench.loop.resume()
    assert caught.value.message.id == "control.nothing-to-resume"


def test_demands_are_given_by_hand_only_after_taking_over():
    bench = Hosted(LONG).begin()
    with pytest.raises(Refused) as caught:
        bench.loop.set_demands({SPEED: 1.0}, 0.0)
    assert caught.value.message.id == "control.not-manual"


def test_a_bench_run_by_hand_is_stopped_like_any_other():
    bench = by_hand()
    bench.loop.set_demands({SPEED: 50.0}, 10.0)
    bench.scan(10)
    bench.loop.begin_stop(Stop("operator", None, is_hard=True))
    bench.finish()
    assert bench.state is State.SAFE
    assert bench.loop.demands.values == [5.0, 0.0, 0.0]


def test_a_forced_value_is_shown_marked_bad_and_ends_when_the_bench_is_started():
    bench = Hosted(LONG)
    index = bench.sensor.index
    bench.scan(2, value=3.0)
    bench.loop.force(index, 42.0)
    bench.scan(2)
    _, values, codes = bench.notebook.rows[-1]
    assert (values[index], codes[index] & 0x0F) == (42.0, Quality.BAD)
    assert dict(bench.loop.forced) == {index: 42.0}
    bench.loop.change(Cause.CHECKED)
    bench.loop.begin()
    assert not bench.loop.forced
    bench.scan()
    _, values, codes = bench.notebook.rows[-1]
    assert (values[index], codes[index] & 0x0F) == (3.0, Quality.OK)
    with pytest.raises(Refused):
        bench.loop.force(index, 1.0)


def test_a_forced_value_ends_on_demand_though_nothing_new_was_read():
    bench = Hosted(LONG)
    index = bench.sensor.index
    bench.scan(2, value=3.0)
    bench.loop.force(index, 42.0)
    bench.loop.force(index, None)
    assert bench.loop.row.values[index] == 3.0
    assert bench.loop.row.quality[index] == Quality.OK
