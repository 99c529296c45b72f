"""Rows and times belong together exactly, however the rows are found."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.runs.timeline import (
    Cues,
    ListedTimes,
    RegularTimes,
    StampedTimes,
    Timeline,
    scaled,
)

BOUNDED = settings(max_examples=60, deadline=None)


def unguarded(read):
    return read()


def cues(rows, times):
    return Cues(np.array(rows, np.int64), np.array(times, np.int64))


def exact(anchors, interval, rows):
    """The law: an anchor's time plus whole intervals, rounded half up."""
    found, ends = [], [*[row for row, _ in anchors[1:]], rows]
    for (row, time), end in zip(anchors, ends, strict=True):
        found += [time + math.floor((k - row) * interval + Fraction(1, 2)) for k in range(row, end)]
    return found


intervals = st.fractions(Fraction(1000), Fraction(10**10), max_denominator=10**7)


@BOUNDED
@given(intervals, st.lists(st.tuples(st.integers(1, 50), st.integers(0, 10**12)), max_size=3),
       st.integers(-(10**18), 10**18), st.data())  # fmt: skip
def test_rows_of_a_regular_group_are_an_exact_interval_apart(interval, jumps, start, data):
    anchors, row, time = [(0, start)], 0, start
    for rows, pause in jumps:
        row += rows
        time += math.ceil((rows + 1) * interval) + pause
        anchors.append((row, time))
    rows = row + 40
    times = RegularTimes(cues(*zip(*anchors, strict=True)), interval, rows)
    law = exact(anchors, interval, rows)
    assert times.read(0, rows).tolist() == law
    asked = [data.draw(st.sampled_from(law)) + data.draw(st.integers(-2, 2)) for _ in range(5)]
    asked += [start - 10**18, start + 4 * 10**18]
    brute = [sum(each < limit for each in law) for limit in asked]
    assert times.rows_before(np.array(asked), 0).tolist() == brute


def test_a_year_of_an_awkward_rate_does_not_drift():
    interval = Fraction(10**9, 44_100)
    rows = 44_100 * 3600 * 24 * 365
    times = RegularTimes(cues([0], [7]), interval, rows)
    last = times.read(rows - 1, rows)[0]
    assert last == 7 + math.floor((rows - 1) * interval + Fraction(1, 2))
    assert times.rows_before(np.array([last, last + 1]), 0).tolist() == [rows - 1, rows]


@BOUNDED
@given(st.lists(st.integers(-(2**62), 2**62 - 1), max_size=40), st.integers(1, 7), st.data())
def test_a_window_holds_the_rows_between_both_ends(stamps, chunk, data):
    stamps = sorted(stamps)
    known = list(range(0, len(stamps), chunk))
    own = np.array(stamps, np.int64)
    stretch = StampedTimes(
        cues(known, [stamps[row] for row in known]), len(stamps), lambda a, b: own[a:b]
    )
    timeline = Timeline([stretch], unguarded)
    near = st.sampled_from(stamps or [0]).flatmap(lambda t: st.integers(t - 1, t + 1))
    start, end = data.draw(st.none() | near), data.draw(st.none() | near)
    rows = timeline.window(start, end)
    inside = [t for t in stamps if (start is None or t >= start) and (end is None or t <= end)]
    assert timeline.read(rows).tolist() == inside


def test_stretches_are_one_timeline():
    first = RegularTimes(cues([0], [0]), Fraction(10), 5)
    second = ListedTimes(np.array([100, 110, 125]))
    timeline = Timeline([first, second], unguarded)
    assert len(timeline) == 8
    assert timeline.read(slice(3, 7)).tolist() == [30, 40, 100, 110]
    assert timeline.window(40, 100) == slice(4, 6)
    assert timeline.window(41, 99) == slice(5, 5)
    assert [timeline[0], timeline[-1]] == [0, 125]
    with pytest.raises(IndexError):
        timeline[8]


def test_evenly_spaced_rows_are_reckoned_without_reading_them():
    def unread(first, last):
        raise AssertionError(first, last)

    times = StampedTimes(cues([0, 100, 200], [0, 1000, 2003]), 300, unread, period_ns=10)
    found = times.rows_before(np.array([-5, 0, 500, 1001, 1500]), 256)
    assert found.tolist() == [0, 0, 50, 101, 150]


def test_unevenly_spaced_rows_are_looked_up():
    own = np.sort(np.random.default_rng(1).integers(0, 10**6, 300))
    known = [0, 100, 200]
    times = StampedTimes(cues(known, own[known].tolist()), 300, lambda a, b: own[a:b], period_ns=10)
    asked = np.linspace(-10, 10**6 + 10, 77).astype(np.int64)
    expected = np.searchsorted(own, asked, side="left")
    np.testing.assert_array_equal(times.rows_before(asked, 50), expected)
    coarse = times.rows_before(asked, 100)
    assert np.abs(coarse - expected).max() <= 100
    assert (np.diff(coarse) >= 0).all()


@BOUNDED
@given(st.lists(st.integers(-(2**61), 2**61), max_size=9), st.integers(1, 2**40),
       st.integers(2**40, 2**55))  # fmt: skip
def test_scaling_never_leaves_64_bits(numbers, numerator, denominator):
    found = scaled(np.array(numbers, np.int64), numerator, denominator)
    assert found.tolist() == [number * numerator // denominator for number in numbers]
