"""The recorder in line: nothing is lost, nothing is left lying about, trouble is a sentence."""

import dataclasses
import shutil
import sys
from fractions import Fraction

import h5py
import numpy as np
import pytest

from bench.channel import FRESH, Channel, Kind
from bench.clock import SECOND
from bench.errors import RunFileError
from bench.messages import Message
from bench.record.disk.locks import Purpose, lock_path
from bench.record.disk.storage import SystemStorage
from bench.record.port import (
    Ending,
    Event,
    Header,
    Identity,
    Point,
    Provenance,
    RateGroup,
    StepBegun,
    StepRecord,
    StoredChannel,
)
from bench.record.recorder import RunWriter
from bench.record.recovery import recover
from bench.record.rows import RowLayout
from bench.record.wal.files import encode_head
from tests.bench.record.faulty_storage import FaultyStorage

FAST = RateGroup(
    "daq", tuple(StoredChannel(Channel(f"p{n}", Kind.MEASURED), "<u2", 0.5) for n in range(4)),
    Fraction(SECOND, 1000),
)  # fmt: skip
CHANNELS = tuple(Channel(f"c{n}", Kind.MEASURED) for n in range(6))
HEADER = Header(
    title="", rig_name="", rig_text="", protocol_name="", texts={}, parameters={}, object_kind="",
    object_serial="", operator="", seed=0, simulated=True, plant={}, channels=CHANNELS,
    scan_period_ns=SECOND // 100, start_utc_ns=0, groups=(FAST,),
)  # fmt: skip
WIDE = dataclasses.replace(
    HEADER, channels=tuple(Channel(f"w{n}", Kind.DEMANDED) for n in range(200)), groups=()
)
MARKS = np.full(6, FRESH, np.uint8)
DONE = Ending("completed", None, 10**12)


def block(rows, first=0):
    made = RowLayout(FAST).empty(rows)
    made["values_u2"] = (np.arange(first, first + rows)[:, None] + np.arange(4)) % 60_000
    return made


def value(row):
    return np.arange(6) + row / 8.0  # exact in float32


def scan(writer, rows, first=0):
    for row in range(first, first + rows):
        writer.row(row * HEADER.scan_period_ns, value(row), MARKS)


def scan_wide(writer, rows, first=0, rng=None):
    marks = np.full(200, FRESH, np.uint8)
    for row in range(first, first + rows):
        writer.row(row * 10_000_000, np.full(200, row + 0.5) * (1.0 + np.arange(200)), marks)


def column(path, name, group="scan"):
    with h5py.File(path) as file:
        return file[f"entry/{group}/{name}/value"][:]


def message_id(caught):
    for language in ("en", "zh"):
        assert "{" not in caught.value.text(language)
        assert caught.value.message.id not in caught.value.text(language)
    return caught.value.message.id


def test_nothing_but_the_run_file_remains(path):
    writer = RunWriter(path, HEADER)
    scan(writer, 3000)
    during = sorted(each.name for each in path.parent.iterdir())
    assert "run.h5.00000001.wal" in during
    assert "run.h5.recording" in during
    writer.record(Event(1, 1, "info", "x", Message("a.b")))
    writer.close(DONE)
    writer.close(DONE)
    assert [each.name for each in path.parent.iterdir()] == ["run.h5"]
    for n in range(6):
        np.testing.assert_array_equal(column(path, f"c{n}"), n + np.arange(3000) / 8)
    with h5py.File(path) as file:
        assert file.attrs["state"] == "closed"


def test_equal_runs_are_equal_byte_for_byte(tmp_path):
    contents = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        writer = RunWriter(tmp_path / folder / "run.h5", HEADER, Provenance(uuid="u-1"))
        scan(writer, 2500)
        writer.rows("daq", 0, block(20_000))
        writer.record(StepRecord("s", "hold", "s", 0, 10**9, "done"))
        writer.close(DONE)
        contents.append((tmp_path / folder / "run.h5").read_bytes())
    assert contents[0] == contents[1]


