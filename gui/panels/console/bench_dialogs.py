"""The dialogs of the console: each opened once, signed by who is at the bench."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QInputDialog, QMessageBox, QWidget

from bench.clock import Clock
from bench.messages import Message
from bench.service.requests import Answer, Compare, Request, Snapshot
from gui.bridge.attendance import Attendance
from gui.bridge.tasks import Tasks
from gui.panels.console.console_menu import Choice
from gui.panels.dialogs.gas import GasDialog
from gui.panels.dialogs.handover import HandoverDialog
from gui.panels.dialogs.note import NoteDialog
from gui.panels.dialogs.prompt import PromptDialog
from gui.panels.dialogs.sheet import Sheet
from gui.panels.dialogs.zeroing import ZeroingDialog
from gui.state.console.prompt import PromptState, prompt_of
from gui.state.console.zeroing import zero_of
from gui.state.session import Session
from gui.state.start.offer import ProtocolEntry
from gui.words import Words


class BenchDialogs(QObject):
    """Opens the dialogs of the console over its window."""

    asked = Signal(object)
    """A request."""
    named = Signal(str)
    """Who is at the bench from now on."""
    protocol_wanted = Signal(str)
    """A protocol that is to be chosen on the start page."""

    def __init__(self, words: Words, tasks: Tasks, clock: Clock, window: QWidget) -> None:
        super().__init__(window)
        self._words, self._tasks, self._clock, self._window = words, tasks, clock, window
        self._attendance: Attendance | None = None
        self._operator = ""
        self._prompt = PromptDialog(words, "", window)
        self._prompt.asked.connect(self.asked)
        self._open: list[Sheet] = []
        self._zero: ZeroingDialog | None = None
        self._protocols: tuple[tuple[str, str], ...] = ()

    def offer(self, entries: Sequence[ProtocolEntry]) -> None:
        """Take which protocols there are."""
        self._protocols = tuple((each.name, each.kind) for each in entries)

    def attend(self, attendance: Attendance, operator: str) -> None:
        """Serve a bench that is attended."""
        self._attendance, self._operator = attendance, operator
        self._prompt.set_operator(operator)

    def leave(self) -> None:
        """Close what belongs to the bench that was attended."""
        self._attendance = None
        self._prompt.display(PromptState())  # what it asks is shown anew to who comes back
        for sheet in tuple(self._open):
            sheet.close()

    def display(self, session: Session) -> None:
        """Show what the bench asks."""
        self._prompt.display(prompt_of(session))
        if self._zero is not None:
            self._zero.display(zero_of(session, self._protocols))

    def open(self, choice: Choice) -> None:
        """Open the dialog of a choice; a snapshot needs none."""
        match choice:
            case Choice.KEYS | Choice.ABOUT:
                self._tell(choice)
            case Choice.QUESTION:
                self._prompt.present()
            case Choice.OPERATOR:
                self._ask_name()
            case Choice.SNAPSHOT:
                self.asked.emit(Snapshot(operator=self._operator))
            case _:
                sheet = self._sheet(choice)
                if sheet is not None:
                    self._show(sheet)

    def _sheet(self, choice: Choice) -> Sheet | None:
        attendance, words, window = self._attendance, self._words, self._window
        if attendance is None:
            return None
        session, operator = attendance.session, self._operator
        has_control = session.bench.control == operator
        match choice:
            case Choice.NOTE:
                return NoteDialog(words, operator, window)
            case Choice.GAS_LOT:
                gas = None if session.model is None else session.model.gas
                return GasDialog(words, gas, has_control=has_control, parent=window)
            case Choice.HANDOVER:
                return HandoverDialog(
                    words,
                    self._tasks,
                    self._clock,
                    session.bench,
                    operator=operator,
                    parent=window,
                )
            case Choice.ZEROING if session.model is not None:
                return self._zeroing(session)
            case _:
                return None

    def _zeroing(self, session: Session) -> ZeroingDialog:
        zero = ZeroingDialog(self._words, self._window)
        zero.protocol_wanted.connect(self.protocol_wanted)
        zero.display(zero_of(session, self._protocols))
        self._zero = zero
        return zero

    def refused(self, request: Request, reason: Message) -> None:
        """Tell the dialog that asked that the bench refused."""
        match request:
            case Answer():
                self._prompt.refused(reason)
            case Compare():
                if self._zero is not None:
                    self._zero.refused(reason)
            case _:
                for sheet in self._open:
                    if sheet.asked_for == request:
                        sheet.tell(reason)

    def _show(self, sheet: Sheet) -> None:
        self._open.append(sheet)
        sheet.asked.connect(self.asked)
        sheet.finished.connect(lambda _=0: self._closed(sheet))
        sheet.show()

    def _closed(self, sheet: Sheet) -> None:
        self._open.remove(sheet)
        if sheet is self._zero:
            self._zero = None

    def _ask_name(self) -> None:
        box = QInputDialog(self._window)
        box.setObjectName("operator_dialog")
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setWindowTitle(self._words.text("app.who-title"))
        box.setLabelText(self._words.text("app.who"))
        box.setTextValue(self._operator)
        box.textValueSelected.connect(self._name)
        box.open()

    def _name(self, written: str) -> None:
        name = written.strip()
        if name:
            self.named.emit(name)

    def _tell(self, choice: Choice) -> None:
        box = QMessageBox(self._window)
        box.setObjectName(f"box_{choice.value}")
        box.setWindowTitle("h2bench")
        name = "app.keys-text" if choice is Choice.KEYS else "app.about-text"
        box.setText(self._words.text(name, version=version("h2bench")))
        box.addButton(self._words.text("app.understood"), QMessageBox.ButtonRole.AcceptRole)
        box.open()
