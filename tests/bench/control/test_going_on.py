"""A step that waits for its time or an order ends when somebody orders it; no other step does."""

import math

import pytest

from bench.control.conduct import go_on
from bench.control.foresight import seconds_left, seconds_of
from bench.control.loop import Stop
from bench.control.states import State
from bench.errors import Refused
from bench.plan import HoldNode, RampNode, RampTargetNode, RepeatNode, WaitNode
from tests.bench.control.hosted import LONG, SPEED, STRETCH, Hosted, hold, put
from tests.bench.small_bench import formula, head, sequence

SOFT = Stop("operator", None, is_hard=False)


def waits(name, seconds):
    return HoldNode(head(name, "hold"), seconds, is_skippable=True)


def test_a_hold_that_may_be_cut_short_ends_with_the_next_scan_and_is_done():
    bench = Hosted(LONG, soft=[waits("hot", 100), put("cool", 1.0)]).begin()
    bench.loop.begin_stop(SOFT)
    bench.scan(5)
    assert bench.loop.position.is_skippable
    go_on(bench.loop)
    bench.scan(1)
    assert ("hot", "done") in bench.notebook.steps
    assert ("cool", "done") in bench.notebook.steps
    assert "stops.ordered-on" in [event.message.id for event in bench.notebook.events]


def test_without_an_order_it_ends_after_its_time():
    bench = Hosted(LONG, soft=[waits("hot", 10)]).begin()
    bench.loop.begin_stop(SOFT)
    assert 100 <= bench.finish() <= 120


def test_a_wait_that_may_be_cut_short_goes_on_without_its_condition():
    never = WaitNode(head("never"), formula("x.a > 99"), "x.a > 99", 900, "stop", is_skippable=True)
    bench = Hosted(never, LONG).begin()
    bench.scan(3)
    go_on(bench.loop)
    bench.scan(1)
    assert bench.loop.position.id == "long"


def test_another_step_is_not_ended_by_an_order():
    bench = Hosted(LONG).begin()
    bench.scan(3)
    with pytest.raises(Refused, match="long"):
        go_on(bench.loop)
    assert not bench.loop.position.is_skippable


def test_where_nothing_runs_there_is_nothing_to_order():
    bench = Hosted(waits("hot", 100))
    bench.scan(3)
    with pytest.raises(Refused):
        go_on(bench.loop)
    bench.begin()
    bench.scan(3)
    bench.loop.hold()
    with pytest.raises(Refused):
        go_on(bench.loop)
    assert bench.state is State.HOLDING


def test_an_order_ends_a_hold_in_which_time_leaps():
    bench = Hosted(waits("rest", 36_000), LONG, leap=lambda wished: wished).begin()
    bench.scan(1250)
    before = bench.loop.row.time
    go_on(bench.loop)
    bench.scan(1)
    assert bench.loop.position.id == "long"
    assert bench.loop.row.time - before < STRETCH


def ramp(name, to, gradient=None, over=None):
    return RampNode(head(name, "ramp"), (RampTargetNode(SPEED, to, gradient),), over)


def lasting(node, seconds):
    """Return a hold whose estimate is its time, as planning gives it."""
    estimate = node.head.estimate.__class__(seconds, seconds)
    return HoldNode(head(node.head.id, "hold", estimate=estimate), seconds)


def test_the_time_to_safe_follows_what_is_demanded_now():
    steps = [ramp("cool", 20.0, 2.0), lasting(hold("rest", 30), 30), ramp("on", 0.0, over=10.0)]
    bench = Hosted(put("warm", 80.0), LONG, soft=steps).begin()
    bench.scan(3)
    loop = bench.loop
    assert seconds_of(loop.plan.soft_stop, loop.stage) == pytest.approx(30 + 30 + 10)
    loop.begin_stop(SOFT)
    bench.scan(101)  # ten seconds of the ramp
    assert seconds_left(loop.course.running, loop.stage) == pytest.approx(60, abs=0.3)
    bench.scan(210)
    assert seconds_left(loop.course.running, loop.stage) == pytest.approx(39, abs=0.5)
    left = [
        seconds_left(loop.course.running, loop.stage) for _ in range(390) if bench.scan() is None
    ]
    assert left == sorted(left, reverse=True)
    assert left[-1] == pytest.approx(0.0, abs=0.5)


def test_steps_that_would_be_left_out_now_and_passes_of_loops_count_as_they_are():
    cold = HoldNode(lasting(hold("hot", 50), 50).head.__class__(
        "hot", "hold", head("hot").title, head("hot").mark, when=formula("x.a > 1"),
        estimate=lasting(hold("hot", 50), 50).head.estimate,
    ), 50)  # fmt: skip
    loops = RepeatNode(head("twice"), 3, (lasting(hold("turn", 4), 4),))
    bench = Hosted(LONG, soft=[cold, loops]).begin()
    bench.scan(3, value=0.0)
    loop = bench.loop
    assert seconds_of(loop.plan.soft_stop, loop.stage) == pytest.approx(12)
    bench.scan(3, value=2.0)
    assert seconds_of(loop.plan.soft_stop, loop.stage) == pytest.approx(62)
    bench.scan(3, value=0.0)
    loop.begin_stop(SOFT)
    bench.scan(50)
    assert seconds_left(loop.course.running, loop.stage) == pytest.approx(7, abs=0.4)


def test_what_is_not_known_takes_no_time_rather_than_all_of_it():
    bench = Hosted(LONG)
    unknown = RampNode(head("r"), (RampTargetNode(SPEED, formula("x.a"), 1.0),), None)
    assert math.isnan(bench.loop.demands.values[SPEED])
    assert seconds_of(sequence(unknown), bench.loop.stage) == 0.0
