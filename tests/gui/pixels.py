"""What a widget looks like."""

import numpy as np
from PySide6.QtGui import QImage


def colours_of(widget, area=None):
    """Return the colours (``#rrggbb``) of a widget's pixels, or of those of an area of it."""
    grabbed = widget.grab() if area is None else widget.grab(area)
    image = grabbed.toImage().convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(image.constBits(), dtype=np.uint32)
    return {f"#{value & 0xFFFFFF:06x}" for value in np.unique(pixels).tolist()}
