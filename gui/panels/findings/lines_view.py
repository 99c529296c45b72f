"""Lines of text that a reader can scroll and copy."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from gui import theme
from gui.panels.findings.telling import teller
from gui.state.findings.table import Tone
from gui.state.findings.verdict import Line
from gui.words import Words

_INKS = {
    Tone.FAINT: theme.FAINT,
    Tone.WARNING: theme.PRIORITIES[2],
    Tone.FAULT: theme.PRIORITIES[1],
}


class LinesView(QScrollArea):
    """Shows lines, one below the other, wrapped to the width."""

    def __init__(self, words: Words, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._words = words
        self._lines: tuple[Line, ...] = ()
        self._labels: list[QLabel] = []
        self._body = QWidget()
        self._body.setObjectName(f"{name}_body")
        self.setStyleSheet(f"#{name}, #{name}_body {{ background: transparent; }}")
        self._rows = QVBoxLayout(self._body)
        self._rows.setSpacing(4)
        self._rows.addStretch()
        self.setWidget(self._body)
        words.changed.connect(self._tell)

    def display(self, lines: Sequence[Line]) -> None:
        """Show lines."""
        if tuple(lines) == self._lines:
            return
        self._lines = tuple(lines)
        while len(self._labels) < len(self._lines):
            label = QLabel()
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._rows.insertWidget(len(self._labels), label)
            self._labels.append(label)
        self._tell()

    def text(self) -> str:
        """Return all that is read, line by line."""
        return "\n".join(label.text() for label in self._labels[: len(self._lines)])

    def _tell(self) -> None:
        say = teller(self._words)
        for place, label in enumerate(self._labels):
            label.setVisible(place < len(self._lines))
            if place < len(self._lines):
                line = self._lines[place]
                label.setText(f"{line.shape} {say(line.text)}".strip())
                colour = _INKS.get(line.tone, theme.INK)
                weight = 600 if line.is_heading or line.tone is Tone.STRONG else 400
                label.setContentsMargins(0, 8 if line.is_heading and place else 0, 0, 0)
                label.setStyleSheet(f"color: {colour}; font-weight: {weight};")
