from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.record.disk.storage import SystemStorage
from bench.record.wal import (
    Position,
    ReadOnlyFiles,
    SegmentTail,
    SegmentWriter,
    list_segments,
    read_frames,
    segment_path,
)

SIZE = 400


@pytest.fixture(scope="session")
def written(memory, run, run_id):
    """Return a storage with a log: `written(frames, per_append)`."""

    def write(all_frames, step=3, segment_size=SIZE, storage=None):
        storage = storage or memory()
        writer = SegmentWriter(storage, run, run_id, segment_size=segment_size)
        for begin in range(0, len(all_frames), step):
            writer.append(all_frames[begin : begin + step])
        writer.sync()
        return storage, writer

    return write


@settings(max_examples=60, deadline=None)
@given(data=st.data(), step=st.integers(1, 7), size=st.integers(64, 1000))
def test_frames_come_back_however_they_lie_in_segments(
    written, frames, payloads, *, run, run_id, data, step, size
):
    given_frames = frames(data.draw(payloads))
    storage, writer = written(given_frames, step, size)
    assert list(read_frames(storage, run, run_id=run_id)) == given_frames
    assert list(read_frames(storage, run, run_id=run_id, upto=writer.synced)) == given_frames


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_tail_reads_each_frame_once_up_to_where_it_is_told(
    memory, frames, payloads, *, run, run_id, data
):
    given_frames = frames(data.draw(payloads))
    storage = memory()
    writer = SegmentWriter(storage, run, run_id, segment_size=SIZE)
    tail = SegmentTail(storage, run, run_id)
    seen = []
    for frame in given_frames:
        writer.append([frame])
        if data.draw(st.booleans()):
            told = writer.position
            seen += tail.read(told)
            assert seen == given_frames[: frame.sequence]
    seen += tail.read(Position(10**6, 0))
    assert seen == given_frames
    assert not tail.cuts


def test_a_tail_that_is_left_in_the_middle_goes_on_there(written, frames, run, run_id):
    given_frames = frames([bytes(50)] * 20)
    storage, _ = written(given_frames)
    tail = SegmentTail(storage, run, run_id)
    assert [*islice(tail.read(), 5), *tail.read()] == given_frames


def test_nothing_behind_the_given_place_is_read(written, frames, run, run_id):
    storage, writer = written(frames([b"a"] * 4), segment_size=4000)
    told = writer.synced
    writer.append(frames([b"b"], 5))
    assert [f.payload for f in read_frames(storage, run, run_id=run_id, upto=told)] == [b"a"] * 4


def test_a_frame_larger_than_a_segment_or_a_piece_has_its_own(written, frames, run, run_id):
    given_frames = frames([b"a", bytes(range(256)) * (5 << 12), b"", b"c"])
    storage, _ = written(given_frames)
    assert list(read_frames(storage, run, run_id=run_id)) == given_frames


def test_pieces_end_anywhere_in_a_frame(written, frames, run, run_id, monkeypatch):
    given_frames = frames([bytes([n]) * n for n in range(60)])
    storage, _ = written(given_frames, segment_size=8000)
    for piece in range(49, 200):
        monkeypatch.setattr("bench.record.wal.reading._FIRST_PIECE", piece)
        monkeypatch.setattr("bench.record.wal.reading._PIECE", piece + 7)
        assert list(read_frames(storage, run, run_id=run_id)) == given_frames


def test_every_byte_prefix_of_a_log_is_a_prefix_of_the_frames(written, frames, run, run_id):
    given_frames = frames([bytes([n]) * (7 * n) for n in range(12)])
    storage, _ = written(given_frames)
    counts = []
    for number in reversed(list_segments(storage, run)):
        content = storage.files[segment_path(run, number)]
        while content.cache:
            content.cache.pop()
            found = list(read_frames(storage, run, run_id=run_id))
            assert found == given_frames[: len(found)]
            counts.append(len(found))
        del storage.files[segment_path(run, number)]
    assert counts == sorted(counts, reverse=True)
    assert (counts[0], counts[-1]) == (12, 0)


