"""Demands by hand: stage values, apply them together; and measured values given by hand."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from bench.messages import Message
from bench.service.requests import HandBack, SetDemands, TakeControl, TakeOver
from gui.panels.console.demand_grid import DemandGrid
from gui.panels.console.force_box import ForceBox
from gui.state.console.manual import ManualState
from gui.widgets.sentence import Sentence
from gui.words import Words

_LONGEST = 86_400.0
"""Longest time in which demands may be taken to their values, s."""


class ManualPanel(QFrame):
    """Shows a `ManualState`; what is staged is its own."""

    asked = Signal(object)
    """A request; several of one click come in their order."""

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        """Begin without a demand."""
        super().__init__(parent)
        self.setProperty("panel", "true")
        self.setObjectName("manual_panel")
        self._words = words
        self._state = ManualState()
        self._said = Sentence(self)
        self._take = self._button("take_over")
        self._give = self._button("hand_back")
        self._grid = DemandGrid(words, self)
        self._over_label = QLabel(self)
        self._over = QDoubleSpinBox(self)
        self._apply = self._button("apply_demands")
        self._clear = self._button("clear_staged")
        self._staged = QLabel(self)
        self._staged.setProperty("role", "label")
        self._refusal = Sentence(self)
        self._force = ForceBox(words, self)
        self._compose()
        self._connect()
        words.changed.connect(self._speak)
        self._speak()

    def display(self, state: ManualState) -> None:
        """Show the demands; what is staged stays."""
        if state == self._state:
            return
        self._state = state
        self._grid.display(state)
        self._force.display(state)
        self._offer()

    def refused(self, reason: Message | None) -> None:
        """Show why the bench refused; None: it did not."""
        text = "" if reason is None else self._words.text("start.refused", reason=reason)
        self._refusal.say(text, is_warning=True)

    def _compose(self) -> None:
        self._over.setObjectName("demand_seconds")
        self._over.setRange(0.0, _LONGEST)
        self._over.setDecimals(1)
        self._over.setValue(10.0)
        self._over.setSuffix(" s")
        self._over_label.setBuddy(self._over)
        top, bottom = QHBoxLayout(), QHBoxLayout()
        top.addWidget(self._said, 1)
        top.addStretch(0)
        for each in (self._take, self._give):
            top.addWidget(each)
        for each in (self._apply, self._over_label, self._over, self._clear, self._staged):
            bottom.addWidget(each)
        bottom.addStretch(1)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.viewport().setAutoFillBackground(False)
        area.setWidget(self._grid)
        self._grid.setAutoFillBackground(False)
        layout = QVBoxLayout(self)
        layout.addLayout(top)
        layout.addWidget(area, 1)
        layout.addWidget(self._refusal)
        layout.addLayout(bottom)
        layout.addWidget(self._force)

    def _connect(self) -> None:
        self._take.clicked.connect(self._ask_take_over)
        self._give.clicked.connect(self._ask_hand_back)
        self._apply.clicked.connect(self._ask_demands)
        self._clear.clicked.connect(self._grid.clear)
        self._grid.changed.connect(self._offer)
        self._force.asked.connect(self._ask)

    def _button(self, name: str) -> QPushButton:
        button = QPushButton(self)
        button.setObjectName(name)
        return button

    def _speak(self) -> None:
        say = self._words.text
        self._take.setText(say("start.take-over"))
        self._take.setToolTip(say("start.take-over-help"))
        self._give.setText(say("start.hand-back"))
        self._give.setToolTip(say("start.hand-back-help"))
        self._apply.setText(say("start.apply"))
        self._apply.setShortcut(QKeySequence("Ctrl+Return"))  # a new text takes it away
        self._apply.setToolTip(f"{say('start.apply-help')} (Ctrl+Enter)")
        self._clear.setText(say("start.clear"))
        self._over_label.setText(say("start.over"))
        self._over.setAccessibleName(say("start.over"))
        self._offer()

    def _offer(self) -> None:
        """Enable what may be done now, and say why the rest may not."""
        state, say = self._state, self._words.text
        staged = self._grid.staged
        self._take.setEnabled(state.may_take_over)
        self._give.setEnabled(state.may_hand_back)
        self._apply.setEnabled(state.is_manual and bool(staged) and self._grid.is_valid)
        self._clear.setEnabled(self._grid.has_text)
        told = say("start.staged-count", count=len(staged)) if staged else ""
        self._staged.setText(told or say("start.nothing-staged"))
        hindrance = state.hindrance
        if hindrance is not None:
            self._said.say(self._words.of(hindrance), is_warning=True)
        else:
            self._said.say(say("start.is-manual" if state.is_manual else "start.is-not-manual"))

    def _ask_take_over(self) -> None:
        self._ask(TakeOver())

    def _ask_hand_back(self) -> None:
        self._ask(HandBack())

    def _ask_demands(self) -> None:
        self._ask(SetDemands(self._grid.staged, self._over.value()))
        self._grid.clear()

    def _ask(self, request: object) -> None:
        self.refused(None)
        if not self._state.has_control:
            self.asked.emit(TakeControl())
        self.asked.emit(request)
