"""What goes wrong becomes a sentence; never a crash, never a wrong number."""

import dataclasses
import errno
import json
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
from bench.record.port import Ending, Event, Provenance
from bench.record.recorder import RunWriter
from bench.runs import open_run

DONE = Ending("completed", None, 0)


def message_id(caught):
    """The id of the sentence, after proving that it can be said in both languages."""
    for language in ("en", "zh"):
        assert caught.value.text(language)
    return caught.value.message.id


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


def test_names_that_collide_leave_nothing_behind(path, header):
    twice = (Channel("a", Kind.MEASURED), Channel("a", Kind.MEASURED))
    with pytest.raises(RunFileError) as caught:
        RunWriter(path, dataclasses.replace(header, channels=twice))
    assert message_id(caught) == "record.channel-twice"
    assert list(path.parent.iterdir()) == []


LIMITED = textwrap.dedent(
    """
    import resource, sys
    from pathlib import Path
    import numpy as np
    from bench.channel import Channel, Kind
    from bench.errors import RunFileError
    from bench.record.port import Ending, Header
    from bench.record.recorder import RunWriter

    PERIOD = 10_000_000
    limit = int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    channels = tuple(Channel(f"c{n}", Kind.MEASURED) for n in range(6))
    header = Header("t", "r", "", "p", {}, {}, "k", "s", "o", 1, True, {}, channels, PERIOD, 0)
    rng = np.random.default_rng(0)
    try:
        writer = RunWriter(Path(sys.argv[1]), header)
    except RunFileError as error:
        sys.exit(f"start: {error.message.id}")
    rows = 0
    while rows < 200_000 and writer.trouble is None:
        writer.row(rows * PERIOD, rng.normal(size=6), np.full(6, 128, np.uint8))
        rows += 1
    print(rows, writer.trouble and writer.trouble.id)
    try:
        writer.close(Ending("error", writer.trouble, rows * PERIOD))
    except RunFileError as error:
        sys.exit(f"end: {error.message.id}")
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


def check_rows(path, rows):
    """The rows that the script wrote, from the first on, with nothing changed."""
    with open_run(path) as read:
        assert len(read) == rows
        expected = np.random.default_rng(0).normal(size=(rows, 6)).astype(np.float32)
        for column, name in enumerate(read.names):
            found = read.channel(name).values_si()
            np.testing.assert_array_equal(found.values, expected[:, column])
        return read.ending


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no file size limit to set")
def test_a_file_that_cannot_even_begin_leaves_nothing_behind(path):
    done = run_script(LIMITED, path, 300_000)
    assert done.stderr.strip() == "start: record.cannot-create"
    assert list(path.parent.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no file size limit to set")
@pytest.mark.parametrize("limit", [1_400_000, 2_500_000])
def test_a_file_that_cannot_grow_never_crashes_the_process_and_loses_no_row(path, limit):
    done = run_script(LIMITED, path, limit)
    assert done.stderr.strip() == "end: record.left-in-log"
    assert done.returncode == 1
    rows, trouble = done.stdout.split()
    assert trouble.startswith("record.cannot-")
    assert check_rows(path, int(rows)).state == "error"
    assert [each.name for each in path.parent.iterdir()] == ["run.h5"]


@pytest.mark.skipif(sys.platform == "win32", reason="the script limits the file size")
def test_a_process_that_ends_without_closing_its_run_does_not_crash(path):
    script = LIMITED.replace("200_000", "5_500").replace("writer.close(", "str(") + "print('end')\n"
    done = run_script(script, path, 10**9)
    assert (done.returncode, done.stdout, done.stderr) == (0, "5500 None\nend\n", "")
    assert check_rows(path, 5001) is None  # the last 10 s were in memory


def test_systems_that_cannot_reserve_space_record_the_same(tmp_path, header, record, monkeypatch):
    for folder in ("reserved", "refused"):
        (tmp_path / folder).mkdir()
    record(tmp_path / "reserved" / "run.h5", header, rows=5000)

    def unsupported(*_):
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    monkeypatch.setattr(os, "posix_fallocate", unsupported, raising=False)
    record(tmp_path / "refused" / "run.h5", header, rows=5000)
    expected = (tmp_path / "reserved" / "run.h5").read_bytes()
    assert (tmp_path / "refused" / "run.h5").read_bytes() == expected


GROWTH = textwrap.dedent(
    """
    import resource, sys
    from pathlib import Path
    import numpy as np
    from bench.channel import Channel, Kind
    from bench.record.port import Header
    from bench.record.recorder import RunWriter

    PERIOD = 10_000_000
    channels = tuple(Channel(f"c{n}", Kind.MEASURED) for n in range(40))
    header = Header("t", "r", "", "p", {}, {}, "k", "s", "o", 1, True, {}, channels, PERIOD, 0)
    writer = RunWriter(Path(sys.argv[1]), header)
    values, marks = np.zeros(40), np.zeros(40, np.uint8)
    for row in range(4096 * 50):
        if row == 4096 * 5:
            early = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        writer.row(row * PERIOD, values, marks)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - early)
    """
)


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in KiB on Linux only")
def test_memory_does_not_grow_with_the_run(path):
    grown = int(run_script(GROWTH, path, 0).stdout)
    assert grown < 8_000, "KiB; 45 more blocks of 40 channels hold 66,000"


def test_a_slip_in_a_catalogue_does_not_end_the_run(path, header):
    writer = RunWriter(path, header)
    writer.record(Event(0, 0, "info", "x", Message("runs.no-file", {"wrong": 1})))
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
        file.attrs["format_version"] = 3
    with pytest.raises(RunFileError, match="version 3") as caught:
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
    "entry/ending/state", "entry/rig/text",
]  # fmt: skip


@pytest.mark.parametrize("gone", NEEDED)
def test_a_missing_part_is_told(recorded, gone):
    with h5py.File(recorded, "r+") as file:
        del file[gone]
    with pytest.raises(RunFileError) as caught:
        read_everything(recorded)
    assert message_id(caught) == "runs.damaged"


def edit_index(path, change):
    """Change what the index says of the first channel."""
    with h5py.File(path, "r+") as file:
        items = json.loads(file["entry/index"][()].tobytes())
        change(items[0])
        content = json.dumps(items, separators=(",", ":")).encode()
        del file["entry/index"]
        file["entry"].create_dataset("index", data=np.frombuffer(content, "u1"))


@pytest.mark.parametrize("gone", ["kind", "units", "dimension", "group", "position", "dtype"])
def test_a_channel_without_an_attribute_is_no_channel(recorded, gone):
    edit_index(recorded, lambda item: item.pop(gone))
    with pytest.raises(RunFileError) as caught, open_run(recorded) as read:
        read.channel("engine.torque")
    assert message_id(caught) == "runs.damaged"


@pytest.mark.parametrize(
    ("attribute", "value"),
    [("si_factor", 0.0), ("si_factor", "x"), ("kind", "x"), ("units", 3), ("range_low", "low")],
)
def test_a_channel_with_a_senseless_attribute_is_no_channel(recorded, attribute, value):
    edit_index(recorded, lambda item: item.update({attribute: value}))
    with pytest.raises(RunFileError) as caught, open_run(recorded) as read:
        read.channel("engine.torque")
    assert message_id(caught) == "runs.damaged"


@pytest.mark.parametrize("column", ["time_ns", "engine.torque/value", "engine.torque/quality"])
def test_a_column_whose_chunks_are_gone_is_told(recorded, column):
    with h5py.File(recorded, "r+") as file:
        file[f"entry/scan/{column}"].resize((0,))
        file[f"entry/scan/{column}"].resize((10,))
    with pytest.raises(RunFileError) as caught, open_run(recorded) as read:
        read.channel("engine.torque").values_si()
    assert message_id(caught) == "runs.damaged"


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
