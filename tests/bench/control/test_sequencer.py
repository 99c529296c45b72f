from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.control.outcome import Outcome
from bench.control.sequencer import MOST_PER_SCAN, Sequencer
from bench.messages import Bilingual
from bench.plan import Estimate, HoldNode, PromptNode, RepeatNode, SequenceNode, SetNode, WaitNode
from tests.bench.small_bench import SmallBench, formula, head, limit, model_of, sequence

RUNNING, DONE, FAILED, HOLD, PLANNED_STOP = Outcome


class Running:
    """A sequence on a bench with one demand and one channel, one scan per second."""

    def __init__(self, *body, **how):
        self.bench = SmallBench(model_of(("x.a",), demands=[("out.speed", {})], ages=1e6))
        self.sequencer = Sequencer(sequence(*body), self.bench.stage, self.bench, **how)
        self.seconds = 0

    def tick(self, seconds=1, **values):
        self.seconds += seconds
        self.bench.at(self.seconds, **values)
        return self.sequencer.tick()

    def run(self, most=1000):
        """Tick until it ends; return how many scans that took."""
        for scans in range(1, most):
            if self.tick() is not RUNNING:
                return scans
        raise AssertionError(self.sequencer.position)

    @property
    def steps(self):
        return self.bench.steps

    @property
    def speed(self):
        return self.bench.demands.values[0]


def put(name, value, **more):
    return SetNode(head(name, "set", **more), ((0, value),))


def hold(name, seconds, **more):
    return HoldNode(head(name, "hold", **more), seconds)


def wait(name, otherwise, **more):
    return WaitNode(head(name, "wait", **more), formula("x.a > 3"), "x.a > 3", 2.0, otherwise)


def repeat(name, times, *body, **more):
    return RepeatNode(head(name, "repeat", **more), times, body)


def test_steps_follow_each_other_and_those_without_duration_share_a_scan():
    running = Running(put("a", 1.0), put("b", 2.0), hold("c", 3), put("d", 4.0))
    assert running.tick() is RUNNING
    assert running.speed == 2.0
    assert running.tick(2) is RUNNING
    assert running.tick() is DONE
    assert running.speed == 4.0
    assert running.steps == [(name, "done") for name in ("a", "b", "c", "d", "all")]


def test_every_step_that_ends_has_begun_and_what_is_left_out_never_begins():
    left_out = put("no", 2.0, when=formula("x.a > 9"))
    running = Running(put("a", 1.0), left_out, repeat("r", 2, hold("h", 3)), hold("c", 100))
    running.tick(x_a=0.0)
    for _ in range(20):
        running.tick()
    running.sequencer.abandon()
    begun = [(step.id, step.path, step.start_ns) for step in running.bench.begun]
    ended = [
        (step.id, step.path, step.start_ns)
        for step in running.bench.ended
        if step.outcome != "skipped"
    ]
    assert sorted(begun) == sorted(ended)
    assert [name for name, _, _ in begun] == ["all", "a", "r", "h", "h", "c"]


def test_a_step_whose_condition_does_not_hold_is_left_out():
    running = Running(
        put("yes", 1.0, when=formula("x.a > 1")),
        put("no", 2.0, when=formula("x.a > 9")),
        repeat("none", 3, put("inner", 3.0), when=formula("x.a > 9")),
    )
    assert running.tick(x_a=5.0) is DONE
    assert running.speed == 1.0
    assert running.steps == [
        ("yes", "done"),
        ("no", "skipped"),
        ("none", "skipped"),
        ("all", "done"),
    ]


def test_a_condition_that_cannot_be_judged_leaves_its_step_out():
    running = Running(put("a", 1.0, when=formula("not x.a > 9")))
    assert running.tick() is DONE
    assert running.steps[0] == ("a", "skipped")


def test_a_condition_is_judged_when_its_turn_comes():
    running = Running(hold("wait", 5), put("a", 1.0, when=formula("x.a > 1")))
    running.tick(x_a=0.0)
    running.tick(5, x_a=2.0)
    assert running.speed == 1.0


