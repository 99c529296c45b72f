import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.channel import Range
from bench.control.approach import UNBOUNDED
from bench.control.outcome import Outcome
from bench.control.runners import runner
from bench.cycle import CycleTable
from bench.device import Progress
from bench.device import Stage as ActionStage
from bench.errors import DemandOutOfRange, Refused
from bench.messages import Bilingual
from bench.plan import (
    Criterion,
    CycleNode,
    HoldNode,
    MeasureNode,
    PerformNode,
    PromptNode,
    RampNode,
    RampTargetNode,
    SetNode,
    StabiliseNode,
    WaitNode,
    ZeroNode,
)
from tests.bench.small_bench import MODES, SmallBench, formula, head, model_of

RUNNING, DONE, FAILED, HOLD, PLANNED_STOP = Outcome
SPEED, TORQUE, MODE = 0, 1, 2


class Step:
    """One step on a small bench: `tick` gives it rows, `held` holds it for a time."""

    def __init__(self, node=None):
        self.bench = SmallBench(
            model_of(
                ("x.a", "x.b"),
                demands=[
                    ("out.speed", {}),
                    ("out.torque", {"range": Range(-10.0, 10.0)}),
                    ("out.mode", {"choices": MODES, "range": Range()}),
                ],
                ages=1e6,
            )
        )
        self.a = self.bench.model.index["x.a"]
        self.demands = self.bench.demands
        self.stage = self.bench.stage
        self.wall = self.time = 0.0
        if node is not None:
            self.runner = runner(node)

    def tick(self, seconds=1.0, **values):
        """Let time pass, then advance the step by one scan."""
        self.wall += seconds
        self.time += seconds
        self.bench.at(self.wall, **values)
        return self.runner.tick(self.stage, round(self.time * 1e9))

    def held(self, seconds):
        """Hold the sequence: its own time stands still."""
        self.runner.interrupt()
        self.wall += seconds

    @property
    def speed(self):
        return self.demands.values[SPEED]

    @property
    def notes(self):
        return [what for _, _, what in self.bench.notes]


def ramp(*targets, over=None):
    return RampNode(head(), tuple(RampTargetNode(*target) for target in targets), over)


def begun(node, **demands):
    """Return a step whose demands have values."""
    step = Step(node)
    for name, value in demands.items():
        step.demands.set({"speed": SPEED, "torque": TORQUE, "mode": MODE}[name], value)
    return step


# -- set


def test_set_gives_all_demands_at_once_in_the_order_written():
    step = Step(SetNode(head(), ((MODE, 1.0), (SPEED, 20.0))))
    assert step.tick() is DONE
    step.demands.send()
    assert step.bench.output.taken == [(MODE, 1.0), (SPEED, 20.0)]


def test_a_demand_from_a_channel_is_its_value_now():
    step = Step(SetNode(head(), ((SPEED, formula("x.a + 1")),)))
    assert step.tick(x_a=4.0) is DONE
    assert step.speed == 5.0


@pytest.mark.parametrize("value", [math.nan, None])
def test_a_demand_from_a_channel_that_is_not_ok_is_refused(value):
    step = Step(SetNode(head(), ((SPEED, formula("if(x.a > 1, 1, 2)")),)))
    with pytest.raises(Refused, match=r"x\.a"):
        step.tick(**({} if value is None else {"x_a": value}))
    assert math.isnan(step.speed)


def test_a_demand_that_only_run_time_knows_to_be_too_high_is_refused():
    step = Step(SetNode(head(), ((TORQUE, formula("x.a * 2")),)))
    with pytest.raises(DemandOutOfRange):
        step.tick(x_a=6.0)


# -- ramp


@given(st.floats(-90, 90), st.floats(-90, 90), st.integers(1, 20), st.integers(1, 10))
def test_a_ramp_is_a_straight_line_that_ends_exactly(start, end, over, scans):
    step = begun(ramp((SPEED, end, None), over=float(over)), speed=start)
    assert step.tick(0) is RUNNING
    assert step.speed == start
    for scan in range(1, scans):
        assert step.tick(over / scans) is RUNNING
        assert step.speed == pytest.approx(start + (end - start) * scan / scans, abs=1e-6)
    step.tick(over / scans + 1e-6)
    assert step.speed == end


