import errno
import random
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.record.disk.storage import SystemStorage
from bench.record.wal import (
    SegmentWriter,
    list_segments,
    read_frames,
    remove_log,
    segment_path,
    spare_path,
)

SIZE = 400
EIO = OSError(errno.EIO, "Input/output error")


def failing_at(numbers):
    return lambda number, what, path: EIO if number in numbers else None


def failing(what, name="", count=1):
    """Fail the next calls of a kind."""
    left = [count]

    def judge(number, called, path):
        if called == what and name in path.name and left[0]:
            left[0] -= 1
            return EIO
        return None

    return judge


@pytest.fixture
def storage(memory):
    return memory()


@pytest.fixture
def writer(storage, run, run_id):
    return SegmentWriter(storage, run, run_id, segment_size=SIZE)


@pytest.fixture
def read(storage, run, run_id):
    return lambda **options: list(read_frames(storage, run, run_id=run_id, **options))


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.lists(st.integers(0, 500), max_size=4)),
        st.tuples(st.just("sync"), st.none()),
        st.tuples(st.just("release"), st.integers(0, 10)),
    ),
    max_size=30,
)

FAILURES = st.sets(st.integers(1, 120), max_size=12)


class Program:
    """A log driven through appends, syncs and releases, whatever fails under it."""

    def __init__(self, storage, run, run_id, frames):
        self.writer = SegmentWriter(storage, run, run_id, segment_size=SIZE)
        self.frames = frames
        self.given = []
        self.released = 0

    def drive(self, steps):
        for what, argument in steps:
            with suppress(OSError):
                self.step(what, argument)

    def step(self, what, argument):
        if what == "append":
            first = len(self.given) + 1
            new = self.frames([bytes([n % 256]) * n for n in argument], first)
            self.given += new
            self.writer.append(new)
        elif what == "sync":
            self.writer.sync()
            assert self.writer.acknowledged == len(self.given)
        else:
            self.released = max(self.released, self.writer.acknowledged - argument)
            self.writer.remove_upto(self.writer.first_needed(self.released))


@settings(max_examples=400, deadline=None)
@given(steps=STEPS, failures=FAILURES, seed=st.integers(0, 2**32))
def test_what_is_acknowledged_survives_failures_and_a_power_cut(
    memory, run, run_id, frames, *, steps, failures, seed
):
    storage = memory()
    program = Program(storage, run, run_id, frames)
    storage.failing = failing_at({len(storage.calls) + number for number in failures})
    program.drive(steps)
    left = storage.after_power_cut(random.Random(seed))
    found = list(read_frames(left, run, run_id=run_id, after=program.released))
    assert found == program.given[program.released :][: len(found)]
    assert program.released + len(found) >= program.writer.acknowledged


@settings(max_examples=100, deadline=None)
@given(steps=STEPS, failures=FAILURES)
def test_everything_is_written_once_the_disk_is_well_again(
    memory, run, run_id, frames, *, steps, failures
):
    storage = memory()
    program = Program(storage, run, run_id, frames)
    storage.failing = failing_at({len(storage.calls) + number for number in failures})
    program.drive(steps)
    storage.failing = failing_at(())
    program.writer.sync()
    assert program.writer.acknowledged == len(program.given)
    synced = program.writer.synced
    found = list(read_frames(storage, run, run_id=run_id, after=program.released, upto=synced))
    assert found == program.given[program.released :]


@pytest.mark.parametrize("what", ["write", "sync"])
def test_what_a_failed_segment_does_not_hold_for_sure_stands_in_the_next(
    storage, writer, run, frames, *, read, what
):
    writer.append(frames([b"a"]))
    writer.sync()
    storage.failing = failing(what)
    writer.append(frames([b"b", b"c"], 2))
    writer.sync()
    assert writer.synced.segment == 2
    assert list(read(after=1)) == frames([b"b", b"c"], 2)
    del storage.files[segment_path(run, 1)]
    assert read() == frames([b"b", b"c"], 2)


def test_a_folder_that_cannot_be_synced_acknowledges_nothing(storage, writer, frames, read):
    storage.failing = failing("sync folder", count=99)
    writer.append(frames([b"a"]))
    with pytest.raises(OSError, match="Input/output"):
        writer.sync()
    assert writer.acknowledged == 0
    storage.failing = failing_at(())
    writer.sync()
    assert (writer.acknowledged, read()) == (1, frames([b"a"]))


