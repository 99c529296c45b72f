"""Lines of equal height, by contourpy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import contourpy
import numpy as np
from numpy.typing import NDArray

from gui.state.plots.chart import Contours

Floats = NDArray[np.float64]


def contour_lines(contours: Contours) -> Iterator[tuple[float, Floats, Floats]]:
    """Yield each line of equal height: its height, and x and y of its points."""
    known = np.ma.masked_invalid(contours.z)
    generator = contourpy.contour_generator(contours.x, contours.y, known, name="serial")
    for level in contours.levels:
        for line in cast("list[Floats]", generator.lines(level)):
            yield level, line[:, 0], line[:, 1]
