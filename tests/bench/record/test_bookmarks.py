"""Where a run was, what went wrong in it, what it goes on from: kept, found, never in the way."""

import json
import shutil
from dataclasses import replace

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.channel import Channel, Kind
from bench.clock import SECOND
from bench.errors import RunFileError
from bench.record.creation import Portions
from bench.record.disk.locks import Purpose, RunLock
from bench.record.intake import Intake
from bench.record.port import Bookmark, Ending, Incident, Provenance
from bench.record.recorder import RunWriter
from bench.record.records import decode_record, encode_record
from bench.record.results import (
    Explanation,
    read_explanation,
    read_results,
    write_explanation,
    write_results,
)
from bench.record.sealing.sealer import SealPolicy
from bench.runs import open_run
from bench.runs.reader import Run
from bench.runs.repairing.repair import repair
from bench.runs.run_source import RunSource
from bench.runs.verifying.run import verify_run
from bench.units import unit
from tests.bench.runs.run_maker import RunMaker, header_of

START = 5 * SECOND
HEADER = header_of(channels=(Channel("x", Kind.MEASURED, unit("s")),))
INCIDENT = Incident(
    1, "low oil", ("low oil", "hot λ"), "soft-stop", START + SECOND, START + 2 * SECOND,
    START + 300 * SECOND,
)  # fmt: skip
FLOATS = st.floats(allow_nan=False)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | FLOATS | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)


def bookmark_at(seconds, text="s"):
    time_ns = START + seconds * SECOND
    position = {"step": text, "within": [seconds, {"left": 1 / 3}]}
    return Bookmark(
        time_ns, HEADER.start_utc_ns + seconds * SECOND, "running", "sequence", position,
        {"speed": 0.1 + seconds}, {"cycles": float(seconds)},
    )  # fmt: skip


def scans(maker, first, count):
    """Log scans of 10 ms."""
    times = START + (first + np.arange(count)) * (SECOND // 100)
    maker.scans(times, np.arange(first, first + count)[:, None])


def seen(path):
    """Read a run as it lies there, without recovering it."""
    with Run(RunSource(path)) as run:
        return run.bookmark, run.incidents


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text(max_size=4), JSON, max_size=3), st.dictionaries(st.text(), FLOATS))
def test_a_bookmark_comes_back_to_the_last_bit(position, numbers):
    bookmark = Bookmark(1, 2, "held", "recovery", position, numbers, numbers)
    found = decode_record(encode_record(bookmark))
    assert found == bookmark
    assert {name: each.hex() for name, each in found.demands.items()} == {
        name: each.hex() for name, each in numbers.items()
    }


def test_an_incident_comes_back():
    assert decode_record(encode_record(INCIDENT)) == INCIDENT


def test_of_bookmarks_that_wait_only_the_newest_goes_into_the_log():
    intake = Intake(HEADER)
    for second in range(3):
        intake.record(bookmark_at(second))
        intake.record(INCIDENT)
    found = [decode_record(frame.payload) for frame in intake.drain()]
    assert found == [INCIDENT, INCIDENT, bookmark_at(2), INCIDENT]
    intake.record(bookmark_at(3))
    assert [decode_record(frame.payload) for frame in intake.drain()] == [bookmark_at(3)]


def test_file_and_log_show_the_newest_bookmark_together(tmp_path):
    maker = RunMaker(tmp_path / "run.h5", HEADER)
    assert seen(maker.path) == (None, ())
    scans(maker, 0, 256)
    maker.record(bookmark_at(2))
    assert seen(maker.path) == (bookmark_at(2), ())  # from the log
    maker.seal()
    assert seen(maker.path) == (bookmark_at(2), ())  # from the file
    maker.record(INCIDENT)
    maker.record(bookmark_at(3))
    assert seen(maker.path) == (bookmark_at(3), (INCIDENT,))
    maker.close()
    with open_run(maker.path) as run:  # recovers
        assert (run.state, run.bookmark, run.incidents) == (
            "recovered",
            bookmark_at(3),
            (INCIDENT,),
        )


