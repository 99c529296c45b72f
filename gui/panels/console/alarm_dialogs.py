"""Dialogs that take something from an alarm: they ask why, and for how long."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from bench.service.requests import Bypass, PutOutOfService, Request, Shelve
from gui.words import Words

_TIMES = (600.0, 1800.0, 3600.0, 7200.0, 14_400.0, 28_800.0)


class ReasonDialog(QDialog):
    """Asks for a reason, and where it is for a time, for how long; nothing is asked without one."""

    asked = Signal(object)
    """A `Request`."""

    def __init__(
        self,
        words: Words,
        kind: str,
        alarm: str,
        request: Callable[[str, float | None], Request],
        parent: QWidget | None = None,
        *,
        times: Sequence[float | None] = (),
    ) -> None:
        """Make it.

        Args:
            words: Texts.
            kind: Which of the catalogue: ``alarmview.{kind}-title``, ``-note``, ``-do``.
            alarm: Limit.
            request: What is asked of the server, from the reason and the time, s.
            parent: Widget it belongs to.
            times: Times to choose from, s; None: until it is gone once; empty: it has no end.
        """
        super().__init__(parent)
        self.setObjectName(f"{kind}_dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._words = words
        self._kind = kind
        self._alarm = alarm
        self._request = request
        self._note = QLabel()
        self._note.setWordWrap(True)
        self._reason = QLineEdit()
        self._reason.setObjectName("reason")
        self._time = QComboBox()
        self._time.setObjectName("time")
        self._form = QFormLayout()
        self._form.addRow(QLabel(), self._reason)
        self._form.addRow(QLabel(), self._time)
        self._form.setRowVisible(self._time, bool(times))
        for seconds in times:
            self._time.addItem("", seconds)
        buttons = QDialogButtonBox()
        self._ok = buttons.addButton("", QDialogButtonBox.ButtonRole.AcceptRole)
        self._ok.setObjectName("ok")
        self._cancel = buttons.addButton("", QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self._ask)
        buttons.rejected.connect(self.close)
        layout = QVBoxLayout(self)
        layout.addWidget(self._note)
        layout.addLayout(self._form)
        layout.addWidget(buttons)
        self.setMinimumWidth(420)
        self._reason.textChanged.connect(self._check)
        words.changed.connect(self._say)
        self._say()
        self._check()

    def _check(self) -> None:
        self._ok.setEnabled(bool(self._reason.text().strip()))

    def _ask(self) -> None:
        seconds = self._time.currentData()
        self.asked.emit(self._request(self._reason.text().strip(), seconds))
        self.close()

    def _say(self) -> None:
        words = self._words
        self.setWindowTitle(words.text(f"alarmview.{self._kind}-title", limit=self._alarm))
        self._note.setText(words.text(f"alarmview.{self._kind}-note", limit=self._alarm))
        self._label(self._reason, words.text("alarmview.why"))
        self._reason.setPlaceholderText(words.text("alarmview.why-hint"))
        self._label(self._time, words.text("alarmview.how-long"))
        for at in range(self._time.count()):
            seconds = self._time.itemData(at)
            text = words.text("alarmview.once")
            if seconds is not None:
                text = words.text("alarmview.minutes", minutes=round(seconds / 60))
            self._time.setItemText(at, text)
        self._ok.setText(words.text(f"alarmview.{self._kind}-do"))
        self._cancel.setText(words.text("alarmview.cancel"))

    def _label(self, field: QWidget, text: str) -> None:
        label = self._form.labelForField(field)
        if isinstance(label, QLabel):
            label.setText(text)
        field.setAccessibleName(text)


def shelve_dialog(words: Words, alarm: str, parent: QWidget) -> ReasonDialog:
    """Return the dialog that takes an alarm out of sight for a time."""
    times = (*_TIMES, None)
    return ReasonDialog(
        words, "shelve", alarm, lambda why, time: Shelve(alarm, why, time), parent, times=times
    )


def bypass_dialog(words: Words, alarm: str, parent: QWidget) -> ReasonDialog:
    """Return the dialog that takes the reaction from a limit for a time."""
    return ReasonDialog(
        words, "bypass", alarm, lambda why, time: Bypass(alarm, why, time or 0.0), parent,
        times=_TIMES,
    )  # fmt: skip


def service_dialog(words: Words, alarm: str, parent: QWidget) -> ReasonDialog:
    """Return the dialog that puts an alarm out of service."""

    def request(why: str, time: float | None) -> Request:
        del time  # until it is put back
        return PutOutOfService(alarm, why)

    return ReasonDialog(words, "service", alarm, request, parent)
