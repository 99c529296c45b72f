"""What goes wrong becomes a sentence; never a crash, never a wrong number."""

import dataclasses
import errno
import io
import os
import subprocess
import sys
import textwrap

import h5py
import numpy as np
import pytest

from bench.channel import Channel, Kind
from bench.errors import RunFileError
from bench.messages import Message, catalogue
from bench.record import json_text
from bench.record.disk import RunDisk
from bench.record.port import Ending, Event, Provenance
from bench.record.writer import RunWriter
from bench.runs import open_run

DONE = Ending("completed", None, 0)


def message_id(caught):
    """The id of the sentence, after proving that it can be said in both languages."""
    for language in ("en", "zh"):
        assert caught.value.text(language)
    return caught.value.message.id


def test_an_existing_file_is_refused_and_kept(path, header):
    path.write_bytes(b"older")
    with pytest.raises(RunFileError, match="already exists") as caught:
        RunWriter(path, header)
    assert message_id(caught) == "record.exists"
    assert path.read_bytes() == b"older"


def test_a_missing_folder_is_told(tmp_path, header):
    with pytest.raises(RunFileError) as caught:
        RunWriter(tmp_path / "none" / "run.h5", header)
    assert message_id(caught) == "record.cannot-create"


@pytest.mark.skipif(sys.platform == "win32", reason="folders have no write bit on Windows")
def test_a_folder_without_permission_is_told(tmp_path, header):
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    if os.access(folder, os.W_OK):
        pytest.skip("this user may write everywhere")
    with pytest.raises(RunFileError) as caught:
        RunWriter(folder / "run.h5", header)
    assert message_id(caught) == "record.cannot-create"
    assert list(folder.iterdir()) == []


def test_a_full_disk_at_the_start_leaves_nothing_behind(path, header, monkeypatch):
    def refuse(_disk, _wanted):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(RunDisk, "_extend", refuse)
    with pytest.raises(RunFileError, match="No space") as caught:
        RunWriter(path, header)
    assert message_id(caught) == "record.cannot-create"
    assert not path.exists()


def test_names_that_collide_leave_nothing_behind(path, header):
    twice = (Channel("a", Kind.MEASURED), Channel("a", Kind.MEASURED))
    with pytest.raises(RunFileError) as caught:
        RunWriter(path, dataclasses.replace(header, channels=twice))
    assert message_id(caught) == "record.cannot-create"
    assert not path.exists()


def fill(writer, header, rows, rng, first=0):
    count = len(header.channels)
    for row in range(first, first + rows):
        marks = rng.integers(0, 4, count).astype(np.uint8)
        writer.row(header.start_ns + row, rng.normal(size=count), marks)


def test_a_disk_that_fills_up_keeps_what_was_written(path, header, monkeypatch):
    writer = RunWriter(path, header)
    rng = np.random.default_rng(1)
    fill(writer, header, 4096, rng)

    def refuse(_disk, _wanted):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(RunDisk, "_extend", refuse)
    with pytest.raises(RunFileError, match="No space") as caught:
        fill(writer, header, 100 * 4096, rng, first=4096)
    assert message_id(caught) == "record.cannot-write"
    with pytest.raises(RunFileError, match="No space"):
        writer.row(10**12, np.zeros(3), np.zeros(3, np.uint8))
    writer.event(Event(1, 2, "warning", "safety", Message("word.none")))
    writer.close(Ending("error", caught.value.message, 10**12))
    with open_run(path) as read:
        assert len(read) % 4096 == 0
        assert len(read) >= 4096
        expected = np.random.default_rng(1)
        expected.integers(0, 4, 3)
        torque = read.channel("engine.torque").values_si().values[0]
        assert torque == expected.normal(size=3)[0]
        assert [event.message.id for event in read.events] == ["record.rows-lost", "word.none"]
        assert read.ending.message.id == "record.cannot-write"


