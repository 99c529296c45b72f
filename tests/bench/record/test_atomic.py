"""A file that changes in whole commits, against a plain file in memory."""

import errno

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.record.disk.atomic import AtomicFile
from bench.record.disk.journal import JournalState, commit_number_of, journal_of, recover_journal
from bench.record.disk.snapshot import SnapshotFile
from bench.record.disk.storage import SystemStorage
from tests.bench.record.memory_storage import FOLDER, MemoryStorage

PATH = FOLDER / "run.h5"
JOURNAL = journal_of(PATH).name
FIRST = bytes(range(256)) * 40


def published(content=FIRST):
    """A storage that holds a file of one commit."""
    storage = MemoryStorage()
    stream = AtomicFile.create(storage, PATH)
    stream.write(content)
    stream.commit()
    stream.publish()
    storage.states.clear()
    return storage


def content_of(files, size):
    """What a reopened file holds, which recovery has brought to its last commit."""
    storage = MemoryStorage(files)
    storage.keeps_states = False
    stream = AtomicFile.open(storage, PATH)
    found = stream.read(size)
    stream.close()
    return found


class Plain:
    """The same file without any commit."""

    def __init__(self, content):
        self.data = bytearray(content)

    def write(self, offset, data):
        self.data.extend(bytes(max(0, offset + len(data) - len(self.data))))
        self.data[offset : offset + len(data)] = data


SIZES = st.one_of(st.integers(1, 300), st.integers(4000, 4200), st.integers(16_000, 40_000))
WRITES = st.tuples(st.just("write"), st.integers(0, 60_000), SIZES)
READS = st.tuples(st.just("read"), st.integers(0, 60_000), SIZES)
ACTIONS = st.one_of(WRITES, WRITES, READS, st.just(("commit",)), st.just(("reopen",)))


def act(stream, plain, action, mark):
    """Do one thing to both files."""
    match action:
        case ("write", offset, size):
            data = bytes([mark % 255 + 1]) * size
            stream.seek(offset)
            assert stream.write(data) == size
            plain.write(offset, data)
        case ("read", offset, size):
            stream.seek(offset)
            assert stream.read(size) == bytes(plain.data[offset : offset + size])
        case _:
            stream.commit()


@settings(max_examples=60, deadline=None)
@given(st.lists(ACTIONS, max_size=25))
def test_it_reads_like_a_plain_file_and_reopens_as_last_committed(actions):
    storage = published()
    storage.keeps_states = False
    stream, plain, committed = AtomicFile.open(storage, PATH), Plain(FIRST), FIRST
    for mark, action in enumerate(actions):
        if action == ("reopen",):
            stream.close()
            stream, plain = AtomicFile.open(storage, PATH), Plain(committed)
            continue
        act(stream, plain, action, mark)
        if action == ("commit",):
            committed = bytes(plain.data)
            assert storage.files[PATH.name][: len(committed)] == committed
    stream.seek(0)
    assert stream.read(len(plain.data)) == plain.data
    stream.close()
    assert storage.files[PATH.name] == committed


def run(storage, actions):
    """Do everything; return for each commit its content and how many states it began and ended."""
    stream, plain = AtomicFile.open(storage, PATH), Plain(FIRST)
    commits = [(FIRST, 0, 0)]
    for mark, action in enumerate([*actions, ("commit",)]):
        before = len(storage.states)
        act(stream, plain, action, mark)
        if action == ("commit",):
            commits.append((bytes(plain.data), before, len(storage.states)))
    stream.close()
    return commits


def allowed(commits, position):
    """The contents that a file may have after so many states."""
    last = max(place for place, commit in enumerate(commits) if commit[2] <= position)
    under_way = [commit[0] for commit in commits[last + 1 :] if commit[1] <= position]
    return [commits[last][0], *under_way]


WRITTEN = st.lists(st.one_of(WRITES, WRITES, st.just(("commit",))), min_size=1, max_size=6)


@settings(max_examples=40, deadline=None)
@given(WRITTEN)
def test_after_every_prefix_of_the_calls_the_file_is_one_commit(actions):
    storage = published()
    commits = run(storage, actions)
    for position, state in enumerate(storage.states, start=1):
        contents = allowed(commits, position)
        found = content_of(state, len(contents[-1]))
        assert any(found[: len(content)] == content for content in contents)


