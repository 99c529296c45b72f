import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gui.state.plots.picture import Curve, Trace
from gui.state.plots.polyline import last_value, rounded_span, value_at, value_span

CURVE = Curve("r", "c", "C", "N")


def trace(low, high=None):
    low = np.array(low)
    return Trace(CURVE, np.arange(float(len(low))), low, low if high is None else np.array(high))


@given(st.floats(-1e9, 1e9), st.floats(0, 1e9))
def test_an_axis_holds_all_values(low, span):
    bottom, top = rounded_span(low, low + span)
    assert bottom <= low <= low + span <= top
    assert bottom < top


def test_the_axis_moves_in_steps():
    assert rounded_span(0.2, 9.7) == rounded_span(0.3, 9.6) == (0.0, 10.0)


def test_a_limit_is_shown_where_it_is_near():
    near, far = trace([10.0, 20.0]), 1000.0
    assert value_span([near], 0.0, 1.0, (22.0, far))[1] == pytest.approx(25.0, abs=3.0)


def test_only_what_lies_in_the_window_counts_with_one_value_beyond_its_ends():
    found = trace([99.0, 1.0, 2.0, 3.0, 99.0, 500.0])
    assert value_span([found], 1.5, 2.5)[1] < 10.0
    assert value_span([], 0.0, 1.0) == pytest.approx((0.0, 1.0), abs=0.1)


def test_a_value_is_read_where_it_is_and_nowhere_else():
    found = trace([1.0, 2.0, math.nan], [1.0, 5.0, math.nan])
    assert value_at(found, 1.4) == (2.0, 5.0)
    assert math.isnan(value_at(found, -0.1)[0])
    assert math.isnan(value_at(found, 2.5)[0])
    assert math.isnan(value_at(found, 9.0)[0])
    assert last_value(found) == 5.0
    assert math.isnan(last_value(trace([])))
