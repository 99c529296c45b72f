"""Hysteresis, time to clear, votes and delay: how a violation ends, and when it acts."""

import math
from collections import deque
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.channel import Quality
from bench.clock import SECOND
from bench.safeguard import Reaction
from bench.safety.limits import LimitTable
from bench.scan import Scan
from tests.bench.small_bench import formula, limit, model_of

STEP = SECOND // 10
NAMES = ("x.a", "x.b", "x.c")


class Rows:
    """Rows of three channels, with limits on them; nan is a value that is not OK."""

    def __init__(self, *limits):
        self.model = model_of(NAMES)
        self.now = -STEP
        self.load(*limits)

    def load(self, *limits):
        self.queue = deque()
        self.scan = Scan(self.model, self.queue, LimitTable.hidden(limits))
        self.table = LimitTable(limits, self.model.index, len(self.model.channels))

    def judge(self, *values):
        """Judge one row, a step later; return whether the first limit is violated."""
        self.now += STEP
        for name, value in zip(NAMES, values, strict=False):
            quality = Quality.BAD if math.isnan(value) else Quality.OK
            self.queue.append((self.model.index[name], value, self.now, quality))
        self.changes = self.table.judge(self.scan.collect(self.now))
        return bool(self.table.violated[0])

    def acting(self, bypassed=()):
        return [each.id for each in self.table.acting(self.now, bypassed)]


def vote(when, votes, **more):
    conditions = tuple(formula(when.format(name)) for name in NAMES)
    return replace(limit("v", when.format("x.a")), members=conditions, votes=votes, **more)


@pytest.mark.parametrize(
    ("when", "values", "expected"),
    [
        ("x.a > 5", (5.1, 4.5, 4.0, 3.9, 4.5, 5.1), "1 1 1 0 0 1"),
        ("x.a < 5", (4.9, 5.5, 6.0, 6.1, 5.5, 4.9), "1 1 1 0 0 1"),
        ("x.a >= 5", (5.0, 4.5, 4.0, 3.9, 4.5, 5.0), "1 1 1 0 0 1"),
        ("5 < x.a", (5.1, 4.5, 4.0, 3.9, 4.5, 5.1), "1 1 1 0 0 1"),
    ],
)
def test_a_value_has_to_come_back_behind_the_hysteresis(when, values, expected):
    rows = Rows(replace(limit("l", when), hysteresis=1.0))
    told = [int(rows.judge(value, 0.0, 0.0)) for value in values]
    # 4.0 is exactly at the relaxed bound: behind it only where the bound itself still holds
    wanted = [int(word) for word in expected.split()]
    wanted[2] = int(">=" in when)
    assert told == wanted


def test_hysteresis_shortens_no_persistence():
    rows = Rows(replace(limit("l", "x.a > 5", lasting=0.2), hysteresis=2.0))
    assert not any(rows.judge(value, 0, 0) for value in (6, 4, 6, 4, 6, 4))


def test_it_is_over_once_it_was_back_for_its_time_without_a_break():
    rows = Rows(replace(limit("l", "x.a > 5"), clears_after=0.3))
    told = [rows.judge(value, 0, 0) for value in (6, 0, 0, 6, 0, 0, 0, 0, 0)]
    assert told == [True] * 7 + [False] * 2


def test_a_step_limit_that_is_switched_off_is_over_at_once():
    rows = Rows(replace(limit("l", "x.a > 5"), clears_after=9.0))
    assert rows.judge(6, 0, 0)
    rows.table.enabled[0] = False
    assert not rows.judge(6, 0, 0)
    assert [each.is_active for each in rows.changes] == [False]


@pytest.mark.parametrize("when", ["{} > 5", "{} * 1 > 5"])
@pytest.mark.parametrize("votes", [1, 2, 3])
@pytest.mark.parametrize(
    "values", [(a, b, c) for a in (0, 9) for b in (0, 9) for c in (0, math.nan)]
)
def test_enough_votes_violate_and_one_that_is_not_ok_votes(when, votes, values):
    rows = Rows(vote(when, votes, reaction=Reaction.WARN))
    rows.judge(0, 0, 0)
    count = sum(value > 5 or math.isnan(value) for value in values)
    assert rows.judge(*values) is (count >= votes)
    sound = sum(value > 5 for value in values)
    assert [each.by_quality for each in rows.changes] == [sound < votes] * (count >= votes)


