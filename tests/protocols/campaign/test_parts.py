"""A run in several files is one run, read part by part."""

import numpy as np
import pytest

from bench.clock import SECOND
from bench.record.port import Ending, Point
from bench.record.sealing.sealer import SealPolicy
from protocols.campaign.inventory import inventory_of
from tests.bench.runs.run_maker import RunMaker
from tests.protocols.campaign.conftest import file_named
from tests.protocols.campaign.engine_runs import HOUR, PERIOD, EngineRun


def write_in_parts(path, run, part_hours):
    """Write a run as a bench does that begins a new file every so many hours."""
    path.parent.mkdir(exist_ok=True)
    policy = SealPolicy(None, part_ns=round(part_hours * HOUR) * SECOND)
    maker = RunMaker(path, run._header(), policy=policy)
    times = np.arange(run.rows, dtype=np.int64) * PERIOD * SECOND
    columns = run._columns()
    points = [
        Point("reference", 1, number, begin, end, valid=True)
        for number, (begin, end) in enumerate(run._windows(), 1)
    ]
    for first in range(0, run.rows, 60):
        maker.scans(times[first : first + 60], columns[first : first + 60])
        while points and points[0].end_ns <= times[min(first + 60, run.rows) - 1]:
            maker.record(points.pop(0))
    maker.record(Ending("completed", None, int(times[-1])))
    maker.finish()


@pytest.fixture
def run():
    return EngineRun(hours=2.5, tests=(0.4, 1.9))


def test_a_run_in_parts_gives_what_one_file_gives(judged, tmp_path, run):
    write_in_parts(tmp_path / "parts" / "a.h5", run, 0.7)
    run.write(tmp_path / "whole" / "a.h5")
    parts, whole = (judged(tmp_path / name) for name in ("parts", "whole"))
    (found,) = parts.files
    assert len(found.parts) > 2
    assert len(inventory_of(tmp_path / "parts").runs[0].jobs(tmp_path / "parts")) > 2
    assert parts.kilometres == pytest.approx(whole.kilometres, rel=1e-6)
    for name in ("hours", "energy", "revolutions", "thermal_cycles", "fuel"):
        assert parts.total(name) == pytest.approx(whole.total(name), rel=1e-6)
    assert [each.kilometres for each in parts.tests] == pytest.approx(
        [each.kilometres for each in whole.tests], rel=1e-3
    )
    values, expected = (
        [point.value for point in each.drift("efficiency").points] for each in (parts, whole)
    )
    assert values == pytest.approx(expected)


def test_a_missing_part_takes_the_whole_run_out(judged, tmp_path, run):
    write_in_parts(tmp_path / "a.h5", run, 0.7)
    gone = sorted(tmp_path.glob("a.part*.h5"))[1]
    gone.unlink()
    results = judged(tmp_path)
    assert file_named(results, "a.h5").problem == "broken"
    assert not results.totals
    assert results.verdict == "not shown"
