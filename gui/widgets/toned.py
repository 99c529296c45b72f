"""A short text whose shape and colour say whether something is abnormal."""

from __future__ import annotations

from enum import Enum

from PySide6.QtWidgets import QLabel, QWidget

from gui import theme


class Tone(Enum):
    """How a text stands out; the shape says the same as the colour."""

    PLAIN = ("", "", "")
    NORMAL = ("■", theme.PANEL, theme.INK)
    UNKNOWN = ("□", theme.PANEL, theme.FAINT)
    ALARM = ("◆", theme.PRIORITIES[1], theme.FIELD)
    WARNING = ("▲", theme.PRIORITIES[2], theme.INK)
    DIAGNOSTIC = ("✖", theme.DIAGNOSTIC, theme.FIELD)
    BY_HAND = ("●", theme.SHELVED, theme.FIELD)
    MARKED = ("", theme.INK, theme.FIELD)

    @property
    def shape(self) -> str:
        """The shape before the text."""
        return self.value[0]

    @property
    def background(self) -> str:
        """Its colour; empty: that of what lies behind."""
        return self.value[1]

    @property
    def ink(self) -> str:
        """Colour of the text."""
        return self.value[2]


class TonedLabel(QLabel):
    """Shows a short text in a tone."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tone = Tone.PLAIN

    @property
    def tone(self) -> Tone:
        """The tone now."""
        return self._tone

    def show_toned(self, text: str, tone: Tone) -> None:
        """Show a text, with the shape of its tone before it."""
        self.setText(f"{tone.shape} {text}".strip())
        if tone is not self._tone:
            self._tone = tone
            weight = 400 if tone in (Tone.PLAIN, Tone.NORMAL, Tone.UNKNOWN) else 600
            back = f"background: {tone.background};" if tone.background else ""
            ink = f"color: {tone.ink};" if tone.ink else ""
            box = "padding: 2px 6px; border-radius: 2px;" if tone.background else ""
            self.setStyleSheet(f"QLabel {{ {back} {ink} {box} font-weight: {weight}; }}")
