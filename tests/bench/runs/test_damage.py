"""A damaged file is a sentence, or the numbers that were recorded; never others."""

import json
import os
import shutil
from fractions import Fraction

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.channel import Channel, Kind
from bench.clock import MILLISECOND, SECOND
from bench.errors import RunFileError
from bench.messages import LANGUAGES
from bench.record.port import Ending
from bench.record.recovery import recover
from bench.runs import open_run
from bench.runs.reader import Run
from bench.runs.repairing.repair import repair
from bench.runs.run_source import RunSource
from bench.runs.verifying.run import verify_run
from bench.units import unit
from tests.bench.runs.run_maker import RunMaker, fast_group, header_of, measured

BOUNDED = settings(max_examples=60, deadline=None)
START = 5 * SECOND
ROWS = 600


def written(path):
    """A small finished run."""
    group = fast_group(measured("fuel.flow"), interval_ns=Fraction(10**6))
    maker = RunMaker(path, header_of(group, channels=(Channel("x", Kind.COMPUTED, unit("N*m")),)))
    numbers = np.arange(ROWS, dtype=float)
    maker.scans(START + (10 * MILLISECOND * numbers).astype(int), (numbers / 7)[:, None])
    maker.scalars("fast", START, numbers**2)
    maker.record(Ending("completed", None, START))
    maker.finish()
    return path


@pytest.fixture(scope="session")
def whole(tmp_path_factory):
    return written(tmp_path_factory.mktemp("w") / "run.h5")


def said(error):
    """Check that an error is a sentence in every language."""
    assert error.message.id.startswith(("runs.", "record."))
    for language in LANGUAGES:
        assert error.text(language).strip()


def looked_at(path):
    """Read everything of a run; either a sentence comes, or what was recorded."""
    try:
        with open_run(path) as run:
            for name in run.names:
                channel = run.channel(name)
                channel.envelope(pixels=3)
                channel.statistics()
                found = channel.stored()
                numbers = np.arange(ROWS, dtype=float)
                law = numbers / 7 if name == "x" else (numbers**2).astype(np.float32)
                np.testing.assert_array_equal(found, law)
                channel.values_si()
            _ = run.header, run.events, run.points, run.steps, run.gaps, run.ending
    except RunFileError as error:
        said(error)
        return False
    return True


def test_the_undamaged_file_reads(whole):
    assert looked_at(whole)


@BOUNDED
@given(st.floats(0, 1, exclude_max=True))
def test_a_file_truncated_anywhere_is_a_sentence(whole, tmp_path_factory, share):
    content = whole.read_bytes()
    path = tmp_path_factory.mktemp("t") / "run.h5"
    path.write_bytes(content[: int(share * len(content))])
    assert not looked_at(path)


@BOUNDED
@given(st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)), min_size=1,
                max_size=4))  # fmt: skip
def test_flipped_bits_never_become_numbers(whole, tmp_path_factory, flips):
    content = bytearray(whole.read_bytes())
    for share, bits in flips:
        content[int(share * len(content))] ^= bits
    path = tmp_path_factory.mktemp("f") / "run.h5"
    path.write_bytes(content)
    looked_at(path)


def test_a_chunk_that_was_changed_is_told_by_its_checksum(whole, tmp_path):
    path = tmp_path / "run.h5"
    shutil.copy(whole, path)
    with h5py.File(path, "r") as file:
        dataset = file["entry/fast/fuel.flow/value"]
        info = dataset.id.get_chunk_info_by_coord((256,))
        _, data = dataset.id.read_direct_chunk((0,))
    with path.open("r+b") as file:  # another valid chunk in its place
        file.seek(info.byte_offset)
        file.write((data + bytes(info.size))[: info.size])
    with open_run(path) as run:
        channel = run.channel("fuel.flow")
        assert len(channel.stored(START, START + 255 * 10**6)) == 256
        with pytest.raises(RunFileError, match="checksum"):
            channel.stored()


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"", "no HDF5 file"), (b"time;torque\n0;1\n", "no HDF5 file"), (None, "there is no")],
)
def test_what_is_no_hdf5_file_is_told(tmp_path, content, told):
    path = tmp_path / "run.h5"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RunFileError, match=told) as caught:
        open_run(path)
    said(caught.value)


@pytest.mark.parametrize(
    ("attributes", "told"),
    [({}, "not a run"), ({"format": "h2bench-run", "format_version": 3}, "newer"),
     ({"format": "h2bench-run", "format_version": 1}, "never released"),
     ({"format": "h2bench-run", "format_version": 2}, "damaged"),
     ({"format": "h2bench-run", "format_version": "2"}, "not a run")],
)  # fmt: skip
def test_other_files_and_versions_are_told(tmp_path, attributes, told):
    path = tmp_path / "run.h5"
    with h5py.File(path, "w") as file:
        file.attrs.update(attributes)
    with pytest.raises(RunFileError, match=told) as caught:
        open_run(path)
    said(caught.value)


def test_a_folder_is_no_run(tmp_path):
    with pytest.raises(RunFileError) as caught:
        open_run(tmp_path)
    said(caught.value)


@pytest.mark.parametrize("name", ["a" * 300 + ".h5", "nul\0.h5", "gone/run.h5"])
def test_a_name_that_no_file_can_have_is_a_sentence(tmp_path, name):
    with pytest.raises(RunFileError) as caught:
        open_run(tmp_path / name)
    said(caught.value)


def test_a_run_that_vanishes_while_it_is_recorded_is_a_sentence(make, path):
    maker = make(path, header_of(channels=(Channel("x", Kind.COMPUTED, unit("N*m")),)))
    maker.scans(START + np.arange(300), np.zeros((300, 1)))
    with Run(RunSource(path)) as run:
        maker.seal()
        for each in path.parent.iterdir():
            each.unlink()
        with pytest.raises(RunFileError) as caught:
            run.refresh()
        said(caught.value)


@pytest.mark.parametrize("dtype", ["<f9", "", "O", "<U3", "<f2", ">f8", "<i2", 8, None])
def test_an_index_that_names_another_element_type_is_told(whole, tmp_path, dtype):
    path = tmp_path / "run.h5"
    shutil.copy(whole, path)
    with h5py.File(path, "r+") as file:
        items = json.loads(file["entry/index"][()].tobytes())
        items[0]["dtype"] = dtype
        del file["entry/index"]
        text = json.dumps(items, separators=(",", ":")).encode()
        file["entry"].create_dataset("index", data=np.frombuffer(text, "u1"))
    assert not looked_at(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such pipes")
@pytest.mark.parametrize(
    "read",
    [open_run, verify_run, recover, lambda path: repair(path, path.with_name("new.h5"))],
    ids=["open", "verify", "recover", "repair"],
)
def test_a_pipe_or_a_folder_is_refused_before_it_is_opened(tmp_path, read):
    os.mkfifo(tmp_path / "pipe.h5")
    os.mkfifo(tmp_path / "pipe.parts.json")
    (tmp_path / "folder.h5").mkdir()
    for name in ("pipe.h5", "folder.h5", "pipe.parts.json"):
        with pytest.raises(RunFileError) as caught:
            read(tmp_path / name)
        assert caught.value.message.id == "record.no-regular-file"
