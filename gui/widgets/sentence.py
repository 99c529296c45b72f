"""A sentence for people, wrapped; one that warns has a shape and a colour beside its text."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from gui import theme


class Sentence(QLabel):
    """Shows one sentence; without one it takes no room."""

    def __init__(self, parent: QWidget | None = None, *, is_faint: bool = False) -> None:
        """Begin with nothing to say."""
        super().__init__(parent)
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        if is_faint:
            self.setProperty("role", "label")
        self.hide()

    def say(self, text: str, *, is_warning: bool = False) -> None:
        """Show a text; empty: nothing."""
        shown = escape(text).replace("\n", "<br>")
        if is_warning and text:
            shown = f'<span style="color:{theme.PRIORITIES[2]}">▲</span> {shown}'
        if shown != self.text():
            self.setText(shown)
        if self.isHidden() is not (not text):
            self.setVisible(bool(text))