def test_a_reader_of_a_growing_run_sees_the_bookmark_move(tmp_path):
    maker = RunMaker(tmp_path / "run.h5", HEADER)
    with Run(RunSource(maker.path)) as run:
        for second in range(4):
            scans(maker, second * 256, 256)
            maker.record(bookmark_at(second))
            if second % 2:
                maker.seal()
            run.refresh()
            assert run.bookmark == bookmark_at(second)
            assert not verify_run(maker.path).findings
    maker.close()


def test_a_bookmark_in_the_file_is_never_newer_than_its_rows(tmp_path):
    maker = RunMaker(tmp_path / "run.h5", HEADER)
    scans(maker, 0, 256)
    maker.record(bookmark_at(2))
    scans(maker, 256, 10)  # no whole chunk: they stay in the log
    maker.record(bookmark_at(3))
    maker.seal()
    maker.close()
    with h5py.File(maker.path) as file:
        stored = decode_record(file["entry/log/bookmark"][:].tobytes())
        assert len(file["entry/scan/time"]) == 256
    assert stored == bookmark_at(2)
    assert seen(maker.path)[0] == bookmark_at(3)


def test_a_file_does_not_grow_with_its_bookmarks(tmp_path):
    def size(bookmarks):
        maker = RunMaker(tmp_path / f"{bookmarks}.h5", HEADER)
        scans(maker, 0, 256)
        for number in range(bookmarks):
            maker.record(bookmark_at(number, "λ" * (number % 2 * 3000)))
            maker.seal()
        maker.finish()
        assert not verify_run(maker.path).findings
        return maker.path.stat().st_size

    assert size(200) - size(2) < 64


def test_every_part_begins_with_the_bookmark_of_the_one_before(tmp_path):
    policy = SealPolicy(checkpoint_ns=None, part_ns=3 * SECOND)
    maker = RunMaker(tmp_path / "run.h5", HEADER, policy=policy)
    for second in range(6):
        scans(maker, second * 256, 256)
        if second < 2:
            maker.record(bookmark_at(second))
            maker.record(replace(INCIDENT, number=second + 1))
        maker.seal()
    maker.finish()
    parts = sorted(tmp_path.glob("*.h5"))
    assert len(parts) > 2
    for part in parts:
        with h5py.File(part) as file:
            assert decode_record(file["entry/log/bookmark"][:].tobytes()) == bookmark_at(1)
    found, incidents = seen(maker.path)
    assert (found, [each.number for each in incidents]) == (bookmark_at(1), [1, 2])
    assert not verify_run(maker.path).findings


@pytest.mark.parametrize("place", ["log/bookmark", "incidents/reaction"])
def test_verify_notices_a_bookmark_or_incident_that_was_changed(tmp_path, place):
    maker = RunMaker(tmp_path / "run.h5", HEADER)
    scans(maker, 0, 256)
    maker.record(bookmark_at(2))
    maker.record(INCIDENT)
    maker.finish()
    assert not verify_run(maker.path).findings
    with h5py.File(maker.path, "r+") as file:
        data = file["entry"][place]
        if place == "log/bookmark":
            text = data[:].tobytes().replace(b'"running"', b'"tripped"')
            data[:] = np.frombuffer(text, np.uint8)
        else:
            data[0] = "log"
    found = [each.what.arguments["name"] for each in verify_run(maker.path).findings]
    assert found == [{"log/bookmark": "bookmark", "incidents/reaction": "incidents"}[place]]


def test_a_run_without_any_of_it_has_no_place_for_it(tmp_path):
    maker = RunMaker(tmp_path / "run.h5", HEADER)
    scans(maker, 0, 256)
    maker.finish()
    with h5py.File(maker.path) as file:
        assert not {"incidents", "continues", "explanation"} & set(file["entry"])
        assert "bookmark" not in file["entry/log"]
        known = set(json.loads(file["entry/checksums/ending"][:].tobytes()))
    assert {"bookmark", "incidents"} <= known
    with open_run(maker.path) as run:
        assert (run.bookmark, run.incidents, run.header.continues) == (None, (), "")


