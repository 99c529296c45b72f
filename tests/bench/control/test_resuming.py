"""A sequence that is cut off at any scan and goes on elsewhere does what it would have done."""

import json
import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.control.outcome import Outcome
from bench.control.saved import Saved, settling
from bench.control.sequencer import Sequencer
from bench.cycle import CycleTable
from bench.device import Progress
from bench.device import Stage as ActionStage
from bench.errors import Refused
from bench.messages import Bilingual
from bench.plan import (
    Criterion,
    CycleNode,
    HoldNode,
    MeasureNode,
    PromptNode,
    RampNode,
    RampTargetNode,
    RepeatNode,
    SequenceNode,
    SetNode,
    StabiliseNode,
    WaitNode,
    ZeroNode,
    walk,
)
from tests.bench.small_bench import SmallBench, formula, head, limit, model_of, sequence

RUNNING, DONE, FAILED, HOLD, PLANNED_STOP = Outcome
MODEL = model_of(("x.a", "x.b"), demands=[("out.speed", {}), ("out.load", {})], ages=1e6)
CHANNEL = MODEL.index["x.a"]


class Cell:
    """A bench on which a sequence can be cut off and gone on with on another one."""

    def __init__(self, root, *, perseveres=False):
        self.root = root
        self.perseveres = perseveres
        self.seconds = 0
        self.ended = []
        self._open(None)

    def _open(self, saved):
        self.bench = SmallBench(MODEL)
        self.bench.output.answer = Progress(ActionStage.DONE)
        if saved is not None:
            for index, value in enumerate(self.demands):
                if not math.isnan(value):
                    self.bench.demands.set(index, value)
        self.bench.at(self.seconds, x_a=5.0, x_b=0.0)
        self.sequencer = Sequencer(
            self.root, self.bench.stage, self.bench, perseveres=self.perseveres, saved=saved
        )

    def tick(self, seconds=1):
        self.seconds += seconds
        self.bench.at(self.seconds, x_a=5.0, x_b=float(self.seconds))
        outcome = self.sequencer.tick()
        if self.bench.stage.question is not None:
            self.bench.stage.question.answer = True
        self._collect()
        return outcome

    def cut(self):
        """Go on elsewhere with nothing but the JSON text of where it was."""
        saved = self.sequencer.saved()
        text = json.dumps(saved.to_json(), allow_nan=False)
        assert Saved.from_json(json.loads(text)) == saved
        self._forget_what_is_settled_again(saved)
        self.demands = list(self.bench.demands.values)
        self._open(Saved.from_json(json.loads(text)))

    def run(self, cuts=()):
        """Tick to the end; return what was recorded of its steps and the last demands."""
        for scan in range(3000):
            if self.tick() is not RUNNING:
                return self.ended, self.bench.demands.named()
            if scan in cuts:
                self.cut()
        raise AssertionError(self.sequencer.position)

    def _collect(self):
        self.ended += [(r.id, r.kind, r.path, r.outcome) for r in self.bench.ended]
        self.bench.ended.clear()

    def _forget_what_is_settled_again(self, saved):
        again = settled_again(self.root, saved)
        while self.ended and self.ended[-1][0] in again:
            self.ended.pop()


def settled_again(root, saved):
    """Return the ids of steps that a void measurement runs again."""
    bodies = [node.body for node in walk(root) if isinstance(node, SequenceNode | RepeatNode)]
    for body in bodies:
        for place, node in enumerate(body):
            if node.head.id == saved.step and isinstance(node, MeasureNode):
                back = settling(body, place)
                return {each.head.id for each in body[back:place]} if back is not None else set()
    return set()


# -- plans


def table():
    return CycleTable("t.csv", (0.0, 3.0), {"n": (1.0, 4.0)}, {})


def stabilise(name, **more):
    how = {"window": 2.0, "within": 20.0, "otherwise": "continue", **more}
    return StabiliseNode(head(name), (Criterion(CHANNEL, "x.a", span=1.0),), **how)


def wait(name, text="x.a > 3", **more):
    return WaitNode(head(name), formula(text), text, *more.pop("how", (3.0, "continue")))


LEAVES = (
    lambda name: SetNode(head(name), ((0, 7.0), (1, 1.0))),
    lambda name: RampNode(head(name), (RampTargetNode(0, -3.0, None),), 4.0),
    lambda name: RampNode(head(name), (RampTargetNode(1, 20.0, 2.5),), None),
    lambda name: HoldNode(head(name), 3.0),
    wait,
    lambda name: wait(name, "x.a > 9"),
    lambda name: ZeroNode(head(name), (("out", "zero", 9.0), ("out", "span", 9.0))),
    lambda name: PromptNode(head(name), Bilingual("ready?"), None),
    stabilise,
    lambda name: MeasureNode(head(name), 3.0, 2, "p"),
    lambda name: CycleNode(head(name), table(), {"n": 0}, None, None, "whole"),
    lambda name: SetNode(head(name, when=formula("x.a > 9")), ((0, 99.0),)),
)
shapes = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: st.tuples(st.integers(0, 3), st.lists(inner, max_size=3)),
    max_leaves=8,
)


