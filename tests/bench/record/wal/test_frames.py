from hypothesis import given
from hypothesis import strategies as st

from bench.record.wal import Frame, FrameKind, decode, encode, frame_size

I64 = st.integers(-(2**63), 2**63 - 1)
FRAMES = st.builds(
    Frame,
    kind=st.sampled_from(FrameKind),
    group=st.integers(0, 2**16 - 1),
    sequence=st.integers(1, 2**63 - 1),
    first_row=st.integers(0, 2**63 - 1),
    rows=st.integers(0, 2**32 - 1),
    time_ns=I64,
    payload=st.binary(max_size=300),
)
SALTS = st.integers(0, 2**32 - 1)


@given(FRAMES, SALTS, st.binary(max_size=10), st.binary(max_size=10))
def test_a_frame_comes_back_from_where_it_stands(frame, salt, before, behind):
    data = before + b"".join(encode(frame, salt)) + behind
    assert decode(data, len(before), salt) == frame
    assert frame_size(memoryview(data), len(before), salt) == frame.size


@given(FRAMES, SALTS)
def test_no_part_of_a_frame_is_one(frame, salt):
    data = b"".join(encode(frame, salt))
    assert all(decode(data[:end], 0, salt) is None for end in range(len(data)))


@given(FRAMES, SALTS, st.data())
def test_a_frame_with_a_flipped_bit_is_none(frame, salt, data):
    whole = bytearray(b"".join(encode(frame, salt)))
    bit = data.draw(st.integers(0, 8 * len(whole) - 1))
    whole[bit // 8] ^= 1 << bit % 8
    assert decode(bytes(whole) + bytes(600), 0, salt) is None


@given(FRAMES, FRAMES)
def test_a_head_goes_with_no_other_payload(one, other):
    head, payload = encode(one)[0], other.payload
    found = decode(head + payload.ljust(len(one.payload), b"\0")[: len(one.payload)])
    assert found is None or found == one


@given(FRAMES, SALTS, SALTS)
def test_a_frame_is_valid_only_where_its_salt_is_expected(frame, salt, other):
    found = decode(b"".join(encode(frame, salt)), 0, other)
    assert (found == frame) if salt == other else (found is None)


def test_the_payload_is_not_copied():
    payload = memoryview(bytearray(b"rows"))
    frame = Frame(FrameKind.ROWS, 0, 1, 0, 1, 0, payload)
    assert encode(frame)[1] is payload


def test_zeros_are_no_frame():
    assert decode(bytes(1000)) is None


def test_the_bytes_of_a_frame_never_change():
    """Golden: a frame of version 1 written with struct and zlib by hand (the module's picture)."""
    frame = Frame(FrameKind.RECORD, 2, 3, 4, 5, 6, b"abc")
    head = (
        b"h2fr\x02\x00\x02\x00\x05\x00\x00\x00\x03\x00\x00\x00"
        b"\x03\0\0\0\0\0\0\0\x04\0\0\0\0\0\0\0\x06\0\0\0\0\0\0\0"
        b"\xc2\x41\x24\x35"  # CRC-32 of "abc" is 352441C2 (ISO 3309)
    )
    assert b"".join(encode(frame)).startswith(head)
    assert len(encode(frame)[0]) == 48
