"""One loop takes one programme after the other; what is measured and demanded goes on."""

import pytest

from bench.channel import Quality
from bench.control.loop import Stop
from bench.control.programme import prepare
from bench.control.states import Cause, State
from bench.errors import Refused
from tests.bench.control.hosted import SPEED, Hosted, hold, plan_of, put
from tests.bench.small_bench import limit


def prepared(bench, *body, **more):
    return prepare(bench.loop.model, plan_of(*body, **more), bench.queue)


def test_a_bench_runs_one_programme_after_the_other_in_one_loop():
    bench = Hosted(put("a", 20.0))
    for number in range(3):
        bench.begin()
        bench.finish()
        assert bench.state is State.SAFE
        bench.loop.change(Cause.LEAVE)
        assert bench.loop.is_finished
        bench.loop.load(prepared(bench, put(f"b{number}", 30.0 + number)))
        assert not bench.loop.is_finished
        assert bench.loop.stop is None
    ran = [name for name, _ in bench.notebook.steps if name[0] in "ab" and name != "all"]
    assert ran == ["a", "b0", "b1"]


def test_what_is_measured_and_demanded_stays_when_the_limits_change():
    bench = Hosted(put("a", 20.0)).begin()
    bench.scan(3, value=7.0)
    bench.finish()
    row, before = bench.loop.row, bench.loop.row.values.copy()
    own = len(bench.loop.model.channels)
    bench.loop.load(prepared(bench, limits=(limit("l", "x.a > 1 and x.a < 9"),)))
    assert bench.loop.row is row
    assert list(row.values[:own]) == list(before[:own])
    assert len(row.values) == own + 1
    assert bench.loop.demands.values[SPEED] == 5.0
    bench.sensor.value = 8.0
    bench.scan()
    assert bench.told == [("l", "violated")]
    assert row.values[-1] == 1.0


def test_no_sample_is_lost_between_two_programmes():
    bench = Hosted()
    bench.scan(2)
    now = bench.clock.now()
    bench.queue.append((bench.sensor.index, 99.0, now, Quality.OK))
    bench.loop.load(prepared(bench))
    bench.scan()
    assert bench.loop.row.high[bench.sensor.index] == 99.0


def test_a_limit_that_is_violated_stays_so_and_is_not_told_again():
    bench = Hosted(limits=[limit("l", "x.a > 1", lasting=0.3)])
    bench.scan(9, value=9.0)
    assert bench.told == [("l", "violated")]
    bench.loop.load(prepared(bench))
    bench.scan(3)
    assert bench.told == [("l", "violated")]
    bench.scan(value=0.0)
    assert bench.told == [("l", "violated"), ("l", "clear")]


def test_nothing_is_loaded_while_something_may_actuate():
    bench = Hosted(hold("long", 100)).begin()
    bench.scan()
    for _ in range(2):
        with pytest.raises(Refused) as caught:
            bench.loop.load(prepared(bench))
        assert caught.value.message.id == "control.no-loading"
        bench.loop.begin_stop(Stop("operator", None, is_hard=False))
    assert bench.state is State.STOPPING
