"""A run of many parts: its list says what is there, and a file is opened when it is read."""

import json
import shutil
from fractions import Fraction

import numpy as np
import pytest

from bench.channel import Channel, Kind
from bench.clock import MILLISECOND, SECOND
from bench.errors import RunFileError
from bench.record.layout.parts import manifest_path, part_path
from bench.record.sealing.sealer import SealPolicy
from bench.runs import open_run, part_file
from bench.runs.listed_parts import MANY
from bench.units import unit
from tests.bench.runs.run_maker import RunMaker, fast_group, header_of, measured

PARTS = MANY + 4
ROWS = 10 * PARTS
START = 5 * SECOND
PERIOD = 10 * MILLISECOND


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("many")
    header = header_of(
        fast_group(measured("fast"), interval_ns=Fraction(PERIOD)),
        channels=(Channel("x", Kind.COMPUTED, unit("N*m")),),
    )
    policy = SealPolicy(checkpoint_ns=None, part_ns=10 * PERIOD)
    maker = RunMaker(folder / "run.h5", header, policy=policy)
    for first in range(0, ROWS, 10):
        numbers = np.arange(first, first + 10)
        maker.scans(START + PERIOD * numbers, numbers[:, None])
        maker.scalars("fast", START + PERIOD * first, -numbers)
        maker.seal(partial=True)
    maker.finish()
    return folder


@pytest.fixture
def path(made, tmp_path):
    shutil.copytree(made, tmp_path / "run")
    return tmp_path / "run" / "run.h5"


@pytest.fixture
def opened(monkeypatch):
    """The files that were opened."""
    found = []
    original = part_file._open_once
    monkeypatch.setattr(
        part_file, "_open_once", lambda path, before: found.append(path) or original(path, before)
    )
    return found


def middle(path):
    return part_path(path, PARTS // 2)


def test_opening_a_run_opens_its_first_and_its_last_part(path, opened):
    with open_run(path) as run:
        assert len(run.parts) >= PARTS
        assert len(run) == ROWS
        assert len(run.channel("fast")) == ROWS
        assert opened == [run.parts[0], run.parts[-1]]


def test_a_window_opens_the_parts_on_its_way(path, opened):
    with open_run(middle(path)) as run:
        found = run.channel("x").stored(START + 55 * PERIOD, START + 61 * PERIOD)
        assert found.tolist() == [55, 56, 57, 58, 59, 60, 61]
        assert len(set(opened)) < 12


def test_all_rows_and_times_are_those_that_were_recorded(path):
    numbers = np.arange(ROWS)
    with open_run(path) as run:
        np.testing.assert_array_equal(run.channel("x").stored(), numbers)
        np.testing.assert_array_equal(run.channel("fast").stored(), -numbers)
        np.testing.assert_array_equal(run.timeline.read(slice(0, ROWS)), START + PERIOD * numbers)
        asked = START + np.arange(-25, 10 * ROWS + 25) * (PERIOD // 10)
        expected = np.clip(np.ceil((asked - START) / PERIOD), 0, ROWS)
        np.testing.assert_array_equal(run.timeline.rows_before(asked), expected)
        for time_ns, rows in zip(asked.tolist()[::37], expected.tolist()[::37], strict=True):
            assert run.timeline.window(time_ns, None) == slice(rows, ROWS)
        assert (run.gaps, run.findings) == ((), ())


@pytest.mark.parametrize("number", [1, PARTS // 2, PARTS])
def test_a_missing_part_is_a_finding_and_a_gap(path, number):
    with open_run(path) as run:
        number = min(number, len(run.parts))
        lost = run.parts[number - 1]
    lost.unlink()
    with open_run(manifest_path(path)) as run:
        assert [finding.id for finding in run.findings] == ["runs.missing-part"]
        numbers = run.channel("x").stored()
        assert len(numbers) == len(run) < ROWS or number == PARTS
        assert len(run.gaps) == (number < PARTS)


@pytest.mark.parametrize("content", [b"", b"nothing", None])
def test_a_damaged_part_is_a_finding_when_the_run_is_opened(path, content):
    damaged = middle(path)
    damaged.write_bytes(damaged.read_bytes()[:-1] if content is None else content)
    with open_run(path) as run:
        told = {finding.id for finding in run.findings}
        assert told == {"runs.not-readable", "runs.missing-part"}
        assert len(run.channel("x").stored()) == len(run) == ROWS - 10


def test_another_part_in_its_place_is_told_when_it_is_read(path):
    shutil.copy(part_path(path, 4), middle(path))
    with open_run(path) as run, pytest.raises(RunFileError) as told:
        run.channel("x").stored()
    assert told.value.message.id == "runs.missing-part"


def test_a_list_that_counts_otherwise_than_the_part_is_damage(path):
    listed = manifest_path(path)
    content = json.loads(listed.read_text(encoding="utf-8"))
    content["parts"][PARTS // 2]["first_rows"]["scan"] += 1
    listed.write_text(json.dumps(content), encoding="utf-8")
    with open_run(path) as run, pytest.raises(RunFileError) as told:
        run.channel("x").stored()
    assert told.value.message.id == "runs.damaged"


def test_the_list_of_another_run_is_not_believed(path, opened):
    listed = manifest_path(path)
    content = json.loads(listed.read_text(encoding="utf-8"))
    content["run_uuid"] = "00000000-0000-0000-0000-000000000007"
    listed.write_text(json.dumps(content), encoding="utf-8")
    with open_run(path) as run:
        assert run.channel("x").stored().tolist() == list(range(ROWS))
    assert len(set(opened)) == len(run.parts)
