import math
from collections import deque

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.channel import FRESH, Quality
from bench.clock import SECOND
from bench.config import Catalogue, load_rig
from bench.device import Mailbox, Reading
from bench.scan import Scan
from bench.units import unit
from tests.bench.small_bench import formula, model_of

OK, STALE, BAD, GONE = Quality.OK, Quality.STALE, Quality.BAD, Quality.DISCONNECTED
HALF = SECOND // 2


class Rows:
    """A scan of measured channels a, b and what is computed from them."""

    def __init__(self, *computed, demands=(), hidden=()):
        names = [(f"y.{i}", text) for i, text in enumerate(computed)]
        self.model = model_of(("x.a", "x.b"), names, [(name, {}) for name in demands])
        self.queue = deque()
        self.scan = Scan(self.model, self.queue, [formula(text) for text in hidden])
        self.a, self.b = self.model.index["x.a"], self.model.index["x.b"]

    def sample(self, index, value, at=0, quality=OK):
        self.queue.append((index, value, at, quality))

    def collect(self, now=0):
        return self.scan.collect(now)

    def quality(self, name):
        return self.scan.row.quality[self.model.index[name]]

    def value(self, name):
        return self.scan.row.values[self.model.index[name]]


def test_before_the_first_sample_a_channel_is_disconnected_and_no_number():
    rows = Rows()
    row = rows.collect()
    assert row.quality.tolist() == [GONE, GONE]
    assert np.isnan(row.values).all()
    assert not row.fresh.any()
    assert not row.all_ok


def test_the_newest_sample_is_the_value():
    rows = Rows()
    for value in (1.0, 5.0, 3.0):
        rows.sample(rows.a, value)
    row = rows.collect()
    assert rows.value("x.a") == 3.0
    assert row.fresh[rows.a]
    assert not row.fresh[rows.b]


def test_a_value_is_fresh_in_one_row_only():
    rows = Rows()
    rows.sample(rows.a, 1.0)
    assert rows.collect(0).codes[rows.a] == OK | FRESH
    assert rows.collect(1).codes[rows.a] == OK


def test_an_equal_value_is_fresh_as_well():
    rows = Rows()
    for now in (0, 1):
        rows.sample(rows.a, 1.0, now)
        assert rows.collect(now).fresh[rows.a]


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=6), st.floats(-1e9, 1e9))
def test_extremes_are_those_of_all_samples_since_the_last_scan(values, before):
    rows = Rows()
    rows.sample(rows.a, before)
    rows.collect(0)
    for value in values:
        rows.sample(rows.a, value, 1)
    row = rows.collect(1)
    assert (row.low[rows.a], row.high[rows.a]) == (min(values), max(values))
    row = rows.collect(2)
    assert row.low[rows.a] == row.high[rows.a] == values[-1]


def test_a_peak_followed_by_a_lost_sensor_still_counts():
    rows = Rows()
    rows.sample(rows.a, 9.0)
    rows.sample(rows.a, math.nan, 0, BAD)
    row = rows.collect()
    assert row.high[rows.a] == 9.0
    assert rows.quality("x.a") == BAD


def test_a_confirmation_restarts_the_age_and_nothing_else():
    rows = Rows()
    rows.sample(rows.a, 7.0, 0)
    rows.collect(0)
    rows.sample(rows.a, math.nan, HALF)
    row = rows.collect(HALF + 1)
    assert rows.value("x.a") == 7.0
    assert not row.fresh[rows.a]
    assert rows.quality("x.a") == OK
    rows.collect(2 * HALF + 1)
    assert rows.quality("x.a") == STALE


def test_a_confirmation_brings_a_stale_value_back():
    rows = Rows()
    rows.sample(rows.a, 7.0, 0)
    rows.collect(0)
    rows.collect(2 * HALF)
    rows.sample(rows.a, math.nan, 2 * HALF)
    rows.collect(2 * HALF)
    assert rows.quality("x.a") == OK


@pytest.mark.parametrize("quality", [BAD, GONE])
def test_a_confirmation_makes_no_bad_or_lost_value_good(quality):
    rows = Rows()
    rows.sample(rows.a, 7.0, 0)
    rows.sample(rows.a, math.nan, 0, quality)
    rows.collect(0)
    rows.sample(rows.a, math.nan, 1)
    rows.collect(1)
    assert rows.quality("x.a") == quality


