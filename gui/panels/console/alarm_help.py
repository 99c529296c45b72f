"""What an alarm means: cause, consequence, what to do."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QLabel, QVBoxLayout, QWidget

from bench.service.port import AlarmShown
from gui.widgets.priority_mark import PriorityMark
from gui.words import Words


class AlarmHelp(QDialog):
    """Shows what an alarm means; alarms stay operable beside it."""

    def __init__(self, words: Words, alarm: AlarmShown, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("alarm_help_dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._words = words
        self._alarm = alarm
        mark = PriorityMark()
        mark.show_priority(alarm.priority, is_filled=alarm.state != "acknowledged")
        title = QLabel(alarm.id)
        title.setProperty("role", "header")
        self._grid = QGridLayout()
        self._grid.setColumnStretch(1, 1)
        self._grid.setVerticalSpacing(8)
        head = QGridLayout()
        head.addWidget(mark, 0, 0)
        head.addWidget(title, 0, 1)
        head.setColumnStretch(1, 1)
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self._buttons.rejected.connect(self.close)
        layout = QVBoxLayout(self)
        layout.addLayout(head)
        layout.addLayout(self._grid)
        layout.addWidget(self._buttons)
        self.setMinimumWidth(560)
        self._lines = [self._line(place) for place in range(6)]
        words.changed.connect(self._say)
        self._say()

    def _line(self, place: int) -> tuple[QLabel, QLabel]:
        label, text = QLabel(), QLabel()
        label.setProperty("role", "label")
        label.setAlignment(Qt.AlignmentFlag.AlignTop)
        text.setAlignment(Qt.AlignmentFlag.AlignTop)
        text.setWordWrap(True)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._grid.addWidget(label, place, 0)
        self._grid.addWidget(text, place, 1)
        return label, text

    def _say(self) -> None:
        words, alarm = self._words, self._alarm
        self.setWindowTitle(words.text("alarmview.help-title", limit=alarm.id))
        self._buttons.button(QDialogButtonBox.StandardButton.Close).setText(
            words.text("alarmview.close")
        )
        said = (
            ("advice", words.of(alarm.advice)),
            ("cause", words.of(alarm.cause)),
            ("consequence", words.of(alarm.consequence)),
            ("condition", f"{alarm.text}\n{alarm.value}".strip()),
            ("reaction", words.word("reaction", alarm.reaction)),
            ("hardwired", words.of(alarm.beside)),
        )
        for (label, text), (kind, told) in zip(self._lines, said, strict=True):
            label.setText(words.text(f"alarmview.{kind}"))
            text.setText(told)
            label.setVisible(bool(told))
            text.setVisible(bool(told))
