"""The alarm banner: the most urgent alarms, always on top, and what to do with them."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from bench.service.requests import Acknowledge, Silence
from gui.panels.console.alarm_dialogs import shelve_dialog
from gui.panels.console.alarm_help import AlarmHelp
from gui.panels.console.alarm_row import AlarmRow
from gui.state.console.banner import ROWS, BannerState
from gui.widgets.toned import Tone, TonedLabel
from gui.words import Words

_KEYS = {"acknowledge": "F2", "silence": "F3", "help": "F1"}


class AlarmBanner(QFrame):
    """Shows three alarms; acknowledges, silences, shelves and explains them.

    What is done concerns the row that is picked; acknowledging without one concerns all.
    """

    asked = Signal(object)
    """A `Request`."""
    list_wanted = Signal()
    """All alarms are to be shown."""

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", "true")
        self.setObjectName("alarm_banner")
        self._words = words
        self._state: BannerState | None = None
        self._picked = ""
        self._rows = [AlarmRow(words, place) for place in range(ROWS)]
        self._summary = QLabel()
        self._summary.setObjectName("alarm_summary")
        self._summary.setProperty("role", "label")
        self._trouble = TonedLabel()
        self._trouble.setObjectName("alarm_trouble")
        policy = self._trouble.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # nothing below moves when it comes
        self._trouble.setSizePolicy(policy)
        self._acknowledge = _button("alarm_acknowledge", self._ask_acknowledge)
        self._silence = _button("alarm_silence", lambda: self.asked.emit(Silence()))
        self._shelve = _button("alarm_shelve", self._ask_shelve)
        self._help = _button("alarm_help", self._explain)
        self._list = _button("alarm_list", self.list_wanted.emit)
        self._arrange()
        for row in self._rows:
            row.picked.connect(self._pick)
        for key, button in (
            ("acknowledge", self._acknowledge),
            ("silence", self._silence),
            ("help", self._help),
        ):
            QShortcut(QKeySequence(_KEYS[key]), self, button.click)
        words.changed.connect(self._say)
        self.display(BannerState())

    def display(self, state: BannerState) -> None:
        """Show a state."""
        if state == self._state:
            return
        self._state = state
        if self._picked not in {row.alarm.id for row in state.rows}:
            self._picked = ""
        self._say()

    def _arrange(self) -> None:
        alarms = QVBoxLayout()
        alarms.setSpacing(1)
        for row in self._rows:
            alarms.addWidget(row)
        buttons = QGridLayout()
        buttons.setSpacing(4)
        for place, button in enumerate(
            (self._acknowledge, self._silence, self._help, self._shelve, self._list)
        ):
            buttons.addWidget(button, place // 3, place % 3)
        buttons.addWidget(self._summary, 1, 2)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(4, 3, 4, 3)
        layout.addLayout(alarms, 1)
        side = QVBoxLayout()
        side.setSpacing(3)
        side.addLayout(buttons)
        side.addWidget(self._trouble)
        layout.addLayout(side)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def _pick(self, alarm: str) -> None:
        self._picked = "" if alarm == self._picked else alarm
        self._say()

    def _say(self) -> None:
        state, words = self._state, self._words
        if state is None:
            return
        none = words.text("alarmview.none") if state.trouble is None else ""
        for place, row in enumerate(self._rows):
            shown = state.rows[place] if place < len(state.rows) else None
            is_picked = shown is not None and shown.alarm.id == self._picked
            row.display(shown, is_picked=is_picked, empty=none if place == 0 else "")
        picked = next((row for row in state.rows if row.alarm.id == self._picked), None)
        named = "alarmview.acknowledge" if picked is not None else "alarmview.acknowledge-all"
        self._acknowledge.setText(words.text(named))
        has_waiting = picked.waits if picked is not None else state.waiting > 0
        self._acknowledge.setEnabled(state.is_connected and has_waiting)
        self._silence.setText(words.text("alarmview.silence"))
        self._silence.setEnabled(state.is_connected and state.is_horn_on)
        self._shelve.setText(words.text("alarmview.shelve"))
        may_shelve = picked is not None and picked.may_shelve
        self._shelve.setEnabled(state.is_connected and may_shelve)
        self._shelve.setToolTip(self._why_not_shelved(state))
        self._help.setText(words.text("alarmview.help"))
        self._help.setEnabled(bool(state.rows))
        self._list.setText(words.text("alarmview.list"))
        for key, button in (
            ("acknowledge", self._acknowledge),
            ("silence", self._silence),
            ("help", self._help),
        ):
            button.setToolTip(words.text(f"alarmview.{key}-tip", key=_KEYS[key]))
        self._summary.setText(_summary(state, words))
        self._trouble.setVisible(state.trouble is not None)
        if state.trouble is not None:
            self._trouble.show_toned(words.text("alarmview.unknown"), Tone.DIAGNOSTIC)
            self._trouble.setToolTip(words.of(state.trouble))

    def _why_not_shelved(self, state: BannerState) -> str:
        picked = next((row for row in state.rows if row.alarm.id == self._picked), None)
        if picked is None:
            return self._words.text("alarmview.pick-first")
        allowed = "alarmview.shelve-tip" if picked.may_shelve else "alarmview.never-shelved"
        return self._words.text(allowed)

    def _ask_acknowledge(self) -> None:
        self.asked.emit(Acknowledge(self._picked))

    def _ask_shelve(self) -> None:
        dialog = shelve_dialog(self._words, self._picked, self)
        dialog.asked.connect(self.asked)
        dialog.show()

    def _explain(self) -> None:
        state = self._state
        if state is None or not state.rows:
            return
        shown = next((row for row in state.rows if row.alarm.id == self._picked), state.rows[0])
        AlarmHelp(self._words, shown.alarm, self).show()


def _summary(state: BannerState, words: Words) -> str:
    """Return what else there is, each on a line of its own."""
    counts = (("more", state.more), ("hidden", state.hidden), ("bypassed", state.bypassed))
    return "  ".join(words.text(f"alarmview.count-{kind}", count=n) for kind, n in counts if n)


def _button(name: str, pressed: object) -> QPushButton:
    button = QPushButton()
    button.setObjectName(name)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    button.clicked.connect(pressed)
    return button
