"""Many lines at once: Qt reads them where numpy has them."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF
from PySide6.QtGui import QPainter
from shiboken6 import Shiboken


def draw_lines(painter: QPainter, lines: NDArray[np.float64]) -> None:
    """Draw lines with the pen of a painter.

    Args:
        painter: Onto what.
        lines: Shape (lines, 4): x and y of both ends; as four doubles in a row they are what Qt
            calls a line. A list of lines would take longer to make than to draw.
    """
    if len(lines):
        kept = np.ascontiguousarray(lines, np.float64)
        first = Shiboken.wrapInstance(kept.ctypes.data, QLineF)
        # That many lines may follow the first one is not in the types PySide publishes.
        cast("Any", painter).drawLines(first, len(kept))
