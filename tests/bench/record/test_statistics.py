"""Statistics equal numpy's, however the samples are cut."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bench.record.numbers.statistics import Accumulator

SAMPLES = st.floats(-1e6, 1e6, width=32) | st.sampled_from([np.nan, 0.0, 1e9])
MORE_SAMPLES = SAMPLES | st.sampled_from([np.inf, -np.inf])


def arrays(samples, dtype="<f8"):
    shape = st.tuples(st.integers(1, 9), st.integers(0, 40))
    return hnp.arrays(dtype, shape, elements=samples)


def expected(values, good=None):
    """Return count, bad, minimum, maximum, mean, deviation per channel, by numpy, in float64."""
    rows = []
    for channel, samples in enumerate(values.astype("f8")):
        known = ~np.isnan(samples)
        chosen = samples[known if good is None else known & good[channel]]
        count = len(chosen)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # infinities: inf - inf
            rows.append(
                (
                    count,
                    len(samples) - count,
                    chosen.min() if count else np.nan,
                    chosen.max() if count else np.nan,
                    chosen.mean() if count else np.nan,
                    chosen.std(ddof=1) if count > 1 else np.nan,
                )
            )
    return [np.array(column) for column in zip(*rows, strict=True)]


def assert_equal(statistics, wanted):
    count, bad, minimum, maximum, mean, deviation = wanted
    np.testing.assert_array_equal(statistics.count, count)
    np.testing.assert_array_equal(statistics.bad, bad)
    np.testing.assert_array_equal(statistics.minimum, minimum)
    np.testing.assert_array_equal(statistics.maximum, maximum)
    scale = np.nan_to_num(np.fmax(abs(minimum), abs(maximum)), posinf=0.0, neginf=0.0)
    for found, right in ((statistics.mean, mean), (statistics.deviation, deviation)):
        for one, other, size in zip(found, right, scale, strict=True):
            assert one == pytest.approx(other, rel=1e-9, abs=1e-12 * size, nan_ok=True)


@given(arrays(MORE_SAMPLES), st.data())
@settings(max_examples=150, deadline=None)
def test_any_cut_gives_what_numpy_gives(values, data):
    cuts = sorted(data.draw(st.lists(st.integers(0, values.shape[1]), max_size=4)))
    good = data.draw(st.none() | hnp.arrays(bool, values.shape))
    accumulator = Accumulator(len(values))
    for start, stop in zip([0, *cuts], [*cuts, values.shape[1]], strict=True):
        mask = None if good is None else good[:, start:stop]
        accumulator.add(values[:, start:stop], mask)
    assert_equal(accumulator.results(), expected(values, good))


@given(arrays(SAMPLES), st.data())
@settings(max_examples=80, deadline=None)
def test_merged_parts_are_the_whole(values, data):
    cut = data.draw(st.integers(0, values.shape[1]))
    one, other = Accumulator(len(values)), Accumulator(len(values))
    one.add(values[:, :cut])
    other.add(values[:, cut:])
    one.merge(other)
    assert_equal(one.results(), expected(values))


@given(arrays(SAMPLES), st.data())
@settings(max_examples=80, deadline=None)
def test_results_can_be_gone_on_from(values, data):
    cut = data.draw(st.integers(0, values.shape[1]))
    before = Accumulator(len(values))
    before.add(values[:, :cut])
    after = Accumulator.resumed(before.results())
    after.add(values[:, cut:])
    assert_equal(after.results(), expected(values))


@given(arrays(SAMPLES), st.data())
@settings(max_examples=50, deadline=None)
def test_slices_of_channels_may_come_in_any_order(values, data):
    cut = data.draw(st.integers(0, len(values)))
    accumulator = Accumulator(len(values))
    accumulator.add(values[cut:], first_channel=cut)
    accumulator.add(values[:cut])
    assert_equal(accumulator.results(), expected(values))


@pytest.mark.parametrize("dtype", ["<f4", "<i1", "<i2", "<i4", "<i8", "<u1", "<u2", "<u4", "<u8"])
def test_every_stored_type_is_taken(dtype):
    values = np.random.default_rng(3).integers(0, 100, (6, 1000)).astype(dtype)
    accumulator = Accumulator(6)
    accumulator.add(values[:, :300])
    accumulator.add(values[:, 300:])
    assert_equal(accumulator.results(), expected(values))


@pytest.mark.parametrize("step", [1, 7, 16384])
def test_a_spread_of_one_on_an_offset_of_a_billion_keeps_its_digits(step):
    noise = np.random.default_rng(4).normal(0.0, 1.0, (2, 16384))
    values = noise + 1e9
    exact = values - 1e9  # exact: both numbers are within a factor of two of each other
    accumulator = Accumulator(2)
    for start in range(0, 16384, step):
        accumulator.add(values[:, start : start + step])
    found = accumulator.results()
    np.testing.assert_allclose(found.deviation, exact.std(axis=1, ddof=1), rtol=1e-7)
    roundings = np.sqrt(16384 / step) * np.spacing(1e9)  # one per piece, of either sign
    np.testing.assert_allclose(found.mean - 1e9, exact.mean(axis=1), atol=3 * roundings)


def test_a_first_sample_far_off_spoils_nothing():
    values = np.random.default_rng(5).normal(1e9, 1.0, (1, 16384))
    values[0, 0] = np.nan
    values[0, 1] = 0.0
    accumulator = Accumulator(1)
    accumulator.add(values)
    assert_equal(accumulator.results(), expected(values))


def test_a_constant_channel_has_no_spread():
    accumulator = Accumulator(1)
    for _ in range(50):
        accumulator.add(np.full((1, 97), 0.1))
    found = accumulator.results()
    assert found.mean[0] == pytest.approx(0.1, rel=1e-15)
    assert found.deviation[0] < 1e-16


def test_half_a_billion_samples_drift_no_more_than_rounding():
    piece = np.random.default_rng(6).normal(1e6, 1.0, (1, 16384))
    whole = Accumulator(1)
    whole.add(piece)
    for _ in range(15):
        whole.merge(whole)
    found = whole.results()
    assert found.count[0] == 16384 * 2**15
    assert found.mean[0] == pytest.approx(piece.mean(), rel=1e-14)
    assert found.deviation[0] == pytest.approx(piece.std(), rel=1e-9)


def test_nothing_taken_is_no_number():
    found = Accumulator(2).results()
    assert found.count.tolist() == [0, 0]
    assert found.bad.tolist() == [0, 0]
    for column in (found.minimum, found.maximum, found.mean, found.deviation):
        assert np.isnan(column).all()


def test_results_do_not_change_when_more_is_taken():
    accumulator = Accumulator(1)
    accumulator.add(np.array([[1.0, 3.0]]))
    found = accumulator.results()
    accumulator.add(np.array([[100.0]]))
    assert found.count.tolist() == [2]
    assert found.maximum.tolist() == [3.0]
    assert found.mean.tolist() == [2.0]
