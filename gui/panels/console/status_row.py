"""The status row: permanent proof that the safety chain is alive."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from gui.state.console.status import Chip, Level
from gui.widgets.flow_layout import FlowLayout
from gui.widgets.toned import Tone, TonedLabel
from gui.words import Words

_TONES = {
    Level.NORMAL: Tone.NORMAL,
    Level.UNKNOWN: Tone.UNKNOWN,
    Level.ABNORMAL: Tone.ALARM,
    Level.DIAGNOSTIC: Tone.DIAGNOSTIC,
    Level.BY_HAND: Tone.BY_HAND,
}
_MOST = 20  # names in a tooltip
_ROOM = 8  # so that scripts of different height stand on one line


class StatusRow(QFrame):
    """Shows the fields of the status row, on as many lines as they need."""

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", "true")
        self.setObjectName("status_row")
        self._words = words
        self._state: tuple[Chip, ...] | None = None
        self._labels: dict[str, TonedLabel] = {}
        self._flow = FlowLayout(self)
        self._flow.setContentsMargins(6, 3, 6, 3)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        words.changed.connect(self._say)

    def display(self, state: tuple[Chip, ...]) -> None:
        """Show a state."""
        if state != self._state:
            self._state = state
            self._say()

    def _say(self) -> None:
        if self._state is None:
            return
        names = [chip.name for chip in self._state]
        if names != list(self._labels):
            self._rebuild(names)
        for chip in self._state:
            label = self._labels[chip.name]
            label.show_toned(self._words.of(chip.text), _TONES[chip.level])
            more = ["…"] if len(chip.details) > _MOST else []
            tip = self._words.text(f"operate.tip-{chip.name}")
            label.setToolTip("\n".join([tip, *chip.details[:_MOST], *more]))

    def _rebuild(self, names: list[str]) -> None:
        for label in self._labels.values():
            self._flow.removeWidget(label)
            label.hide()
            label.deleteLater()
        self._labels = {}
        for name in names:
            label = TonedLabel(self)
            label.setObjectName(f"chip_{name}")
            label.setMinimumHeight(label.fontMetrics().height() + _ROOM)
            self._flow.addWidget(label)
            label.show()
            self._labels[name] = label
