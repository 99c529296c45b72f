"""Pictures of plots as files: PNG for texts, SVG for whoever draws on."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRect, QSize
from PySide6.QtGui import QColor, QImage, QImageWriter, QPainter
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
    drawn = save(size, paint)
    if not drawn:
        raise PictureNotSaved("plot.not-saved", path=path, reason=path.suffix)
    written = path.with_name(f"{path.name}.part")
    try:
        written.write_bytes(drawn)
        written.replace(path)
    except OSError as error:
        with suppress(OSError):
            written.unlink(missing_ok=True)
        reason = error.strerror or str(error)
        raise PictureNotSaved("plot.not-saved", path=path, reason=reason) from error


def _save_png(size: QSize, paint: Callable[[QPainter], None]) -> bytes:
    """Return a PNG; nothing: it cannot be made."""
    image = QImage(size * _SCALE, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(_SCALE)
    image.fill(QColor(theme.FIELD))
    painter = QPainter(image)
    paint(painter)
    painter.end()
    drawn = QBuffer()
    drawn.open(QIODevice.OpenModeFlag.WriteOnly)
    written = QImageWriter(drawn, QByteArray(b"png")).write(image)
    return bytes(drawn.data().data()) if written else b""


def _save_svg(size: QSize, paint: Callable[[QPainter], None]) -> bytes:
    """Return an SVG; nothing: it cannot be made."""
    drawn = QBuffer()
    drawing = QSvgGenerator()
    drawing.setOutputDevice(drawn)
    drawing.setSize(size)
    # Axes are recorded drawings, which Qt scales by the resolutions of screen and file.
    drawing.setResolution(QImage(1, 1, QImage.Format.Format_RGB32).logicalDpiX())
    drawing.setViewBox(QRect(0, 0, size.width(), size.height()))
    painter = QPainter()
    if not painter.begin(drawing):
        return b""
    paint(painter)
    painter.end()
    return bytes(drawn.data().data())