@pytest.mark.parametrize("syncs", [True, False])
def test_a_recorder_keeps_bookmark_incident_and_the_run_it_goes_on_from(tmp_path, syncs):
    header = replace(HEADER, continues="20260101T000000Z_x_1.h5")
    writer = RunWriter(
        tmp_path / "run.h5", header, Provenance(), syncs=syncs,
        portions=Portions(pump_ns=SECOND, chunk_rows=256),
    )  # fmt: skip
    for row in range(600):
        writer.row(START + row * SECOND // 100, np.array([float(row)]), np.zeros(1, np.uint8))
        if row % 100 == 99:
            writer.record(bookmark_at(row // 100))
    writer.record(INCIDENT)
    writer.close(Ending("completed", None, START + 6 * SECOND))
    with open_run(tmp_path / "run.h5") as run:
        assert (run.bookmark, run.incidents) == (bookmark_at(5), (INCIDENT,))
        assert run.header.continues == header.continues
    assert not verify_run(tmp_path / "run.h5").findings


def test_a_repaired_run_has_them_too(tmp_path):
    maker = RunMaker(tmp_path / "run.h5", HEADER)
    scans(maker, 0, 512)
    maker.record(bookmark_at(2))
    maker.record(INCIDENT)
    maker.finish()
    told = repair(maker.path, tmp_path / "saved.h5")
    assert "1 incidents saved, 0 lost" in [each.text() for each in told.findings]
    assert seen(tmp_path / "saved.h5") == (bookmark_at(2), (INCIDENT,))


def test_an_explanation_stands_beside_the_results_and_breaks_no_checksum(tmp_path):
    maker = RunMaker(tmp_path / "run.h5", HEADER)
    scans(maker, 0, 256)
    maker.finish()
    path = maker.path
    assert read_explanation(path) is None
    write_results(path, {"verdict": "pass"})
    write_explanation(path, "mains gone", "Jördis", 7)
    write_explanation(path, "fuse 3 blown, 熔断", "李明", 8)
    assert read_explanation(path) == Explanation("fuse 3 blown, 熔断", "李明", 8)
    assert read_results(path) == {"verdict": "pass"}
    assert not verify_run(path).findings
    assert [each.name for each in tmp_path.iterdir()] == ["run.h5"]


def test_an_explanation_goes_into_the_last_part_of_any_part(tmp_path):
    policy = SealPolicy(checkpoint_ns=None, part_ns=3 * SECOND)
    maker = RunMaker(tmp_path / "run.h5", HEADER, policy=policy)
    for second in range(4):
        scans(maker, second * 256, 256)
        maker.seal()
    maker.finish()
    write_explanation(tmp_path / "run.h5", "because", "me", 1)
    for part in tmp_path.glob("*.h5"):
        assert read_explanation(part) == Explanation("because", "me", 1)
    with h5py.File(maker.path) as file:
        assert "explanation" not in file["entry"]


def test_nobody_explains_a_run_that_is_recorded_or_gone(tmp_path):
    maker = RunMaker(tmp_path / "run.h5", HEADER)
    scans(maker, 0, 256)
    maker.finish()
    copy = shutil.copy(maker.path, tmp_path / "other.h5")
    for purpose in Purpose:
        with RunLock(copy, purpose), pytest.raises(RunFileError, match=r"process \d+ on"):
            write_explanation(copy, "x", "y", 1)
    assert read_explanation(copy) is None
    with pytest.raises(RunFileError):
        write_explanation(tmp_path / "none.h5", "x", "y", 1)


def test_a_bookmark_of_an_older_program_says_of_no_stop():
    record = json.loads(encode_record(Bookmark(1, 2, "automatic", "sequence", {}, {}, {})))
    del record["halted"]
    assert decode_record(json.dumps(record).encode()).halted == {}
    del record["counters"]
    with pytest.raises(ValueError, match="no record"):
        decode_record(json.dumps(record).encode())