def test_a_segment_whose_name_may_be_lost_is_not_used(storage, writer, run, run_id, frames):
    writer.append(frames([b"a"]))
    writer.sync()  # the next segment is made ahead; its name is not on the disk yet
    storage.failing = failing("sync folder")
    writer.append(frames([b"b"], 2))
    writer.sync()
    left = storage.after_power_cut(random.Random(1))
    assert list(read_frames(left, run, run_id=run_id)) == frames([b"a", b"b"])


def test_the_name_of_the_reserve_in_use_is_on_the_disk(storage, writer, run, run_id, frames):
    given_frames = frames([bytes(250)] * 2)
    writer.append(given_frames[:1])
    storage.failing = lambda number, what, path: EIO if what == "create" else None
    writer.sync()
    writer.append(given_frames[1:])
    writer.sync()
    assert writer.is_on_reserve
    for seed in range(20):
        left = storage.after_power_cut(random.Random(seed))
        assert list(read_frames(left, run, run_id=run_id)) == given_frames


def test_frames_are_kept_while_the_disk_is_gone(storage, writer, frames, read):
    storage.failing = lambda number, what, path: EIO
    writer_frames = frames([bytes(100)] * 10)
    for frame in writer_frames:
        with pytest.raises(OSError, match="Input/output"):
            writer.append([frame])
    assert writer.kept_bytes == sum(frame.size for frame in writer_frames)
    storage.failing = failing_at(())
    writer.sync()
    assert (read(), writer.kept_bytes) == (writer_frames, 0)


@pytest.mark.parametrize("reserves", [True, False])
@pytest.mark.parametrize("more", range(0, SIZE, 24))
def test_a_full_disk_is_recorded_on_into_the_reserve(
    memory, run, run_id, frames, *, reserves, more
):
    """True: as Linux, space is reserved; False: as Windows, each write may find the disk full."""
    storage = memory(reserves=reserves)
    writer = SegmentWriter(storage, run, run_id, segment_size=SIZE)
    storage.capacity = 3 * SIZE + more
    given_frames = frames([bytes(100)] * 40)
    on_reserve_at = failed_at = None
    for frame in given_frames:
        try:
            writer.append([frame])
            writer.sync()
        except OSError:
            failed_at = frame.sequence
            break
        if writer.is_on_reserve and on_reserve_at is None:
            on_reserve_at = frame.sequence
    assert 1 < on_reserve_at < failed_at
    assert writer.acknowledged == failed_at - 1
    storage.capacity += 10 * SIZE
    writer.sync()
    assert list(read_frames(storage, run, run_id=run_id)) == given_frames[:failed_at]


def test_segments_that_can_be_made_but_not_written_leave_the_reserve(
    storage, writer, run, frames, read
):
    spare = storage.files[spare_path(run)]

    def full_behind_the_head(number, what, path):
        is_frames = what == "write" and storage.calls.count((what, path.name)) > 1
        return EIO if is_frames and storage.files[path] is not spare else None

    storage.failing = full_behind_the_head
    writer.append(frames([b"a"]))
    assert (writer.is_on_reserve, read()) == (True, frames([b"a"]))


def test_what_was_written_is_acknowledged_although_nothing_more_fits(storage, writer, frames):
    storage.capacity = storage.used
    with pytest.raises(OSError, match="No space"):
        writer.append(frames([bytes(100)] * 40))
    assert writer.acknowledged == 0
    with pytest.raises(OSError, match="No space"):
        writer.sync()
    assert writer.acknowledged == 4  # two frames of 148 in each of two segments of 400


def test_a_frame_too_large_for_the_reserve_leaves_it_to_others(storage, writer, run, frames):
    storage.capacity = storage.used
    with pytest.raises(OSError, match="No space"):
        writer.append(frames([bytes(1000)]))
    assert storage.exists(spare_path(run))
    assert not writer.is_on_reserve


def test_the_reserve_is_released_for_the_sealing(storage, writer, run):
    writer.release_reserve()
    assert not storage.exists(spare_path(run))
    writer.release_reserve()