LIMITED = textwrap.dedent(
    """
    import resource, sys
    from pathlib import Path
    import numpy as np
    from bench.channel import Channel, Kind
    from bench.errors import RunFileError
    from bench.record.port import Ending, Header
    from bench.record.writer import RunWriter

    limit = int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    channels = tuple(Channel(f"c{n}", Kind.MEASURED) for n in range(6))
    header = Header("t", "r", "", "p", {}, {}, "k", "s", "o", 1, True, {}, channels, 1000, 0)
    rng = np.random.default_rng(0)
    try:
        writer = RunWriter(Path(sys.argv[1]), header)
    except RunFileError as error:
        sys.exit(f"start: {error.message.id}")
    try:
        for row in range(40_000):
            writer.row(row, rng.normal(size=6), np.full(6, 128, np.uint8))
    except RunFileError as error:
        writer.close(Ending("error", error.message, 40_000))
        sys.exit(f"row: {error.message.id}")
    """
)


def run_script(script, path, limit):
    return subprocess.run(
        [sys.executable, "-c", script, str(path), str(limit)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no file size limit to set")
@pytest.mark.parametrize(
    ("limit", "outcome"),
    [
        (300_000, "start: record.cannot-create"),
        (1_400_000, "row: record.cannot-write"),
        (2_500_000, "row: record.cannot-write"),
    ],
)
def test_a_file_that_cannot_grow_never_crashes_the_process(path, limit, outcome):
    done = run_script(LIMITED, path, limit)
    assert done.stderr.strip() == outcome
    assert done.returncode == 1
    assert path.exists() == outcome.startswith("row")
    if path.exists():
        with open_run(path) as read:
            expected = np.random.default_rng(0).normal(size=(len(read), 6))
            for column, name in enumerate(read.names):
                found = read.channel(name).values_si()
                np.testing.assert_array_equal(found.values, expected[:, column])
            assert read.ending.state == "error"


def test_a_disk_that_refuses_a_reserved_write_is_told_and_closes_in_peace(path, header):
    writer = RunWriter(path, header)
    fill(writer, header, 4000, np.random.default_rng(2))

    class Broken(io.RawIOBase):
        def seek(self, *_):
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    writer._file._disk._file.close()
    writer._file._disk._file = Broken()
    with pytest.raises(RunFileError) as caught:
        writer.close(DONE)
    assert message_id(caught) == "record.cannot-write"
    with open_run(path) as read:
        assert read.ending is None
        assert len(read) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="the script limits the file size")
def test_a_process_that_ends_without_closing_its_run_does_not_crash(path):
    script = LIMITED.replace("40_000", "5_000") + "\nprint('end')\n"
    done = run_script(script, path, 10**9)
    assert (done.returncode, done.stdout, done.stderr) == (0, "end\n", "")
    with open_run(path) as read:
        assert read.ending is None
        assert len(read) == 4096
        assert len(read.channel("c5").good()) == 4096


def test_systems_that_cannot_reserve_space_record_the_same(tmp_path, header, record, monkeypatch):
    record(tmp_path / "reserved.h5", header, rows=5000)

    def unsupported(*_):
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    monkeypatch.setattr(os, "posix_fallocate", unsupported, raising=False)
    record(tmp_path / "refused.h5", header, rows=5000)
    monkeypatch.delattr(os, "posix_fallocate")
    record(tmp_path / "absent.h5", header, rows=5000)
    expected = (tmp_path / "reserved.h5").read_bytes()
    assert (tmp_path / "refused.h5").read_bytes() == expected
    assert (tmp_path / "absent.h5").read_bytes() == expected


GROWTH = textwrap.dedent(
    """
    import resource, sys
    from pathlib import Path
    import numpy as np
    from bench.channel import Channel, Kind
    from bench.record.port import Header
    from bench.record.writer import RunWriter

    channels = tuple(Channel(f"c{n}", Kind.MEASURED) for n in range(40))
    header = Header("t", "r", "", "p", {}, {}, "k", "s", "o", 1, True, {}, channels, 1000, 0)
    writer = RunWriter(Path(sys.argv[1]), header)
    values, marks = np.zeros(40), np.zeros(40, np.uint8)
    for row in range(4096 * 50):
        if row == 4096 * 5:
            early = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        writer.row(row, values, marks)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - early)
    """
)


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in KiB on Linux only")
def test_memory_does_not_grow_with_the_run(path):
    grown = int(run_script(GROWTH, path, 0).stdout)
    assert grown < 8_000, "KiB; 45 more blocks of 40 channels hold 66,000"


def test_rows_after_the_end_are_refused_and_closing_twice_does_nothing(path, header):
    writer = RunWriter(path, header)
    writer.close(DONE)
    writer.close(DONE)
    with pytest.raises(RunFileError) as caught:
        writer.row(0, np.zeros(3), np.zeros(3, np.uint8))
    assert message_id(caught) == "record.closed"


def test_a_row_of_another_width_or_an_earlier_time_is_a_mistake(path, header):
    writer = RunWriter(path, header)
    with pytest.raises(ValueError, match="1"):
        writer.row(0, np.zeros(1), np.zeros(3, np.uint8))
    with pytest.raises(ValueError, match="1"):
        writer.row(0, np.zeros(3), np.zeros(1, np.uint8))
    writer.row(5, np.zeros(3), np.zeros(3, np.uint8))
    with pytest.raises(ValueError, match="4"):
        writer.row(4, np.zeros(3), np.zeros(3, np.uint8))
    writer.close(DONE)


def test_a_slip_in_a_catalogue_does_not_end_the_run(path, header):
    writer = RunWriter(path, header)
    writer.event(Event(0, 0, "info", "x", Message("runs.no-file", {"wrong": 1})))
    writer.close(DONE)
    with open_run(path) as read:
        assert read.events[0].message == Message("runs.no-file", {"wrong": 1})


def test_text_that_hdf5_cannot_hold_is_marked(path, header):
    bad = dataclasses.replace(header, title="a\0b\ud800c", texts={"x\0": "\0"})
    writer = RunWriter(path, bad, Provenance(host="\0"))
    writer.close(DONE)
    with open_run(path) as read:
        assert read.header.title == "a�b�c"
        assert read.texts == {"x�": "�"}


def test_an_unknown_channel_names_the_nearest(recorded):
    with open_run(recorded) as read, pytest.raises(RunFileError, match=r"oil\.temperature"):
        read.channel("oil.temprature")


def test_a_missing_file_is_told(path):
    with pytest.raises(RunFileError) as caught:
        open_run(path)
    assert message_id(caught) == "runs.no-file"


@pytest.mark.parametrize("content", [b"", b"hello", bytes(5000)])
def test_a_file_of_another_kind_is_told(path, content):
    path.write_bytes(content)
    with pytest.raises(RunFileError) as caught:
        open_run(path)
    assert message_id(caught) == "runs.not-readable"


def test_a_file_cut_short_is_told(recorded):
    whole = recorded.read_bytes()
    for share in (0.01, 0.1, 0.5, 0.9, 0.999):
        recorded.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(RunFileError) as caught:
            open_run(recorded)
        assert message_id(caught) == "runs.not-readable"


def test_hdf5_of_somebody_else_is_told(path):
    h5py.File(path, "w").close()
    with pytest.raises(RunFileError) as caught:
        open_run(path)
    assert message_id(caught) == "runs.not-a-run"


def test_a_newer_format_is_told(recorded):
    with h5py.File(recorded, "r+") as file:
        file.attrs["format_version"] = 2
    with pytest.raises(RunFileError, match="version 2") as caught:
        open_run(recorded)
    assert message_id(caught) == "runs.newer"


def read_everything(path):
    with open_run(path) as read:
        for name in read.names:
            read.channel(name).values_si()
        whole = (read.header, read.points, read.steps, read.events, read.ending, read.provenance)
        return whole, read.gas, read.texts


NEEDED = [
    "entry", "entry/index", "entry/scan", "entry/scan/time_ns", "entry/scan/engine.torque",
    "entry/scan/engine.torque/value", "entry/scan/engine.torque/quality", "entry/points/name",
    "entry/points", "entry/steps/end_ns", "entry/events/arguments", "entry/texts", "entry/gas/lot",
    "entry/sample/kind", "entry/simulation/seed", "entry/provenance/created", "entry/title",
    "entry/ending/state", "entry/instrument/dyno/identity", "entry/rig/text",
]  # fmt: skip


@pytest.mark.parametrize("gone", NEEDED)
def test_a_missing_part_is_told(recorded, gone):
    with h5py.File(recorded, "r+") as file:
        del file[gone]
    with pytest.raises(RunFileError) as caught:
        read_everything(recorded)
    assert message_id(caught) == "runs.damaged"


ATTRIBUTES = [
    "units", "si_factor", "si_offset", "dimension", "reference", "kind", "range_low", "range_high",
    "uncertainty_reading", "uncertainty_coverage", "calibration_due", "title_en", "source", "name",
]  # fmt: skip


@pytest.mark.parametrize("gone", ATTRIBUTES)
def test_a_channel_without_an_attribute_is_no_channel(recorded, gone):
    with h5py.File(recorded, "r+") as file:
        del file["entry/scan/engine.torque"].attrs[gone]
    with open_run(recorded) as read, pytest.raises(RunFileError) as caught:
        read.channel("engine.torque")
    assert message_id(caught) == "runs.damaged"


@pytest.mark.parametrize(
    ("attribute", "value"),
    [("si_factor", 0.0), ("si_factor", "x"), ("kind", "x"), ("units", 3), ("range_low", "low")],
)
def test_a_channel_with_a_senseless_attribute_is_no_channel(recorded, attribute, value):
    with h5py.File(recorded, "r+") as file:
        file["entry/scan/engine.torque"].attrs[attribute] = value
    with open_run(recorded) as read, pytest.raises(RunFileError) as caught:
        read.channel("engine.torque")
    assert message_id(caught) == "runs.damaged"


def test_values_that_are_fewer_than_the_rows_are_told(recorded):
    with h5py.File(recorded, "r+") as file:
        file["entry/scan/engine.torque/value"].resize((9,))
    with open_run(recorded) as read, pytest.raises(RunFileError):
        read.channel("engine.torque")


def test_times_that_are_fewer_than_the_rows_are_told(recorded):
    with h5py.File(recorded, "r+") as file:
        file["entry/scan/time_ns"].resize((9,))
    with pytest.raises(RunFileError):
        open_run(recorded)


def test_a_flipped_bit_in_the_values_is_told(recorded):
    with h5py.File(recorded) as file:
        chunk = file["entry/scan/engine.torque/value"].id.get_chunk_info(0)
    content = bytearray(recorded.read_bytes())
    content[chunk.byte_offset + chunk.size - 2] ^= 0x10
    recorded.write_bytes(content)
    with open_run(recorded) as read, pytest.raises(RunFileError) as caught:
        read.channel("engine.torque").values_si()
    assert message_id(caught) == "runs.damaged"


def test_every_sentence_has_both_languages_with_the_same_placeholders():
    for room in ("record", "runs"):
        english, chinese = catalogue("en", room), catalogue("zh", room)
        assert english.keys() == chinese.keys()
        for identity, text in english.items():
            fields = {part.split("}")[0] for part in text.split("{")[1:]}
            assert fields == {part.split("}")[0] for part in chinese[identity].split("{")[1:]}


@pytest.mark.parametrize("text", ["", "{", "nan", '{"a": }'])
def test_text_that_is_no_json_is_a_value_error(text):
    with pytest.raises(ValueError, match=r"Expecting|expected"):
        json_text.decode(text)
