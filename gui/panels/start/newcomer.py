"""What to do where no bench is attached: try a simulated one."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from bench.config.catalogue import Catalogue
from bench.messages import Message
from gui.bridge.tasks import Progress, Tasks
from gui.state.start.newcomer import Trial, read_trials
from gui.widgets.sentence import Sentence
from gui.words import Words

SPEEDS = (1.0, 10.0, 60.0, 600.0)
"""How many times faster than real time a simulated bench may go."""
_SUITABLE = 0.0  # that which shows something of the rig within a minute
_OFFERED = (_SUITABLE, *SPEEDS)


class NewcomerPage(QFrame):
    """One button per rig that can be simulated."""

    simulation_wanted = Signal(str, str, float)
    """Rig, protocol to begin (empty: none), speed."""

    def __init__(
        self, words: Words, tasks: Tasks, catalogue: Catalogue, parent: QWidget | None = None
    ) -> None:
        """Begin without a rig; `read` has them read."""
        super().__init__(parent)
        self.setProperty("panel", "true")
        self.setObjectName("newcomer_page")
        self._words, self._tasks, self._catalogue = words, tasks, catalogue
        self._trials: tuple[Trial, ...] | None = None
        self._cards: list[_Card] = []
        self._title = QLabel(self)
        self._title.setProperty("role", "header")
        self._title.setWordWrap(True)
        self._said = Sentence(self)
        self._steps = QLabel(self)
        self._steps.setWordWrap(True)
        self._steps.setProperty("role", "label")
        self._speed = QComboBox(self)
        self._speed.setObjectName("simulation_speed")
        for speed in _OFFERED:
            self._speed.addItem("", speed)
        self._speed_label = QLabel(self)
        self._speed_label.setBuddy(self._speed)
        self._list = QVBoxLayout()
        self._compose()
        words.changed.connect(self._speak)
        self._speak()

    def read(self) -> None:
        """Read the rigs anew, off this thread."""
        catalogue = self._catalogue

        def work(progress: Progress) -> tuple[Trial, ...]:
            return read_trials(catalogue, progress.check)

        self._tasks.start(work, self.display, self.refused)

    def display(self, trials: tuple[Trial, ...]) -> None:
        """Show rigs one may try."""
        for card in self._cards:
            card.deleteLater()
        self._trials = trials
        self._cards = [_Card(trial, self._words, self) for trial in trials]
        for card in self._cards:
            self._list.addWidget(card)
            card.chosen.connect(self._ask)
        self.refused(None)
        self._speak()

    def refused(self, reason: Message | None) -> None:
        """Show why a simulation did not begin; None: it does."""
        self._said.say("" if reason is None else self._words.of(reason), is_warning=True)

    def _compose(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self._speed_label)
        row.addWidget(self._speed)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 24)
        layout.setSpacing(12)
        layout.addWidget(self._title)
        layout.addLayout(self._list)
        layout.addLayout(row)
        layout.addWidget(self._said)
        layout.addWidget(self._steps)
        layout.addStretch(1)

    def _ask(self, trial: Trial) -> None:
        self.refused(None)
        speed = float(self._speed.currentData()) or trial.speed
        self.simulation_wanted.emit(trial.rig.name, trial.protocol, speed)

    def _speak(self) -> None:
        say = self._words.text
        self._title.setText(say("start.newcomer"))
        self._steps.setText(say("start.newcomer-steps"))
        self._speed_label.setText(say("start.newcomer-speed"))
        self._speed.setAccessibleName(say("start.newcomer-speed"))
        plain = {_SUITABLE: "start.newcomer-suitable", 1.0: "start.newcomer-real"}
        for index, speed in enumerate(_OFFERED):
            named = plain.get(speed, "start.newcomer-times")
            self._speed.setItemText(index, say(named, speed=f"{speed:g}"))
        if self._trials is None:
            self._said.say(say("start.newcomer-reading"))
        elif not self._trials:
            self._said.say(say("start.newcomer-none"), is_warning=True)


class _Card(QPushButton):
    """One rig."""

    chosen = Signal(object)

    def __init__(self, trial: Trial, words: Words, parent: QWidget) -> None:
        super().__init__(parent)
        self._trial, self._words = trial, words
        self.setObjectName(f"try_{trial.rig.name}")
        self.setMinimumHeight(72)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._head, self._about = QLabel(self), QLabel(self)
        self._head.setProperty("role", "heading")
        self._about.setProperty("role", "label")
        self._about.setWordWrap(True)
        layout = QVBoxLayout(self)
        for each in (self._head, self._about):
            each.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            layout.addWidget(each)
        self.clicked.connect(self._choose)
        words.changed.connect(self._speak)
        self._speak()

    def _choose(self) -> None:
        self.chosen.emit(self._trial)

    def _speak(self) -> None:
        trial, say, of = self._trial, self._words.text, self._words.of
        title = say("start.newcomer-try", title=of(trial.rig.title))
        about = {"object": of(trial.rig.object_title), "rig": trial.rig.name}
        told = say("start.newcomer-about-plain", **about)
        if trial.protocol:
            more = {"count": trial.count, "protocol": of(trial.protocol_title)}
            told = say("start.newcomer-about", **about, **more)
        self._head.setText(title)
        self._about.setText(told)
        self.setAccessibleName(title)
        self.setAccessibleDescription(told)
