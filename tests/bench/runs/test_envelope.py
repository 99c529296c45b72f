"""No spike is lost at any zoom, and none is invented."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.record.numbers.pyramid import CHUNK_BINS, bins_of, factor_of
from bench.runs.envelope import bins_between, envelope_of, pixel_edges
from bench.runs.timeline import Cues, ListedTimes, RegularTimes, Timeline

BOUNDED = settings(max_examples=40, deadline=None)


def unguarded(read):
    return read()


class InMemory:
    """A stretch of rows with a pyramid of which so many bins per level are stored."""

    def __init__(self, values, stored):
        self.values = values
        self.stored = stored

    def __len__(self):
        return len(self.values)

    def bounds(self, first, last):
        assert 0 <= first < last <= len(self)
        return (self.values[first:last],) * 2

    def stored_bins(self, level):
        return self.stored[level]

    def bins(self, level, first, last):
        assert last <= self.stored[level]
        return bins_of(self.values[np.newaxis], factor_of(level), last=True)[0][first:last]


def noisy(rows, seed, holes=0.0):
    random = np.random.default_rng(seed)
    values = random.normal(size=rows).astype(np.float32)
    values[random.random(rows) < 3 / (rows + 1)] = 99.0
    values[random.random(rows) < holes] = np.nan
    return values


def brute(values, edges, reach):
    """Smallest and largest of each pixel's rows, and of those with a reach on both sides."""
    rows = len(values)
    exact, around = [], []
    for first, last in itertools.pairwise(edges):
        own = values[first:last]
        wide = values[max(0, first - reach) : min(rows, last + reach)]
        exact.append((np.fmin.reduce(own, initial=np.nan), np.fmax.reduce(own, initial=np.nan)))
        around.append((np.fmin.reduce(wide, initial=np.nan), np.fmax.reduce(wide, initial=np.nan)))
    return np.array(exact).reshape(-1, 2), np.array(around).reshape(-1, 2)


@BOUNDED
@given(st.integers(1, 40_000), st.integers(1, 60), st.integers(0, 9), st.data())
def test_every_pixel_holds_its_rows_and_at_most_a_bin_more(rows, pixels, seed, data):
    values = noisy(rows, seed, holes=data.draw(st.sampled_from([0.0, 0.5, 1.0])))
    stored = [data.draw(st.integers(0, -(-rows // factor_of(level)))) for level in range(4)]
    stretch = InMemory(values, stored)
    timeline = Timeline(
        [RegularTimes(Cues(np.array([0]), np.array([1000])), Fraction(7), rows)], unguarded
    )
    start = data.draw(st.integers(0, 1000 + 8 * rows))
    end = data.draw(st.integers(start, 2000 + 8 * rows))
    found = envelope_of([stretch], timeline, start, end, pixels)
    edges = timeline.rows_before(found.edges_ns)
    exact, around = brute(values, edges.tolist(), found.samples_per_bin)
    assert found.rows.tolist() == np.diff(edges).tolist()
    has_value = ~np.isnan(exact[:, 0])
    assert (found.minimum[has_value] <= exact[has_value, 0]).all()
    assert (found.maximum[has_value] >= exact[has_value, 1]).all()
    shown = ~np.isnan(found.minimum)
    assert (found.minimum[shown] >= around[shown, 0]).all()
    assert (found.maximum[shown] <= around[shown, 1]).all()
    assert not shown[found.rows == 0].any()
    if found.samples_per_bin == 1:
        np.testing.assert_array_equal(found.minimum, exact[:, 0])
        np.testing.assert_array_equal(found.maximum, exact[:, 1])


@pytest.mark.parametrize("level", [0, 1, 2])
def test_what_of_a_level_is_not_stored_is_derived_from_beneath(level):
    values = noisy(3 * factor_of(1) * 16 + 77, 3)
    whole = bins_of(values[np.newaxis], factor_of(level), last=True)[0]
    for stored in ([0, 0, 0, 0], [CHUNK_BINS, 0, 0, 0], [300, 17, 1, 0]):
        stretch = InMemory(
            values, [min(n, len(values) // factor_of(k)) for k, n in enumerate(stored)]
        )
        np.testing.assert_array_equal(bins_between(stretch, level, 0, len(whole)), whole)
        np.testing.assert_array_equal(bins_between(stretch, level, 1, len(whole)), whole[1:])


def test_a_gap_between_two_stretches_is_empty_pixels():
    first, second = noisy(2000, 1), noisy(2000, 2)
    timeline = Timeline(
        [ListedTimes(np.arange(2000)), ListedTimes(np.arange(6000, 8000))], unguarded
    )
    stretches = [InMemory(values, [0, 0, 0, 0]) for values in (first, second)]
    found = envelope_of(stretches, timeline, 0, 7999, 8)
    np.testing.assert_array_equal(np.isnan(found.minimum), [0, 0, 1, 1, 1, 1, 0, 0])
    assert found.maximum[0] >= first[:1000].max()
    assert found.maximum[7] >= second[1000:].max()


def test_edges_include_the_last_moment():
    edges = pixel_edges(10, 19, 5)
    assert edges.tolist() == [10, 12, 14, 16, 18, 20]
    with pytest.raises(ValueError, match="0"):
        pixel_edges(0, 1, 0)
