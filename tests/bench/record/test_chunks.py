"""The bytes of a chunk are HDF5's own."""

import importlib.util
import io
import sys
import zlib

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bench.record.numbers import chunks
from bench.record.numbers.chunks import ChunkCoder, columns_of, decode_chunk, encode_chunk, padded

DTYPES = ("<f4", "<f8", "<i1", "<i2", "<i4", "<i8", "<u1", "<u2", "<u4", "<u8")


def noise(dtype, shape, seed=1):
    """Return values whose bytes are all random: NaN and infinities come by themselves."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    return np.frombuffer(np.random.default_rng(seed).bytes(size), dtype).reshape(shape)


def signal(dtype, shape):
    count = int(np.prod(shape))
    return (100 * np.sin(np.arange(count) / 50)).round(1).astype("f8").astype(dtype).reshape(shape)


def same_bits(one, other):
    return one.dtype == other.dtype and one.tobytes() == other.tobytes()


def dataset(file, dtype, chunk):
    open_ended = (None, *chunk[1:])
    return file.create_dataset(
        "value", chunk, dtype, maxshape=open_ended, chunks=chunk, compression=1, shuffle=True
    )


@pytest.mark.parametrize("make", [noise, signal], ids=["noise", "signal"])
@pytest.mark.parametrize("shape", [(1,), (3,), (4096,), (8, 720), (256, 1)], ids=str)
@pytest.mark.parametrize("dtype", DTYPES)
def test_hdf5_reads_a_chunk_that_was_encoded_here(dtype, shape, make):
    values = make(dtype, shape)
    with h5py.File(io.BytesIO(), "w") as file:
        column = dataset(file, dtype, shape)
        column.id.write_direct_chunk((0,) * len(shape), encode_chunk(values))
        assert same_bits(column[...], values)


@pytest.mark.parametrize("make", [noise, signal], ids=["noise", "signal"])
@pytest.mark.parametrize("shape", [(1,), (4096,), (8, 720)], ids=str)
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_chunk_that_hdf5_wrote_is_decoded(dtype, shape, make):
    values = make(dtype, shape)
    with h5py.File(io.BytesIO(), "w") as file:
        column = dataset(file, dtype, shape)
        column[...] = values
        mask, stored = column.id.read_direct_chunk((0,) * len(shape))
    decoded = decode_chunk(stored, dtype, values.size, filter_mask=mask)
    assert same_bits(decoded.reshape(shape), values)


@pytest.mark.parametrize("dtype", DTYPES)
def test_shuffled_bytes_are_those_of_hdf5(dtype):
    values = noise(dtype, (1000,))
    with h5py.File(io.BytesIO(), "w") as file:
        column = dataset(file, dtype, (1000,))
        column[...] = values
        _, stored = column.id.read_direct_chunk((0,))
    assert zlib.decompress(encode_chunk(values)) == zlib.decompress(stored)


@pytest.mark.parametrize("dtype", DTYPES)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_what_was_encoded_comes_back_bit_by_bit(dtype, data):
    values = data.draw(hnp.arrays(dtype, st.integers(0, 300)))
    assert same_bits(decode_chunk(encode_chunk(values), dtype, values.size), values)


@pytest.mark.parametrize("mask", [0, chunks.SHUFFLE_SKIPPED, chunks.DEFLATE_SKIPPED, 3])
def test_filters_that_were_passed_over_are_not_undone(mask):
    values = noise("<f4", (500,))
    shuffled = values.view("u1").reshape(-1, 4).T.tobytes()
    plain = values.tobytes() if mask & chunks.SHUFFLE_SKIPPED else shuffled
    stored = plain if mask & chunks.DEFLATE_SKIPPED else zlib.compress(plain, 1)
    assert same_bits(decode_chunk(stored, "<f4", 500, filter_mask=mask), values)


def test_values_are_decoded_into_a_given_array():
    values, whole = noise("<i2", (1000,)), np.zeros(3000, "<i2")
    result = decode_chunk(encode_chunk(values), "<i2", 1000, out=whole[1000:2000])
    assert np.shares_memory(result, whole)
    assert same_bits(whole[1000:2000], values)
    assert not whole[:1000].any()
    assert not whole[2000:].any()


def test_a_strided_chunk_is_encoded_as_its_values():
    values = noise("<f4", (64, 10))[:, 3]
    assert same_bits(decode_chunk(encode_chunk(values), "<f4", 64), np.ascontiguousarray(values))


def test_no_flipped_bit_gives_other_values():
    values = signal("<f4", (256,))
    stored = encode_chunk(values)
    for bit in range(8 * len(stored)):
        flipped = bytearray(stored)
        flipped[bit // 8] ^= 1 << bit % 8
        try:
            decoded = decode_chunk(bytes(flipped), "<f4", 256)
        except ValueError:
            continue
        assert same_bits(decoded, values), bit


def test_every_chunk_that_is_cut_off_is_refused():
    stored = encode_chunk(signal("<f4", (256,)))
    for size in range(len(stored)):
        with pytest.raises(ValueError, match="chunk"):
            decode_chunk(stored[:size], "<f4", 256)


@pytest.mark.parametrize("count", [99, 101])
def test_a_chunk_of_another_size_is_refused(count):
    with pytest.raises(ValueError, match="holds 400 bytes"):
        decode_chunk(encode_chunk(signal("<f4", (100,))), "<f4", count)


@pytest.mark.parametrize("value", [0.0, -0.0, np.nan, np.inf, 1.5])
def test_constant_chunks_are_encoded_as_any_other(value):
    coder = ChunkCoder()
    for dtype in ("<f4", "<f8"):
        values = np.full(4096, value, dtype)
        for _ in range(2):
            assert coder.encode(values) == encode_chunk(values)


def test_zero_and_minus_zero_are_no_constant_chunk():
    coder, values = ChunkCoder(), np.zeros(100, "<f4")
    coder.encode(values)
    values[30] = -0.0
    assert same_bits(decode_chunk(coder.encode(values), "<f4", 100), values)


def test_constant_chunks_of_all_types_are_kept_apart():
    coder = ChunkCoder()
    for dtype in DTYPES:
        for count in (10, 20):
            values = np.full(count, 1, dtype)
            assert same_bits(decode_chunk(coder.encode(values), dtype, count), values)


def test_no_more_constant_chunks_are_kept_than_allowed():
    coder = ChunkCoder()
    for value in range(3 * chunks._KEPT_CONSTANTS):
        coder.encode(np.full(16, value, "<i4"))
    assert len(coder._constants) == chunks._KEPT_CONSTANTS


def test_a_coder_encodes_a_chunk_without_values():
    assert decode_chunk(ChunkCoder().encode(np.empty(0, "<f4")), "<f4", 0).size == 0


@pytest.mark.parametrize("level", [1, 2, 3])
def test_every_level_is_read_back(level):
    values = signal("<f4", (4096,))
    assert same_bits(decode_chunk(ChunkCoder(level).encode(values), "<f4", 4096), values)


def test_without_isal_zlib_writes_the_same_format(monkeypatch):
    monkeypatch.setitem(sys.modules, "isal", None)
    spec = importlib.util.spec_from_file_location("chunks_by_zlib", chunks.__file__)
    by_zlib = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(by_zlib)
    assert by_zlib._fast is zlib
    values = signal("<f4", (4096,))
    assert same_bits(decode_chunk(by_zlib.encode_chunk(values), "<f4", 4096), values)
    assert same_bits(by_zlib.decode_chunk(encode_chunk(values), "<f4", 4096), values)
    with pytest.raises(ValueError, match="inflated"):
        by_zlib.decode_chunk(b"no chunk", "<f4", 4096)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "shape", [(0, 3), (5, 0), (1, 1), (513, 3), (1024, 257), (7, 600)], ids=str
)
def test_columns_are_the_rows_turned(dtype, shape):
    rows = noise(dtype, shape)
    turned = columns_of(rows)
    assert turned.flags.c_contiguous
    assert same_bits(turned, np.ascontiguousarray(rows.T))


def test_columns_are_taken_from_a_field_of_packed_rows():
    rows = np.zeros(700, [("time_ns", "<i8"), ("values_f4", "<f4", (5,)), ("quality", "u1", (5,))])
    rows["values_f4"] = signal("<f4", (700, 5))
    rows["quality"] = noise("u1", (700, 5))
    out = np.empty((5, 700), "<f4")
    assert columns_of(rows["values_f4"], out) is out
    assert same_bits(out, np.ascontiguousarray(rows["values_f4"].T))
    assert same_bits(columns_of(rows["quality"]), np.ascontiguousarray(rows["quality"].T))


@pytest.mark.parametrize("shape", [(3,), (3, 4), (8, 4), (0, 4)], ids=str)
def test_a_chunk_that_is_not_full_is_padded_with_zeros(shape):
    values = noise("<f4", shape)
    full = padded(values, 8)
    assert full.shape == (8, *shape[1:])
    assert same_bits(full[: shape[0]], values)
    assert not full[shape[0] :].any()
