import itertools

import pytest

from bench.channel import Quality
from bench.clock import SECOND
from bench.control.loop import SETTLE, Stop
from bench.control.states import Cause, State
from bench.errors import Refused
from bench.messages import Message
from bench.plan import MeasureNode, RampNode, RampTargetNode, SetNode
from tests.bench.control.hosted import (
    FLAG,
    HARD,
    HOLD,
    LOG,
    LONG,
    MODE,
    SOFT,
    SPEED,
    TORQUE,
    WARN,
    Hosted,
    hold,
    put,
)
from tests.bench.small_bench import PERIOD, formula, head, limit


def test_connecting_sends_nothing():
    bench = Hosted(LONG)
    bench.scan(5)
    assert bench.output.taken == bench.output.safe == []


def test_a_start_begins_from_the_safe_values():
    bench = Hosted(LONG).begin()
    assert bench.output.safe == [{SPEED: 5.0, TORQUE: 0.0, MODE: 0.0}]


def test_a_sequence_that_ends_runs_the_soft_stop_and_ends_with_every_safe_value():
    bench = Hosted(put("a", 50.0)).begin()
    bench.finish()
    assert bench.state is State.SAFE
    assert bench.loop.stop.state == "completed"
    assert [name for name, _ in bench.notebook.steps] == ["a", "all", "s1", "s2", "soft-stop"]
    assert bench.output.safe[-1] == {SPEED: 5.0, TORQUE: 0.0, MODE: 0.0}
    assert bench.loop.demands.values == [5.0, 0.0, 0.0]


def test_the_last_safe_demand_has_time_to_reach_the_object():
    bench = Hosted(put("a", 50.0)).begin()
    bench.scan()
    while bench.loop.stopping.safe_at is None:
        bench.scan()
    assert bench.finish() == SETTLE // PERIOD


@pytest.mark.parametrize("reaction", [LOG, WARN, FLAG])
def test_a_mild_limit_is_told_and_the_sequence_goes_on(reaction):
    bench = Hosted(LONG, limits=[limit("l", "x.a > 1", reaction)]).begin()
    bench.scan(value=9.0)
    assert bench.state is State.AUTOMATIC
    assert bench.told == [("l", "violated")]
    bench.scan(value=0.0)
    assert bench.told == [("l", "violated"), ("l", "clear")]


def test_a_limit_that_flags_makes_the_window_invalid():
    measure = MeasureNode(head("m"), 1.0, 2, "p")
    bench = Hosted(measure, limits=[limit("hot", "x.a > 1", FLAG)]).begin()
    bench.scan(4)
    bench.scan(1, value=9.0)
    bench.scan(1, value=0.0)
    bench.finish()
    assert [(p.valid, p.remarks) for p in bench.notebook.points] == [
        (False, ("limit hot",)),
        (True, ()),
    ]


def test_a_limit_that_holds_holds_again_until_its_cause_is_gone():
    bench = Hosted(LONG, limits=[limit("l", "x.a > 1", HOLD)]).begin()
    bench.scan(value=9.0)
    assert bench.state is State.HOLDING
    bench.loop.resume()
    bench.scan()
    assert bench.state is State.HOLDING
    bench.scan(value=0.0)
    bench.loop.resume()
    bench.scan()
    assert bench.state is State.AUTOMATIC


@pytest.mark.parametrize(("reaction", "root"), [(SOFT, "soft-stop"), (HARD, "hard-stop")])
@pytest.mark.parametrize("is_held", [False, True])
def test_a_limit_that_stops_does_so_in_the_scan_that_shows_it(reaction, root, is_held):
    bench = Hosted(LONG, limits=[limit("l", "x.a > 1", reaction)]).begin()
    bench.scan(2)
    if is_held:
        bench.loop.hold()
    bench.scan(value=9.0)
    assert bench.state is State.STOPPING
    assert bench.loop.demands.values[SPEED] == (2.0 if reaction is SOFT else 1.0)
    bench.finish()
    assert bench.loop.stop.state == "limit"
    assert bench.notebook.steps[-1] == (root, "done")


