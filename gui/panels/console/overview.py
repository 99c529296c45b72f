"""The overview: gauges, trends, and the process picture where there is room for it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

_TRENDS = 250
"""Height that trends need to be read, px."""
_SPACE = 6
_PICTURE = 300
"""Height that a process picture needs to be read, px."""


class Overview(QWidget):
    """Gauges above trends above the picture; on a low screen that stands on its own page alone."""

    def __init__(self, gauges: QWidget, trends: QWidget, picture: QWidget) -> None:
        """Put them above one another."""
        super().__init__()
        self.has_picture = False
        """Whether there is a picture to show."""
        self._gauges, self._trends, self._picture = gauges, trends, picture
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(_SPACE)
        layout.addWidget(gauges)
        layout.addWidget(trends, 4)
        layout.addWidget(picture, 5)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return what gauges and trends need: the picture may go."""
        gauges, trends = self._gauges.minimumSizeHint(), self._trends.minimumSizeHint()
        height = gauges.height() + _SPACE + trends.height()
        return QSize(max(gauges.width(), trends.width()), height)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Show the picture where there is room."""
        super().resizeEvent(event)
        self.fit()

    def event(self, event: QEvent) -> bool:
        """Fit anew when gauges have come, or need another row."""
        if event.type() is QEvent.Type.LayoutRequest:
            self.fit()
        return super().event(event)

    def fit(self) -> None:
        """Show or hide the picture."""
        left = self.height() - self._gauges.minimumSizeHint().height() - _TRENDS
        self._picture.setVisible(self.has_picture and left >= _PICTURE)