def test_a_peak_votes_and_the_worst_is_told():
    rows = Rows(vote("{} > 5", 2))
    rows.judge(0, 0, 0)
    index = rows.model.index
    rows.queue.extend((index["x.b"], value, rows.now + STEP, 0) for value in (0.0, 8.0, 0.0))
    assert rows.judge(7.0)
    assert rows.changes[0].value == 8.0


@pytest.mark.parametrize("when", ["x.a > 5", "x.a > x.b", "x.a > x.b + 2"])
def test_a_bound_may_be_a_number_a_channel_or_an_expression(when):
    rows = Rows(limit("l", when))
    assert not rows.judge(4.0, 5.0)
    assert rows.judge(9.0, 5.0)
    assert rows.changes[0].value == 9.0
    assert not rows.judge(4.0, 5.0)
    assert rows.judge(4.0, math.nan) is ("x.b" in when)


def test_a_reaction_waits_for_its_delay_and_the_alarm_does_not():
    rows = Rows(replace(limit("l", "x.a > 5", lasting=0.2), delay=0.3))
    told = [(rows.judge(9, 0, 0), bool(rows.acting())) for _ in range(7)]
    assert told == [(False, False)] * 2 + [(True, False)] * 3 + [(True, True)] * 2
    assert not rows.judge(0, 0, 0)
    assert rows.acting() == []


def test_what_is_bypassed_or_indicated_only_never_acts():
    soft = limit("soft", "x.a > 5", Reaction.SOFT_STOP)
    told = replace(limit("told", "x.a > 5"), is_indicated_only=True)
    rows = Rows(soft, told, limit("hold", "x.a > 5", Reaction.HOLD))
    rows.judge(9, 0, 0)
    assert rows.acting() == ["soft", "hold"]
    assert rows.acting({"soft"}) == ["hold"]
    assert [each.id for each in rows.table.active()] == ["told", "soft", "hold"]


def test_another_table_goes_on_where_the_first_was():
    rows = Rows(limit("l", "x.a > 5", lasting=0.3), replace(limit("d", "x.a > 5"), delay=0.3))
    for _ in range(3):
        rows.judge(9, 0, 0)
    before = rows.table
    changed = limit("d", "x.a > 7")
    rows.load(limit("new", "x.b > 5"), limit("l", "x.a > 5", lasting=0.3), changed)
    rows.table.take_over(before)
    assert [each.id for each in rows.table.active()] == ["d"]
    rows.judge(9, 0, 0)
    assert [(each.limit.id, each.is_active) for each in rows.changes] == [("l", True)]


def test_what_was_violated_before_and_holds_now_is_told():
    rows = Rows(limit("l", "x.a > 5"))
    rows.judge(9, 0, 0)
    before = rows.table
    rows.load(limit("l", "x.a > 50"))
    rows.table.take_over(before)
    assert not rows.judge(9, 0, 0)
    assert [each.is_active for each in rows.changes] == [False]


@dataclass
class Model:
    """A limit as its definition reads."""

    bound: float
    hysteresis: float
    persistence: int
    clearing: int
    delay: int
    votes: int
    is_violated: bool = False
    since: int = 0
    held: list = field(default_factory=list)

    def limit(self):
        return vote(
            f"{{}} > {self.bound}", self.votes, persistence=self.persistence / 10,
            clears_after=self.clearing / 10, delay=self.delay / 10, hysteresis=self.hysteresis,
        )  # fmt: skip

    def judge(self, values, step):
        """Return whether it is violated, and whether it acts."""
        bound = self.bound - self.hysteresis * self.is_violated
        self.held.append(sum(math.isnan(x) or x > bound for x in values) >= self.votes)
        was_violated = self.is_violated
        came = self.held[-self.persistence - 1 :]
        gone = self.held[-self.clearing - 1 :]
        if len(came) > self.persistence and all(came):
            self.is_violated = True
        elif was_violated and len(gone) > self.clearing and not any(gone):
            self.is_violated = False
        if self.is_violated and not was_violated:
            self.since = step
        return self.is_violated, self.is_violated and step - self.since >= self.delay


small = st.integers(0, 3)
values = st.one_of(st.integers(-3, 3).map(float), st.just(math.nan))


@settings(max_examples=150, deadline=None)
@given(
    st.builds(Model, st.just(0.0), small.map(float), small, small, small, st.integers(1, 3)),
    st.lists(st.tuples(values, values, values), max_size=25),
)
def test_every_limit_agrees_with_its_definition(model, samples):
    rows = Rows(model.limit())
    for step, row in enumerate(samples):
        is_violated, acts = model.judge(row, step)
        assert rows.judge(*row) is is_violated
        assert bool(rows.acting()) is acts
