"""The last row of the start page: why nothing may begin, or the button that begins."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from bench.messages import Message
from bench.service.requests import Begin, TakeControl
from gui.panels.dialogs.explain import ExplainDialog
from gui.state.start.resumption import Resumable
from gui.state.start.start import StartState
from gui.widgets.sentence import Sentence
from gui.words import Words


class BeginBar(QFrame):
    """Start, go on with what was broken off, explain."""

    asked = Signal(object)
    """A request; control is taken before a run begins."""

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        """Begin where nothing can be started."""
        super().__init__(parent)
        self._words = words
        self._state = StartState()
        self._resumable: Resumable | None = None
        self._lacking: Message | None = Message("start.choose-first")
        self._refusal: Message | None = None
        self._begin = Begin("")
        self._operator = ""
        self._sentence = Sentence(self)
        self._sentence.setObjectName("start_hindrance")
        self._go = QPushButton(self)
        self._go.setObjectName("start_run")
        self._go.setMinimumHeight(34)
        self._resume = QPushButton(self)
        self._resume.setObjectName("resume_run")
        self._explain = QPushButton(self)
        self._explain.setObjectName("explain_run")
        row = QHBoxLayout()
        for each in (self._go, self._resume, self._explain):
            row.addWidget(each)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._sentence)
        layout.addLayout(row)
        self._go.clicked.connect(self._ask_begin)
        self._resume.clicked.connect(self._ask_resume)
        self._explain.clicked.connect(self._open_explain)
        words.changed.connect(self.speak)
        self.speak()

    def display(
        self,
        state: StartState,
        resumable: Resumable | None,
        begin: Begin,
        lacking: Message | None,
    ) -> None:
        """Show what may be done.

        Args:
            state: The bench.
            resumable: The run that can go on; None: there is none.
            begin: What is chosen.
            lacking: Why what is chosen cannot begin; None: it can.
        """
        self._state, self._resumable = state, resumable
        self._begin, self._lacking = begin, lacking
        self.speak()

    def tell(self, refusal: Message | None) -> None:
        """Show why the bench refused; None: forget it."""
        self._refusal = refusal
        self.speak()

    def set_operator(self, operator: str) -> None:
        """Say who runs and explains if nobody says otherwise."""
        self._operator = operator

    def speak(self) -> None:
        """Set all texts in the language of now."""
        say, state = self._words.text, self._state
        self._go.setText(say("start.begin"))
        self._go.setShortcut(QKeySequence("Ctrl+Return"))  # a new text takes it away
        self._go.setToolTip(say("start.begin-help", key="Ctrl+Enter"))
        self._go.setEnabled(state.may_begin and self._lacking is None)
        self._explain.setText(say("start.explain"))
        self._explain.setVisible(bool(state.unexplained))
        resumable = self._resumable
        self._resume.setVisible(resumable is not None)
        self._resume.setEnabled(state.may_begin)
        if resumable is not None:
            about = {"protocol": resumable.protocol, "step": resumable.step}
            self._resume.setText(say("start.resume", **about))
            self._resume.setToolTip(say("start.resume-help", file=resumable.file))
        text, is_warning = self._told()
        self._sentence.say(text, is_warning=is_warning)

    def _told(self) -> tuple[str, bool]:
        of, state = self._words.of, self._state
        if self._refusal is not None:
            return self._words.text("start.refused", reason=self._refusal), True
        hindrance = state.hindrance
        if hindrance is not None:
            checks = ", ".join(of(each) for each in state.lacking)
            is_preflight = hindrance.id == "start.lacking"
            return f"{of(hindrance)} {checks}" if is_preflight else of(hindrance), True
        return ("", False) if self._lacking is None else (of(self._lacking), False)

    def _ask_begin(self) -> None:
        self._ask(replace(self._begin, operator=self._operator))

    def _ask_resume(self) -> None:
        self._ask(Begin("", {}, self._operator, is_resumed=True))

    def _ask(self, begin: Begin) -> None:
        self.tell(None)
        if not self._state.has_control:
            self.asked.emit(TakeControl())
        self.asked.emit(begin)

    def _open_explain(self) -> None:
        dialog = ExplainDialog(self._words, self._state.unexplained, self._operator, self)
        dialog.asked.connect(self.asked)
        dialog.show()
