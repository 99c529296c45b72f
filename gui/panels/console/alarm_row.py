"""One row of the alarm banner."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget
from typing_extensions import override

from bench.service.port import AlarmShown
from gui import theme
from gui.state.console.banner import BannerRow
from gui.state.spans import moment, time_of_day
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.priority_mark import PriorityMark
from gui.widgets.toned import Tone, TonedLabel
from gui.words import Words

_PICK = (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter)


class AlarmRow(QFrame):
    """Shows one alarm; tells when it is picked by mouse or keyboard."""

    picked = Signal(str)
    """Limit."""

    def __init__(self, words: Words, place: int, parent: QWidget | None = None) -> None:
        """Make it.

        Args:
            words: Texts.
            place: Which row it is, from 0.
            parent: Widget it belongs to.
        """
        super().__init__(parent)
        self.setObjectName(f"alarm_row_{place}")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._words = words
        self._alarm = ""
        self._look = ""
        self._mark = PriorityMark()
        self._time = QLabel()
        self._name = QLabel()
        self._name.setProperty("role", "heading")
        self._first = TonedLabel()
        self._text = ElidedLabel(Qt.TextElideMode.ElideRight)
        self._reaction = TonedLabel()
        self._count = QLabel()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(4, 0, 4, 0)
        layout.setSpacing(8)
        for widget in (self._mark, self._time, self._name, self._first):
            layout.addWidget(widget)
        layout.addWidget(self._text, 1)
        for widget in (self._reaction, self._count):
            layout.addWidget(widget)
        self.setFixedHeight(self.sizeHint().height() + 4)

    def display(self, row: BannerRow | None, *, is_picked: bool, empty: str = "") -> None:
        """Show an alarm.

        Args:
            row: Which; None: none.
            is_picked: Whether it is picked.
            empty: What is said where there is none.
        """
        self._alarm = "" if row is None else row.alarm.id
        self.setEnabled(row is not None)
        for widget in (self._mark, self._time, self._name, self._reaction, self._count):
            widget.setVisible(row is not None)
        self._first.setVisible(row is not None and row.alarm.is_first)
        self._paint(is_picked=is_picked)
        if row is None:
            self._text.setText(empty)
            self.setAccessibleName(self._text.text())
            return
        self._show_alarm(row.alarm, waits=row.waits)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        self.picked.emit(self._alarm)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _PICK:
            self.picked.emit(self._alarm)
        else:
            super().keyPressEvent(event)

    def _show_alarm(self, alarm: AlarmShown, *, waits: bool) -> None:
        words = self._words
        self._mark.show_priority(alarm.priority, is_filled=waits)
        self._time.setText(time_of_day(alarm.since_utc_ns))
        self._time.setToolTip(moment(alarm.since_utc_ns))
        self._name.setText(alarm.id)
        self._first.show_toned(words.text("alarmview.first"), Tone.MARKED)
        self._first.setToolTip(words.text("alarmview.first-tip"))
        state = words.word("state", alarm.state)
        limit = words.text("alarmview.limit", text=alarm.text)
        beside = words.of(alarm.beside)
        parts = (alarm.value, state if alarm.state != "active" else "", beside, limit)
        self._text.setText(" · ".join(filter(None, parts)))
        reaction = f"→ {words.word('reaction', alarm.reaction)}"
        if alarm.is_bypassed:
            bypassed = words.text("alarmview.bypassed", reaction=alarm.reaction)
            self._reaction.show_toned(bypassed, Tone.BY_HAND)
        else:
            self._reaction.show_toned(reaction, Tone.PLAIN)
        self._count.setText(f"×{alarm.count}" if alarm.count > 1 else "")
        self.setAccessibleName(
            f"{alarm.priority} {self._time.text()} {alarm.id} {self._text.text()} {reaction}"
        )

    def _paint(self, *, is_picked: bool) -> None:
        edge = theme.SELECTED if is_picked else "transparent"
        back = theme.FIELD if is_picked else "transparent"
        look = f"AlarmRow {{ background: {back}; border: 2px solid {edge}; }}"
        look += f" AlarmRow:focus {{ border: 2px dashed {theme.SELECTED}; }}"
        if look != self._look:
            self._look = look
            self.setStyleSheet(look)
