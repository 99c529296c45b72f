"""One line that says what the mark stands for that was clicked in the lane above the plots."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from gui import theme
from gui.state.plots.picture import Mark, MarkKind
from gui.state.plots.time_ticks import elapsed_text
from gui.state.review.channel_tree import short_titles
from gui.state.review.desk import Desk
from gui.words import Words

_FINEST = 0.1
"""Digit of the time that is said, s."""


class MarkLine(QLabel):
    """Hidden until a mark is clicked; it says when it was, and what."""

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("mark_line")
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._desk = Desk()
        self.hide()
        words.changed.connect(self.hide)  # what it says is of the other language

    def display(self, desk: Desk) -> None:
        """Take which runs are open; without any it says nothing."""
        self._desk = desk
        if not desk.runs:
            self.hide()

    def show_mark(self, mark: Mark | None) -> None:
        """Say what a mark stands for; None: say nothing."""
        if mark is None:
            self.hide()
            return
        own = self._desk.placed.offsets.get(mark.run, 0.0)
        short = short_titles(self._desk.runs).get(mark.run, "")
        sign = f"{theme.SHAPES[mark.priority]}{mark.priority}" if _is_alarm(mark) else ""
        at = elapsed_text(mark.start - own, _FINEST)
        self.setText("  ".join(part for part in (sign, short, at, mark.text) if part))
        self.show()


def _is_alarm(mark: Mark) -> bool:
    return mark.kind is MarkKind.ALARM and mark.priority in theme.SHAPES