@settings(max_examples=15, deadline=None)
@given(WRITTEN)
def test_recovery_may_be_interrupted_anywhere_and_repeated(actions):
    storage = published()
    run(storage, actions)
    for state in storage.states[:: max(1, len(storage.states) // 6)]:
        recovery = MemoryStorage(state)
        expected = content_of(state, 10**5)
        recover_journal(recovery, PATH)
        assert content_of(recovery.states[-1] if recovery.states else state, 10**5) == expected
        for interrupted in recovery.states:
            assert content_of(interrupted, 10**5) == expected
        count = len(recovery.states)
        assert recover_journal(recovery, PATH) is not JournalState.REPLAYED
        recovered = {JOURNAL: b"", **(recovery.states[-1] if count else state)}
        assert recovery.files[PATH.name] == recovered[PATH.name]


def interrupted():
    """A storage whose last commit is in the journal and not yet in the file."""
    storage = published()
    stream = AtomicFile.open(storage, PATH)
    stream.write(b"new" * 3000)
    stream.commit()
    unapplied = [state for state in storage.states if state[PATH.name] == FIRST]
    return unapplied[-1]


def test_a_commit_that_was_not_applied_is_replayed_once():
    storage = MemoryStorage(interrupted())
    assert recover_journal(storage, PATH) is JournalState.REPLAYED
    assert storage.files[PATH.name] == b"new" * 3000 + FIRST[9000:]
    assert recover_journal(storage, PATH) is JournalState.CLEAN


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_torn_journal_is_discarded_for_good(data):
    files = interrupted()
    journal = bytearray(files[JOURNAL])
    place = data.draw(st.integers(0, len(journal) - 1))
    if data.draw(st.booleans()):
        journal[place] ^= data.draw(st.integers(1, 255))
    else:
        del journal[place:]
    storage = MemoryStorage({**files, JOURNAL: bytes(journal)})
    assert recover_journal(storage, PATH) is JournalState.DISCARDED
    assert storage.files[PATH.name] == FIRST
    storage.files[JOURNAL][64:] = files[JOURNAL][64:]
    assert recover_journal(storage, PATH) is JournalState.DISCARDED


def test_a_journal_of_a_longer_file_is_discarded():
    files = interrupted()
    storage = MemoryStorage({**files, PATH.name: b"short"})
    assert recover_journal(storage, PATH) is JournalState.DISCARDED
    assert storage.files[PATH.name] == b"short"


def test_without_a_journal_there_is_nothing_to_do():
    storage = published()
    assert recover_journal(storage, PATH) is JournalState.CLEAN
    assert storage.states == []


def commits(stream):
    """Whether a commit happens."""
    try:
        stream.commit()
    except OSError:
        return False
    return True


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
@pytest.mark.parametrize("appends", [True, False])
@pytest.mark.parametrize("number", range(12))
def test_a_call_that_fails_costs_this_commit_or_none(number, appends, code):
    storage = published()
    stream, plain = AtomicFile.open(storage, PATH), Plain(FIRST)
    act(stream, plain, ("write", 100, 200), 1)
    stream.commit()
    committed = bytes(plain.data)
    storage.code, storage.failing = code, range(storage.calls + number, storage.calls + number + 1)
    act(stream, plain, ("write", 5000, 300), 2)
    if appends:
        act(stream, plain, ("write", 8000, 30_000), 3)
        act(stream, plain, ("write", 40_000, 30_000), 4)
    assert stream.seek(0) == 0
    assert stream.read(70_000) == plain.data
    if commits(stream):
        committed = bytes(plain.data)
    else:
        assert stream.failure.errno == code
    if stream.failure is not None:
        with pytest.raises(OSError, match=r"."):
            stream.commit()
    stream.close()
    assert content_of(storage.files, 10**5) == committed


def test_space_is_reserved_ahead_and_given_back():
    storage = published()
    stream = AtomicFile.open(storage, PATH)
    stream.reserve(50_000)
    assert len(storage.files[PATH.name]) == len(FIRST) + 50_000
    storage.failing = range(storage.calls, storage.calls + 1)
    with pytest.raises(OSError, match=r"."):
        stream.reserve(10**6)
    stream.seek(len(FIRST))
    stream.write(b"more")
    stream.commit()
    stream.close()
    assert storage.files[PATH.name] == FIRST + b"more"


def test_a_file_is_seen_under_its_name_only_once_it_is_published():
    storage = MemoryStorage()
    stream = AtomicFile.create(storage, PATH)
    stream.write(FIRST)
    stream.commit()
    assert storage.names(FOLDER) == ["run.h5.new"]
    stream.publish()
    assert storage.files == {PATH.name: FIRST}
    assert all(state.get(PATH.name, FIRST) == FIRST for state in storage.states)
    with pytest.raises(FileExistsError):
        AtomicFile.create(storage, PATH)


def test_a_file_that_is_abandoned_before_it_is_published_was_never_there():
    storage = MemoryStorage()
    stream = AtomicFile.create(storage, PATH)
    stream.write(FIRST)
    stream.abandon()
    assert storage.files == {}


def test_leftovers_of_an_older_file_do_not_come_back():
    storage = MemoryStorage({JOURNAL: interrupted()[JOURNAL], "run.h5.new": b"half"})
    stream = AtomicFile.create(storage, PATH)
    stream.write(FIRST)
    stream.commit()
    stream.publish()
    assert storage.files == {PATH.name: FIRST}


def test_commits_are_counted_across_openings_as_long_as_the_journal_stays():
    storage = published()
    for expected in (1, 2, 3):
        stream = AtomicFile.open(storage, PATH)
        assert stream.commit_number == expected - 1
        stream.write(b"x")
        stream.commit()
        assert stream.commit_number == expected
        stream.close()
    AtomicFile.open(storage, PATH).remove_journal()
    assert storage.names(FOLDER) == [PATH.name]


def test_a_journal_that_is_still_needed_is_not_removed():
    storage = published()
    stream = AtomicFile.open(storage, PATH)
    stream.write(b"x")
    before_applying = 6  # data sync, journal: made, folder, pages, header, sync
    storage.failing = range(storage.calls + before_applying, 10**6)
    stream.commit()
    assert isinstance(stream.failure, OSError)
    with pytest.raises(OSError, match=r"."):
        stream.remove_journal()
    storage.failing = range(0)
    reopened = AtomicFile.open(storage, PATH)
    assert reopened.read(2) == b"x" + FIRST[1:2]
    reopened.remove_journal()
    assert storage.names(FOLDER) == [PATH.name]


def lay_out(folder, files):
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder / PATH.name


def test_a_reader_sees_a_commit_that_was_not_applied_and_changes_nothing(tmp_path):
    files = interrupted()
    path = lay_out(tmp_path, files)
    with SnapshotFile(path) as stream:
        assert stream.commit_number == 1
        stream.seek(5000)
        assert stream.read(5240) == (b"new" * 3000 + FIRST[9000:])[5000:]
        assert stream.read() == b""
    assert commit_number_of(path) == (1, 1)
    assert {name: (tmp_path / name).read_bytes() for name in files} == files


@settings(max_examples=10, deadline=None)
@given(WRITTEN)
def test_a_reader_sees_what_recovery_would_make(tmp_path_factory, actions):
    storage = published()
    run(storage, actions)
    folder = tmp_path_factory.mktemp("states")
    for state in storage.states[:: max(1, len(storage.states) // 8)]:
        for old in folder.iterdir():
            old.unlink()
        path = lay_out(folder, state)
        with SnapshotFile(path) as stream:
            seen = stream.read(10**5)
        expected = content_of(state, 10**5)
        assert seen[: len(expected)] == expected


def test_the_counter_changes_with_every_commit(tmp_path):
    path = lay_out(tmp_path, {PATH.name: FIRST})
    assert commit_number_of(path) == (0, 0)
    stream = AtomicFile.open(SystemStorage(), path)
    seen = set()
    for _ in range(3):
        stream.write(b"x")
        stream.commit()
        seen.add(commit_number_of(path))
    stream.remove_journal()
    assert seen == {(1, 2), (2, 2), (3, 2)}
    assert commit_number_of(path) == (0, 0)
