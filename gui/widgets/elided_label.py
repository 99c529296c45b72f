"""A line of data that gives way when there is no room; all of it stands in the tooltip."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget
from typing_extensions import override

_LEAST = 6  # letters that always have room


class ElidedLabel(QLabel):
    """Shows a text with its middle or end left out where there is no room."""

    def __init__(
        self,
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideMiddle,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._mode = mode
        self.setTextFormat(Qt.TextFormat.PlainText)

    @override
    def setText(self, arg__1: str) -> None:
        """Show a text."""
        if arg__1 != self.text():
            super().setText(arg__1)
            self.setToolTip(arg__1)

    @override
    def minimumSizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        width = min(metrics.averageCharWidth() * _LEAST, metrics.horizontalAdvance(self.text()))
        return QSize(width, metrics.height())

    @override
    def paintEvent(self, arg__1: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        place = self.contentsRect()
        text = self.fontMetrics().elidedText(self.text(), self._mode, place.width())
        painter.drawText(place, int(self.alignment()), text)
        painter.end()