def test_each_demand_with_a_gradient_takes_its_own_time():
    step = begun(ramp((SPEED, 40.0, 10.0), (TORQUE, -8.0, 4.0)), speed=0.0, torque=0.0)
    step.tick(0)
    assert step.tick(1) is RUNNING
    assert step.demands.values[:2] == [10.0, -4.0]
    assert step.tick(2) is RUNNING
    assert step.demands.values[:2] == [30.0, -8.0]
    assert step.tick(1) is DONE
    assert step.demands.values[:2] == [40.0, -8.0]


def test_a_ramp_from_nowhere_begins_at_its_end():
    step = Step(ramp((SPEED, 30.0, None), over=10.0))
    step.tick(0)
    assert step.speed == 30.0


def test_a_held_ramp_goes_on_from_where_the_demand_is_in_the_time_left():
    step = begun(ramp((SPEED, 40.0, None), over=10.0), speed=0.0)
    step.tick(0)
    step.tick(4)
    assert step.speed == 16.0
    step.held(100)
    step.demands.set(SPEED, 10.0)  # eased towards its safe value while held
    step.tick(1)
    assert step.speed == 10.0
    assert step.tick(3) is RUNNING
    assert step.speed == pytest.approx(25.0)
    assert step.tick(3) is DONE
    assert step.speed == 40.0


def test_a_held_ramp_with_a_gradient_keeps_it():
    step = begun(ramp((SPEED, 40.0, 10.0)), speed=0.0)
    step.tick(0)
    step.tick(2)
    step.held(100)
    step.demands.set(SPEED, 10.0)
    step.tick(1)
    assert step.tick(2) is RUNNING
    assert step.speed == pytest.approx(30.0)
    assert step.tick(1) is DONE


def test_a_ramp_held_twice_before_its_next_scan_loses_no_time():
    step = begun(ramp((SPEED, 40.0, None), over=10.0), speed=0.0)
    step.tick(0)
    step.tick(4)
    step.held(1)
    step.held(1)
    step.tick(0)
    step.tick(3)
    assert step.speed == pytest.approx(16.0 + 24.0 / 2)


def test_where_a_ramp_goes_is_decided_once():
    step = begun(ramp((SPEED, formula("x.a"), None), over=10.0), speed=0.0)
    step.tick(0, x_a=40.0)
    step.tick(5, x_a=80.0)
    step.held(1)
    step.tick(0)
    assert step.tick(5) is DONE
    assert step.speed == 40.0


# -- hold, wait


@given(st.lists(st.integers(0, 5), max_size=6))
def test_a_hold_counts_only_the_time_it_is_not_held(pauses):
    step = Step(HoldNode(head(), 10.0))
    assert step.tick(0) is RUNNING
    for pause in pauses:
        assert step.tick(1) is RUNNING
        step.held(pause)
    assert step.tick(10 - len(pauses) - 0.001) is RUNNING
    assert step.tick(0.001) is DONE


def wait(otherwise="stop", within=5.0, condition="x.a > 3"):
    return WaitNode(head(), formula(condition), condition, within, otherwise)


def test_a_wait_ends_when_its_condition_holds():
    step = Step(wait())
    assert step.tick(x_a=1.0) is RUNNING
    assert step.tick(x_a=4.0) is DONE
    assert step.notes == []


@pytest.mark.parametrize(
    ("otherwise", "outcome"), [("stop", FAILED), ("hold", HOLD), ("continue", DONE)]
)
def test_a_wait_that_lasts_too_long_says_so_and_does_what_was_asked(otherwise, outcome):
    step = Step(wait(otherwise))
    assert step.tick(x_a=1.0) is RUNNING
    assert step.tick(4.9) is RUNNING
    step.held(100)
    assert step.tick(0.05) is RUNNING
    assert step.tick(0.05) is outcome
    assert step.notes == ["control.wait-timeout"]