def test_a_confirmation_of_nothing_is_no_value():
    rows = Rows()
    rows.sample(rows.a, math.nan)
    rows.collect()
    assert rows.quality("x.a") == GONE


@pytest.mark.parametrize(("age", "quality"), [(HALF, OK), (HALF + 1, STALE)])
def test_a_value_is_stale_when_older_than_its_age(age, quality):
    rows = Rows()
    rows.sample(rows.a, 1.0, 0)
    rows.sample(rows.b, 1.0, age)
    row = rows.collect(age)
    assert rows.quality("x.a") == quality
    assert row.all_ok == (quality == OK)


def test_a_bad_value_stays_bad_with_age():
    rows = Rows()
    rows.sample(rows.a, math.nan, 0, BAD)
    rows.collect(10 * SECOND)
    assert rows.quality("x.a") == BAD


def test_the_age_of_each_channel_is_three_periods_and_at_least_half_a_second():
    model = load_rig("hydrogen-engine-cell", Catalogue.shipped())
    period = {each.name: each.period / SECOND for each in model.connections}
    seen = set()
    for channel, age in zip(model.channels, model.max_age, strict=True):
        if channel in model.measured:
            each = period[channel.source.split(".")[0]]
            assert age == pytest.approx(max(3 * each, 0.5)) or age > 3 * each
            seen.add((each, age))
    assert {(0.5, 1.5), (1.0, 3.0)} <= seen
    assert min(age for _, age in seen) == 0.5


def test_a_computed_channel_follows_in_the_same_row():
    rows = Rows("x.a * x.b", "y.0 + 1")
    rows.sample(rows.a, 3.0)
    rows.sample(rows.b, 4.0)
    row = rows.collect()
    assert (rows.value("y.0"), rows.value("y.1")) == (12.0, 13.0)
    assert (rows.quality("y.0"), rows.quality("y.1")) == (OK, OK)
    assert row.fresh[rows.model.index["y.1"]]
    assert row.low[rows.model.index["y.1"]] == row.high[rows.model.index["y.1"]] == 13.0


@given(*[st.sampled_from((OK, STALE, BAD, GONE))] * 2)
def test_a_computed_channel_has_the_worst_quality_of_its_inputs(first, second):
    rows = Rows("x.a + x.b", "y.0 * 2", "x.a * 2", "1 + 1")
    rows.sample(rows.a, 1.0, 0, first)
    rows.sample(rows.b, 1.0, 0, second)
    rows.collect()
    found = [rows.quality(f"y.{i}") for i in range(4)]
    assert found == [max(first, second), max(first, second), first, OK]


def test_a_division_by_zero_is_bad_and_no_number_and_the_others_go_on():
    rows = Rows("x.a / x.b", "y.0 + 1", "x.a + 1")
    rows.sample(rows.a, 1.0)
    rows.sample(rows.b, 0.0)
    rows.collect()
    assert math.isnan(rows.value("y.0"))
    assert math.isnan(rows.value("y.1"))
    assert (rows.quality("y.0"), rows.quality("y.1"), rows.quality("y.2")) == (BAD, BAD, OK)
    rows.sample(rows.b, 2.0, 1)
    rows.collect(1)
    assert (rows.value("y.0"), rows.quality("y.0"), rows.quality("y.1")) == (0.5, OK, OK)


@given(st.lists(st.one_of(st.floats(), st.sampled_from((9.9e37, -9.9e37, 9.91e37))), max_size=5))
def test_no_number_is_ever_ok_without_being_one(numbers):
    rows = Rows("if(x.a > 1, x.a, x.b)", "x.a * x.b", "sqrt(x.a)")
    box = Mailbox([Reading("a"), Reading("b")], rows.a, rows.queue)
    for now, number in enumerate(numbers):
        box.post(now % 2, number, now)
        row = rows.collect(now)
        assert np.isfinite(row.values[row.quality == OK]).all()
        assert np.isfinite(row.low[row.quality == OK]).all()


def test_what_depends_on_a_demand_not_yet_given_is_not_ok():
    rows = Rows("if(out.mode.demand > 0.5, x.a, 0)", demands=("out.mode",))
    rows.sample(rows.a, 1.0)
    rows.sample(rows.b, 1.0)
    rows.collect()
    assert rows.quality("y.0") == GONE
    rows.scan.row.put(rows.model.index["out.mode.demand"], 1.0)
    rows.collect()
    assert (rows.value("y.0"), rows.quality("y.0")) == (1.0, OK)