def built(shape, name="r"):
    """Return the node of a shape; its place in the tree is its id."""
    if not isinstance(shape, tuple):
        return shape(name)
    times, inner = shape
    body = tuple(built(each, f"{name}/{place}") for place, each in enumerate(inner))
    if times == 0:
        return SequenceNode(head(name), body)
    return RepeatNode(head(name), times, body)


plans = st.lists(shapes, max_size=4).map(lambda inner: built((0, inner)))
cuts = st.sets(st.integers(0, 60), max_size=5)


@settings(max_examples=60, deadline=None)
@given(plans, cuts)
def test_a_sequence_that_is_cut_off_does_what_it_would_have_done(root, cuts):
    assert Cell(root).run(cuts) == Cell(root).run()


@settings(max_examples=40, deadline=None)
@given(plans, st.integers(0, 60))
def test_going_on_changes_nothing_of_where_it_is(root, scans):
    cell = Cell(root)
    for _ in range(scans):
        if cell.tick() is not RUNNING:
            break
    saved = cell.sequencer.saved()
    again = Sequencer(root, SmallBench(MODEL).stage, cell.bench, saved=saved).saved()
    assert Sequencer(root, SmallBench(MODEL).stage, cell.bench, saved=again).saved() == again
    if not any(n.head.id == saved.step and isinstance(n, MeasureNode) for n in walk(root)):
        assert again == saved


# -- each kind


def cut_after(scans, *body, **how):
    cell = Cell(sequence(*body), **how)
    for _ in range(scans):
        cell.tick()
    cell.cut()
    return cell


def scans_left(cell):
    count = 1
    while cell.tick() is RUNNING:
        count += 1
    return count


def test_a_hold_goes_on_with_the_time_held():
    cell = cut_after(7, HoldNode(head("h"), 10.0))
    assert cell.sequencer.position.elapsed == 6.0
    assert scans_left(cell) == 5  # the time between the cut and the first scan does not count


def test_a_wait_has_the_time_that_was_left():
    cell = cut_after(7, wait("w", "x.a > 9", how=(10.0, "stop")))
    assert scans_left(cell) == 5
    assert cell.ended[0][3] == "failed"


def test_a_ramp_goes_on_from_where_the_demands_are_in_the_time_that_is_left():
    ramp = RampNode(head("r"), (RampTargetNode(0, 100.0, None),), 10.0)
    cell = cut_after(6, SetNode(head("s"), ((0, 0.0),)), ramp)
    assert cell.bench.demands.values[0] == 50.0
    cell.tick()
    assert cell.bench.demands.values[0] == 50.0
    cell.tick()
    assert cell.bench.demands.values[0] == 60.0


def test_a_loop_goes_on_in_its_pass():
    cell = cut_after(6, RepeatNode(head("r"), 5, (HoldNode(head("h"), 2.0),)))
    assert cell.sequencer.position.turns == ((3, 5),)


def test_what_is_asked_is_asked_again():
    cell = Cell(sequence(PromptNode(head("p"), Bilingual("ready?"), None)))
    cell.tick()
    cell.bench.stage.question.answer = None
    cell.cut()
    assert cell.bench.stage.question is None
    cell.tick()
    assert cell.bench.stage.question.text.en == "ready?"


def test_an_action_under_way_begins_anew_and_those_before_it_do_not():
    cell = cut_after(2, ZeroNode(head("z"), (("out", "zero", 9.0), ("out", "span", 9.0))))
    cell.bench.output.answer = Progress(ActionStage.RUNNING)
    cell.tick()
    assert cell.bench.output.started == ["span"]


def test_a_measurement_that_was_cut_off_is_settled_again_and_counts_as_another_approach():
    measure = MeasureNode(head("m"), 5.0, 1, "p")
    cell = cut_after(6, stabilise("s"), HoldNode(head("h"), 1.0), measure)
    assert [(what, source) for _, source, what in cell.bench.notes] == [
        ("resume.settled-again", "m")
    ]
    assert cell.run()[0][-4:-1] == [
        (name, "step", f"all/{name}", "done") for name in ("s", "h", "m")
    ]
    assert [point.approach for point in cell.bench.points] == [2]


def test_a_measurement_that_nothing_settles_is_measured_anew_which_is_told():
    cell = cut_after(3, SetNode(head("s"), ((0, 1.0),)), MeasureNode(head("m"), 5.0, 1, "p"))
    assert cell.bench.notes == [("warning", "m", "resume.measured-anew")]
    assert cell.sequencer.position.id == ""
    assert scans_left(cell) == 6


