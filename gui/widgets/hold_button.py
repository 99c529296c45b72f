"""A button that has to be held: what it orders cannot be ordered by a slip of the hand."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, QVariantAnimation, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QWidget
from typing_extensions import override

from gui import theme

HELD_FOR = 1000
"""How long it is to be held, ms."""
_BAR = 4
_KEYS = (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter)


class HoldButton(QPushButton):
    """Tells `confirmed` once it was held down without a break, by mouse or by Space or Enter.

    A bar along its lower edge shows how far it is. Letting go, leaving it with the mouse or losing
    the keyboard gives up. `clicked` means nothing here.
    """

    confirmed = Signal()

    def __init__(self, held_for: int = HELD_FOR, parent: QWidget | None = None) -> None:
        """Make it.

        Args:
            held_for: How long it is to be held, ms.
            parent: Widget it belongs to.
        """
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._share = QVariantAnimation(self, startValue=0.0, endValue=1.0, duration=held_for)
        self._share.valueChanged.connect(self.update)
        self._share.finished.connect(self._confirm)

    @property
    def is_held(self) -> bool:
        """Whether it is held down now."""
        return self._share.state() == QVariantAnimation.State.Running

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if event.button() == Qt.MouseButton.LeftButton:
            self._begin()

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        if not self.rect().contains(event.position().toPoint()):
            self._give_up()

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._give_up()
        super().mouseReleaseEvent(event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() not in _KEYS:
            super().keyPressEvent(event)
        elif not event.isAutoRepeat():
            self.setDown(True)
            self._begin()

    @override
    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() not in _KEYS:
            super().keyReleaseEvent(event)
        elif not event.isAutoRepeat():
            self._give_up()

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._give_up()
        super().focusOutEvent(event)

    @override
    def setEnabled(self, arg__1: bool) -> None:
        """Allow or forbid it; what is forbidden is no longer held."""
        if not arg__1:
            self._give_up()
        super().setEnabled(arg__1)

    @override
    def paintEvent(self, arg__1: QPaintEvent) -> None:
        super().paintEvent(arg__1)
        share = float(self._share.currentValue() or 0.0) if self.is_held else 0.0
        if share <= 0:
            return
        painter = QPainter(self)
        width, height = self.width() - 4.0, self.height() - _BAR - 2.0
        painter.fillRect(QRectF(2, height, width * share, _BAR), QColor(theme.INK))
        painter.end()

    def _begin(self) -> None:
        if self.isEnabled() and not self.is_held:
            self._share.start()

    def _give_up(self) -> None:
        self._share.stop()
        self.setDown(False)
        self.update()

    def _confirm(self) -> None:
        self.setDown(False)
        self.update()
        self.confirmed.emit()
