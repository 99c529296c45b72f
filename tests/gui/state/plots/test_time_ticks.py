from datetime import UTC, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gui.state.plots.time_ticks import clock_ticks, elapsed_text, elapsed_ticks

NOON = 1_700_000_000 * 10**9 // (86_400 * 10**9) * 86_400 * 10**9 + 43_200 * 10**9


@pytest.mark.parametrize(
    ("start", "end", "texts"),
    [
        (0.0, 60.0, ["0:00:00", "0:00:15", "0:00:30", "0:00:45", "0:01:00"]),
        (0.0, 0.04, ["0:00:00.00", "0:00:00.01", "0:00:00.02", "0:00:00.03", "0:00:00.04"]),
        (0.0, 48 * 3600.0, ["0:00:00", "12 h", "24 h", "36 h", "48 h"]),
        (-60.0, 0.0, ["-0:01:00", "-0:00:45", "-0:00:30", "-0:00:15", "0:00:00"]),
    ],
)
def test_elapsed_time_has_round_ticks(start, end, texts):
    assert [text for _, text in elapsed_ticks(start, end, 5)] == texts


def test_the_clock_shows_the_date_at_midnight():
    ticks = clock_ticks(0.0, 86_400.0, 4, NOON, UTC)
    assert [text for _, text in ticks] == ["12:00", "18:00", "2023-11-15", "06:00", "12:00"]


def test_the_clock_is_round_in_its_own_zone():
    """Half an hour from UTC, as in India: the ticks stand at full hours there."""
    zone = timezone(timedelta(hours=5, minutes=30))
    ticks = clock_ticks(0.0, 4 * 3600.0, 4, NOON, zone)
    assert [text for _, text in ticks] == ["18:00", "19:00", "20:00", "21:00"]
    assert ticks[0][0] == pytest.approx(1800.0)


def test_a_clock_beyond_the_calendar_has_a_text_all_the_same():
    assert clock_ticks(0.0, 1e13, 5, 0, UTC)


def test_seconds_are_never_sixty():
    assert elapsed_text(59.999) == "0:01:00"


@given(
    st.floats(-1e9, 1e9), st.floats(1e-5, 1e10), st.integers(2, 30),
)  # fmt: skip
def test_ticks_rise_lie_inside_and_are_not_too_many(start, span, most):
    end = start + span
    places = [at for at, _ in elapsed_ticks(start, end, most)]
    assert places == sorted(places)
    assert len(places) <= most + 1
    slack = 1e-6 * span + 1e-6
    assert all(start - slack <= at <= end + slack for at in places)


def test_a_window_that_is_none_has_no_ticks():
    assert elapsed_ticks(1.0, 1.0, 5) == ()
    assert elapsed_ticks(float("nan"), 1.0, 5) == ()
