"""Pictures of plots as files: PNG for texts, SVG for whoever draws on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator

from bench.errors import BenchError
from gui import theme

_SCALE = 2
"""Pixels of a PNG per pixel of the screen."""


class PictureNotSaved(BenchError):
    """A picture cannot be written as asked."""


def save_picture(path: Path, size: QSize, paint: Callable[[QPainter], None]) -> None:
    """Write a picture as PNG or SVG, as the name ends.

    Args:
        path: The file.
        size: Of the picture, px.
        paint: Draws it.

    Raises:
        PictureNotSaved: another ending, or it cannot be written.
    """
    kinds = {".png": _save_png, ".svg": _save_svg}
    save = kinds.get(path.suffix.lower())
    if save is None:
        raise PictureNotSaved("plot.no-format", path=path)
    try:
        path.open("ab").close()
    except OSError as error:
        reason = error.strerror or str(error)
        raise PictureNotSaved("plot.not-saved", path=path, reason=reason) from error
    if not save(path, size, paint):
        raise PictureNotSaved("plot.not-saved", path=path, reason=path.suffix)


def _save_png(path: Path, size: QSize, paint: Callable[[QPainter], None]) -> bool:
    image = QImage(size * _SCALE, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(_SCALE)
    image.fill(QColor(theme.FIELD))
    painter = QPainter(image)
    paint(painter)
    painter.end()
    return image.save(str(path))


def _save_svg(path: Path, size: QSize, paint: Callable[[QPainter], None]) -> bool:
    drawing = QSvgGenerator()
    drawing.setFileName(str(path))
    drawing.setSize(size)
    # Axes are recorded drawings, which Qt scales by the resolutions of screen and file.
    drawing.setResolution(QImage(1, 1, QImage.Format.Format_RGB32).logicalDpiX())
    drawing.setViewBox(QRect(0, 0, size.width(), size.height()))
    painter = QPainter()
    if not painter.begin(drawing):
        return False
    paint(painter)
    return painter.end()