def test_a_condition_on_a_value_that_is_not_ok_does_not_hold():
    step = Step(wait(condition="not x.a > 3"))
    assert step.tick(x_a=math.nan) is RUNNING
    assert step.tick(x_a=1.0) is DONE


# -- stabilise


def stabilise(within=30.0, otherwise="continue", window=5.0, **criterion):
    index = Step().a
    wanted = Criterion(index, "x.a", **criterion)
    return StabiliseNode(head(), (wanted,), window, within, otherwise)


def settle(step, seconds, value=lambda _: 1.0):
    """Tick ten times a second until the step ends, at most so long; return how long it took."""
    start = step.time
    while step.time - start < seconds:
        outcome = step.tick(0.1, x_a=value(step.time))
        if outcome is not RUNNING:
            return outcome, step.time - start
    return RUNNING, seconds


def test_a_steady_channel_is_steady_after_one_window():
    step = Step(stabilise(span=0.1))
    outcome, seconds = settle(step, 20)
    assert outcome is DONE
    assert 4.5 <= seconds <= 6.5
    assert step.bench.stage.remarks == []


@pytest.mark.parametrize(
    ("criterion", "value"),
    [
        ({"span": 0.1}, lambda t: 0.2 * math.sin(t)),
        ({"slope": 0.01}, lambda t: 0.05 * t),
        ({"deviation": 0.1}, lambda t: 0.5 * math.sin(3 * t)),
        ({"error": 0.1, "target": 2.0}, lambda _: 1.0),
        ({"error": 0.1, "target": formula("x.b")}, lambda _: 1.0),
        ({"span": 0.01, "relative": frozenset({"span"})}, lambda t: 10 + 0.2 * math.sin(t)),
    ],
)
def test_a_restless_channel_is_told_and_marked(criterion, value):
    step = Step(stabilise(within=12.0, **criterion))
    outcome, seconds = settle(step, 40, value)
    assert outcome is DONE
    assert 11.9 < seconds < 13.2
    assert step.notes == ["control.not-steady"]
    assert step.stage.remarks == ["not steady: x.a"]


@pytest.mark.parametrize(("otherwise", "outcome"), [("stop", FAILED), ("hold", HOLD)])
def test_what_follows_when_it_does_not_become_steady(otherwise, outcome):
    step = Step(stabilise(within=3.0, otherwise=otherwise, slope=0.01))
    assert settle(step, 20, lambda t: t)[0] is outcome


def test_a_channel_without_values_is_never_steady():
    step = Step(stabilise(within=12.0, span=1e9))
    assert settle(step, 40, lambda _: math.nan)[0] is DONE
    assert step.notes == ["control.not-steady"]


@pytest.mark.parametrize(
    ("criterion", "value", "found"),
    [
        ({"span": 0.1}, lambda _: 1.0, 0.0),
        ({"span": 0.1}, lambda t: 2.0 * (t % 0.2 > 0.1), 2.0),
        ({"slope": 0.01}, lambda t: 3.0 - 0.05 * t, 0.05),
        ({"error": 0.1, "target": 2.5}, lambda _: 1.0, 1.5),
        ({"slope": 0.01, "relative": frozenset({"slope"})}, lambda _: 0.0, 0.0),
        ({"error": 0.01, "target": 5.0, "relative": frozenset({"error"})}, lambda _: 4.0, 0.25),
    ],
)
def test_what_is_found_of_a_criterion_is_its_size_as_the_bound_is_given(criterion, value, found):
    step = Step(stabilise(within=60.0, **criterion))
    step.tick(0.1, x_a=value(0.0))
    assert math.isnan(step.runner.found[0].found)
    settle(step, 8, value)
    (judged,) = step.runner.found
    assert judged.found == pytest.approx(found, abs=1e-9)
    assert judged.is_met == (found <= judged.bound)


def test_a_stabilisation_that_was_held_starts_over_with_all_its_time():
    step = Step(stabilise(within=8.0, span=0.1))
    settle(step, 4.5)
    step.held(100)
    outcome, seconds = settle(step, 40)
    assert outcome is DONE
    assert 4.5 <= seconds <= 6.5
    assert step.notes == []


