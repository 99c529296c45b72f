"""Verifying a run names what is not as it was written, and nothing else."""

import shutil
from fractions import Fraction

import h5py
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bench.channel import Channel, Kind
from bench.clock import MILLISECOND, SECOND
from bench.errors import RunFileError
from bench.messages import LANGUAGES, Message
from bench.record.disk.locks import Purpose, RunLock
from bench.record.layout.parts import manifest_path
from bench.record.port import Ending, Event, Point, StepBegun, StepRecord
from bench.record.results import read_results, write_results
from bench.record.sealing.sealer import SealPolicy
from bench.runs.reader import Run
from bench.runs.run_source import RunSource
from bench.runs.verifying.run import verify_run
from bench.units import unit
from tests.bench.runs.run_maker import RunMaker, fast_group, header_of, measured

START = 5 * SECOND
ROWS = 600
CHANNELS = (Channel("x", Kind.COMPUTED, unit("N*m")), Channel("y", Kind.MEASURED, unit("K")))


def written(path, **options):
    """A small finished run with everything in it."""
    fast = fast_group(measured("fuel.flow"), interval_ns=Fraction(10**6))
    cycles = fast_group(
        measured("p.cyl", "bar", width=20, axis=(0.0, 36.0, "deg")), interval_ns=None, name="cycles"
    )
    maker = RunMaker(path, header_of(fast, cycles, channels=CHANNELS), **options)
    numbers = np.arange(ROWS, dtype=float)
    times = START + (10 * MILLISECOND * numbers).astype(int)
    times[300:] += 2 * SECOND
    maker.record(StepBegun("ramp", "p/ramp", START))
    maker.scans(times[:400], np.column_stack([numbers / 7, numbers])[:400])
    maker.record(StepRecord("ramp", "ramp", "p/ramp", START, int(times[399]), "done"))
    maker.scans(times[400:], np.column_stack([numbers / 7, numbers])[400:])
    maker.scalars("fast", START, numbers**2)
    layout = maker.layouts[2]
    traces = layout.empty(20)
    traces["time_ns"] = START + 100 * MILLISECOND * np.arange(20)
    traces[layout.sections[0].field] = (
        np.arange(400.0).reshape(20, -1).reshape(traces[layout.sections[0].field].shape)
    )
    maker.rows("cycles", START, traces)
    maker.record(Event(START, 0, "info", "operator", Message("runs.gap", {"group": "g"})))
    maker.record(Point("best", 1, 1, START, START + SECOND, valid=True, remarks=("r",)))
    maker.record(Ending("completed", None, START + SECOND))
    maker.finish()
    write_results(path, {"verdict": "pass", "results": [1.5, "λ"]})
    return path


@pytest.fixture(scope="session")
def whole(tmp_path_factory):
    return written(tmp_path_factory.mktemp("verify") / "run.h5")


@pytest.fixture
def path(whole, tmp_path):
    return shutil.copy(whole, tmp_path / "läuft.h5")


def seen(path):
    """Everything that a reader shows of a run, and what other programs see beside it."""
    with Run(RunSource(path)) as run:
        records = (run.header, run.events, run.points, run.steps, run.gaps, run.ending)
        about = (run.texts, run.gas, run.provenance, run.groups, run.state, run.clock_steps)
        channels = [run.channel(name) for name in run.names]
        values = [channel.stored().tobytes() for channel in channels]
        times = [channel.times_ns().tobytes() for channel in channels]
        marks = [channel.values_si().qualities.tobytes() for channel in channels]
        bounds = [channel.envelope(pixels=3).minimum.tobytes() for channel in channels]
        counted = [
            repr(channel.statistics(step)) for channel in channels for step in (None, "ramp")
        ]
    told = repr((records, about, read_results(path)))
    return told, values, times, marks, bounds, counted, attributes_in(path)


def attributes_in(path):
    """What other programs are told of groups of channels, their columns and channels."""
    found = {}
    with h5py.File(path, "r") as file:
        for name in ("scan", "fast", "cycles"):
            file[f"entry/{name}"].visititems(
                lambda link, node, name=name: found.update(
                    {(name, link, key): str(value) for key, value in node.attrs.items()}
                )
            )
    return found


def place_of(path, name, row=0):
    """Where a chunk of a dataset stands in the file."""
    with h5py.File(path, "r") as file:
        dataset = file[name]
        corner = (row, *(0,) * (dataset.ndim - 1))
        return dataset.id.get_chunk_info_by_coord(corner).byte_offset


