"""A person may have the object made safe where no run has the bench; nothing else may."""

import math

import pytest

from bench.control.left_stop import LeftStop, demands_of_stop
from bench.control.loop import Stop
from bench.control.outcome import Outcome
from bench.control.runners import RampRunner
from bench.control.saved import Saved
from bench.control.states import Cause, State
from bench.errors import Refused
from bench.plan import RampNode, RampTargetNode
from tests.bench.control.hosted import HARD, LONG, MODE, SPEED, Hosted, hold, put
from tests.bench.small_bench import SmallBench, head, limit, model_of, sequence

SOFT = Stop("operator", None, is_hard=False)
HARD_ASKED = Stop("operator", None, is_hard=True)
HOURS = 4 * 3600.0


def ids(bench):
    return [name for name, _ in bench.notebook.steps]


@pytest.mark.parametrize("causes", [(), (Cause.CHECKED,)])
@pytest.mark.parametrize(("stop", "first"), [(SOFT, "s1"), (HARD_ASKED, "h1")])
def test_a_stop_that_is_asked_for_runs_from_rest_to_safe(causes, stop, first):
    bench = Hosted(LONG)
    bench.scan(3)
    for cause in causes:
        bench.loop.change(cause)
    bench.loop.begin_stop(stop, is_asked=True)
    assert bench.state is State.STOPPING
    bench.finish()
    assert bench.state is State.SAFE
    assert ids(bench)[0] == first
    assert bench.loop.stop.state == "operator"


def test_a_bench_that_is_safe_is_made_safe_once_more():
    bench = Hosted(LONG).begin()
    bench.scan(2)
    bench.loop.begin_stop(Stop("limit", None, is_hard=True))
    bench.finish()
    before = len(bench.notebook.steps)
    bench.loop.begin_stop(SOFT, is_asked=True)
    assert (bench.state, bench.loop.is_finished) == (State.STOPPING, False)
    bench.finish()
    assert bench.state is State.SAFE
    assert len(bench.notebook.steps) > before
    assert bench.loop.stop.state == "limit"  # why the run ended does not change


def test_neither_a_limit_nor_the_program_begins_a_stop_from_rest():
    bench = Hosted(LONG, limits=[limit("high", "x.a > 5", HARD)])
    bench.scan(30, value=9.0)
    bench.loop.begin_stop(Stop("error", None, is_hard=True))
    bench.scan(5)
    assert bench.state is State.MONITOR
    assert bench.output.taken == bench.output.safe == []


def test_a_limit_makes_a_stop_that_is_under_way_hard():
    bench = Hosted(LONG, limits=[limit("high", "x.a > 5", HARD)], soft=[hold("long", 100)])
    bench.scan(3, value=9.0)
    bench.loop.begin_stop(SOFT, is_asked=True)
    bench.scan(2)
    assert bench.loop.phase == "hard-stop"


def test_in_tripped_it_is_the_hard_stop_as_often_as_it_is_asked_for():
    bench = Hosted(LONG, chain="x.a")
    bench.scan(2, value=0.0)
    assert (bench.state, bench.loop.is_actuating) == (State.TRIPPED, False)
    for times in (1, 2):
        bench.loop.begin_stop(SOFT, is_asked=True)
        assert (bench.state, bench.loop.phase) == (State.TRIPPED, "hard-stop")
        with pytest.raises(Refused, match="key"):
            bench.loop.reset("ada")
        bench.finish()
        assert ids(bench).count("h1") == times
    assert bench.state is State.TRIPPED


def test_a_bench_that_is_not_connected_is_not_made_safe():
    bench = Hosted(LONG)
    bench.loop.change(Cause.DISCONNECT)
    with pytest.raises(Refused):
        bench.loop.begin_stop(SOFT, is_asked=True)


def test_a_ramp_of_what_nobody_has_demanded_begins_where_the_object_is():
    bench = SmallBench(model_of(["m.speed"], demands=[("m.speed", {})]))
    bench.at(0, m_speed=60.0)
    assert math.isnan(bench.demands.values[0])
    runner = RampRunner(RampNode(head("r", "ramp"), (RampTargetNode(0, 0.0, 10.0),), None))
    assert runner.tick(bench.stage, 0) is Outcome.RUNNING
    assert bench.demands.values[0] == 60.0
    assert runner.tick(bench.stage, 3 * 10**9) is Outcome.RUNNING
    assert bench.demands.values[0] == pytest.approx(30.0)


def left_behind(scans=50, **more):
    """Return a safe sequence that lasts for hours, broken off after a minute or so."""
    bench = Hosted(LONG, **more).begin()
    bench.scan(2)
    bench.loop.begin_stop(SOFT)
    bench.scan(scans)
    mark = bench.loop.bookmark()
    return LeftStop(mark.phase, Saved.from_json(mark.position), mark.demands)


LASTING = [put("s1", 2.0), hold("cool", HOURS), put("s3", 5.0)]


def test_a_stop_that_broke_off_goes_on_at_its_place_with_what_it_had_demanded():
    left = left_behind(soft=LASTING)
    bench = Hosted(LONG, soft=LASTING)
    bench.loop.left = left
    bench.scan(20)
    assert bench.output.taken == []
    bench.loop.begin_stop(SOFT, is_asked=True)
    bench.scan(10)
    assert bench.loop.position.id == "cool"
    assert bench.loop.position.elapsed == pytest.approx(5.9, abs=0.3)
    assert bench.loop.demands.values[SPEED] == 2.0
    assert "s1" not in ids(bench)
    assert bench.loop.left is None


def test_a_stop_of_the_other_kind_begins_at_its_beginning():
    bench = Hosted(LONG, soft=LASTING)
    bench.loop.left = left_behind(soft=LASTING)
    bench.loop.begin_stop(HARD_ASKED, is_asked=True)
    bench.scan()
    assert ids(bench) == ["h1"]


def test_a_stop_whose_place_is_not_found_begins_at_its_beginning():
    bench = Hosted(LONG, soft=[put("other", 1.0), hold("else", 5)])
    bench.loop.left = left_behind(soft=LASTING)
    bench.loop.begin_stop(SOFT, is_asked=True)
    bench.scan()
    assert ids(bench) == ["other"]


def test_a_run_that_begins_ends_what_was_left():
    bench = Hosted(LONG, soft=LASTING)
    bench.loop.left = left_behind(soft=LASTING)
    bench.begin()
    assert bench.loop.left is None


def test_nothing_is_demanded_again_that_the_stop_itself_had_not_demanded():
    points = Hosted(LONG).loop.demands.points
    root = sequence(put("m", 1.0, MODE), put("s", 3.0), hold("now", 9), name="soft-stop")
    saved = Saved.from_json({"frames": [{"id": "soft-stop", "child": 3}], "step": "now"})
    there = {"out.speed": 3.0, "out.torque": 40.0, "out.mode": 2.0}
    found = demands_of_stop(root, LeftStop("soft-stop", saved, there), points)
    assert found == {"out.speed": 3.0}  # another mode than the stop's own is not taken again
    there["out.mode"] = 1.0
    found = demands_of_stop(root, LeftStop("soft-stop", saved, there), points)
    assert found == {"out.speed": 3.0, "out.mode": 1.0}
