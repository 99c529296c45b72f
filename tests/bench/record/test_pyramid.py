"""The pyramid holds every spike, against brute force."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bench.record.numbers import pyramid
from bench.record.numbers.pyramid import (
    CHUNK_BINS,
    FIRST,
    LEVELS,
    STEP,
    PyramidBuilder,
    bins_of,
    factor_of,
    join_bins,
    level_for,
    pyramid_dtype,
    reduce_envelope,
    trace_envelope,
)

DTYPES = ("<f4", "<f8", "<i1", "<i2", "<i4", "<i8", "<u1", "<u2", "<u4", "<u8")
CHUNK_ROWS = FIRST * CHUNK_BINS


def brute(values, factor):
    """Return the exact bounds per bin, as Python numbers; None: no sample."""
    found = []
    for channel in values:
        pieces = [channel[i : i + factor].tolist() for i in range(0, len(channel), factor)]
        known = [[number for number in piece if not np.isnan(number)] for piece in pieces]
        found.append([(min(piece), max(piece)) if piece else None for piece in known])
    return found


def elements(dtype):
    kind = np.dtype(dtype)
    if kind.kind == "f":
        special = [np.nan, np.inf, -np.inf, 0.0, -0.0, np.finfo(kind).max, np.finfo(kind).tiny]
        return st.sampled_from(special) | hnp.from_dtype(kind)
    low, high = int(np.iinfo(kind).min), int(np.iinfo(kind).max)
    edges = [low, low + 1, high, high - 1, 0, 2**53, 2**53 + 1, -(2**53) - 1, 2**24 + 1]
    inside = [edge for edge in edges if low <= edge <= high]
    return st.sampled_from(inside) | st.integers(low, high)


@pytest.mark.parametrize("dtype", DTYPES)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_bounds_are_the_tightest_floats_that_hold_every_sample(dtype, data):
    shape = st.tuples(st.integers(1, 10), st.integers(0, 20))
    values = data.draw(hnp.arrays(dtype, shape, elements=elements(dtype)))
    factor = data.draw(st.integers(1, 7))
    bins = bins_of(values, factor, last=True)
    kind = bins.dtype.type
    assert bins.dtype == pyramid_dtype(dtype)
    assert bins.shape == (len(values), -(-values.shape[1] // factor), 2)
    for channel, wanted in zip(bins, brute(values, factor), strict=True):
        for (low, high), bounds in zip(channel, wanted, strict=True):
            if bounds is None:
                assert np.isnan(low)
                assert np.isnan(high)
                continue
            # Python compares an int with a float exactly.
            assert float(low) <= bounds[0]
            assert float(high) >= bounds[1]
            assert float(low) == bounds[0] or float(np.nextafter(low, kind(np.inf))) > bounds[0]
            assert float(high) == bounds[1] or float(np.nextafter(high, kind(-np.inf))) < bounds[1]


@pytest.mark.parametrize(
    ("number", "low", "high"),
    [
        (2**53 + 1, 2.0**53, 2.0**53 + 2),
        (-(2**53) - 1, -(2.0**53) - 2, -(2.0**53)),
        (2**63 - 1, 2.0**63 - 1024, 2.0**63),
        (-(2**63) + 1, -(2.0**63), -(2.0**63) + 1024),
        (-(2**63), -(2.0**63), -(2.0**63)),
    ],
)
def test_long_integers_are_rounded_outwards(number, low, high):
    assert bins_of(np.array([[number]], "<i8"), 1).tolist() == [[[low, high]]]


def test_the_longest_unsigned_integer_is_rounded_outwards():
    bins = bins_of(np.array([[2**64 - 1]], "<u8"), 1)
    assert bins.tolist() == [[[2.0**64 - 2048, 2.0**64]]]


@pytest.mark.parametrize("dtype", DTYPES)
def test_bounds_have_seven_digits_only_where_these_are_enough(dtype):
    narrow = dtype in {"<f4", "<i1", "<i2", "<u1", "<u2"}
    assert pyramid_dtype(dtype) == np.dtype("<f4" if narrow else "<f8")


def test_a_piece_of_a_bin_is_refused_unless_it_is_the_last():
    with pytest.raises(ValueError, match="no whole bins of 256"):
        bins_of(np.zeros((1, 257), "<f4"), FIRST)
    assert bins_of(np.zeros((1, 257), "<f4"), FIRST, last=True).shape == (1, 2, 2)


def noise(channels, rows, dtype="<f4", seed=1):
    rng = np.random.default_rng(seed)
    if np.dtype(dtype).kind == "i":
        return rng.integers(-30000, 30000, (channels, rows)).astype(dtype)
    values = rng.normal(0.0, 1.0, (channels, rows)).astype(dtype)
    values[:, rng.integers(0, rows, rows // 50)] = np.nan
    values[0, : min(rows, 1000)] = np.nan
    values[-1, rng.integers(0, rows, 3)] = [np.inf, -np.inf, np.inf]
    return values


def levels_of(values):
    """Return all bins of all levels, straight from the samples."""
    return [bins_of(values, factor_of(level), last=True) for level in range(LEVELS)]


def assert_complete(taken, builder, wanted):
    for level in range(LEVELS):
        first, rest = builder.remainder(level)
        starts = [start for start, _ in taken[level]]
        assert starts == list(range(0, first, CHUNK_BINS))
        bins = np.concatenate([*(chunk for _, chunk in taken[level]), rest], axis=1)
        assert bins.dtype == wanted[level].dtype
        np.testing.assert_array_equal(bins, wanted[level])
        assert all(chunk.shape[1] == CHUNK_BINS for _, chunk in taken[level])


@pytest.mark.parametrize("dtype", ["<f4", "<f8", "<i2", "<i8"])
def test_levels_equal_the_bins_of_all_samples(dtype):
    values = noise(2, 2 * CHUNK_ROWS + 70_000, dtype)
    builder = PyramidBuilder(2, dtype)
    builder.add(0, values, last=True)
    taken = [builder.take_chunks(level) for level in range(LEVELS)]
    assert [len(chunks) for chunks in taken] == [2, 0, 0, 0]
    assert_complete(taken, builder, levels_of(values))


@given(data=st.data())
@settings(max_examples=30, deadline=None)
def test_every_cut_of_rows_and_channels_gives_the_same_chunks(data):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pyramid, "CHUNK_BINS", 32)
        patch.setattr(pyramid, "_BORN", 32 // STEP)
        rows = data.draw(st.integers(1, 40)) * 32 * FIRST // 2 + data.draw(st.integers(0, FIRST))
        channels = data.draw(st.integers(1, 4))
        values = noise(channels, rows)
        builder, taken = PyramidBuilder(channels, "<f4"), [[] for _ in range(LEVELS)]
        done = [0] * channels
        while min(done) < rows:
            low = data.draw(st.sampled_from([i for i in range(channels) if done[i] < rows]))
            high = low + 1
            while high < channels and done[high] == done[low] and data.draw(st.booleans()):
                high += 1
            stop = min(rows, done[low] + FIRST * data.draw(st.integers(1, 400)))
            builder.add(low, values[low:high, done[low] : stop], last=stop == rows)
            done[low:high] = [stop] * (high - low)
            if data.draw(st.booleans()):
                for level in range(LEVELS):
                    taken[level] += builder.take_chunks(level)
        for level in range(LEVELS):
            taken[level] += builder.take_chunks(level)
            first, rest = builder.remainder(level)
            bins = np.concatenate([*(chunk for _, chunk in taken[level]), rest], axis=1)
            np.testing.assert_array_equal(bins, bins_of(values, factor_of(level), last=True))
            assert [start for start, _ in taken[level]] == list(range(0, first, 32))


@pytest.mark.parametrize("halves", [0, 1, 7, 37, 64, 601, 1030])
def test_a_new_builder_goes_on_from_what_is_stored(halves, monkeypatch):
    monkeypatch.setattr(pyramid, "CHUNK_BINS", 32)
    monkeypatch.setattr(pyramid, "_BORN", 32 // STEP)
    rows, channels = halves * 16 * FIRST, 3
    values = noise(channels, rows + 50 * FIRST + 9)
    before = PyramidBuilder(channels, "<f4")
    before.add(0, values[:, :rows])
    taken = [before.take_chunks(level) for level in range(LEVELS)]
    asked = []

    def read(part, start, stop):
        asked.append((start, stop))
        return values[part, start:stop]

    def stored(level, part, start, stop):
        whole = np.concatenate([chunk for _, chunk in taken[level]], axis=1)
        assert stop <= whole.shape[1]
        return whole[part, start:stop]

    builder = PyramidBuilder(channels, "<f4")
    builder.resume(rows, read, stored)
    assert all(start >= rows - 32 * FIRST for start, _ in asked)
    builder.add(0, values[:, rows:], last=True)
    for level in range(LEVELS):
        taken[level] += builder.take_chunks(level)
    for level, wanted in enumerate(levels_of(values)):
        _, rest = builder.remainder(level)
        bins = np.concatenate([*(chunk for _, chunk in taken[level]), rest], axis=1)
        np.testing.assert_array_equal(bins, wanted)


def no_read(*_):
    raise AssertionError


def test_only_a_new_builder_resumes_and_only_at_whole_bins():
    builder = PyramidBuilder(1, "<f4")
    with pytest.raises(ValueError, match="behind 300 rows"):
        builder.resume(300, no_read, no_read)
    builder.add(0, np.zeros((1, FIRST), "<f4"))
    with pytest.raises(ValueError, match="behind 256 rows"):
        builder.resume(FIRST, no_read, no_read)


def test_channels_that_are_not_equally_far_are_refused():
    builder = PyramidBuilder(2, "<f4")
    builder.add(1, np.zeros((1, FIRST), "<f4"))
    with pytest.raises(ValueError, match="equally far"):
        builder.add(0, np.zeros((2, FIRST), "<f4"))
    with pytest.raises(ValueError, match="equally far"):
        builder.remainder(0)
    with pytest.raises(ValueError, match="not so many"):
        builder.add(1, np.zeros((2, FIRST), "<f4"))


def test_a_builder_without_samples_has_no_bins():
    builder = PyramidBuilder(3, "<i2")
    for level in range(LEVELS):
        assert builder.take_chunks(level) == []
        first, bins = builder.remainder(level)
        assert (first, bins.shape) == (0, (3, 0, 2))


@pytest.mark.parametrize(
    ("samples_per_pixel", "level"),
    [(0.1, None), (255.9, None), (256, 0), (4095, 0), (4096, 1), (65536, 2), (2**20, 3), (1e9, 3)],
)
def test_the_coarsest_level_with_a_bin_per_pixel_is_drawn(samples_per_pixel, level):
    assert level_for(samples_per_pixel) == level


def brute_envelope(starts, ends, minimum, maximum, edges):
    """Return bounds per pixel of the bins that reach into it."""
    found = []
    for pixel, (low, high) in enumerate(pairwise(edges)):
        last = pixel == len(edges) - 2
        inside = (ends >= low) & ((starts <= high) if last else (starts < high))
        known = inside & ~np.isnan(minimum)
        found.append(
            (minimum[known].min(), maximum[known].max()) if known.any() else (np.nan, np.nan)
        )
    return np.array(found).T


@given(data=st.data())
@settings(max_examples=200, deadline=None)
def test_an_envelope_holds_every_bin_that_reaches_into_a_pixel(data):
    count = data.draw(st.integers(0, 30))
    steps = data.draw(hnp.arrays("i8", 2 * count, elements=st.integers(0, 5)))
    places = np.cumsum(steps)
    starts, ends = places[::2], places[1::2]
    shape = {"elements": st.floats(-10, 10) | st.just(np.nan)}
    one, other = (data.draw(hnp.arrays("f8", count, **shape)) for _ in range(2))
    minimum, maximum = np.minimum(one, other), np.maximum(one, other)
    sorted_edges = st.lists(st.integers(-5, 200), min_size=2, max_size=20, unique=True).map(sorted)
    edges = np.array(data.draw(sorted_edges))
    found = reduce_envelope(starts, ends, minimum, maximum, edges)
    np.testing.assert_array_equal(
        np.array(found), brute_envelope(starts, ends, minimum, maximum, edges)
    )


def test_no_spike_is_lost_on_the_way_to_the_screen():
    rows = 300_000
    for place in (0, 1, 255, 256, 4095, 131_071, rows - 1):
        values = np.zeros((1, rows), "<f4")
        values[0, place] = 1.0
        bins = bins_of(values, FIRST, last=True)[0]
        coarse = join_bins(bins[np.newaxis], last=True)[0]
        edges = np.linspace(0, rows, 38)
        for level in (bins, coarse):
            factor = -(-rows // len(level) // FIRST) * FIRST
            starts = np.arange(len(level)) * factor
            ends = np.minimum(starts + factor, rows) - 1
            _, highest = reduce_envelope(starts, ends, level[:, 0], level[:, 1], edges)
            pixel = min(int(np.searchsorted(edges, place, "right")) - 1, 36)
            assert highest[pixel] == 1.0
            assert np.count_nonzero(highest) <= 2 + factor * 37 // rows


def test_pixels_without_samples_are_gaps():
    places = np.array([0, 1, 2, 50, 51])
    values = np.arange(5, dtype="<f4")
    low, high = reduce_envelope(places, places, values, values, np.array([0, 10, 20, 50, 60]))
    np.testing.assert_array_equal(low, [0, np.nan, np.nan, 3])
    np.testing.assert_array_equal(high, [2, np.nan, np.nan, 4])


@pytest.mark.parametrize("dtype", DTYPES)
def test_samples_of_every_type_are_drawn_as_bounds(dtype):
    values, places = np.array([3, 1, 2, 7], dtype), np.arange(4)
    low, high = reduce_envelope(places, places, values, values, np.array([0, 3, 9, 10]))
    np.testing.assert_array_equal(low, [1, 7, np.nan])
    np.testing.assert_array_equal(high, [3, 7, np.nan])


def test_long_integers_are_drawn_outwards():
    values, place = np.array([2**63 - 1], "<i8"), np.array([0])
    low, high = reduce_envelope(place, place, values, values, np.array([0, 1]))
    assert (low[0], high[0]) == (2.0**63 - 1024, 2.0**63)


@given(
    hnp.arrays(
        "<f4",
        st.tuples(st.integers(0, 9), st.integers(1, 20)),
        elements=st.floats(-1000, 1000, width=32) | st.just(np.nan),
    )
)
@settings(max_examples=60, deadline=None)
def test_a_trace_is_told_by_its_bounds_and_its_mean(values):
    found = trace_envelope(values)
    assert found.shape == (len(values), 3)
    for row, trace in zip(found, values.astype("f8"), strict=True):
        known = trace[~np.isnan(trace)]
        if len(known) == 0:
            assert np.isnan(row).all()
        else:
            assert row.tolist() == pytest.approx([known.min(), known.max(), known.mean()])


@pytest.mark.parametrize("dtype", DTYPES)
def test_zero_has_one_sign(dtype):
    values = np.zeros((1, FIRST), dtype)
    if np.dtype(dtype).kind == "f":
        values[:] = -0.0
    assert not np.signbit(bins_of(values, FIRST)).any()


@pytest.mark.parametrize(
    ("kind", "bits"), [("<f4", np.uint32(0x7FA00000)), ("<f8", np.uint64(0x7FF4 << 48))]
)
@pytest.mark.parametrize("samples", [1, 2, 256, 257])
def test_a_signalling_nan_is_a_nan_like_others(kind, bits, samples):
    values = np.full((2, samples), bits).view(kind)
    assert np.isnan(values).all()
    assert np.isnan(bins_of(values, FIRST, last=True)).all()
    assert np.isnan(trace_envelope(values)).all()