def flip(path, place, bits=0x10):
    with path.open("r+b") as file:
        file.seek(place)
        byte = file.read(1)[0]
        file.seek(place)
        file.write(bytes([byte ^ bits]))


def test_a_whole_run_is_whole_and_its_gap_is_named(path):
    before = path.read_bytes()
    verified = verify_run(path)
    assert verified.findings == ()
    assert verified.is_whole
    assert [note.id for note in verified.notes] == ["verify.gap"]
    # 3 blocks of times, of 2 values with quality; of fast time and value; 1 block of traces
    assert verified.chunks == 3 * (2 + 2 * 2) + 3 * 2 + (2 + 3)
    assert verified.texts == 13
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize(
    ("dataset", "row", "named"),
    [
        ("scan/time", 0, ("scan", "time", (0, 255))),
        ("scan/time_ns", 512, ("scan", "time_ns", (512, 599))),
        ("scan/x/value", 256, ("scan", "x", (256, 511))),
        ("scan/y/quality", 0, ("scan", "y (quality)", (0, 255))),
        ("fast/fuel.flow/value", 0, ("fast", "fuel.flow", (0, 255))),
        ("cycles/p.cyl/value", 8, ("cycles", "p.cyl", (0, 19))),
    ],
)
def test_a_flipped_bit_in_a_chunk_is_named_by_group_channel_and_rows(path, dataset, row, named):
    flip(path, place_of(path, f"entry/{dataset}", row) + 8)
    (found,) = verify_run(path).findings
    assert (found.group, found.channel, found.rows) == named
    assert (found.part, found.what.id) == (path.name, "verify.checksum")


@pytest.mark.parametrize(
    ("dataset", "named"),
    [
        ("pyramid/scan/values_f8/L0", "pyramid: x"),
        ("statistics/fast/mean", "statistics/fast"),
        ("scan/cue_time_ns", "scan: cues"),
        ("events/time_ns", "events"),
        ("steps/end_ns", "steps"),
        ("points/repeat", "points"),
        ("parameters", "parameters"),
        ("checksums/texts", "checksums/texts"),
        ("results", "results"),
        ("cycles/p.cyl/envelope", "pyramid: p.cyl"),
    ],
)
def test_a_flipped_bit_beside_the_channels_is_named_by_what_it_is_in(path, dataset, named):
    flip(path, place_of(path, f"entry/{dataset}") + 4)
    found = verify_run(path).findings
    assert named in {each.what.arguments.get("name") for each in found}


def test_a_changed_text_is_named(path):
    content = path.read_bytes()
    assert content.count(b"a: 1\n") == 1
    path.write_bytes(content.replace(b"a: 1\n", b"a: 7\n"))
    (found,) = verify_run(path).findings
    assert (found.what.id, found.what.arguments["name"]) == ("verify.text", "texts/a.yaml")


@pytest.mark.parametrize(
    ("text", "named"), [(b"operator", "events"), (b"p/ramp", "steps"), (b"best", "points")]
)
def test_a_changed_record_is_named(path, text, named):
    content = path.read_bytes()
    assert text in content
    path.write_bytes(content.replace(text, text[:-1] + b"X"))
    found = verify_run(path).findings
    assert ("verify.text", named) in {
        (each.what.id, each.what.arguments.get("name")) for each in found
    }


@pytest.mark.parametrize(
    ("node", "attribute", "named"),
    [
        ("/", "state", "file"),
        ("/entry", "default", "entry"),
        ("/entry/scan", "clock", "scan: about"),
        ("/entry/scan/x", "kind", "scan: about"),
        ("/entry/scan/y/value", "units", "scan: about"),
        ("/entry/fast", "interval_numerator", "fast: about"),
        ("/entry/texts/a.yaml", "name", "texts"),
        ("/entry/provenance", "NX_class", "provenance"),
        ("/entry/pyramid/scan", "NX_class", "pyramid"),
    ],
)
def test_a_changed_attribute_is_named_by_what_it_is_of(path, node, attribute, named):
    with h5py.File(path, "r+") as file:
        file[node].attrs.modify(attribute, "7")
    assert named in {each.what.arguments.get("name") for each in verify_run(path).findings}


@pytest.mark.parametrize(
    ("dataset", "named"),
    [
        ("provenance/host", "provenance"),
        ("statistics/scan/path", "statistics"),
        ("start_time", "start_time"),
    ],
)
def test_a_changed_text_without_a_checksum_of_its_own_is_named(path, dataset, named):
    with h5py.File(path, "r+") as file:
        node = file[f"entry/{dataset}"]
        node[() if node.shape == () else 0] = "other"
    assert named in {each.what.arguments.get("name") for each in verify_run(path).findings}