@given(st.integers(1, 5), st.integers(1, 5))
def test_loops_run_their_bodies_as_often_as_written(outer, inner):
    running = Running(repeat("o", outer, put("x", 1.0), repeat("i", inner, hold("h", 1))))
    running.run()
    names = [name for name, _ in running.steps]
    assert (names.count("x"), names.count("h"), names.count("i")) == (outer, outer * inner, outer)
    assert {outcome for _, outcome in running.steps} == {"done"}


def test_the_position_tells_the_turns_of_the_loops_around():
    running = Running(repeat("o", 2, repeat("i", 3, hold("h", 1))))
    seen = []
    while running.tick() is RUNNING:
        seen.append(running.sequencer.position.turns)
    assert seen == [((o, 2), (i, 3)) for o in (1, 2) for i in (1, 2, 3)]


@pytest.mark.parametrize("body", [(put("x", 1.0),), (put("x", 1.0, when=formula("x.a > 9")),), ()])
def test_steps_that_take_no_time_cannot_hold_a_scan_for_ever(body):
    running = Running(repeat("o", 10 * MOST_PER_SCAN, *body))
    scans = running.run()
    assert len(running.steps) == 10 * MOST_PER_SCAN * len(body) + 2
    assert scans >= 10 * len(body)


def test_a_step_that_fails_ends_the_sequence():
    running = Running(repeat("o", 3, wait("w", "stop")), put("never", 1.0))
    running.tick()
    running.tick()
    assert running.tick() is FAILED
    assert running.steps == [("w", "failed"), ("o", "stopped"), ("all", "stopped")]
    assert running.tick() is DONE


def test_a_demand_out_of_range_at_run_time_fails_its_step_and_is_told():
    running = Running(put("a", formula("x.a * 100")), put("never", 1.0))
    assert running.tick(x_a=5.0) is FAILED
    assert running.bench.notes == [("error", "a", "control.demand-out-of-range")]


def test_a_sequence_that_perseveres_goes_on_after_what_failed():
    running = Running(
        put("bad", 1e6), wait("w", "stop"), put("unknown", formula("x.a")), put("last", 3.0),
        perseveres=True,
    )  # fmt: skip
    running.run()
    assert running.speed == 3.0
    assert [outcome for _, outcome in running.steps] == ["failed"] * 3 + ["done"] * 2


def test_a_step_may_ask_for_the_operator_before_the_next():
    running = Running(wait("w", "hold"), put("next", 1.0))
    running.tick()
    assert running.tick(2) is HOLD
    assert running.steps == [("w", "done")]
    assert running.tick() is DONE
    assert running.speed == 1.0


def test_time_stands_still_while_the_sequence_is_held():
    running = Running(hold("h", 10))
    running.tick()
    running.tick(4)
    running.sequencer.interrupt()
    assert running.tick(1000) is RUNNING
    assert running.sequencer.position.elapsed == 4.0
    assert running.tick(5) is RUNNING
    assert running.tick(1) is DONE


def test_step_limits_are_on_while_their_step_runs():
    inner, outer = limit("inner", "x.a > 1"), limit("outer", "x.a > 2")
    running = Running(
        SequenceNode(
            head("s", "sequence", limits=(outer,)),
            (hold("h", 2, limits=(inner,)), hold("k", 2)),
        )
    )
    running.tick()
    assert running.bench.switched[-2:] == [("outer", True), ("inner", True)]
    running.tick(2)
    assert running.bench.switched[-1] == ("inner", False)
    running.tick(2)
    assert running.bench.switched[-1] == ("outer", False)


def test_a_sequence_that_is_abandoned_switches_its_limits_off_and_says_stopped():
    running = Running(hold("h", 9, limits=(limit("inner", "x.a > 1"),)))
    running.tick()
    running.sequencer.abandon()
    assert running.bench.switched[-1] == ("inner", False)
    assert running.steps == [("h", "stopped"), ("all", "stopped")]
    assert running.tick() is DONE


