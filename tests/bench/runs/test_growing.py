"""A run is read while it is written, after it broke off, and in parts; nothing is invented."""

import numpy as np
import pytest

from bench.channel import Channel, Kind
from bench.clock import MILLISECOND, SECOND
from bench.errors import RunFileError
from bench.messages import Message
from bench.record.disk.locks import Purpose, RunLock
from bench.record.disk.storage import SystemStorage
from bench.record.layout.parts import manifest_path, part_path
from bench.record.port import Ending, Event
from bench.record.sealing.sealer import SealPolicy
from bench.record.wal import list_segments, segment_path
from bench.runs import open_run
from bench.runs.reader import Run
from bench.runs.run_source import RunSource
from bench.units import unit
from tests.bench.runs.run_maker import header_of

START = 5 * SECOND
CHANNELS = (Channel("x", Kind.COMPUTED, unit("N*m")),)
ENDING = Ending("completed", None, START + 4 * SECOND)
IN_PARTS = SealPolicy(checkpoint_ns=None, part_ns=4 * SECOND)


def viewed(path):
    return Run(RunSource(path))


def scans(maker, rows, first=0):
    times = START + (first + np.arange(rows)) * 10 * MILLISECOND
    maker.scans(times, np.arange(first, first + rows, dtype=float)[:, None])


def read(run):
    return run.channel("x").stored().tolist()


def test_a_commit_in_the_middle_of_a_read_repeats_it(make, path, monkeypatch):
    maker = make(path, header_of(channels=CHANNELS))
    scans(maker, 600)
    maker.seal(partial=True)
    with viewed(path) as run:
        commits = iter(range(3))

        def meanwhile():
            for number in commits:
                scans(maker, 10, 600 + 10 * number)
                maker.seal(partial=True)
                return "read"
            return "read"

        generation = run._source._generation
        assert run._source.guard(meanwhile) == "read"
        assert run._source._generation == generation + 3
        assert read(run) == list(range(600))


def test_commits_without_end_are_told(make, path):
    maker = make(path, header_of(channels=CHANNELS))
    scans(maker, 300)
    maker.seal(partial=True)
    with viewed(path) as run:
        rows = iter(range(300, 10_000))

        def meanwhile():
            scans(maker, 1, next(rows))
            maker.seal(partial=True)

        with pytest.raises(RunFileError, match="faster"):
            run._source.guard(meanwhile)


def test_what_goes_wrong_because_of_a_commit_is_read_again(make, path):
    maker = make(path, header_of(channels=CHANNELS))
    scans(maker, 300)
    maker.seal(partial=True)
    with viewed(path) as run:
        tries = []

        def torn():
            tries.append(1)
            if len(tries) == 1:
                scans(maker, 1, 300)
                maker.seal(partial=True)
                raise OSError("half of two commits")
            return "whole"

        assert run._source.guard(torn) == "whole"


def test_a_run_that_was_opened_before_its_first_commit_is_read_after_its_last(make, path):
    maker = make(path, header_of(channels=CHANNELS))
    scans(maker, 300)
    with viewed(path) as run:
        assert read(run) == list(range(300))
        maker.record(ENDING)
        maker.finish()
        assert run.header.channels == CHANNELS
        run.refresh()
        assert (run.ending, read(run)) == (ENDING, list(range(300)))


def test_segments_that_are_released_while_they_are_read_do_no_harm(make, path):
    maker = make(path, header_of(channels=CHANNELS), segment_size=4096)
    scans(maker, 500)
    with viewed(path) as run:
        assert len(run) == 500
        for first in range(500, 3000, 500):
            scans(maker, 500, first)
            maker.seal(partial=True)
            segments = list_segments(SystemStorage(), path)
            for number in segments[:-2]:
                segment_path(path, number).unlink()
            scans(maker, 7, first + 500)
            maker.unsealed, kept = [], maker.unsealed
            run.refresh()
            maker.unsealed = kept
            assert read(run) == list(range(first + 507))
            maker.seal()
            maker._next["scan"] = first + 507
            break


def test_a_hole_in_the_log_ends_what_is_shown(make, path):
    maker = make(path, header_of(channels=CHANNELS), segment_size=4096)
    for first in range(0, 2000, 100):
        scans(maker, 100, first)
    numbers = list_segments(SystemStorage(), path)
    segment_path(path, numbers[2]).unlink()
    with viewed(path) as run:
        assert 0 < len(run) < 2000
        assert read(run) == list(range(len(run)))
        (finding,) = run.findings
        assert "hole" in finding.text()


def test_a_run_that_broke_off_is_recovered_when_it_is_opened(make, path):
    maker = make(path, header_of(channels=CHANNELS))
    scans(maker, 700)
    maker.seal()
    scans(maker, 33, 700)
    maker.close()
    with open_run(path) as run:
        assert (run.state, len(run), run.findings) == ("recovered", 733, ())
        assert read(run) == list(range(733))
        assert [event.message.id for event in run.events] == ["record.recovered"]
        assert run.ending is None
    assert sorted(each.name for each in path.parent.iterdir()) == [path.name]


