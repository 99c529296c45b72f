"""Whether the last run of a rig can go on."""

import pytest

from bench.clock import SECOND
from bench.record.port import Bookmark
from bench.record.recovery import recover
from bench.record.results import write_explanation
from gui.state.start.resumption import Resumable, resumable_of
from tests.bench.runs.run_maker import header_of
from tests.gui.run_files import START, begun_run, closed_run, scan_times, values_of

POSITION = {"step": "approach/go"}


def broken_run(path, position, phase="sequence"):
    maker = begun_run(path)
    maker.scans(scan_times(300), values_of(300))
    at = START + 2 * SECOND
    maker.record(Bookmark(at, 0, "automatic", phase, position, {}, {}))
    maker.seal()
    maker.close()
    recover(path)


def resumable(folder):
    header = header_of(channels=())
    rig, serial = header.rig_name, header.object_serial
    return resumable_of(folder, rig, serial, is_simulated=header.simulated)


def test_a_run_that_broke_off_goes_on_once_it_is_explained(tmp_path):
    path = tmp_path / "a.h5"
    broken_run(path, POSITION)
    assert resumable(tmp_path) is None
    write_explanation(path, "power cut", "mk", 0)
    found = resumable(tmp_path)
    assert found == Resumable("a.h5", header_of(channels=()).protocol_name, "approach/go")


@pytest.mark.parametrize(
    ("position", "phase"), [({}, "sequence"), (POSITION, "soft-stop"), (POSITION, "hard-stop")]
)
def test_what_had_not_begun_or_was_stopping_does_not_go_on(tmp_path, position, phase):
    broken_run(tmp_path / "a.h5", position, phase)
    write_explanation(tmp_path / "a.h5", "power cut", "mk", 0)
    assert resumable(tmp_path) is None


def test_a_run_that_ended_does_not_go_on(tmp_path):
    closed_run(tmp_path / "a.h5")
    assert resumable(tmp_path) is None


def test_a_folder_that_is_not_there_offers_nothing(tmp_path):
    assert resumable_of(tmp_path / "none", "r", "", is_simulated=False) is None
