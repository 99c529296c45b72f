"""Spans and moments."""

import math
from datetime import UTC

import pytest

from gui.state.spans import moment, span, time_of_day


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.0, "0:00"),
        (41.4, "0:41"),
        (60.0, "1:00"),
        (59.6, "1:00"),
        (7_509.0, "2:05:09"),
        (71 * 86_400 + 3 * 3600.0, "71 d 03:00:00"),
        (-3.0, "0:00"),
        (math.nan, "–"),
        (math.inf, "–"),
    ],
)
def test_a_span_reads_like_a_stop_watch(seconds, shown):
    assert span(seconds) == shown


def test_a_moment_is_shown_in_the_zone_asked_for():
    noon = 1_767_268_800 * 10**9  # 2026-01-01T12:00:00Z
    assert time_of_day(noon, UTC) == "12:00:00"
    assert moment(noon, UTC) == "2026-01-01 12:00:00"


def test_no_moment_is_a_dash():
    assert (time_of_day(0, UTC), moment(0, UTC)) == ("–", "–")
