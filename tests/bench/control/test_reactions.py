"""What limits call for pre-empts what is lower, is bounded, and is judged anew when it ends."""

from dataclasses import replace

import pytest

from bench.control.states import State
from bench.errors import Refused
from bench.safeguard import Reaction
from tests.bench.control.hosted import (
    FLAG,
    HARD,
    HOLD,
    LONG,
    RECOVER,
    SOFT,
    SPEED,
    UNLOAD,
    Hosted,
    hold,
    put,
)
from tests.bench.small_bench import limit

STEPS = {"cool": [put("c1", 3.0), hold("c2", 0.5)]}


def recovering(when="x.a > 1", tries=2, recovery="cool"):
    return replace(limit("warm", when, RECOVER), recovery=recovery, tries=tries)


def bench_with(*limits, **more):
    settings = {"recoveries": STEPS, "unload": [put("u1", 4.0), hold("u2", 0.5)], **more}
    return Hosted(put("a", 50.0), LONG, limits=limits, **settings).begin()


def test_a_recovery_runs_and_the_sequence_goes_on_once_its_demands_are_back():
    bench = bench_with(recovering())
    bench.scan(3)
    bench.scan(value=9.0)
    assert (bench.state, bench.loop.phase) == (State.AUTOMATIC, "recovery")
    assert bench.loop.demands.values[SPEED] == 3.0
    bench.scan(5, value=0.0)
    assert bench.loop.phase == "sequence"
    assert bench.loop.position.id == "long"
    bench.scan(1)
    assert bench.loop.demands.values[SPEED] == pytest.approx(4.0)  # 10 a second and no faster
    bench.scan(50)
    assert bench.loop.demands.values[SPEED] == 50.0
    assert bench.state is State.AUTOMATIC
    assert ("cool", "done") in bench.notebook.steps


@pytest.mark.parametrize("tries", [0, 1, 3])
def test_a_recovery_runs_at_most_as_often_as_it_may_and_then_the_object_is_unloaded(tries):
    bench = bench_with(recovering(tries=tries))
    bench.scan(value=9.0)
    bench.scan(60)
    names = [name for name, _ in bench.notebook.steps]
    assert names.count("cool") == tries
    assert bench.notebook.steps.count(("cool", "done")) == tries  # each has the time it needs
    assert names.count("unload") == 1
    assert bench.state is State.HOLDING
    assert bench.loop.demands.values[SPEED] == pytest.approx(5.0)  # eased to its safe value


def test_tries_count_for_the_run_not_for_the_alarm():
    bench = bench_with(recovering(tries=2))
    for _ in range(3):
        bench.scan(value=9.0)
        bench.scan(80, value=0.0)
    names = [name for name, _ in bench.notebook.steps]
    assert (names.count("cool"), names.count("unload")) == (2, 1)


def test_a_recovery_that_is_not_there_or_fails_unloads():
    assert bench_with(recovering(recovery="none")).loop.phase == "sequence"
    for wrong in ({"recoveries": {}}, {"recoveries": {"cool": [put("bad", 1e9)]}}):
        bench = bench_with(recovering(), **wrong)
        bench.scan(3, value=9.0)
        assert bench.loop.phase == "unload"


def test_an_unload_is_held_until_somebody_resumes_and_runs_again_only_then():
    bench = bench_with(limit("heavy", "x.a > 1", UNLOAD))
    bench.scan(3)
    bench.scan(40, value=9.0)
    assert bench.state is State.HOLDING
    assert [name for name, _ in bench.notebook.steps].count("unload") == 1
    bench.scan(value=0.0)
    bench.loop.resume()
    assert bench.loop.holding == "exiting"
    bench.scan(60)
    assert (bench.state, bench.loop.demands.values[SPEED]) == (State.AUTOMATIC, 50.0)
    bench.scan(2, value=9.0)
    assert bench.loop.phase == "unload"


def test_a_limit_that_unloads_goes_on_doing_so_if_somebody_resumes_too_early():
    bench = bench_with(limit("heavy", "x.a > 1", UNLOAD))
    bench.scan(40, value=9.0)
    bench.loop.resume()
    bench.scan()
    assert bench.loop.phase == "unload"