def test_what_is_left_can_be_told_from_the_estimates_of_what_has_ended():
    running = Running(
        hold("h", 3, estimate=Estimate(3.0)),
        put("no", 1.0, when=formula("x.a > 9"), estimate=Estimate(2.0)),
        hold("k", 9),
    )
    running.tick(x_a=0.0)
    running.tick(3)
    assert running.sequencer.expected_done == 5.0


def test_a_question_that_is_refused_fails_its_step():
    running = Running(PromptNode(head("p", "prompt"), Bilingual("Sure?"), None), put("n", 1.0))
    running.tick()
    running.bench.stage.question.answer = False
    assert running.tick() is FAILED


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_every_step_that_is_entered_is_recorded_once_and_every_limit_switched_off(data):
    limits = iter([limit(f"l{i}", "x.a > 1") for i in range(1000)])
    count = iter(range(1000))

    def node(depth):
        kind = data.draw(st.sampled_from(("put", "hold", "wait") + ("repeat",) * (depth < 3)))
        name = f"{kind}{next(count)}"
        more = {"limits": (next(limits),)}
        if kind == "put":
            return put(name, float(data.draw(st.sampled_from((1, 1000)))), **more)
        if kind == "hold":
            return hold(name, data.draw(st.integers(0, 3)), **more)
        if kind == "wait":
            return wait(name, data.draw(st.sampled_from(("stop", "hold", "continue"))), **more)
        body = [node(depth + 1) for _ in range(data.draw(st.integers(0, 3)))]
        return repeat(name, data.draw(st.integers(1, 3)), *body, **more)

    running = Running(*(node(0) for _ in range(data.draw(st.integers(0, 4)))), perseveres=True)
    held = data.draw(st.sets(st.integers(0, 60), max_size=5))
    for scan in range(2000):
        if scan in held:
            running.sequencer.interrupt()
        if running.tick() is DONE:
            break
    assert running.sequencer.position.id == ""
    on = {}
    for name, is_on in running.bench.switched:
        assert on.get(name, False) is not is_on
        on[name] = is_on
    assert not any(on.values())
    assert running.steps[-1] == ("all", "done")


@settings(max_examples=40, deadline=None)
@given(
    tree=st.recursive(
        st.sampled_from(["hold"]),
        lambda inner: st.tuples(st.integers(1, 3), st.lists(inner, max_size=3)),
        max_leaves=8,
    )
)
def test_steps_are_counted_one_by_one_through_every_pass_of_every_loop(tree):
    names = iter(range(1000))

    def node(shape):
        name = f"s{next(names)}"
        return hold(name, 1) if shape == "hold" else repeat(name, shape[0], *map(node, shape[1]))

    running, seen = Running(node(tree)), []
    while running.tick() is RUNNING:
        place = running.sequencer.place
        following = place.next(lambda _: True)
        seen.append((place.number, place.node.head.id, following and following[0].en))
        count = place.count
    if seen:
        assert [number for number, _, _ in seen] == list(range(1, count + 1))
        assert [own for _, own, _ in seen[1:]] == [ahead for _, _, ahead in seen[:-1]]
        assert seen[-1][2] is None


def test_the_next_step_is_called_by_its_title_and_one_that_will_not_run_is_passed_over():
    untitled = replace(head("c", estimate=Estimate(4.0)), title=Bilingual(""))
    body = (
        hold("a", 2),
        hold("b", 3, when=formula("x.a > 3")),
        repeat("Points", 2, HoldNode(untitled, 4)),
    )
    running = Running(*body)
    running.tick()
    place = running.sequencer.place
    assert place.next(running.bench.stage.holds) == (Bilingual("Points"), 4.0)
    assert place.next(lambda _: True) == (Bilingual("b"), 0.0)
