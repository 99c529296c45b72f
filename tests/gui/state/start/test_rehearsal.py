"""What the run file of a rehearsal shows."""

import pytest

from bench.errors import RunFileError
from bench.messages import Message
from bench.record.port import Ending, Event
from gui.state.start.rehearsal import TrippedLimit, rehearsed_of
from tests.gui.run_files import PERIOD, START, begun_run, closed_run, scan_times, values_of


def test_a_limit_that_tripped_is_told_with_what_followed_and_when(tmp_path):
    found = rehearsed_of(closed_run(tmp_path / "a.h5"))
    assert found.tripped == (
        TrippedLimit("hood", "hard-stop", "h2.hood > 25 %LFL", 1, pytest.approx(10.0)),
    )
    assert (found.ending, found.verdict, found.results) == ("completed", "", ())
    assert found.seconds == pytest.approx(29.99)


def test_a_limit_that_trips_again_is_told_once_with_its_count(tmp_path):
    maker = begun_run(tmp_path / "b.h5")
    maker.scans(scan_times(300), values_of(300))
    told = {"limit": "oil", "text": "oil > 1", "priority": 3, "reaction": "warn", "details": ""}
    for row in (100, 200):
        at = START + row * PERIOD
        maker.record(Event(at, 0, "warning", "oil", Message("alarm.came", told)))
    why = Message("control.operator-stop")
    maker.record(Ending("operator", why, START + 299 * PERIOD))
    maker.finish()
    found = rehearsed_of(tmp_path / "b.h5")
    assert [(each.limit, each.count) for each in found.tripped] == [("oil", 2)]
    assert found.tripped[0].first == pytest.approx(1.0)
    assert (found.ending, found.reason.id) == ("operator", why.id)


def test_a_run_file_that_is_gone_is_said(tmp_path):
    with pytest.raises(RunFileError):
        rehearsed_of(tmp_path / "none.h5")