def test_a_flipped_bit_cuts_and_never_yields_another_frame(written, frames, run, run_id):
    given_frames = frames([bytes([n]) * (5 * n) for n in range(9)])
    storage, _ = written(given_frames)
    lengths = set()
    for number in list_segments(storage, run):
        cache = storage.files[segment_path(run, number)].cache
        for bit in range(8 * len(cache)):
            cache[bit // 8] ^= 1 << bit % 8
            tail = SegmentTail(storage, run, run_id, after=0)
            found = list(tail.read())
            assert found == given_frames[: len(found)]
            assert len(found) == 9 or tail.cuts
            lengths.add(len(found))
            cache[bit // 8] ^= 1 << bit % 8
    assert lengths == set(range(10))


def test_a_segment_whose_head_is_damaged_is_read_all_the_same(written, frames, run, run_id):
    given_frames = frames([bytes(50)] * 20)
    storage, _ = written(given_frames)
    storage.files[segment_path(run, 2)].cache[:64] = bytes(64)
    assert list(read_frames(storage, run, run_id=run_id)) == given_frames


def test_a_segment_made_ahead_hides_nothing_that_is_written_before_it(memory, frames, run, run_id):
    storage = memory()
    writer = SegmentWriter(storage, run, run_id, segment_size=SIZE)
    tail = SegmentTail(storage, run, run_id)
    seen = []
    given_frames = frames([bytes(50)] * 20)
    for frame in given_frames:
        writer.append([frame])
        writer.sync()
        seen += tail.read()
    assert seen == given_frames


def test_a_lost_first_segment_is_a_hole_when_the_file_says_what_it_has(
    written, frames, run, run_id
):
    given_frames = frames([bytes(50)] * 20)
    storage, _ = written(given_frames)
    storage.remove(segment_path(run, 1))
    tail = SegmentTail(storage, run, run_id, after=0)
    assert list(tail.read()) == []
    assert tail.has_hole


def test_frames_that_the_file_has_are_passed_over_even_with_segments_missing_between(
    written, frames, run, run_id
):
    given_frames = frames([bytes(50)] * 20)
    storage, _ = written(given_frames)
    storage.remove(segment_path(run, 2))
    found = list(read_frames(storage, run, run_id=run_id, after=10))
    assert found == given_frames[10:]


def test_segments_of_another_run_are_ignored_and_kept(written, frames, run, run_id, memory):
    storage = memory()
    old = SegmentWriter(storage, run, b"another run's id", segment_size=SIZE)
    old.append(frames([b"old" * 50] * 9))
    old.sync()
    old.close()
    kept = list_segments(storage, run)
    given_frames = frames([b"new"] * 9)
    written(given_frames, storage=storage)
    assert list(read_frames(storage, run, run_id=run_id)) == given_frames
    assert set(list_segments(storage, run)) - set(list_segments(storage, run, run_id)) == set(kept)


def test_frames_of_an_old_log_in_the_blocks_of_a_new_segment_are_not_valid(
    written, frames, run, run_id, memory
):
    new, _ = written(frames([b"new"]), segment_size=4000)
    old = memory()
    writer = SegmentWriter(old, run, b"another run's id", segment_size=4000)
    writer.append(frames([b"old"] * 9))
    end = 64 + 48 + 3
    content = new.files[segment_path(run, 1)].cache
    content[end:] = old.files[segment_path(run, 1)].cache[end:]
    tail = SegmentTail(new, run, run_id)
    assert [frame.sequence for frame in tail.read()] == [1]
    assert tail.cuts == (Position(1, end),)


def test_a_segment_removed_while_it_is_read_is_passed_over(written, frames, run, run_id):
    given_frames = frames([bytes(50)] * 20)
    storage, _ = written(given_frames)
    tail = SegmentTail(storage, run, run_id)
    reading = tail.read()
    found = [next(reading)]
    storage.files.pop(segment_path(run, 2))
    found += reading
    assert found == given_frames[: len(found)]


def test_no_segment_stays_open_between_two_frames(written, frames, run, run_id):
    storage, _ = written(frames([bytes(50)] * 20))

    def handles():
        return sum(content.handles for content in storage.files.values())

    before = handles()
    for _ in read_frames(storage, run, run_id=run_id):
        assert handles() == before


def test_a_tail_says_which_segments_are_still_needed(written, frames, run, run_id):
    given_frames = frames([bytes(50)] * 20)
    storage, writer = written(given_frames)
    for released in range(21):
        tail = SegmentTail(storage, run, run_id)
        list(tail.read())
        assert tail.first_needed(released) == writer.first_needed(released)


def test_a_log_is_read_without_the_right_to_write(written, frames, run_id, tmp_path):
    run = tmp_path / "run.h5"
    given_frames = frames([bytes(50)] * 20)
    writer = SegmentWriter(SystemStorage(), run, run_id, segment_size=SIZE)
    writer.append(given_frames)
    writer.sync()
    for number in list_segments(ReadOnlyFiles(), run):
        segment_path(run, number).chmod(0o400)
    assert list(read_frames(ReadOnlyFiles(), run, run_id=run_id)) == given_frames
    writer.close()
