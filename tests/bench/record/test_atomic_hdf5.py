"""HDF5 through the atomic file: each committed state is a whole file for any program."""

import errno
import io
import zlib

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.record import hdf5
from bench.record.disk.atomic import AtomicFile
from bench.record.disk.journal import commit_number_of, journal_of, read_journal
from bench.record.disk.snapshot import SnapshotFile
from bench.record.disk.storage import SystemStorage
from tests.bench.record.memory_storage import FOLDER, MemoryStorage

PATH = FOLDER / "run.h5"
CHUNK = 512
PACKED = {"compression": 1, "shuffle": True}
BOUNDS = ("v110", "v110")


def shuffled(values):
    return zlib.compress(np.ascontiguousarray(values.view(np.uint8).reshape(-1, 4).T).tobytes(), 1)


def grow(file, number):
    """One commit's worth of changes: rows, direct chunks, texts, attributes, a new dataset."""
    rows = file["rows"]
    rows.resize((number * 7,))
    rows[(number - 1) * 7 :] = number
    chunks = file["chunks"]
    chunks.resize((number * CHUNK,))
    values = np.random.default_rng(number).integers(0, 10**6, CHUNK).astype("<i4")
    chunks.id.write_direct_chunk(((number - 1) * CHUNK,), shuffled(values))
    file["texts"].resize((number,))
    file["texts"][number - 1] = "°C" * number
    file.attrs["commit"] = number
    rows.attrs[f"attribute {number}"] = "text" * number
    file.create_group(f"group {number}")["new"] = np.full(number, number)
    if "replaced" in file:
        del file["replaced"]
    file["replaced"] = np.full(20_000 // number, number, np.uint8)


def start(file):
    file.create_dataset("rows", (0,), "<f8", maxshape=(None,), chunks=(64,), **PACKED)
    file.create_dataset("chunks", (0,), "<i4", maxshape=(None,), chunks=(CHUNK,), **PACKED)
    file.create_dataset("texts", (0,), h5py.string_dtype(), maxshape=(None,), chunks=(8,))
    file.attrs["commit"] = 0


def check(file):
    """Prove that a file is exactly one commit; return its number."""
    number = int(file.attrs["commit"])
    assert file["rows"][:].tolist() == [float(n) for n in range(1, number + 1) for _ in range(7)]
    assert len(file["chunks"]) == number * CHUNK
    for place in range(number):
        expected = np.random.default_rng(place + 1).integers(0, 10**6, CHUNK)
        found = file["chunks"][place * CHUNK : (place + 1) * CHUNK]
        np.testing.assert_array_equal(found, expected)
    texts = ["°C" * (n + 1) for n in range(number)]
    assert list(file["texts"].asstr()[:]) == texts
    assert len(file["rows"].attrs) == number
    assert sum(name.startswith("group") for name in file) == number
    if number:
        assert file["replaced"][:].tolist() == [number] * (20_000 // number)
    return number


def created(storage, path=PATH):
    """A published file of commit 0, opened again."""
    stream = AtomicFile.create(storage, path)
    try:
        with h5py.File(stream, "w", libver=BOUNDS) as file:
            start(file)
        stream.commit()
        stream.publish()
    finally:
        stream.abandon()
    return AtomicFile.open(storage, path)


def reopened(files):
    storage = MemoryStorage(files)
    storage.keeps_states = False
    stream = AtomicFile.open(storage, PATH)
    content = bytes(storage.files[PATH.name])
    stream.close()
    return content


def number_in(content):
    with h5py.File(io.BytesIO(content), "r") as file:
        return check(file)


def test_after_every_prefix_of_the_calls_a_plain_open_finds_one_whole_commit():
    storage = MemoryStorage()
    stream = created(storage)
    storage.states.clear()
    ended = {0: 0}
    began = {}
    with h5py.File(stream, "r+", libver=BOUNDS) as file:
        for number in range(1, 9):
            grow(file, number)
            file.flush()
            began[number] = len(storage.states)
            stream.commit()
            ended[number] = len(storage.states)
    stream.close()
    seen = set()
    contents = {}
    for position, state in enumerate(storage.states, start=1):
        content = reopened(state)
        if content not in contents:
            contents[content] = number_in(content)
        found = contents[content]
        last = max(number for number, place in ended.items() if place <= position)
        assert found == last or (found == last + 1 and began[found] <= position)
        seen.add(found)
    assert seen == set(range(9))


def test_any_program_may_open_the_file_between_two_commits(tmp_path):
    path = tmp_path / "run.h5"
    stream = created(SystemStorage(), path)
    with h5py.File(stream, "r+", libver=BOUNDS) as file:
        for number in range(1, 5):
            grow(file, number)
            with h5py.File(path, "r", locking=False) as other:
                assert check(other) == number - 1
            file.flush()
            with SnapshotFile(path) as snapshot, h5py.File(snapshot, "r") as other:
                assert check(other) == number - 1
            stream.commit()
            with h5py.File(path, "r", locking=False) as other:
                assert check(other) == number
    stream.commit()
    stream.remove_journal()
    assert not journal_of(path).exists()
    with h5py.File(path, "r+") as other:
        assert check(other) == 4


@settings(max_examples=60, deadline=None)
@given(
    number=st.integers(0, 60),
    lasting=st.booleans(),
    code=st.sampled_from([errno.ENOSPC, errno.EIO]),
)
def test_a_disk_that_fails_never_crashes_hdf5_and_costs_no_commit(number, lasting, code):
    storage = MemoryStorage()
    storage.keeps_states = False
    stream = created(storage)
    first = storage.calls + number
    storage.code, storage.failing = code, range(first, 10**9 if lasting else first + 1)
    acknowledged = attempted = 0
    with h5py.File(stream, "r+", libver=BOUNDS) as file:
        while acknowledged == attempted < 6:
            attempted += 1
            grow(file, attempted)
            file.flush()
            try:
                stream.commit()
            except OSError:
                continue
            acknowledged += 1
        if acknowledged < attempted:
            file["rows"].resize((10**4,))  # HDF5 goes on in memory
    stream.close()
    found = number_in(reopened(storage.files))
    # A disk that fails for good may keep a journal that it was told to forget: all of it, then.
    assert found == acknowledged or (lasting and found == attempted)


@pytest.mark.parametrize("number", range(8))
def test_a_disk_that_fails_while_a_file_is_made_leaves_nothing(number):
    storage = MemoryStorage()
    storage.failing = range(number, number + 1)
    try:
        created(storage).close()
    except OSError:
        assert PATH.name not in storage.files or number_in(storage.files[PATH.name]) == 0
    storage.failing = range(0)
    if PATH.name not in storage.files:
        created(storage).close()
    assert number_in(reopened(storage.files)) == 0


def test_equal_changes_make_equal_files():
    def made():
        storage = MemoryStorage()
        storage.keeps_states = False
        stream = created(storage)
        with h5py.File(stream, "r+", libver=BOUNDS) as file:
            for number in range(1, 5):
                grow(file, number)
                file.flush()
                stream.commit()
        stream.close()
        return bytes(storage.files[PATH.name])

    assert made() == made()


def test_a_flag_that_says_that_somebody_writes_is_not_committed(tmp_path):
    path = tmp_path / "run.h5"
    with h5py.File(path, "w", libver=BOUNDS) as file:
        start(file)
        file.flush()
        flagged = path.read_bytes()
    path.write_bytes(flagged)
    with pytest.raises(OSError, match="already open for write"):
        h5py.File(path, "r")
    stream = AtomicFile.open(SystemStorage(), path)
    stream.write(flagged)
    stream.commit()
    stream.close()
    with h5py.File(path, "r") as file:
        assert check(file) == 0


def test_what_was_appended_before_a_crash_is_cut_off_at_the_next_opening():
    storage = MemoryStorage()
    created(storage).close()
    before = bytes(storage.files[PATH.name])
    storage.files[PATH.name] += b"chunks of a commit that never came"
    AtomicFile.open(storage, PATH)
    assert storage.files[PATH.name] == before


def test_room_in_the_index_is_asked_for_exactly_when_hdf5_makes_a_new_block():
    stream = io.BytesIO()
    grown = []
    with h5py.File(stream, "w", libver=BOUNDS) as file:
        chunks = file.create_dataset("x", (0,), "<f4", maxshape=(None,), chunks=(64,), **PACKED)
        file.flush()
        for number in range(600):
            before = len(stream.getvalue())
            chunks.resize(((number + 1) * 64,))
            chunks.id.write_direct_chunk((number * 64,), bytes(100))
            file.flush()
            if len(stream.getvalue()) - before > 100:
                grown.append(number)
    assert grown == [number for number in range(600) if hdf5.makes_index_block(number)]


def commit_pages(with_room):
    """How many pages of the journal a commit takes that adds a chunk to 100 columns."""
    storage = MemoryStorage()
    storage.keeps_states = False
    stream = AtomicFile.create(storage, PATH)
    file = hdf5.create(stream)
    columns = [file.create_column(f"column {number}", "<f4", 64) for number in range(100)]
    for number in range(6):
        for column in columns:
            column.set_length((number + 1) * 64)
            if with_room and hdf5.makes_index_block(number):
                column.chunks.make_room(number * 64)
        for column in columns:
            column.chunks.write(number * 64, bytes(5000))
        file.flush()
        if number == 0:
            file.close()
            stream.commit()
            stream.publish()
            stream = AtomicFile.open(storage, PATH)
            file = hdf5.open_to_change(stream)
            columns = [file.column(f"column {number}") for number in range(100)]
        else:
            stream.commit()
    file.close()
    stream.close()
    with plain(storage) as other:
        assert other["column 7"].id.get_num_chunks() == 6
        assert other["column 7"].id.read_direct_chunk((0,))[1] == bytes(5000)
    return (len(storage.files[journal_of(PATH).name]) - 64) // 4104


def plain(storage):
    return h5py.File(io.BytesIO(bytes(storage.files[PATH.name])), "r")


def test_room_asked_for_ahead_keeps_the_pages_of_a_commit_few():
    assert commit_pages(with_room=True) < 0.4 * commit_pages(with_room=False)


def test_the_journal_header_is_true_at_every_moment(tmp_path):
    storage = MemoryStorage()
    stream = created(storage)
    storage.states.clear()
    with h5py.File(stream, "r+", libver=BOUNDS) as file:
        for number in range(1, 3):
            grow(file, number)
            file.flush()
            stream.commit()
    stream.close()
    path, pending = tmp_path / PATH.name, 0
    for state in storage.states:
        for name, data in state.items():
            (tmp_path / name).write_bytes(data)
        number, is_applied = commit_number_of(path)
        if is_applied == 1:
            pending += 1
            assert read_journal(path).commit_number == number
    assert pending > 4


def test_nothing_is_left_of_what_was_not_committed():
    storage = MemoryStorage()
    stream = created(storage)
    before = bytes(storage.files[PATH.name])
    with h5py.File(stream, "r+", libver=BOUNDS) as file:
        grow(file, 1)
        file["large"] = np.arange(50_000)
        file.flush()
        assert len(storage.files[PATH.name]) > len(before)
    stream.abandon()
    assert storage.files[PATH.name] == before