# -- measure


def measure(repeat=1, duration=5.0):
    return MeasureNode(head("m"), duration, repeat, "p")


def test_a_point_is_the_mean_of_what_is_new_and_ok_in_its_window():
    step = Step(measure())
    step.stage.kept["p"] = frozenset({"x.a"})
    for value in (1.0, 2.0, math.nan, 3.0, 6.0):
        assert step.tick(1, x_a=value) is RUNNING
    assert step.tick(1, x_a=99.0) is DONE
    assert step.stage.means["p"] == [{"x.a": 3.0}]
    (point,) = step.bench.points
    assert (point.start_ns, point.end_ns) == (1_000_000_000, 6_000_000_000)
    assert (point.repeat, point.approach, point.valid, point.step_id) == (1, 1, True, "m")


def test_repeats_follow_each_other_without_a_gap():
    step = Step(measure(repeat=3))
    while step.tick(1, x_a=1.0) is RUNNING:
        pass
    assert [point.repeat for point in step.bench.points] == [1, 2, 3]
    assert [point.start_ns // 10**9 for point in step.bench.points] == [1, 6, 11]
    assert {point.approach for point in step.bench.points} == {1}


def test_a_window_that_was_held_is_void_and_taken_again():
    step = Step(measure(repeat=2))
    step.stage.kept["p"] = frozenset({"x.a"})
    for _ in range(8):
        step.tick(1, x_a=1.0)
    step.held(50)
    while step.tick(1, x_a=2.0) is RUNNING:
        pass
    assert [point.repeat for point in step.bench.points] == [1, 2]
    first, second = step.bench.points
    assert (first.start_ns // 10**9, first.end_ns // 10**9) == (1, 6)
    assert (second.start_ns // 10**9, second.end_ns // 10**9) == (59, 64)
    assert step.stage.means["p"] == [{"x.a": 1.0}, {"x.a": 2.0}]


def test_a_limit_that_flags_makes_the_window_invalid_and_names_itself():
    step = Step(measure(repeat=2))
    step.tick(1)
    step.stage.flagged = {"hot"}
    step.tick(1)
    step.stage.flagged = set()
    while step.tick(1) is RUNNING:
        pass
    assert [(p.valid, p.remarks) for p in step.bench.points] == [
        (False, ("limit hot",)),
        (True, ()),
    ]


def test_coming_to_a_point_again_is_another_approach():
    step = Step(measure())
    for _ in range(2):
        step.runner = runner(measure())
        while step.tick(1) is RUNNING:
            pass
    assert [point.approach for point in step.bench.points] == [1, 2]


# -- cycle


def cycle(**more):
    table = CycleTable("t.csv", (0.0, 10.0), {"n": (0.0, 50.0), "t": (0.0, 20.0)}, {})
    settings = {"transform": None, "points": None, "name": None, **more}
    return CycleNode(head("c"), table, {"n": SPEED, "t": TORQUE}, **settings)


def test_a_cycle_sets_its_demands_line_by_line_and_clips_them_once_told():
    step = Step(cycle())
    step.tick(0)
    assert step.tick(2) is RUNNING
    assert step.demands.values[:2] == [10.0, 4.0]
    assert step.tick(6) is RUNNING
    assert step.tick(1) is RUNNING
    assert step.demands.values[:2] == [45.0, 10.0]
    assert step.notes == ["control.clipped"]
    assert step.tick(1) is DONE


def test_a_cycle_that_was_held_goes_to_its_begin_without_a_jump_and_is_measured_once():
    step = Step(cycle(name="whole"))
    step.tick(0)
    step.tick(6)
    step.held(30)
    assert step.tick(1) is RUNNING
    assert step.speed == 30.0
    assert step.tick(UNBOUNDED) is RUNNING
    assert step.speed == 0.0
    assert step.tick(9) is RUNNING
    assert step.tick(1) is DONE
    assert [(p.start_ns // 10**9, p.end_ns // 10**9) for p in step.bench.points] == [(47, 57)]


def test_a_cycle_is_made_from_the_points_measured_before():
    def doubled(*, table, points, data):
        return CycleTable("d", table.times, {"n": (points[0]["x.a"],) * 2, "t": (0.0, 0.0)}, {})

    step = Step(cycle(transform=doubled, points="p"))
    step.stage.means["p"] = [{"x.a": 33.0}]
    step.tick(0)
    assert step.speed == 33.0


# -- zero


ZERO = ZeroNode(head(), (("out", "zero", 10.0), ("out", "span", 5.0)))


def test_actions_run_one_after_the_other():
    step = Step(ZERO)
    output = step.bench.output
    assert step.tick() is RUNNING
    output.answer = Progress(ActionStage.RUNNING, "zero")
    assert step.tick() is RUNNING
    assert output.started == ["zero"]
    output.answer = Progress(ActionStage.DONE, "zero")
    assert step.tick() is RUNNING
    assert step.tick() is RUNNING
    assert output.started == ["zero", "span"]
    output.answer = Progress(ActionStage.DONE, "span")
    assert step.tick() is DONE
    assert step.notes == ["control.action-done"] * 2


def test_an_action_that_fails_ends_the_step_and_the_next_is_not_begun():
    step = Step(ZERO)
    step.tick()
    step.bench.output.answer = Progress(ActionStage.FAILED, "zero")
    assert step.tick() is FAILED
    assert step.notes == ["control.action-failed"]
    assert step.bench.output.started == ["zero"]


def test_an_action_that_takes_too_long_has_failed():
    step = Step(ZERO)
    step.tick()
    step.bench.output.answer = Progress(ActionStage.RUNNING, "zero")
    assert step.tick(10) is RUNNING
    assert step.tick(0.1) is FAILED


# -- perform


SWEEP = PerformNode(head(), (("out", "zero", 10.0),), "spectrum")


def acted(step, progress, seconds=1.0):
    step.bench.output.answer = Progress(progress, "zero")
    return step.tick(seconds)


def test_what_an_instrument_does_is_a_point_from_its_begin_to_its_end():
    step = Step(SWEEP)
    step.tick()
    assert acted(step, ActionStage.RUNNING) is RUNNING
    assert acted(step, ActionStage.DONE) is DONE
    assert [(p.name, p.start_ns // 10**9, p.end_ns // 10**9) for p in step.bench.points] == [
        ("spectrum", 1, 3)
    ]


def test_an_action_that_was_held_ends_and_is_done_again():
    step = Step(SWEEP)
    step.tick()
    step.held(3)
    assert acted(step, ActionStage.DONE) is RUNNING
    assert step.tick() is RUNNING
    assert acted(step, ActionStage.DONE) is DONE
    assert step.bench.output.started == ["zero", "zero"]
    assert [(p.start_ns // 10**9, p.approach) for p in step.bench.points] == [(6, 1)]


def test_an_action_that_fails_makes_no_point():
    step = Step(SWEEP)
    step.tick()
    assert acted(step, ActionStage.FAILED) is FAILED
    assert not step.bench.points


def test_an_action_without_a_name_makes_no_point():
    step = Step(PerformNode(head(), (("out", "zero", 10.0),), None))
    step.tick()
    assert acted(step, ActionStage.DONE) is DONE
    assert not step.bench.points


# -- prompt


def test_a_prompt_waits_as_long_as_it_takes():
    step = Step(PromptNode(head(), Bilingual("Sure?"), None))
    assert step.tick() is RUNNING
    assert step.stage.question.text.en == "Sure?"
    step.held(100)
    assert step.tick(1e6) is RUNNING


@pytest.mark.parametrize(("answer", "outcome"), [(True, DONE), (False, FAILED)])
def test_the_answer_decides(answer, outcome):
    step = Step(PromptNode(head(), Bilingual("Sure?"), None))
    step.tick()
    step.stage.question.answer = answer
    step.held(5)
    assert step.tick() is outcome
    assert step.stage.question is None
    assert len(step.notes) == 1
