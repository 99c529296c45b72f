"""The state of the bench in large letters, and beside it the orders that make sense now."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from bench.control.states import State
from bench.service.port import Attention
from gui import theme
from gui.panels.console.people_first import PeopleFirstDialog
from gui.state.console.contact import Contact
from gui.state.console.verbs import Verb, VerbsState
from gui.state.spans import span
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.hold_button import HELD_FOR, HoldButton
from gui.widgets.toned import Tone, TonedLabel
from gui.words import Words

KEYS = {
    Verb.HOLD: "Ctrl+H",
    Verb.RESUME: "Ctrl+R",
    Verb.GO_ON: "Ctrl+G",
    Verb.SOFT_STOP: "Ctrl+Shift+S",
    Verb.HARD_STOP: "Ctrl+Shift+X",
    Verb.PEOPLE_FIRST: "Ctrl+Shift+P",
    Verb.TAKE_CONTROL: "Ctrl+T",
    Verb.GIVE_CONTROL: "Ctrl+Shift+T",
    Verb.RESET: "Ctrl+Shift+R",
}
"""Keys; of a button that is to be held they put the keyboard on it."""
_HELD = (Verb.SOFT_STOP, Verb.HARD_STOP)
_PLACES = (
    (Verb.HOLD, 0, 0, 1),
    (Verb.RESUME, 0, 1, 1),
    (Verb.GO_ON, 1, 0, 2),
    (Verb.SOFT_STOP, 2, 0, 1),
    (Verb.HARD_STOP, 2, 1, 1),
    (Verb.PEOPLE_FIRST, 3, 0, 2),
    (Verb.TAKE_CONTROL, 4, 0, 1),
    (Verb.GIVE_CONTROL, 4, 0, 1),
    (Verb.RESET, 4, 1, 1),
)
_TONES = {State.TRIPPED: Tone.ALARM, State.STOPPING: Tone.WARNING}
_EMPTY = "\u00a0"  # keeps the height of its line
_HOLDS = ("entering", "held", "exiting")
_WAITS = {Attention.QUESTION: "operate.asks", Attention.HELD: "operate.is-held"}


class StatePanel(QFrame):
    """Shows the state of the bench and asks for what an operator orders."""

    ordered = Signal(object)
    """A `Verb`, confirmed; `gui.state.verbs.request_of` says what is asked of the server."""

    def __init__(
        self, words: Words, parent: QWidget | None = None, *, held_for: int = HELD_FOR
    ) -> None:
        """Make it.

        Args:
            words: Texts.
            parent: Widget it belongs to.
            held_for: How long a stop is to be held, ms.
        """
        super().__init__(parent)
        self.setProperty("panel", "true")
        self.setObjectName("state_panel")
        self._words = words
        self._state: VerbsState | None = None
        self._condition = TonedLabel()
        self._condition.setObjectName("state_word")
        self._condition.setAlignment(Qt.AlignmentFlag.AlignCenter)
        font = QFont(self._condition.font())
        font.setPointSize(theme.HEADER + 5)
        self._condition.setFont(font)
        self._detail = _wrapped("state_detail")
        self._doing = ElidedLabel(Qt.TextElideMode.ElideRight)
        self._doing.setObjectName("state_doing")
        self._doing.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._time = _wrapped("state_time")
        self._time.setProperty("role", "value")
        self._waits = TonedLabel()
        self._waits.setObjectName("state_waits")
        self._detail.setMinimumHeight(3 * self._detail.fontMetrics().lineSpacing())
        _keep_place(self._waits)
        self._hardware = _wrapped("state_hardware")
        self._hardware.setProperty("role", "label")
        self._buttons = {verb: self._button(verb, held_for) for verb in Verb}
        self._arrange()
        words.changed.connect(self._say)

    def display(self, state: VerbsState) -> None:
        """Show a state."""
        if state != self._state:
            self._state = state
            self._say()

    def _button(self, verb: Verb, held_for: int) -> QPushButton:
        name = f"verb_{verb.value.replace('-', '_')}"
        if verb in _HELD:
            button = HoldButton(held_for)
            button.confirmed.connect(lambda: self.ordered.emit(verb))
            QShortcut(QKeySequence(KEYS[verb]), self, button.setFocus)
        else:
            button = QPushButton()
            button.clicked.connect(lambda: self._order(verb))
            QShortcut(QKeySequence(KEYS[verb]), self, button.click)
        button.setObjectName(name)
        button.setMinimumHeight(34)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        return button

    def _order(self, verb: Verb) -> None:
        if verb is not Verb.PEOPLE_FIRST:
            self.ordered.emit(verb)
        elif self._state is not None:
            dialog = PeopleFirstDialog(self._words, self._state, self)
            dialog.confirmed.connect(lambda: self.ordered.emit(Verb.PEOPLE_FIRST))
            dialog.show()

    def _arrange(self) -> None:
        grid = QGridLayout()
        grid.setSpacing(6)
        for verb, row, column, width in _PLACES:
            grid.addWidget(self._buttons[verb], row, column, 1, width)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        layout = QVBoxLayout(self)
        for widget in (self._condition, self._detail, self._doing, self._time, self._waits):
            layout.addWidget(widget)
        layout.addSpacing(6)
        layout.addLayout(grid)
        layout.addWidget(self._hardware)
        layout.addStretch(1)
        order = [self._buttons[verb] for verb, *_ in _PLACES]
        for before, after in pairwise(order):
            QWidget.setTabOrder(before, after)

    def _say(self) -> None:
        state = self._state
        if state is None:
            return
        self._show_state(state)
        refused = dict(state.reasons)
        for verb, button in self._buttons.items():
            button.setText(self._words.text(f"operate.verb-{verb.value}"))
            button.setEnabled(verb not in refused)
            button.setToolTip(self._tip(verb, state))
        has_control = Verb.TAKE_CONTROL in refused and Verb.GIVE_CONTROL not in refused
        self._buttons[Verb.TAKE_CONTROL].setVisible(not has_control)
        self._buttons[Verb.GIVE_CONTROL].setVisible(has_control)
        self._buttons[Verb.PEOPLE_FIRST].setVisible(state.has_people_first)
        self._hardware.setText(self._words.text("operate.hardware"))

    def _show_state(self, state: VerbsState) -> None:
        words = self._words
        is_true = state.contact is Contact.HEARD
        tone = _TONES.get(state.state, Tone.NORMAL) if is_true else Tone.DIAGNOSTIC
        self._condition.show_toned(words.text(f"console.state-{state.state.value}"), tone)
        phase = words.word("phase", state.phase) if state.phase else ""
        kind = words.text(f"operate.kind-{state.kind}") if state.kind else ""
        doing = f"{kind} {state.detail}".strip()
        if state.state is State.HOLDING:
            doing = words.text(f"operate.hold-{state.detail if state.detail in _HOLDS else 'held'}")
        step = words.of(state.step) if state.phase else ""
        self._detail.setText("\n".join(filter(None, (phase, step if step != state.phase else ""))))
        self._doing.setText(doing if phase else _EMPTY)
        self._time.setText(self._times(state) or _EMPTY)
        waits = _WAITS.get(state.attention) if is_true else "operate.old"
        self._waits.setVisible(waits is not None)
        if waits is not None:
            self._waits.show_toned(words.text(waits), Tone.MARKED if is_true else Tone.DIAGNOSTIC)

    def _times(self, state: VerbsState) -> str:
        if state.countdown is not None:
            return self._words.text("operate.safe-in", time=span(state.countdown))
        if not state.phase:
            return ""
        if state.expected > 0:
            return f"{span(state.elapsed)} / {span(state.expected)}"
        return span(state.elapsed)

    def _tip(self, verb: Verb, state: VerbsState) -> str:
        """Return why an order makes no sense, or what it does, and its key."""
        words = self._words
        why = dict(state.reasons).get(verb)
        if why is not None:
            return words.of(why)
        does = words.text(f"operate.does-{verb.value}")
        if verb in _HELD:
            times = dict(state.to_safe)
            safe = words.text("operate.to-safe", time=span(times.get(verb.value, float("nan"))))
            return f"{does}\n{safe}\n{words.text('operate.held-key', key=KEYS[verb])}"
        return f"{does} ({KEYS[verb]})"


def _keep_place(label: QWidget) -> None:
    """Have a widget that is hidden keep its place: no button moves below a hand."""
    policy = label.sizePolicy()
    policy.setRetainSizeWhenHidden(True)
    label.setSizePolicy(policy)


def _wrapped(name: str) -> QLabel:
    label = QLabel()
    label.setObjectName(name)
    label.setWordWrap(True)
    label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
    return label