def test_neighbouring_rows_are_one_finding(path):
    for row in (0, 256):
        flip(path, place_of(path, "entry/scan/x/value", row) + 8)
    (found,) = verify_run(path).findings
    assert found.rows == (0, 511)


BOUNDED = settings(max_examples=60, deadline=None)


@BOUNDED
@example(0.2598, 1)
@example(16976 / 185013, 69)
@given(st.floats(0, 1, exclude_max=True), st.integers(1, 255))
def test_what_is_called_whole_reads_as_it_was_recorded(whole, tmp_path_factory, share, bits):
    path = tmp_path_factory.mktemp("f") / "run.h5"
    shutil.copy(whole, path)
    flip(path, int(share * whole.stat().st_size), bits)
    try:
        verified = verify_run(path)
    except RunFileError:  # it does not look like a run any more
        return
    for finding in verified.findings:
        assert all(finding.what.text(language) for language in LANGUAGES)
    assert not verified.is_whole or seen(path) == seen(whole)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_truncated_file_is_not_whole(path, share):
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    assert not verify_run(path).is_whole


def parted(folder):
    policy = SealPolicy(checkpoint_ns=None, part_ns=3 * SECOND)
    return written(folder / "run.h5", policy=policy)


@pytest.fixture(scope="session")
def in_parts(tmp_path_factory):
    return parted(tmp_path_factory.mktemp("parts"))


@pytest.fixture
def parts(in_parts, tmp_path):
    shutil.copytree(in_parts.parent, tmp_path / "parts")
    return tmp_path / "parts" / in_parts.name


def test_all_parts_are_verified_from_any_of_them(parts):
    second = parts.with_name("run.part2.h5")
    assert verify_run(second).is_whole
    flip(second, place_of(second, "entry/fast/fuel.flow/value", 256) + 8)
    (found,) = verify_run(parts).findings
    assert (found.part, found.channel, found.rows) == (second.name, "fuel.flow", (256, 511))


def test_a_missing_part_is_a_finding(parts):
    parts.with_name("run.part2.h5").unlink()
    assert [each.what.id for each in verify_run(parts).findings] == ["runs.missing-part"]


def test_a_list_of_parts_that_is_gone_or_wrong_is_a_finding(parts):
    listed = manifest_path(parts)
    content = listed.read_text(encoding="utf-8")
    listed.write_text(content.replace('"scan": 0', '"scan": 1'), encoding="utf-8")
    assert [each.what.id for each in verify_run(parts).findings] == ["verify.manifest-differs"]
    listed.unlink()
    assert [each.what.id for each in verify_run(parts).findings] == ["verify.no-manifest"]


def test_a_run_that_is_recorded_or_broke_off_is_verified_as_far_as_it_is(make, tmp_path):
    path = tmp_path / "run.h5"
    maker = make(path, header_of(channels=CHANNELS))
    maker.scans(START + np.arange(300) * 10**7, np.zeros((300, 2)))
    maker.seal(partial=True)
    with RunLock(path, Purpose.RECORDING):
        verified = verify_run(path)
        assert [note.id for note in verified.notes] == ["verify.recording"]
    assert verified.is_whole
    assert verified.chunks == 2 * (2 + 2 * 2)
    assert [note.id for note in verify_run(path).notes] == ["verify.broken-off"]


def test_a_run_is_verified_while_one_commit_follows_the_other(make, tmp_path):
    path = tmp_path / "run.h5"
    maker = make(path, header_of(channels=CHANNELS))
    maker.scans(START + np.arange(1200) * 10**7, np.ones((1200, 2)))
    maker.seal(partial=True)
    commits = []

    def more(done, total):
        commits.append(done)
        first = 1200 + 100 * len(commits)
        maker.scans(START + (first + np.arange(100)) * 10**7, np.ones((100, 2)))
        maker.seal(partial=True)

    with RunLock(path, Purpose.RECORDING):
        verified = verify_run(path, more)
    assert verified.is_whole, verified.findings
    assert commits == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("content", [None, b"", b"no HDF5"])
def test_what_is_no_run_file_is_a_sentence(tmp_path, content):
    path = tmp_path / "run.h5"
    if content is None:
        with pytest.raises(RunFileError, match="no run file"):
            verify_run(path)
        return
    path.write_bytes(content)
    (found,) = verify_run(path).findings
    assert found.what.id == "runs.not-readable"
