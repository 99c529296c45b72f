import math
from collections import deque
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.channel import Quality
from bench.clock import SECOND
from bench.safeguard import Reaction
from bench.safety.limits import LimitTable
from bench.scan import Scan
from tests.bench.small_bench import limit, model_of

OK, BAD, GONE = Quality.OK, Quality.BAD, Quality.DISCONNECTED
LOG, WARN, FLAG, HOLD, RECOVER, UNLOAD, SOFT, HARD, TRIP = Reaction
STEP = SECOND // 10


class Watched:
    """A row of channels a, b (and r = a / b) with limits on it."""

    def __init__(self, *limits):
        self.model = model_of(("x.a", "x.b"), [("y.r", "x.a / x.b")])
        self.samples = deque()
        self.scan = Scan(self.model, self.samples, LimitTable.hidden(limits))
        self.table = LimitTable(limits, self.model.index, len(self.model.channels))
        self.now = -STEP

    def judge(self, a=(), b=(1.0,), bad=()):
        """Judge one row, a step later: all samples of it, and which channels end BAD."""
        self.now += STEP
        for name, values in (("x.a", a), ("x.b", b)):
            index = self.model.index[name]
            for value in values:
                self.samples.append((index, value, self.now, OK))
            if name in bad:
                self.samples.append((index, math.nan, self.now, BAD))
        self.changes = self.table.judge(self.scan.collect(self.now))
        return [(change.limit.id, change.is_active) for change in self.changes]


@pytest.mark.parametrize(
    ("when", "below", "above"),
    [
        ("x.a > 5", 5.0, 5.1),
        ("x.a >= 5", 4.9, 5.0),
        ("x.a < 5", 5.0, 4.9),
        ("x.a <= 5", 5.1, 5.0),
        ("5 < x.a", 5.0, 5.1),
        ("5 >= x.a", 5.1, 5.0),
        ("x.a == 5", 5.1, 5.0),
        ("x.a + x.b > 6", 5.0, 5.1),
        ("y.r > 5", 5.0, 5.1),
    ],
)
def test_a_limit_is_violated_while_its_condition_holds(when, below, above):
    watched = Watched(limit("l", when))
    assert watched.judge((below,)) == []
    assert watched.judge((above,)) == [("l", True)]
    assert watched.judge((above,)) == []
    assert watched.table.violated.tolist() == [True]
    assert watched.judge((below,)) == [("l", False)]
    assert watched.table.violated.tolist() == [False]
    assert watched.judge((above,)) == [("l", True)]


@pytest.mark.parametrize(("when", "peak"), [("x.a > 5", 9.0), ("x.a < -5", -9.0)])
def test_a_peak_between_two_scans_counts(when, peak):
    watched = Watched(limit("l", when))
    assert watched.judge((0.0, peak, 0.0)) == [("l", True)]
    assert watched.judge((0.0,)) == [("l", False)]


def test_a_peak_is_no_lasting_violation():
    watched = Watched(limit("l", "x.a > 5", lasting=0.1))
    watched.judge((0.0, 9.0, 0.0))
    assert watched.judge((0.0,)) == []


def test_persistence_is_time_without_a_break():
    watched = Watched(limit("l", "x.a > 5", lasting=0.3))
    told = [watched.judge((value,)) for value in (9, 9, 9, 0, 9, 9, 9, 9, 9, 0)]
    assert [bool(each) for each in told] == [*[False] * 7, True, False, True]


def test_a_limit_is_judged_only_while_its_guard_holds():
    watched = Watched(limit("l", "x.a < 5", valid_while="x.b > 2"))
    assert watched.judge((0.0,), (1.0,)) == []
    assert watched.judge((0.0,), (3.0,)) == [("l", True)]
    assert watched.judge((0.0,), (1.0,)) == [("l", False)]


def test_a_guard_that_cannot_be_judged_lets_the_limit_count():
    watched = Watched(limit("l", "x.a < 5", valid_while="x.b > 2"))
    assert watched.judge((0.0,), (1.0,), bad=("x.b",)) == [("l", True)]


@pytest.mark.parametrize("reaction", Reaction)
@pytest.mark.parametrize("when", ["x.a > 5", "x.a + x.b > 6", "y.r > 5"])
def test_a_value_that_is_not_ok_counts_from_soft_stop_upwards(when, reaction):
    watched = Watched(limit("l", when, reaction))
    assert watched.judge((0.0,)) == []
    stops = reaction >= Reaction.SOFT_STOP
    assert watched.judge(bad=("x.a",)) == ([("l", True)] if stops else [])
    assert [change.by_quality for change in watched.changes] == [True] * stops


