import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gui.state.plots.stack_layout import LEAST_PLOT, lane_rooms, lanes_shown, shares
from gui.state.plots.value_ticks import value_ticks


@given(st.integers(1, 12), st.floats(60, 1000))
def test_lanes_that_are_shown_are_readable_and_do_not_overlap(count, height):
    shown = lanes_shown(count, height, 15.0)
    rooms = lane_rooms([9] * shown, 20.0, height, 15.0)
    assert all(room.plot_height >= LEAST_PLOT - 1e-6 for room in rooms)
    for room, following in itertools.pairwise(rooms):
        assert room.plot_top + room.plot_height <= following.top
    assert rooms[-1].plot_top + rooms[-1].plot_height <= 20.0 + height + 1e-6


@given(st.lists(st.floats(1, 300), min_size=1, max_size=9), st.floats(10, 900))
def test_who_wants_little_gets_it(wanted, width):
    found = shares(wanted, width)
    assert sum(found) <= max(width, 0) * (1 + 1e-9)
    assert all(got <= want for got, want in zip(found, wanted, strict=True))
    if sum(wanted) <= width:
        assert list(found) == wanted


@given(st.floats(-1e5, 1e5), st.floats(1e-3, 1e6), st.integers(1, 12))
def test_no_more_ticks_than_fit_and_all_within_the_axis(low, span, most):
    found = value_ticks(low, low + span, most)
    assert len(found) <= most
    assert len({text for _, text in found}) == len(found)
    assert all(low - 1e-6 * span <= at <= low + span * (1 + 1e-6) for at, _ in found)


@pytest.mark.parametrize(
    ("low", "high", "most", "texts"),
    [
        (0.0, 10.0, 6, ["0", "2", "4", "6", "8", "10"]),
        (0.0, 10.0, 2, ["0", "10"]),
        (29.9, 31.1, 4, ["30.0", "30.5", "31.0"]),
        (5.0, 5.0, 4, []),
    ],
)
def test_ticks_are_round(low, high, most, texts):
    assert [text for _, text in value_ticks(low, high, most)] == texts
