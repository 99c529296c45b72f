"""What a plot of one quantity over another shows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Style(Enum):
    """How a series is drawn."""

    LINE = "line"
    DASHED = "dashed"
    POINTS = "points"
    BOTH = "both"


@dataclass(frozen=True, eq=False)
class Series:
    """Points of one quantity over another; arrays of the same length."""

    name: str
    """In the legend; empty: not there."""
    x: Floats
    """Where."""
    y: Floats
    """What; NaN breaks a line."""
    style: Style = Style.LINE
    """How it is drawn."""
    error: Floats | None = None
    """Half the length of an error bar per point; None: no bars."""
    labels: tuple[str, ...] = ()
    """Beside each point; empty: none."""
    colour: int = 0
    """Place in `gui.theme.CURVES`."""


@dataclass(frozen=True, eq=False)
class Band:
    """An area between two lines."""

    name: str
    """In the legend."""
    x: Floats
    """Where."""
    low: Floats
    """Lower line."""
    high: Floats
    """Upper line."""
    colour: int = 0
    """Place in `gui.theme.CURVES`."""


@dataclass(frozen=True, eq=False)
class Contours:
    """Lines of equal height."""

    x: Floats
    """Columns (n)."""
    y: Floats
    """Rows (m)."""
    z: Floats
    """Height (m, n); NaN: unknown."""
    levels: tuple[float, ...]
    """Heights to draw."""


@dataclass(frozen=True, eq=False)
class Chart:
    """All that a plot of one quantity over another shows."""

    x_label: str
    """With unit."""
    y_label: str
    """With unit."""
    series: tuple[Series, ...] = ()
    """Lines and points."""
    bands: tuple[Band, ...] = ()
    """Areas, behind the lines."""
    contours: Contours | None = None
    """Lines of equal height, behind all."""
    lines: tuple[tuple[float, str], ...] = ()
    """Horizontal lines: value and name (a limit)."""
    is_x_log: bool = False
    """Whether the axis is logarithmic."""
    is_y_log: bool = False
    """Whether the axis is logarithmic."""
    is_square: bool = False
    """Whether both axes have one scale (Nyquist)."""