def test_a_violation_by_value_is_not_called_one_by_quality():
    watched = Watched(limit("l", "x.a > 5"))
    watched.judge((9.0,))
    assert [change.by_quality for change in watched.changes] == [False]


@pytest.mark.parametrize("when", ["y.r > 5", "y.r > x.a", "x.a / x.b > 5"])
def test_a_limit_on_a_division_by_zero_counts_although_every_sensor_is_ok(when):
    watched = Watched(limit("l", when))
    assert watched.judge((1.0,), (1.0,)) == []
    assert watched.judge((1.0,), (0.0,)) == [("l", True)]
    assert watched.changes[0].by_quality


def test_a_value_too_old_counts_as_well():
    watched = Watched(limit("l", "x.a > 5"))
    watched.judge((0.0,))
    told = [watched.judge() for _ in range(6)]
    assert told == [[], [], [], [], [], [("l", True)]]


def test_a_limit_that_is_switched_off_is_not_violated():
    watched = Watched(limit("always", "x.a > 5"), limit("step", "x.a > 5", lasting=0.1))
    watched.table.enabled[1] = False
    assert watched.judge((9.0,)) == [("always", True)]
    watched.judge((9.0,))
    watched.table.enabled[1] = True
    assert watched.judge((9.0,)) == []  # its time begins when it is switched on
    assert watched.judge((9.0,)) == [("step", True)]
    watched.table.enabled[1] = False
    assert watched.judge((9.0,)) == [("step", False)]
    assert watched.table.violated.tolist() == [True, False]


def test_of_several_the_highest_reaction_comes_first_and_all_are_told():
    watched = Watched(
        limit("warn", "x.a > 1", WARN),
        limit("hard", "x.a > 2", HARD),
        limit("soft", "x.a + x.b > 2", SOFT),
        limit("other", "x.a > 99", HARD),
    )
    assert dict(watched.judge((9.0,))) == {"warn": True, "hard": True, "soft": True}
    assert [each.id for each in watched.table.active()] == ["hard", "soft", "warn"]


def test_without_limits_nothing_is_judged():
    assert Watched().judge((math.inf,)) == []


@dataclass
class Model:
    """One limit as its definition reads: ``a > bound`` (or ``a + b``) for so many steps."""

    bound: float
    of_sum: bool
    steps: int
    stops: bool
    is_guarded: bool
    history: list[bool] = field(default_factory=list)

    def limit(self, name):
        when = f"x.a + x.b > {self.bound}" if self.of_sum else f"x.a > {self.bound}"
        guard = "x.b > 0" if self.is_guarded else None
        reaction = SOFT if self.stops else WARN
        return limit(name, when, reaction, self.steps * STEP / SECOND, guard)

    def judge(self, samples, b, bad, enabled):
        """Return whether it is violated after one more row."""
        found = samples[-1] + b if self.of_sum else max(samples)
        is_unknown = "x.a" in bad or (self.of_sum and "x.b" in bad)
        holds = found > self.bound or (is_unknown and self.stops)
        counts = not self.is_guarded or b > 0 or "x.b" in bad
        self.history.append(holds and counts and enabled)
        return all(self.history[-self.steps - 1 :]) and len(self.history) > self.steps


limits_drawn = st.lists(
    st.builds(
        Model,
        st.integers(-2, 2).map(float),
        st.booleans(),
        st.integers(0, 3),
        st.booleans(),
        st.booleans(),
    ),
    min_size=1,
    max_size=4,
)
rows_drawn = st.lists(
    st.tuples(
        st.lists(st.integers(-3, 3).map(float), min_size=1, max_size=3),
        st.integers(-1, 1).map(float),
        st.sets(st.sampled_from(("x.a", "x.b"))),
        st.booleans(),
    ),
    max_size=12,
)


@settings(max_examples=150, deadline=None)
@given(limits_drawn, rows_drawn)
def test_all_limits_agree_with_their_definition(models, rows):
    watched = Watched(*(model.limit(str(i)) for i, model in enumerate(models)))
    before = [False] * len(models)
    for samples, b, bad, enabled in rows:
        watched.table.enabled[0] = enabled
        told = watched.judge(samples, (b,), bad)
        now = [model.judge(samples, b, bad, enabled or i > 0) for i, model in enumerate(models)]
        assert watched.table.violated.tolist() == now
        assert told == [(str(i), now[i]) for i in range(len(models)) if now[i] != before[i]]
        active = watched.table.active()
        assert {each.id for each in active} == {str(i) for i, is_on in enumerate(now) if is_on}
        assert [each.reaction for each in active] == sorted(
            (each.reaction for each in active), reverse=True
        )
        before = now