def test_a_run_in_virtual_time_waits_for_no_disk(path):
    storage = FaultyStorage()
    writer = RunWriter(path, HEADER, storage=storage)
    scan(writer, 20_000)
    writer.close(DONE)
    assert storage.syncs == 0
    writer = RunWriter(path.with_name("b.h5"), HEADER, storage=storage, syncs=True)
    scan(writer, 2000)
    writer.close(DONE)
    assert storage.syncs > 3


def test_a_block_larger_than_the_memory_for_it_is_taken_whole(path):
    writer = RunWriter(path, HEADER)
    rows = 3 * writer._run.log.intake.free("daq") + 7
    writer.rows("daq", 5, block(rows))
    writer.rows("daq", 5 + rows * 1_000_000, block(10, first=rows))
    assert writer.trouble is None
    writer.close(DONE)
    np.testing.assert_array_equal(column(path, "p1", "daq"), (np.arange(rows + 10) + 1) % 60_000)
    with h5py.File(path) as file:
        assert file["entry/daq/cue_kind"][:].tolist().count(1) == 0  # no gap


def test_records_of_all_kinds_reach_the_file(path, header):
    writer = RunWriter(path, header)
    writer.record(StepBegun("s", "all/s", header.start_ns))
    writer.record(StepRecord("s", "hold", "all/s", header.start_ns, header.start_ns + 1, "done"))
    writer.record(Point("p", 1, 1, 0, 1, valid=True))
    writer.record(Identity("daq", "ACME"))
    writer.record(Event(1, 1, "info", "x", Message("a.b")))
    writer.close(DONE)
    with h5py.File(path) as file:
        entry = file["entry"]
        assert [len(entry[name]) for name in ("steps/id", "points/name", "events/id")] == [1, 1, 1]
        assert entry["instrument/daq/identity"][()] == b"ACME"
        assert entry["ending/state"][()] == b"completed"


def test_a_file_that_exists_is_kept_and_refused(path):
    path.write_bytes(b"older")
    with pytest.raises(RunFileError) as caught:
        RunWriter(path, HEADER)
    assert message_id(caught) == "record.exists"
    assert [each.name for each in path.parent.iterdir()] == ["run.h5"]
    assert path.read_bytes() == b"older"


def test_a_run_that_is_being_recorded_is_refused_to_a_second_writer(path):
    writer = RunWriter(path, HEADER)
    scan(writer, 10)
    with pytest.raises(RunFileError) as caught:
        RunWriter(path, HEADER)
    assert message_id(caught) == "record.being-recorded"
    scan(writer, 10, first=10)
    writer.close(DONE)
    assert len(column(path, "c0")) == 20


def test_a_log_that_another_run_of_that_name_left_over_is_not_touched(path):
    older = path.with_name("run.h5.00000001.wal")
    older.write_bytes(encode_head(1, b"another run's id"))
    writer = RunWriter(path, HEADER)
    scan(writer, 10)
    writer.close(DONE)
    assert older.read_bytes() == encode_head(1, b"another run's id")
    assert len(column(path, "c0")) == 10


@pytest.mark.parametrize("name", ["试验-π.h5", "a b#c%d.h5", f"{'x' * 200}.h5"])
def test_unusual_names_are_taken(tmp_path, name):
    path = tmp_path / name
    writer = RunWriter(path, HEADER)
    scan(writer, 10)
    writer.close(DONE)
    assert len(column(path, "c0")) == 10
    assert [each.name for each in tmp_path.iterdir()] == [name]


def test_a_path_of_300_characters_works(tmp_path):
    folder = tmp_path.joinpath(*["deep" * 10] * 7)
    try:
        folder.mkdir(parents=True)
    except OSError:
        pytest.skip("this system knows no such folder")
    writer = RunWriter(folder / "run.h5", HEADER)
    writer.close(DONE)
    assert [each.name for each in folder.iterdir()] == ["run.h5"]


