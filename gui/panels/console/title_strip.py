"""The title strip: which bench this is, what it does, and whether what is shown is true."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QWidget

from bench.control.states import State
from bench.service.port import Attention
from gui.state.console.contact import Contact
from gui.state.console.strip import StripState
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.toned import Tone, TonedLabel
from gui.words import Words

_TONES = {State.TRIPPED: Tone.ALARM, State.STOPPING: Tone.WARNING}
_WAITS = {Attention.QUESTION: "operate.asks", Attention.HELD: "operate.is-held"}


class TitleStrip(QFrame):
    """Shows bench, object, run, state and who holds control."""

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", "true")
        self.setObjectName("title_strip")
        self._words = words
        self._state: StripState | None = None
        self._bench = QLabel()
        self._bench.setProperty("role", "header")
        self._object = ElidedLabel(Qt.TextElideMode.ElideRight)
        self._object.setProperty("role", "label")
        self._condition = TonedLabel()
        self._condition.setObjectName("strip_state")
        self._run = ElidedLabel(Qt.TextElideMode.ElideRight)
        self._step = ElidedLabel(Qt.TextElideMode.ElideRight)
        self._trouble = TonedLabel()
        self._trouble.setObjectName("strip_trouble")
        self._control = QLabel()
        self._control.setObjectName("strip_control")
        self._simulated = TonedLabel()
        self._simulated.setObjectName("strip_simulated")
        self._arrange()
        words.changed.connect(self._say)

    def display(self, state: StripState) -> None:
        """Show a state."""
        if state != self._state:
            self._state = state
            self._say()

    def _arrange(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 3, 8, 3)
        layout.setSpacing(12)
        for widget in (self._bench, self._object, self._condition, self._run, self._step):
            layout.addWidget(widget)
        layout.addStretch(1)
        for widget in (self._trouble, self._control, self._simulated):
            layout.addWidget(widget)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def _say(self) -> None:
        state = self._state
        if state is None:
            return
        words = self._words
        self._bench.setText(words.of(state.bench) or words.text("operate.no-bench"))
        self._object.setText(words.of(state.object))
        condition = words.text(f"console.state-{state.state.value}")
        is_true = state.contact is Contact.HEARD
        tone = _TONES.get(state.state, Tone.NORMAL) if is_true else Tone.DIAGNOSTIC
        self._condition.show_toned(condition, tone)
        self._run.setText(state.run)
        self._run.setToolTip(state.file or state.run)
        waits = _WAITS.get(state.attention)
        step = words.of(state.step)
        self._step.setText(" – ".join(filter(None, (step, words.text(waits) if waits else ""))))
        self._show_trouble(state)
        self._control.setText(self._control_text(state))
        self._simulated.setVisible(state.is_simulated)
        speed = f" ×{state.speed}" if state.speed else ""
        self._simulated.show_toned(words.text("operate.simulated") + speed, Tone.MARKED)

    def _show_trouble(self, state: StripState) -> None:
        self._trouble.setVisible(state.trouble is not None)
        if state.trouble is not None:
            self._trouble.show_toned(self._words.of(state.trouble), Tone.DIAGNOSTIC)

    def _control_text(self, state: StripState) -> str:
        if not state.control:
            return self._words.text("operate.control-nobody")
        if state.is_ours:
            return self._words.text("operate.control-ours", name=state.control)
        return self._words.text("operate.control-other", name=state.control)
