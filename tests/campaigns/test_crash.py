"""A bounded sample of the crash campaign; all of it: ``python -m tests.campaigns.crash``."""

from __future__ import annotations

import sys

import pytest

from tests.campaigns.crash import campaign, rows_of, table
from tests.campaigns.crash_kills import Line, longest_lag
from tests.campaigns.crash_points import Failure


@pytest.mark.timeout(600)
def test_nothing_acknowledged_is_lost_whatever_cuts_a_recording_short() -> None:
    said: list[str] = []
    rows = campaign(points=40, faults=1, kills=0, seed=7, said=said.append)
    assert not rows[-1].failures, "\n".join([*said, table(rows)])
    assert rows[-1].tested >= 50


@pytest.mark.timeout(600)
@pytest.mark.skipif(sys.platform == "win32", reason="a process group cannot be killed there")
def test_killing_the_recorder_loses_nothing_acknowledged() -> None:
    said: list[str] = []
    rows = campaign(points=0, faults=0, kills=1, seed=7, said=said.append)
    assert not rows[-1].failures, "\n".join([*said, table(rows)])


def test_the_wait_of_a_row_is_counted_from_the_last_line_without_it() -> None:
    handed = [1, 2, 3, 4, 5]
    acknowledged = [0, 0, 1, 1, 5]
    lines = [
        Line(float(at), {"scan": rows}, {"scan": done}, 0, "")
        for at, (rows, done) in enumerate(zip(handed, acknowledged, strict=True))
    ]
    # Row 2 came after line 0 and is not acknowledged in line 3.
    assert longest_lag(lines) == 3.0


def test_failures_are_counted_by_kind_and_in_all() -> None:
    rows = rows_of([("kill", None), ("kill", Failure.LOST), ("power", Failure.LOST)])
    assert [(row.what, row.tested, row.failures.total()) for row in rows] == [
        ("kill", 2, 1),
        ("power", 1, 1),
        ("all", 3, 2),
    ]
    assert "lost" in table(rows)