def test_a_condition_on_a_demand_not_yet_given_does_not_hold_and_can_be_judged():
    rows = Rows(demands=("out.mode",), hidden=["out.mode.demand > 0.5", "x.a / x.b > 1"])
    row = rows.collect()
    assert row.values[3:].tolist() == [0.0, 0.0]
    assert row.quality[3:].tolist() == [OK, GONE]


def test_a_demand_is_fresh_when_it_is_given():
    rows = Rows(demands=("out.mode",))
    index = rows.model.index["out.mode.demand"]
    rows.collect(0)
    rows.scan.row.put(index, 1.0)
    assert rows.scan.row.codes[index] == OK | FRESH
    assert rows.collect(1).codes[index] == OK


COLUMNS = ("x.a", "x.b", "x.c", "x.d")
READINGS = (
    Reading("a"),
    Reading("b", unit=unit("degC")),
    Reading("c", unit=unit("mV")),
    Reading("d"),
)
NUMBERS = st.one_of(st.floats(-1e9, 1e9), st.sampled_from([math.nan, math.inf, -9.9e37, 9.91e37]))
QUALITIES = st.sampled_from([OK, STALE, BAD, GONE])
ENTRIES = st.lists(
    st.tuples(
        st.integers(0, 3),  # first reading
        st.lists(st.tuples(NUMBERS, QUALITIES), min_size=1, max_size=4),
        st.integers(0, HALF),  # time
        st.sampled_from(["block", "block of qualities", "sample", "confirm", "mark"]),
    ),
    max_size=6,
)


def _posted(mailbox, entries, *, in_blocks):
    for first, told, now, kind in entries:
        values = np.array([number for number, _ in told])[: 4 - first]
        qualities = np.array([quality for _, quality in told], dtype=np.uint8)[: 4 - first]
        if kind == "confirm":
            mailbox.confirm(first, now)
        elif kind == "mark":
            mailbox.mark(told[0][1], now)
        elif kind == "sample":
            mailbox.post(first, values[0], now, int(qualities[0]))
        elif in_blocks:
            mailbox.post_block(first, values, now, None if kind == "block" else qualities)
        else:
            for i, value in enumerate(values):
                of = {} if kind == "block" else {"quality": int(qualities[i])}
                mailbox.post(first + i, float(value), now, **of)


@given(st.lists(ENTRIES, min_size=1, max_size=3))
def test_a_block_is_the_same_as_its_samples_one_by_one(batches):
    def rows(*, in_blocks):
        model = model_of(COLUMNS)
        queue = deque()
        scan, mailbox = Scan(model, queue), Mailbox(READINGS, 0, queue)
        found = []
        for turn, entries in enumerate(batches):
            at = turn * HALF
            later = [(first, told, now + at, kind) for first, told, now, kind in entries]
            _posted(mailbox, later, in_blocks=in_blocks)
            row = scan.collect(at + HALF)
            arrays = (row.values, row.low, row.high, row.quality, row.fresh)
            found.append(([array.tolist() for array in arrays], row.all_ok))
        found.append(scan.collect((len(batches) + 1) * HALF).quality.tolist())  # ages
        return repr(found)

    assert rows(in_blocks=True) == rows(in_blocks=False)


def test_a_block_is_one_entry_of_the_queue_and_keeps_its_numbers():
    queue = deque()
    numbers = np.array([1.0, 2.0])
    Mailbox(READINGS, 10, queue).post_block(1, numbers, 5)
    numbers[:] = 0.0
    (block,) = queue
    assert (block.first, block.time, block.qualities) == (11, 5, None)
    assert block.values.tolist() == pytest.approx([274.15, 0.002])


@pytest.mark.parametrize(("first", "count", "told"), [(3, 2, None), (-1, 2, None), (0, 2, 1)])
def test_a_block_outside_the_readings_is_refused(first, count, told):
    qualities = None if told is None else np.zeros(told, dtype=np.uint8)
    with pytest.raises(ValueError, match=r"4"):
        Mailbox(READINGS, 0, deque()).post_block(first, np.zeros(count), 0, qualities)
