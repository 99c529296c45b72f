"""Results come whole into a run file, or the older ones stay."""

import errno

import h5py
import pytest

from bench.errors import RunFileError
from bench.record.disk.atomic import AtomicFile
from bench.record.disk.journal import journal_of
from bench.record.disk.locks import Purpose, RunLock
from bench.record.disk.storage import SystemStorage
from bench.record.results import read_results, write_results
from tests.bench.record.memory_storage import FOLDER, MemoryStorage

OLDER = {"older": [1, 2], "λ": "°C"}
NEWER = {"newer": list(range(500))}


@pytest.fixture
def run(tmp_path):
    path = tmp_path / "run.h5"
    with h5py.File(path, "w", libver=("v110", "v110")) as file:
        file["entry/rows"] = range(100)
    return path


def test_a_run_without_results_has_none(run):
    assert read_results(run) == {}


def test_the_newest_results_come_back_and_no_journal_is_left(run):
    write_results(run, OLDER)
    assert read_results(run) == OLDER
    write_results(run, NEWER)
    assert read_results(run) == NEWER
    assert [path.name for path in run.parent.iterdir()] == [run.name]
    with h5py.File(run, "r") as file:
        assert list(file["entry/rows"]) == list(range(100))


@pytest.mark.parametrize("lasting", [True, False])
@pytest.mark.parametrize("number", range(14))
def test_a_disk_that_fails_leaves_the_older_results_or_has_the_newer(run, number, lasting):
    write_results(run, OLDER)
    path = FOLDER / run.name
    storage = MemoryStorage({run.name: run.read_bytes()})
    storage.failing = range(number, 10**6 if lasting else number + 1)
    expected, told = NEWER, None
    try:
        write_results(path, NEWER, storage=storage)
    except RunFileError as error:
        expected, told = OLDER, error
    if told is not None:
        assert (told.message.id, told.__cause__.errno) == ("record.results", errno.ENOSPC)
    storage.failing = range(0)
    AtomicFile.open(storage, path).remove_journal()
    run.write_bytes(storage.files[run.name])
    found = read_results(run)
    # A disk that fails for good may keep a journal that it was told to forget: all of it, then.
    assert found == expected or (lasting and found == NEWER)


def test_results_that_are_in_the_journal_only_are_read(run):
    storage = MemoryStorage({run.name: run.read_bytes()})
    write_results(FOLDER / run.name, NEWER, storage=storage)
    seen = set()
    for state in storage.states:
        for name, data in state.items():
            (run.parent / name).write_bytes(data)
        if run.name + ".jrn" not in state:
            journal_of(run).unlink(missing_ok=True)
        seen.add(bool(read_results(run)))
    assert seen == {False, True}


def test_a_file_without_an_entry_stays_as_it_is(tmp_path):
    path = tmp_path / "other.h5"
    with h5py.File(path, "w", libver=("v110", "v110")) as file:
        file["x"] = 1
    before = path.read_bytes()
    for action in (lambda: write_results(path, OLDER), lambda: read_results(path)):
        with pytest.raises(RunFileError, match=r"other\.h5"):
            action()
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("content", [None, b"", b"hello", bytes(9000)])
def test_what_is_no_hdf5_is_told(tmp_path, content):
    path = tmp_path / "run.h5"
    if content is not None:
        path.write_bytes(content)
    for action in (lambda: write_results(path, OLDER), lambda: read_results(path)):
        with pytest.raises(RunFileError, match=r"run\.h5"):
            action()
    assert path.exists() == (content is not None)


def test_a_needed_journal_of_an_interrupted_recording_is_applied_first(run):
    storage = MemoryStorage({run.name: run.read_bytes()})
    write_results(FOLDER / run.name, OLDER, storage=storage)
    pending = [state for state in storage.states if len(state) > 1][-3]
    for name, data in pending.items():
        (run.parent / name).write_bytes(data)
    stream = AtomicFile.open(SystemStorage(), run)
    stream.close()
    write_results(run, {**read_results(run), **NEWER})
    assert read_results(run) == {**OLDER, **NEWER}


@pytest.mark.parametrize("purpose", list(Purpose))
@pytest.mark.parametrize("name", ["run.h5", "run.part2.h5"])
def test_nothing_is_written_into_a_run_that_somebody_records_or_recovers(run, purpose, name):
    path = run.rename(run.with_name(name))
    before = path.read_bytes()
    with RunLock(run, purpose), pytest.raises(RunFileError, match=r"process \d+ on") as caught:
        write_results(path, OLDER)
    assert caught.value.message.id.startswith("record.being-")
    assert path.read_bytes() == before
    write_results(path, OLDER)
    assert read_results(path) == OLDER