def test_a_hard_stop_goes_ahead_of_everything_queued_and_a_soft_one_in_its_turn():
    for is_hard in (False, True):
        bench = Hosted(LONG).begin()
        bench.scan()
        bench.output.safe.clear()
        bench.loop.begin_stop(Stop("operator", None, is_hard=is_hard))
        bench.scan()
        assert bench.output.safe == ([{SPEED: 1.0}] if is_hard else [])
        assert ((SPEED, 2.0) in bench.output.taken) is not is_hard


def test_of_several_limits_the_highest_reaction_wins_and_all_are_told():
    limits = [limit(name, "x.a > 1", r) for name, r in (("w", WARN), ("s", SOFT), ("h", HARD))]
    bench = Hosted(LONG, limits=limits).begin()
    bench.scan(value=9.0)
    assert bench.loop.stop.is_hard
    assert bench.loop.stop.message.arguments["limit"] == "h"
    assert {name for name, _ in bench.told} == {"w", "s", "h"}


def test_a_hard_limit_pre_empts_a_soft_stop_and_a_soft_one_during_a_hard_stop_is_only_told():
    limits = [limit("s", "x.a > 1", SOFT), limit("h", "x.a > 2", HARD)]
    bench = Hosted(LONG, limits=limits).begin()
    bench.scan(value=1.5)
    bench.scan(value=3.0)
    assert bench.loop.position.id == "h2"
    bench.scan(value=0.0)
    bench.scan(value=1.5)
    assert bench.told[-1] == ("s", "violated")
    bench.finish()
    assert bench.loop.stop.message.arguments["limit"] == "s"  # what came first is why it ended
    assert ("soft-stop", "stopped") in bench.notebook.steps
    assert bench.notebook.steps[-1] == ("hard-stop", "done")


def test_a_lost_value_stops_as_if_it_were_too_high():
    bench = Hosted(LONG, limits=[limit("l", "x.a > 1", SOFT)]).begin()
    bench.scan(2)
    bench.sensor.quality = Quality.BAD
    bench.scan()
    assert bench.state is State.STOPPING
    assert bench.told == [("l", "quality")]


def test_the_limits_of_a_step_count_while_it_runs():
    steps = [hold("free", 1), hold("strict", 1, limits=(limit("l", "x.a > 1", SOFT),))]
    bench = Hosted(*steps).begin()
    bench.scan(5, value=9.0)
    assert bench.state is State.AUTOMATIC
    bench.scan(7)
    assert bench.state is State.STOPPING
    assert ("strict", "stopped") in bench.notebook.steps
    bench.scan()
    assert not bench.loop.limits.violated.any()


def test_before_a_start_no_limit_starts_a_stop():
    bench = Hosted(LONG, limits=[limit("l", "x.a > 1", HARD)])
    bench.scan(3, value=9.0)
    assert bench.state is State.MONITOR
    assert bench.loop.stop is None
    assert bench.output.safe == bench.output.taken == []


def test_held_demands_ease_to_their_safe_values_with_their_gradient():
    bench = Hosted(put("a", 20.0), LONG).begin()
    bench.scan(2)
    bench.loop.hold()
    speeds = []
    for _ in range(17):
        bench.scan()
        speeds.append(bench.loop.demands.values[SPEED])
    assert speeds == [pytest.approx(max(20.0 - step, 5.0)) for step in range(1, 18)]


def test_a_held_demand_that_means_nothing_in_this_mode_stays():
    steps = [put("m", 2.0, MODE), put("t", 30.0, TORQUE), put("n", 1.0, MODE), LONG]
    bench = Hosted(*steps).begin()
    bench.scan(2)
    bench.loop.hold()
    bench.scan(3)
    assert bench.loop.demands.values[TORQUE] == 30.0
    assert bench.state is State.HOLDING


