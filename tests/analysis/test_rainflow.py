"""Rainflow counting: the example of the standard, the laws, and a counter written by others."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
import rainflow
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.rainflow import (
    BLOCK,
    RainflowPart,
    RangeBins,
    _one_by_one,
    _turning_points,
    _without_inner_cycles,
    count,
    finished,
    followed,
    join,
)

EXPONENTS = (0.0, 1.0, 3.0, 5.0, 8.0)
STANDARD = (-2, 1, -3, 5, -1, 3, -4, 4, -2)
"""ASTM E1049, figure 6."""
levels = st.integers(-9, 9).map(float)
# sixteenths: differences are exact, so that the peer's ranges tie exactly where ours do
noisy = st.integers(-(2**20), 2**20).map(lambda number: number / 16.0)
records = st.lists(levels, max_size=80) | st.lists(noisy, max_size=80)
quick = settings(max_examples=150, deadline=None)


def counted(values, **settings_of_count):
    """Return all cycles of a record."""
    return finished(count(values, exponents=EXPONENTS, **settings_of_count))


def of_peer(values):
    """Return count by range, after the rainflow package."""
    if len(values) == 0 or min(values) == max(values):
        # the peer counts cycles of no width here
        return {}
    # of two samples the peer sees none: an equal one behind changes nothing
    held = [*values, values[-1]]
    return {float(width): number for width, number in rainflow.count_cycles(held)}


def ranges_of(values, unit=1.0):
    """Return count by range of a record whose ranges are multiples of a unit."""
    span = int((max(values) - min(values)) / unit) + 2 if len(values) else 1
    histogram = counted(values, bins=RangeBins(unit, span)).histogram
    return {place * unit: number for place, number in enumerate(histogram) if number}


def same(first, second):
    """Return whether two counts agree: cycles to the half, damage to rounding."""
    assert first.cycles == second.cycles
    assert first.histogram == second.histogram
    assert first.largest == pytest.approx(second.largest)
    assert first.damage == pytest.approx(second.damage, rel=1e-12)


def test_the_example_of_astm_e1049_is_counted_as_printed():
    assert ranges_of(STANDARD) == {3.0: 0.5, 4.0: 1.5, 6.0: 0.5, 8.0: 1.0, 9.0: 0.5}
    counts = counted(STANDARD)
    assert counts.cycles == 4.0
    assert counts.largest == 9.0
    assert counts.damage[2] == 0.5 * 27 + 1.5 * 64 + 0.5 * 216 + 512 + 0.5 * 729


@quick
@given(st.lists(levels, max_size=120))
def test_whole_numbers_with_ties_are_counted_as_the_rainflow_package_does(values):
    assert ranges_of(values) == of_peer(values)


@quick
@given(st.lists(noisy, max_size=120))
def test_noise_is_counted_as_the_rainflow_package_does(values):
    theirs = of_peer(values)
    ours = counted(values)
    assert ours.cycles == sum(theirs.values())
    for exponent, damage in zip(EXPONENTS, ours.damage, strict=True):
        expected = sum(number * width**exponent for width, number in theirs.items())
        assert damage == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_a_long_noisy_duty_is_counted_as_the_rainflow_package_does(seed):
    draw = np.random.default_rng(seed)
    length = BLOCK + 12_345
    levels_held = np.repeat(draw.integers(0, 900, length // 50 + 1), 50)[:length]
    load = np.rint(levels_held + draw.normal(0.0, 5.0, length))
    assert ranges_of(load) == of_peer(load)


@pytest.mark.parametrize(
    ("values", "cycles"),
    [([], 0.0), ([5.0], 0.0), ([5.0] * 9, 0.0), ([1.0, 2.0, 2.0, 7.0], 0.5), ([3.0, 1.0], 0.5)],
)
def test_a_load_that_never_turns_is_half_a_cycle_or_none(values, cycles):
    assert counted(values).cycles == cycles
    assert sum(of_peer(values).values()) == cycles


@quick
@given(records, st.lists(st.integers(0, 80), max_size=4))
def test_a_cut_anywhere_changes_nothing(values, cuts):
    places = [0, *sorted(min(cut, len(values)) for cut in cuts), len(values)]
    pieces = [values[begin:end] for begin, end in pairwise(places)]
    bins = RangeBins(1.0, 30)
    whole = counted(values, bins=bins)
    joined = count([], exponents=EXPONENTS, bins=bins)
    onward = joined
    for piece in pieces:
        joined = join(joined, count(piece, exponents=EXPONENTS, bins=bins))
        onward = followed(onward, piece)
    same(finished(joined), whole)
    same(finished(onward), whole)


@quick
@given(records, records, records)
def test_joining_is_associative(first, second, third):
    a, b, c = (count(each, exponents=EXPONENTS, bins=RangeBins(2.0, 9)) for each in
               (first, second, third))  # fmt: skip
    left, right = join(join(a, b), c), join(a, join(b, c))
    assert (left.residue, left.cycles, left.histogram) == (
        right.residue, right.cycles, right.histogram,
    )  # fmt: skip
    assert left.damage == pytest.approx(right.damage, rel=1e-12)


@quick
@given(records, st.sampled_from([0.25, 2.0, 8.0]), st.integers(-50, 50))
def test_scaling_scales_damage_with_its_power_and_an_offset_changes_nothing(values, scale, offset):
    load = np.array(values, dtype=np.float64)
    plain, moved = counted(load), counted(load * scale + offset)
    assert moved.cycles == plain.cycles
    for exponent, before, after in zip(EXPONENTS, plain.damage, moved.damage, strict=True):
        assert after == pytest.approx(before * scale**exponent, rel=1e-9)


@quick
@given(records)
def test_a_load_turned_upside_down_has_the_same_cycles(values):
    load = np.array(values, dtype=np.float64)
    same(counted(-load), counted(load))


@quick
@given(records, st.integers(0, 12))
def test_below_the_threshold_nothing_counts_and_above_it_nothing_changes(values, threshold):
    theirs = of_peer(values)
    counts = counted(values, threshold=float(threshold))
    expected = {width: number for width, number in theirs.items() if width >= threshold}
    assert counts.cycles == sum(expected.values())
    assert counts.damage[1] == pytest.approx(sum(w * n for w, n in expected.items()), rel=1e-12)


@quick
@given(records)
def test_the_stack_and_the_passes_close_the_same_cycles(values):
    points = _turning_points(np.array(values, dtype=np.float64))
    signs = np.where(np.arange(points.size) % 2, -1.0, 1.0)
    if points.size > 1 and points[1] > points[0]:
        signs = -signs
    left, closed = _without_inner_cycles(points)
    outward, alone = _one_by_one(points * signs)
    assert left.tolist() == (outward * signs[: outward.size]).tolist()
    assert sorted(closed) == sorted(alone)


@pytest.mark.parametrize("turns", [2000, 2001])
def test_spirals_that_close_one_cycle_at_a_time_are_counted_as_the_peer_does(turns):
    shrinking = [(-1) ** turn * (turns - turn) for turn in range(turns)]
    spiral = shrinking + [-value for value in reversed(shrinking)]
    assert ranges_of(spiral) == of_peer(spiral)


def test_a_load_that_alternates_between_two_levels_leaves_no_growing_residue():
    part = count(np.tile([0.0, 1.0], 50_000), exponents=(3.0,))
    assert len(part.residue) <= 4
    assert finished(part).cycles == 0.5 * (100_000 - 1)


def test_two_passes_over_an_alternating_load_keep_the_signs_of_what_is_left():
    points, ranges = _without_inner_cycles(np.array([0.0, 9.0, 3.0, 5.0, 2.0, 8.0, -1.0]))
    assert points.tolist() == [0.0, 9.0, -1.0]
    assert Counter(ranges.tolist()) == {2.0: 1, 6.0: 1}


def test_the_last_bin_takes_all_that_is_wider():
    assert counted([0.0, 100.0, 0.0], bins=RangeBins(10.0, 3)).histogram == (0.0, 0.0, 1.0)


def test_a_gap_whose_samples_are_left_out_makes_no_cycle():
    before, after = count([0.0, 5.0, 2.0], exponents=(1.0,)), count([2.0, 4.0], exponents=(1.0,))
    assert finished(join(before, after)) == finished(count([0.0, 5.0, 2.0, 4.0], exponents=(1.0,)))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_value_that_is_no_number_is_refused(bad):
    with pytest.raises(ValueError, match="values holds 1 values that are no number"):
        counted([0.0, bad, 1.0])


@pytest.mark.parametrize(
    ("settings_of_count", "sentence"),
    [
        ({"exponents": (3.0, -1.0)}, "exponent must not be negative"),
        ({"exponents": (np.nan,)}, "exponent must be finite"),
        ({"exponents": (3.0,), "threshold": -1.0}, "threshold must not be negative"),
    ],
)
def test_settings_that_mean_nothing_are_refused(settings_of_count, sentence):
    with pytest.raises(ValueError, match=sentence):
        count([0.0, 1.0], **settings_of_count)


@pytest.mark.parametrize(("width", "number"), [(0.0, 5), (np.nan, 5), (1.0, 0)])
def test_bins_that_hold_nothing_are_refused(width, number):
    with pytest.raises(ValueError, match=r"width must|number of bins"):
        RangeBins(width, number)


def test_parts_of_different_exponents_are_not_joined():
    with pytest.raises(ValueError, match="different exponents cannot be joined"):
        join(count([1.0], exponents=(3.0,)), count([1.0], exponents=(5.0,)))


def test_damage_beyond_all_numbers_is_refused():
    with pytest.raises(ValueError, match="scale the load"):
        count([0.0, 1e60, 0.0, 1e60, 0.0, 1e60], exponents=(8.0,))


def test_a_part_is_plain_data():
    part = count(STANDARD, exponents=(3.0,), bins=RangeBins(1.0, 9))
    assert isinstance(part, RainflowPart)
    assert all(type(value) is float for value in (*part.residue, *part.damage))
