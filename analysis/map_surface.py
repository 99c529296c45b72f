"""A surface over scattered points of measurement, for a map; never beyond what was measured."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

SAME: Final = 0.01
"""Share of the span within which two points count as one and are averaged (engineering default)."""
THINNEST: Final = 0.02
"""Least thickness of the cloud of points, as a share of its length: below it they are a line."""

MOST_AT_ONCE: Final = 300
"""Points up to which each height follows from all of them."""
NEIGHBOURS: Final = 60
"""From how many of the nearest points a height follows where there are more."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MapSurface:
    """Heights on a grid."""

    x: Floats
    """Columns, rising, shape (n,)."""
    y: Floats
    """Rows, rising, shape (n,)."""
    z: Floats
    """Heights, shape (n, n), row by row; NaN outside of the hull of the points."""


def map_surface(*, x: ArrayLike, y: ArrayLike, z: ArrayLike, size: int = 161) -> MapSurface:
    """Return a smooth surface through scattered points, on a grid over their extent.

    A thin plate spline (Duchon 1977) through the points, in coordinates scaled to the span
    of all. It goes through the points, is unknown outside of their hull, and is kept between the
    smallest and the largest height that was measured. Points closer together than `SAME` are one
    point with their mean height.

    Args:
        x: finite, shape (k,).
        y: finite, shape (k,).
        z: finite, shape (k,).
        size: columns and rows of the grid, at least 2.

    Raises:
        ValueError: shapes differ, a value is not finite, there are fewer than three different
            points, or they lie on a line.
    """
    columns, rows, heights = (np.asarray(part, dtype=np.float64) for part in (x, y, z))
    if columns.ndim != 1 or columns.shape != rows.shape or columns.shape != heights.shape:
        raise ValueError("x, y and z must be rows of equal length")
    if not np.isfinite([columns, rows, heights]).all():
        raise ValueError("x, y and z must be finite")
    if columns.size < 3:
        raise ValueError("a surface needs three points or more")
    low = np.array([columns.min(), rows.min()])
    span = np.array([np.ptp(columns), np.ptp(rows)])
    if not (span > 0.0).all():
        raise ValueError("the points lie on a line")
    points, values = _joined((np.column_stack([columns, rows]) - low) / span, heights)
    if len(points) < 3 or not is_spread(points):
        raise ValueError("the points lie on a line")
    share = np.linspace(0.0, 1.0, size)
    across, up = np.meshgrid(share, share)
    found = np.clip(_interpolated(points, values, across, up), heights.min(), heights.max())
    return MapSurface(x=low[0] + share * span[0], y=low[1] + share * span[1], z=found)


def is_spread(points: Floats) -> bool:
    """Return whether points, shape (k, 2), cover an area and are no line."""
    centred = points - points.mean(axis=0)
    lengths = np.linalg.svd(centred, compute_uv=False)
    return bool(lengths[-1] > THINNEST * lengths[0])


def _joined(points: Floats, heights: Floats) -> tuple[Floats, Floats]:
    """Return points further apart than `SAME`, each with the mean of those it stands for."""
    groups: list[list[int]] = []
    for place, point in enumerate(points):
        near = (each for each in groups if np.abs(points[each[0]] - point).max() < SAME)
        group = next(near, None)
        if group is None:
            groups.append([place])
        else:
            group.append(place)
    means = [points[group].mean(axis=0) for group in groups]
    return np.array(means), np.array([heights[group].mean() for group in groups])


def _interpolated(points: Floats, heights: Floats, across: Floats, up: Floats) -> Floats:
    # scipy is loaded when first wanted: no start of a run has to wait for it
    interpolate: Any = import_module("scipy.interpolate")
    spatial: Any = import_module("scipy.spatial")
    places = np.column_stack([across.ravel(), up.ravel()])
    outside = np.asarray(spatial.Delaunay(points).find_simplex(places)) < 0
    plate = interpolate.RBFInterpolator(
        points,
        heights,
        kernel="thin_plate_spline",
        neighbors=None if len(points) <= MOST_AT_ONCE else NEIGHBOURS,
    )
    found = np.full(len(places), np.nan)
    found[~outside] = plate(places[~outside])
    return found.reshape(across.shape)