LADDER = [HOLD, RECOVER, UNLOAD, SOFT, HARD]
DOING = {
    HOLD: (State.HOLDING, "sequence"),
    RECOVER: (State.AUTOMATIC, "recovery"),
    UNLOAD: (State.AUTOMATIC, "unload"),
    SOFT: (State.STOPPING, "soft-stop"),
    HARD: (State.STOPPING, "hard-stop"),
}


@pytest.mark.parametrize("lower", LADDER)
@pytest.mark.parametrize("higher", LADDER)
def test_a_higher_reaction_pre_empts_a_lower_one_and_never_the_other_way(lower, higher):
    def of(name, when, reaction):
        made = replace(limit(name, when, reaction), tries=9)
        return replace(made, recovery="cool") if reaction is RECOVER else made

    bench = bench_with(of("one", "x.a > 1", lower), of("two", "x.a > 2 or x.a < -2", higher))
    bench.scan(value=1.5)
    assert (bench.state, bench.loop.phase) == DOING[lower]
    bench.scan(value=3.0)
    assert (bench.state, bench.loop.phase) == DOING[max(lower, higher)]
    assert {name for name, _ in bench.told} == {"one", "two"}  # told also under a higher one


def test_what_was_pre_empted_is_not_resumed():
    bench = bench_with(recovering(), limit("heavy", "x.a > 5", UNLOAD))
    bench.scan(value=2.0)
    bench.scan(value=9.0)
    bench.scan(60, value=0.0)
    assert ("cool", "stopped") in bench.notebook.steps
    assert bench.state is State.HOLDING
    assert [name for name, _ in bench.notebook.steps].count("cool") == 1


def test_an_operator_who_holds_a_recovery_finds_the_bench_held_after_it():
    bench = bench_with(recovering())
    bench.scan(value=9.0)
    bench.loop.hold()
    assert bench.loop.phase == "recovery"
    bench.scan(7, value=0.0)
    assert bench.state is State.HOLDING
    with pytest.raises(Refused):
        bench.loop.hold()


def test_nobody_takes_over_from_a_recovery():
    bench = bench_with(recovering())
    bench.scan(value=9.0)
    with pytest.raises(Refused) as caught:
        bench.loop.take_over()
    assert caught.value.message.id == "control.reaction-runs"


def test_a_bypassed_limit_is_told_and_does_nothing():
    made = limit("heavy", "x.a > 1", HOLD)
    bench = bench_with(replace(made, scope=made.scope.__class__("protocol")))
    bench.loop.alarms.bypass("heavy", 60.0, "sensor is being changed", "ada", now=0, utc=0)
    bench.scan(3, value=9.0)
    assert bench.state is State.AUTOMATIC
    assert bench.told == [("heavy", "violated")]


def test_the_reaction_waits_for_its_delay_and_the_alarm_does_not():
    bench = bench_with(replace(limit("l", "x.a > 1", HARD), delay=0.3))
    bench.scan(value=9.0)
    assert bench.told == [("l", "violated")]
    bench.scan(2)
    assert bench.state is State.AUTOMATIC
    bench.scan()
    assert bench.state is State.STOPPING


def test_a_limit_that_is_indicated_only_flags_nothing():
    bench = bench_with(replace(limit("l", "x.a > 1", FLAG), is_indicated_only=True))
    bench.scan(2, value=9.0)
    assert bench.loop.stage.flagged == set()


def test_a_trip_leaves_out_the_heartbeat_and_stops_hard():
    bench = Hosted(LONG, limits=[limit("t", "x.a > 1", Reaction.TRIP)], heartbeat=("out", 7))
    bench.begin()
    bench.scan(2)
    before = [value for index, value in bench.output.taken if index == 7]
    bench.scan(value=9.0)
    assert bench.loop.phase == "hard-stop"
    bench.finish()
    assert [value for index, value in bench.output.taken if index == 7] == before
    assert not bench.loop.pulse.is_beating
    bench.scan(2, value=0.0)  # it beats again once nothing moves and its cause is gone
    assert bench.loop.pulse.is_beating
