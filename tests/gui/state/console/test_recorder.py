"""What is recorded."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

from bench.messages import Message
from gui.state.console.recorder import DiskFigures, recorder_of, size_shown
from tests.gui.state.sessions import running, session


def figures(**changes):
    return replace(DiskFigures(running().file, 83.2e6, 71e9, 250e9), **changes)


def test_a_run_that_is_recorded_tells_size_and_free_disk(session):
    found = recorder_of(session, figures())
    assert found.is_recording
    assert (found.size, found.free, found.is_little) == ("83.2 MB", "71 GB (28%)", False)


def test_a_disk_that_is_nearly_full_is_told(session):
    assert recorder_of(session, figures(free=1e9)).is_little


def test_figures_of_another_file_are_not_shown(session):
    found = recorder_of(session, figures(file=Path("/other.h5")))
    assert (found.size, found.free, found.is_little) == ("", "", False)


def test_trouble_means_that_nothing_is_recorded():
    trouble = Message("control.nothing-recorded")
    found = recorder_of(session(running(trouble=trouble)), figures())
    assert (found.is_recording, found.trouble) == (False, trouble)


@pytest.mark.parametrize("changes", [{"is_connected": False}, {"silent_for": 5.0}])
def test_of_a_server_that_is_not_heard_it_is_not_known(session, changes):
    found = recorder_of(replace(session, **changes), figures())
    assert (found.is_known, found.is_recording) == (False, False)


def test_the_last_run_is_told_with_its_ending():
    ended = running(file=None, last_file=Path("/a.h5"), last_ending="completed")
    found = recorder_of(session(ended), DiskFigures())
    assert (found.is_recording, found.last_file, found.last_ending) == (
        False,
        Path("/a.h5"),
        "completed",
    )


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (0.0, "0 B"),
        (999.0, "999 B"),
        (999.6, "1 kB"),
        (83.2e6, "83.2 MB"),
        (4.2e12, "4.2 TB"),
        (math.nan, ""),
    ],
)
def test_a_size_has_three_digits(size, shown):
    assert size_shown(size) == shown