def test_a_held_ramp_goes_on_once_the_demand_is_back_where_it_was():
    ramp = RampNode(head("r", "ramp"), (RampTargetNode(SPEED, 45.0, None),), 4.0)
    bench = Hosted(ramp, LONG).begin()
    bench.scan(21)
    assert bench.loop.demands.values[SPEED] == pytest.approx(25.0)
    bench.loop.hold()
    bench.scan(5)
    assert bench.loop.demands.values[SPEED] == pytest.approx(20.0)
    bench.loop.resume()
    bench.scan(3)
    assert (bench.state, bench.loop.holding) == (State.HOLDING, "exiting")
    bench.scan()
    assert bench.loop.demands.values[SPEED] == pytest.approx(25.0)
    assert bench.state is State.AUTOMATIC
    bench.scan(11)
    assert bench.loop.demands.values[SPEED] == pytest.approx(25.0 + 20.0 / 2)
    bench.scan(10)
    assert bench.loop.demands.values[SPEED] == 45.0


def test_a_step_that_fails_stops_softly():
    bench = Hosted(put("bad", 1e6), LONG).begin()
    bench.finish()
    assert (bench.loop.stop.state, bench.loop.stop.is_hard) == ("stopped", False)


def test_a_safe_sequence_goes_on_after_a_step_that_cannot_be_done():
    unknown = SetNode(head("h0", "set"), ((SPEED, formula("x.a * 1e9")),))
    bench = Hosted(LONG, hard=[unknown, put("h1", 1.0), hold("h2", 1)]).begin()
    bench.scan(2, value=1.0)
    bench.loop.begin_stop(Stop("operator", None, is_hard=True))
    bench.finish()
    assert ("h0", "failed") in bench.notebook.steps
    assert bench.notebook.steps[-1] == ("hard-stop", "done")


def test_a_stop_is_no_answer_to_nothing_and_a_hold_is_refused_where_nothing_runs():
    bench = Hosted(LONG)
    bench.loop.begin_stop(Stop("operator", None, is_hard=True))
    assert bench.state is State.MONITOR
    with pytest.raises(Refused):
        bench.loop.hold()


def test_the_heartbeat_changes_with_every_scan_and_with_nothing_else():
    bench = Hosted(LONG, heartbeat=("out", 7)).begin()
    beats = [value for index, value in bench.output.taken if index == 7]
    for _ in range(300):
        bench.scan()
    beats = [value for index, value in bench.output.taken if index == 7]
    assert len(beats) == 301
    assert all(a != b for a, b in itertools.pairwise(beats))
    assert all(0 <= beat <= 255 for beat in beats)


def test_trouble_of_the_recorder_is_told_once_and_stops_softly_while_rows_go_on():
    bench = Hosted(LONG).begin()
    bench.scan(3)
    bench.notebook.trouble = Message("record.too-slow", {"path": "run.h5", "rows": 7})
    bench.scan()
    assert (bench.loop.stop.state, bench.loop.stop.is_hard) == ("error", False)
    rows = len(bench.notebook.rows)
    bench.finish()
    assert len(bench.notebook.rows) > rows
    told = [event.message.id for event in bench.notebook.events]
    assert told.count("record.too-slow") == 1
    assert bench.state is State.SAFE


def test_every_scan_is_one_row_at_its_time():
    bench = Hosted(LONG).begin()
    bench.scan(9)
    assert [time for time, _, _ in bench.notebook.rows] == [PERIOD * i for i in range(1, 11)]


def test_what_was_noted_before_there_is_a_recorder_comes_first():
    bench = Hosted(LONG)
    assert bench.notebook.events[0].message.id == "control.state"


def test_time_asleep_is_told_as_late_scans():
    bench = Hosted(LONG).begin()
    bench.scan(2)
    bench.clock.wait_until(bench.clock.now() + 3 * SECOND)
    bench.scan(2)
    assert bench.loop.timing.overruns == 1
    assert bench.loop.timing.latest >= 2 * SECOND