@pytest.mark.parametrize(
    ("before", "back"),
    [("sm", 0), ("hsm", 1), ("shm", 0), ("shwm", 0), ("rhm", 1), ("rm", None), ("srm", None)],
)
def test_what_settles_a_measurement_stands_directly_before_it(before, back):
    kinds = {"s": LEAVES[8], "h": LEAVES[3], "w": LEAVES[4], "r": LEAVES[1], "m": LEAVES[9]}
    body = tuple(kinds[letter](str(place)) for place, letter in enumerate(before))
    assert settling(body, len(body) - 1) == back


def test_points_and_remarks_go_on():
    cell = cut_after(0, HoldNode(head("h"), 5.0))
    cell.bench.stage.approaches["p"] = 3
    cell.bench.stage.remarks.append("not steady: x.a")
    cell.bench.stage.means["p"] = [{"x.a": 1.0}, {"x.a": 0.1 + 0.2}]
    cell.cut()
    stage = cell.bench.stage
    assert (stage.approaches, stage.remarks) == ({"p": 3}, ["not steady: x.a"])
    assert stage.means == {"p": [{"x.a": 1.0}, {"x.a": 0.1 + 0.2}]}


def test_limits_of_what_is_gone_on_with_hold_again():
    inner = limit("inner", "x.a > 1")
    outer = limit("outer", "x.a > 2")
    cell = Cell(sequence(HoldNode(head("h", limits=(inner,)), 5.0), limits=(outer,)))
    cell.tick()
    cell.cut()
    assert cell.bench.switched == [("outer", True), ("inner", True)]
    assert [step.id for step in cell.bench.begun] == ["all", "h"]


def test_a_safe_sequence_that_was_cut_off_goes_on_and_perseveres():
    failing = wait("w", "x.a > 9", how=(5.0, "stop"))
    cell = cut_after(3, failing, SetNode(head("s"), ((0, 1.0),)), perseveres=True)
    assert scans_left(cell) == 4
    assert [(name, outcome) for name, _, _, outcome in cell.ended] == [
        ("w", "failed"),
        ("s", "done"),
        ("all", "done"),
    ]


def test_a_sequence_that_is_through_stays_through():
    cell = Cell(sequence(SetNode(head("s"), ((0, 1.0),))))
    assert cell.tick() is DONE
    cell.cut()
    assert cell.tick() is DONE
    assert cell.ended[-1][0] == "all"


# -- another plan


def at_work():
    body = (HoldNode(head("a"), 3.0), RepeatNode(head("r"), 3, (HoldNode(head("b"), 5.0),)))
    cell = Cell(sequence(*body))
    for _ in range(6):
        cell.tick()
    return cell.sequencer.saved()


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ([HoldNode(head("a"), 3.0)], "resume.other-loop"),
        ([HoldNode(head("a"), 3.0), HoldNode(head("b"), 3.0)], "resume.other-plan"),
        ([HoldNode(head("a"), 3.0), RepeatNode(head("q"), 3, ())], "resume.other-plan"),
        ([HoldNode(head("a"), 3.0), RepeatNode(head("r"), 3, ())], "resume.other-loop"),
        (
            [HoldNode(head("a"), 3.0), RepeatNode(head("r"), 3, (HoldNode(head("c"), 5.0),))],
            "resume.other-plan",
        ),
        (
            [HoldNode(head("a"), 3.0), RepeatNode(head("r"), 3, (ZeroNode(head("b"), ()),))],
            "resume.unreadable",
        ),
    ],
)
def test_another_plan_is_refused_and_the_difference_named(body, told):
    with pytest.raises(Refused) as refusal:
        Sequencer(sequence(*body), SmallBench(MODEL).stage, SmallBench(MODEL), saved=at_work())
    assert refusal.value.message.id == told


def test_a_loop_that_has_fewer_passes_now_is_refused():
    saved = at_work()
    inner = replace(saved.frames[1], turn=9)
    body = (HoldNode(head("a"), 3.0), RepeatNode(head("r"), 3, (HoldNode(head("b"), 5.0),)))
    with pytest.raises(Refused, match="pass 9"):
        Sequencer(
            sequence(*body),
            SmallBench(MODEL).stage,
            SmallBench(MODEL),
            saved=replace(saved, frames=(saved.frames[0], inner)),
        )


@given(st.dictionaries(st.text(max_size=8), st.integers() | st.text() | st.none()))
def test_what_is_no_position_is_refused(values):
    with pytest.raises(Refused, match="cannot be understood"):
        Saved.from_json({"frames": [{"id": 1}], **values})
