import struct

import h5py
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.record.disk.superblock import SIZE, cleared, end_of_file, lookup3


@pytest.mark.parametrize(
    ("text", "expected"),
    [(b"", 0xDEADBEEF), (b"Four score and seven years ago", 0x17770551)],
)
def test_the_hash_is_the_published_one(text, expected):
    """Values of driver5() in Bob Jenkins' lookup3.c (2006, public domain)."""
    assert lookup3(text) == expected


def head_of(path):
    return path.read_bytes()[:SIZE]


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "x.h5"
    with h5py.File(path, "w", libver=("v110", "v110")) as file:
        file["x"] = range(1000)
        file.flush()
        yield path


def test_the_checksum_is_the_one_hdf5_writes(written):
    head = head_of(written)
    assert struct.unpack_from("<I", head, 44)[0] == lookup3(head[:44])


def test_an_open_file_is_refused_until_its_flag_is_cleared(written, tmp_path):
    copy = tmp_path / "copy.h5"
    copy.write_bytes(written.read_bytes())
    with pytest.raises(OSError, match="already open for write"):
        h5py.File(copy, "r")
    content = copy.read_bytes()
    copy.write_bytes(cleared(content[:SIZE]) + content[SIZE:])
    with h5py.File(copy, "r") as file:
        assert len(file["x"]) == 1000


def test_the_end_is_where_the_file_ends(written):
    assert end_of_file(head_of(written)) == written.stat().st_size


def test_clearing_twice_changes_nothing(written):
    once = cleared(head_of(written))
    assert cleared(once) == once != head_of(written)


@given(st.binary(max_size=60))
def test_what_is_no_superblock_stays_and_has_no_end(data):
    assert cleared(data) == data
    assert end_of_file(data) is None


@given(place=st.integers(0, SIZE - 1), bit=st.integers(0, 7))
def test_a_damaged_superblock_has_no_end(place, bit):
    head = bytearray(b"\x89HDF\r\n\x1a\n\x03\x08\x08\x00" + bytes(16) + struct.pack("<QQ", 99, 48))
    head += struct.pack("<I", lookup3(bytes(head)))
    assert end_of_file(bytes(head)) == 99
    head[place] ^= 1 << bit
    assert end_of_file(bytes(head)) is None