@pytest.mark.parametrize("name", ["x" * 300 + ".h5", "a\0b.h5", f"{'y' * 247}.h5", "none/run.h5"])
def test_a_name_that_no_system_takes_is_told_and_leaves_nothing(tmp_path, name):
    with pytest.raises(RunFileError) as caught:
        RunWriter(tmp_path / name, HEADER)
    assert message_id(caught) == "record.cannot-create"
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_is_closed_takes_nothing_more(path):
    writer = RunWriter(path, HEADER)
    writer.close(DONE)
    for call in (
        lambda: writer.row(0, np.zeros(6), MARKS),
        lambda: writer.rows("daq", 0, block(1)),
        lambda: writer.record(Identity("a", "b")),
    ):
        with pytest.raises(RunFileError) as caught:
            call()
        assert message_id(caught) == "record.closed"


@pytest.mark.parametrize("free", [100_000, 700_000, 1_500_000])
def test_a_disk_that_is_full_at_the_start_leaves_nothing_behind(path, free):
    storage = FaultyStorage()
    storage.free = free
    with pytest.raises(RunFileError, match="No space") as caught:
        RunWriter(path, WIDE, storage=storage)
    assert message_id(caught) == "record.cannot-create"
    assert list(path.parent.iterdir()) == []
    assert storage.free == free


def until_trouble(writer, most=60_000):
    for row in range(most):
        scan_wide(writer, 1, first=row)
        if writer.trouble is not None:
            return row + 1
    raise AssertionError(most)


def check_wide(path, rows):
    for n in (0, 77, 199):
        np.testing.assert_array_equal(column(path, f"w{n}"), (np.arange(rows) + 0.5) * (1.0 + n))


def test_a_disk_that_fills_up_is_an_alarm_and_the_run_goes_on_into_the_reserve(path):
    storage = FaultyStorage()
    writer = RunWriter(path, WIDE, storage=storage)
    storage.free = 0
    rows = until_trouble(writer)
    assert writer.trouble.id == "record.disk-full-reserve"
    scan_wide(writer, 1000, first=rows)  # the soft stop
    storage.free = None  # somebody made room
    writer.close(DONE)
    check_wide(path, rows + 1000)
    assert [each.name for each in path.parent.iterdir()] == ["run.h5"]


def test_on_a_full_disk_the_run_ends_with_a_sentence_and_recovery_has_every_row(path):
    storage = FaultyStorage()
    writer = RunWriter(path, WIDE, storage=storage)
    storage.free = 0
    rows = until_trouble(writer)
    storage.free = -(10**12)  # whatever is freed, somebody else takes
    scan_wide(writer, 500, first=rows)
    with pytest.raises(RunFileError) as caught:
        writer.close(DONE)
    assert message_id(caught) == "record.left-in-log"
    assert not lock_path(path, Purpose.RECORDING).exists()
    recover(path)
    check_wide(path, rows + 500)
    assert [each.name for each in path.parent.iterdir()] == ["run.h5"]
    with h5py.File(path) as file:
        assert file["entry/ending/state"][()] == b"completed"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows removes no file that is open")
def test_a_run_whose_folder_was_removed_is_told_to_be_gone(path):
    writer = RunWriter(path, WIDE, storage=SystemStorage())
    scan_wide(writer, 500)
    shutil.rmtree(path.parent)
    with pytest.raises(RunFileError) as caught:
        writer.close(DONE)
    assert message_id(caught) == "record.file-gone"


def test_a_disk_that_is_unplugged_is_an_alarm_and_the_end_a_sentence(path):
    storage = FaultyStorage()
    writer = RunWriter(path, WIDE, storage=storage)
    scan_wide(writer, 3000)
    writer.record(Identity("x", "y"))
    kept = writer.acknowledged["scan"]
    storage.is_gone = True
    for row in range(3000, 20_000):
        scan_wide(writer, 1, first=row)
    assert writer.trouble.id == "record.cannot-write"
    with pytest.raises(RunFileError) as caught:
        writer.close(DONE)
    assert message_id(caught) == "record.rows-unwritten"
    assert caught.value.message.arguments["rows"] > 0
    recover(path)
    found = column(path, "w0")
    assert len(found) >= kept > 0
    np.testing.assert_array_equal(found, np.arange(len(found)) + 0.5)