def test_a_run_that_is_recorded_is_read_as_it_is(make, path):
    maker = make(path, header_of(channels=CHANNELS))
    scans(maker, 700)
    with RunLock(path, Purpose.RECORDING), open_run(path) as run:
        assert (run.state, run.is_growing, len(run)) == ("recording", True, 700)
        assert run.ending is None


def test_a_run_that_cannot_be_recovered_is_read_all_the_same(make, path, monkeypatch):
    maker = make(path, header_of(channels=CHANNELS))
    scans(maker, 700)
    maker.close()
    monkeypatch.setattr("bench.runs.opening.os.access", lambda *_: False)
    before = {each: each.read_bytes() for each in path.parent.iterdir()}
    with open_run(path) as run:
        assert (run.state, run.is_growing, len(run)) == ("recording", False, 700)
    assert {each: each.read_bytes() for each in path.parent.iterdir()} == before


def test_why_a_recovery_failed_is_a_finding(make, path, monkeypatch):
    maker = make(path, header_of(channels=CHANNELS))
    scans(maker, 700)
    maker.close()

    def full(run):
        raise RunFileError("record.cannot-recover", path=run, reason="No space left on device")

    monkeypatch.setattr("bench.runs.opening.recover", full)
    with open_run(path) as run:
        assert len(run) == 700
        assert "No space left" in run.findings[0].text()
        assert run.findings[0].text("zh")


@pytest.fixture
def in_parts(make, path):
    """A run of several parts, 2000 scans."""
    maker = make(path, header_of(channels=CHANNELS), policy=IN_PARTS)
    event = Event(START, 7, "info", "dyno", Message("word.none"))
    for first in range(0, 2000, 100):
        scans(maker, 100, first)
        maker.record(event)
        maker.seal()
    maker.record(Ending("completed", None, START))
    maker.finish()
    return path


def test_parts_are_one_run(in_parts):
    with open_run(in_parts) as run:
        assert len(run.parts) > 2
        assert read(run) == list(range(2000))
        assert np.diff(run.channel("x").times_ns()).tolist() == [10 * MILLISECOND] * 1999
        assert (run.gaps, run.findings, run.state) == ((), (), "closed")
        assert len(run.events) == 20
        counted = run.channel("x").statistics()
        assert (counted.count, counted.maximum) == (2000, 1999)
        assert counted.mean == pytest.approx(999.5)
        assert counted.deviation == pytest.approx(np.arange(2000).std(ddof=1))
        shown = run.channel("x").envelope(pixels=20)
        assert (shown.minimum <= np.arange(20) * 100).all()
        assert (shown.maximum >= np.arange(20) * 100 + 99).all()


def test_any_part_and_the_list_open_the_run(in_parts):
    for name in (part_path(in_parts, 2), manifest_path(in_parts)):
        with open_run(name) as run:
            assert (run.path, len(run)) == (in_parts, 2000)


@pytest.mark.parametrize("lost", [1, 2, -1])
def test_a_missing_part_is_a_gap_and_a_finding(in_parts, lost):
    with open_run(in_parts) as run:
        count = len(run.parts)
    number = count if lost < 0 else lost
    part_path(in_parts, number).unlink()
    with open_run(part_path(in_parts, 2 if number == 1 else 1)) as run:
        values = read(run)
        assert len(values) < 2000
        assert [finding.id for finding in run.findings] == ["runs.missing-part"]
        assert f"part {number}" in run.findings[0].text()
        times = START + 10 * MILLISECOND * np.array(values)
        np.testing.assert_array_equal(run.channel("x").times_ns(), times)
        if lost > 0:
            (gap,) = run.gaps
            jump = 0 if lost == 1 else int(np.argmax(np.diff(values) > 1)) + 1
            assert gap.end_ns == START + 10 * MILLISECOND * values[jump]
            assert gap.start_ns <= gap.end_ns - SECOND
        else:
            assert run.gaps == ()


def test_a_damaged_part_is_told_and_the_others_are_read(in_parts):
    part_path(in_parts, 2).write_bytes(b"nothing")
    with open_run(in_parts) as run:
        told = {finding.id for finding in run.findings}
        assert told == {"runs.not-readable", "runs.missing-part"}
        assert read(run) == sorted(set(read(run)))


def test_new_parts_appear_with_a_refresh(make, path):
    maker = make(path, header_of(channels=CHANNELS), policy=IN_PARTS)
    scans(maker, 100)
    maker.seal(partial=True)
    with viewed(path) as run:
        assert len(run.parts) == 1
        for first in range(100, 2000, 100):
            scans(maker, 100, first)
            maker.seal()
            run.refresh()
            assert read(run) == list(range(first + 100))
        assert len(run.parts) > 2
