import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.map_surface import map_surface

SPEEDS, TORQUES = (
    part.ravel() for part in np.meshgrid([1000.0, 1200.0, 1500.0], [500.0, 1000.0, 1700.0])
)


def test_a_plane_comes_back_as_that_plane():
    found = map_surface(x=SPEEDS, y=TORQUES, z=2.0 * SPEEDS - TORQUES, size=11)
    across, up = np.meshgrid(found.x, found.y)
    inside = np.isfinite(found.z)
    assert inside.all()
    np.testing.assert_allclose(found.z, 2.0 * across - up, rtol=1e-6, atol=1e-3)


def test_nothing_is_known_outside_of_the_hull():
    """A triangle covers half of its rectangle."""
    found = map_surface(x=[0.0, 10.0, 0.0], y=[0.0, 0.0, 5.0], z=[1.0, 2.0, 3.0], size=41)
    across, up = np.meshgrid(found.x / 10.0, found.y / 5.0)
    assert np.isnan(found.z[across + up > 1.0 + 1e-9]).all()
    assert np.isfinite(found.z[across + up < 1.0 - 1e-9]).all()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(*[st.floats(-100.0, 100.0)] * 3), min_size=4, max_size=20))
def test_no_height_lies_beyond_those_that_were_measured(points):
    x, y, z = np.array(points).T
    try:
        found = map_surface(x=x, y=y, z=z, size=9)
    except ValueError:
        return  # a line is no map
    known = found.z[np.isfinite(found.z)]
    assert ((known >= z.min()) & (known <= z.max())).all()


def test_the_surface_goes_through_its_points():
    z = np.array([1.0, 5.0, 2.0, 4.0, 9.0, 3.0, 6.0, 7.0, 8.0])
    found = map_surface(x=SPEEDS, y=TORQUES, z=z, size=2)
    corners = [z[0], z[2], z[6], z[8]]  # the grid of two by two is the four corners
    np.testing.assert_allclose(found.z.ravel(), corners)


def test_repeats_of_a_point_count_as_their_mean():
    x, y = [0.0, 100.0, 0.0, 100.0, 100.1], [0.0, 0.0, 100.0, 100.0, 99.9]
    found = map_surface(x=x, y=y, z=[1.0, 1.0, 1.0, 1.0, 3.0], size=81)
    assert np.nanmax(found.z) == pytest.approx(2.0, abs=0.1)


@pytest.mark.parametrize(
    ("x", "y", "z", "problem"),
    [
        ([0.0, 1.0, 2.0], [0.0, 1.0, 2.0], [1.0, 2.0, 3.0], "line"),
        ([0.0, 1.0, 2.0], [5.0, 5.0, 5.0], [1.0, 2.0, 3.0], "line"),
        ([0.0, 1.0], [0.0, 1.0], [1.0, 2.0], "three points"),
        ([0.0, 1.0, 2.0], [0.0, 1.0], [1.0, 2.0, 3.0], "equal length"),
        ([0.0, 1.0, np.nan], [0.0, 1.0, 5.0], [1.0, 2.0, 3.0], "finite"),
    ],
)
def test_what_is_no_surface_is_refused(x, y, z, problem):
    with pytest.raises(ValueError, match=problem):
        map_surface(x=x, y=y, z=z)


def test_many_points_are_worked_out_from_their_neighbours():
    places = np.random.default_rng(1).uniform(0.0, 1.0, (400, 2))
    found = map_surface(x=places[:, 0], y=places[:, 1], z=3.0 * places[:, 0], size=9)
    across, _ = np.meshgrid(found.x, found.y)
    inside = np.isfinite(found.z)
    np.testing.assert_allclose(found.z[inside], 3.0 * across[inside], atol=0.02)