def test_a_log_begins_on_no_disk_that_is_full(memory, run, run_id):
    storage = memory(capacity=SIZE + 100)
    with pytest.raises(OSError, match="No space"):
        SegmentWriter(storage, run, run_id, segment_size=SIZE)
    assert storage.files == {}


def test_the_next_segment_is_there_before_it_is_needed(storage, writer, frames):
    writer.append(frames([b"a"]))
    writer.sync()
    before = len(storage.calls)
    writer.append(frames([bytes(280)], 2))
    assert writer.position.segment == 2
    assert [what for what, _ in storage.calls[before:]] == ["write"]


def test_segments_are_used_in_the_order_of_their_numbers(storage, writer, frames, read):
    given_frames = frames([b"a", bytes(1000), b"b"])
    for frame in given_frames:
        writer.append([frame])
        writer.sync()
    assert read() == given_frames


def test_an_append_is_one_write(storage, writer, frames):
    before = len(storage.calls)
    writer.append(frames([b"a", b"b", b""]))
    assert [what for what, _ in storage.calls[before:]] == ["write"]


def test_a_sync_with_nothing_new_touches_no_disk(storage, writer, frames):
    writer.append(frames([b"a"]))
    writer.sync()
    before = len(storage.calls)
    writer.sync()
    assert storage.calls[before:] == []


def test_a_segment_that_is_held_open_is_removed_later_and_none_before_it(
    storage, writer, run, frames
):
    writer.append(frames([bytes(300)] * 5))
    writer.sync()
    numbers = list_segments(storage, run)
    holder = storage.open(segment_path(run, 2))
    writer.remove_upto(4)
    assert list_segments(storage, run) == numbers[1:]
    holder.close()
    writer.remove_upto(4)
    assert list_segments(storage, run) == numbers[3:]


def test_the_segment_in_use_is_never_removed(writer, frames, read):
    writer.append(frames([b"a"]))
    writer.sync()
    writer.remove_upto(99)
    assert read() == frames([b"a"])


def test_only_what_a_gap_free_sequence_continues_is_taken(writer, frames, read):
    with pytest.raises(ValueError, match="frame 2 where 1 is due"):
        writer.append(frames([b"a"], 2))
    writer.append(frames([b"a"]))
    assert read() == frames([b"a"])


def test_a_log_goes_on_at_a_given_segment_and_sequence(storage, run, run_id, frames, read):
    writer = SegmentWriter(
        storage, run, run_id, segment_size=SIZE, first_segment=7, first_sequence=30
    )
    writer.append(frames([b"a"], 30))
    assert (writer.position.segment, read(after=29)) == (7, frames([b"a"], 30))


def test_an_identity_has_sixteen_bytes(storage, run):
    with pytest.raises(ValueError, match="identity of 3 bytes"):
        SegmentWriter(storage, run, b"abc")


def test_close_leaves_the_frames_and_no_spare_space(storage, writer, run, frames, read):
    writer.append(frames([b"a"]))
    writer.sync()
    writer.close()
    assert read() == frames([b"a"])
    assert storage.used == 64 + 48 + 1
    writer.remove_upto(writer.first_needed(1))
    assert storage.files == {}


def test_the_whole_log_of_a_run_is_removed_and_no_other(storage, writer, run, run_id, frames):
    other = SegmentWriter(storage, run.with_name("run.h5.h5"), run_id, segment_size=SIZE)
    foreign = SegmentWriter(storage, run, b"another run's id", first_segment=50)
    for each in (writer, other, foreign):
        each.append(frames([b"a"]))
        each.sync()
        each.close()
    remove_log(storage, run, run_id)
    assert list_segments(storage, run) == (50,)
    assert list_segments(storage, run.with_name("run.h5.h5")) != ()


def test_the_log_lies_beside_the_run_file(tmp_path, run_id, frames):
    run = tmp_path / "试验.h5"
    writer = SegmentWriter(SystemStorage(), run, run_id, segment_size=SIZE)
    assert {path.name for path in tmp_path.iterdir()} == {
        "试验.h5.00000001.wal",
        "试验.h5.spare.wal",
    }
    given_frames = frames([bytes(100)] * 30)
    writer.append(given_frames)
    writer.sync()
    assert list(read_frames(SystemStorage(), run, run_id=run_id)) == given_frames
    writer.close()
    remove_log(SystemStorage(), run, run_id)
    assert list(tmp_path.iterdir()) == []
