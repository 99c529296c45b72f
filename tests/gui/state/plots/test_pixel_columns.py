import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gui.state.plots.picture import Curve, Trace
from gui.state.plots.pixel_columns import Place, segments

CURVE = Curve("r", "c", "C", "N")
PLACE = Place(10.0, 20.0, 300.0, 100.0, 0.0, 60.0, -10.0, 10.0)


def trace(times, low, high=None):
    low = np.asarray(low, float)
    return Trace(CURVE, np.asarray(times, float), low, low if high is None else np.asarray(high))


pixels = st.lists(
    st.tuples(
        st.floats(0.001, 3.0), st.one_of(st.just(math.nan), st.floats(-9, 9)), st.floats(0, 1)
    ),
    min_size=1,
    max_size=60,
)


@settings(max_examples=60, deadline=None)
@given(pixels)
def test_each_value_lies_on_the_upright_line_of_its_column(found):
    times = np.cumsum([step for step, _, _ in found])
    low = np.array([value for _, value, _ in found])
    high = low + np.array([more for _, _, more in found])
    upright, _ = segments(trace(times, low, high), PLACE)
    for time, bottom, top in zip(times, low, high, strict=True):
        if math.isnan(bottom) or time > PLACE.end:
            continue
        x = math.floor(float(PLACE.x(np.array([time]))[0])) + 0.5
        own = upright[upright[:, 0] == x]
        assert len(own) == 1
        upper, lower = PLACE.y(np.array([top, bottom]))
        assert own[0, 1] <= upper
        assert lower <= own[0, 3]


def test_a_column_reaches_to_its_neighbour():
    upright, joins = segments(trace([0.0, 0.2], [0.0, 5.0]), PLACE)
    assert len(joins) == 0
    assert upright[1, 3] >= upright[0, 1]


def test_columns_far_apart_are_joined_by_a_line_and_by_two_where_they_have_a_height():
    _, joins = segments(trace([0.0, 30.0], [0.0, 5.0]), PLACE)
    assert joins.tolist() == [[10.0, 70.0, 160.0, 45.0]]
    _, joins = segments(trace([0.0, 30.0], [0.0, 5.0], [1.0, 6.0]), PLACE)
    assert len(joins) == 2


def test_a_gap_is_not_joined():
    upright, joins = segments(trace([0.0, 10.0, 20.0], [0.0, math.nan, 1.0]), PLACE)
    assert len(upright) == 2
    assert len(joins) == 0
    near, _ = segments(trace([0.0, 0.1, 0.2], [0.0, math.nan, 1.0]), PLACE)
    assert near[1, 1] == near[1, 3]


def test_nothing_known_is_nothing_drawn():
    for found in (trace([], []), trace([1.0], [math.nan])):
        upright, joins = segments(found, PLACE)
        assert upright.shape == joins.shape == (0, 4)