def test_a_hard_stop_runs_even_if_the_soft_one_is_all_but_through():
    bench = Hosted(LONG).begin()
    bench.scan()
    bench.loop.begin_stop(Stop("operator", None, is_hard=False))
    while bench.loop.stopping.safe_at is None:
        bench.scan()
    bench.loop.begin_stop(Stop("operator", None, is_hard=True))
    bench.finish()
    assert bench.notebook.steps[-1] == ("hard-stop", "done")


def test_a_run_stopped_on_its_way_out_is_not_complete():
    bench = Hosted(put("a", 1.0), limits=[limit("l", "x.a > 1", HARD)]).begin()
    bench.scan(2)
    assert bench.loop.stop.state == "completed"
    bench.scan(value=9.0)
    bench.finish()
    assert bench.loop.stop.state == "limit"


def test_recording_begins_with_opening_and_goes_on_in_every_state_manual_too():
    bench = Hosted(LONG)
    states = []
    for cause in (None, Cause.CHECKED, Cause.TAKE_OVER):
        if cause is not None:
            bench.loop.change(cause)
        states.append(bench.state)
        bench.scan(2, value=float(len(states)))
    assert states == [State.MONITOR, State.READY, State.MANUAL]
    times = [time for time, _, _ in bench.notebook.rows]
    assert times == [PERIOD * i for i in range(1, 7)]
    measured = [values[-1] for _, values, _ in bench.notebook.rows]
    assert measured[1:] == [1.0, 2.0, 2.0, 3.0, 3.0]


def test_a_demand_given_by_hand_is_sent_and_recorded():
    bench = Hosted(LONG)
    bench.scan()
    bench.loop.change(Cause.CHECKED)
    bench.loop.change(Cause.TAKE_OVER)
    bench.loop.demands.set(SPEED, 20.0)
    bench.scan(2)
    assert bench.output.taken == [(SPEED, 20.0)]
    assert bench.notebook.rows[-1][1][SPEED] == 20.0
    assert bench.notebook.rows[-1][2][SPEED] & 0x0F == Quality.OK


def test_a_limit_stops_a_bench_that_is_run_by_hand():
    bench = Hosted(LONG, limits=[limit("l", "x.a > 1", HARD)])
    bench.scan()
    bench.loop.change(Cause.CHECKED)
    bench.loop.change(Cause.TAKE_OVER)
    bench.scan(value=9.0)
    assert bench.state is State.STOPPING
    bench.finish()
    assert bench.output.safe


def test_a_bench_on_which_nothing_moves_is_left_and_one_that_moves_is_not():
    still = Hosted(LONG)
    still.scan()
    still.loop.leave(Stop("completed", None, is_hard=False))
    assert (still.state, still.loop.is_finished) == (State.OFF, True)
    assert still.output.safe == still.output.taken == []
    moving = Hosted(LONG).begin()
    with pytest.raises(Refused):
        moving.loop.leave(Stop("completed", None, is_hard=False))
    assert moving.state is State.AUTOMATIC
    assert not moving.loop.is_finished


def test_a_limit_that_awaits_its_first_value_is_news_once_nothing_is_awaited_any_more():
    bench = Hosted(LONG, limits=[limit("l", "x.a > 1", HARD)])
    bench.sensor.quality = Quality.DISCONNECTED
    bench.scan(3)
    assert bench.told == []
    assert bench.loop.news.alarms == ()
    bench.loop.news.end_opening()
    assert bench.told == [("l", "quality")]
    assert bench.loop.news.alarms == ("l",)
    bench.sensor.quality = Quality.OK
    bench.scan()
    assert bench.told[-1] == ("l", "clear")


def test_a_limit_whose_first_value_violates_it_is_an_alarm_at_once_and_told_after_opening():
    bench = Hosted(LONG, limits=[limit("l", "x.a > 1", HARD)])
    bench.sensor.quality = Quality.DISCONNECTED
    bench.scan()
    bench.sensor.quality = Quality.OK
    bench.scan(2, value=9.0)
    assert bench.loop.news.alarms == ("l",)
    bench.loop.news.end_opening()
    assert bench.told == [("l", "violated")]