def test_a_disk_that_hangs_too_long_costs_rows_which_are_counted_and_told(path):
    storage = FaultyStorage()
    writer = RunWriter(path, WIDE, storage=storage)
    scan_wide(writer, 1000)
    storage.is_gone = True
    scan_wide(writer, 9000, first=1000)
    storage.is_gone = False
    scan_wide(writer, 2000, first=10_000)
    writer.close(DONE)
    with h5py.File(path) as file:
        events = file["entry/events"]
        ids, arguments = events["id"].asstr()[:].tolist(), events["arguments"].asstr()[:].tolist()
    assert "record.rows-lost" in ids
    lost = sum(int(text.split('"rows": ')[1].split("}")[0].split(",")[0]) for text in arguments)
    assert len(column(path, "w0")) == 12_000 - lost
    assert 0 < lost < 9000


def test_a_sync_that_fails_costs_nothing(path):
    storage = FaultyStorage()
    writer = RunWriter(path, HEADER, storage=storage, syncs=True)
    scan(writer, 2500)
    storage.failing_syncs = 1
    scan(writer, 2500, first=2500)
    assert storage.failing_syncs == 0
    assert writer.trouble is None
    writer.close(DONE)
    np.testing.assert_array_equal(column(path, "c0"), np.arange(5000) / 8)
    assert [each.name for each in path.parent.iterdir()] == ["run.h5"]


def test_a_sealer_that_fails_is_followed_by_another_that_reads_the_log(path, monkeypatch):
    writer = RunWriter(path, HEADER)
    scan(writer, 2000)

    def broken(_frame):
        raise RunFileError("record.cannot-write", path=path, reason="No space")

    monkeypatch.setattr(writer._sealer, "take", broken)
    scan(writer, 6000, first=2000)
    assert writer.trouble.id == "record.cannot-write"
    writer.close(DONE)
    np.testing.assert_array_equal(column(path, "c3"), 3 + np.arange(8000) / 8)


def test_what_is_acknowledged_is_in_the_log(path):
    writer = RunWriter(path, HEADER, storage=SystemStorage(), syncs=True)
    assert writer.acknowledged == {"scan": 0, "daq": 0}
    scan(writer, 2500)
    kept = writer.acknowledged["scan"]
    assert 1500 <= kept <= 2500
    files = {each.name: each.read_bytes() for each in path.parent.iterdir()}
    writer.close(DONE)
    copy = path.parent / "copy"
    copy.mkdir()
    for name, content in files.items():
        if not name.endswith((".lock", ".recording")):
            (copy / name).write_bytes(content)
    recover(copy / "run.h5")
    np.testing.assert_array_equal(column(copy / "run.h5", "c0")[:kept], np.arange(kept) / 8)


def test_rare_scans_are_written_together(path):
    rare = dataclasses.replace(HEADER, scan_period_ns=SECOND, groups=())
    writer, kept = RunWriter(path, rare), []
    for row in range(600):
        writer.row(row * SECOND, value(row), MARKS)
        kept.append(writer.acknowledged["scan"])
    writer.close(DONE)
    # the first rows come before their time is up
    assert sorted(set(kept)) == [0, *range(17, 600, 16)]
    np.testing.assert_array_equal(column(path, "c0"), np.arange(600) / 8)


def test_a_row_that_is_no_row_is_a_mistake_of_the_caller(path):
    writer = RunWriter(path, HEADER)
    with pytest.raises(ValueError, match="6"):
        writer.row(0, np.zeros(1), MARKS)
    writer.row(5, np.zeros(6), MARKS)
    with pytest.raises(ValueError, match="4"):
        writer.row(4, np.zeros(6), MARKS)
    with pytest.raises(KeyError):
        writer.rows("none", 0, block(1))
    with pytest.raises(ValueError, match="f4"):
        writer.rows("daq", 0, np.zeros(1, [("x", "<f4")]))
    writer.close(DONE)
    assert len(column(path, "c0")) == 1
