"""The chosen protocol: what it is, and its parameters."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from bench.config.catalogue import Catalogue
from bench.messages import Message
from bench.model import BenchModel
from gui.panels.start.parameter_form import ParameterForm
from gui.state.start.offer import ProtocolEntry
from gui.state.start.parameters import problem_of, rows_of
from gui.widgets.sentence import Sentence
from gui.words import Words


class ProtocolCard(QFrame):
    """Shows a `ProtocolEntry` and takes its parameters."""

    changed = Signal()
    """Parameters are others than before."""

    def __init__(self, words: Words, catalogue: Catalogue, parent: QWidget | None = None) -> None:
        """Begin without a protocol."""
        super().__init__(parent)
        self.setObjectName("protocol_card")
        self._words, self._catalogue = words, catalogue
        self._entry: ProtocolEntry | None = None
        self._model: BenchModel | None = None
        self._title = QLabel(self)
        self._title.setObjectName("protocol_title")
        self._title.setProperty("role", "heading")
        self._title.setWordWrap(True)
        self._about = Sentence(self, is_faint=True)
        self._problem = Sentence(self)
        self.form = ParameterForm(words, self)
        """The parameters."""
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 0, 0, 4)
        for each in (self._title, self._about, self._problem):
            layout.addWidget(each)
        layout.addWidget(self.form, 1)
        self.form.changed.connect(self.changed)
        words.changed.connect(self._speak)
        self._speak()

    def display(self, entry: ProtocolEntry | None) -> None:
        """Show a protocol; None: none is chosen."""
        if entry is self._entry:
            return
        self._entry = entry
        self._speak()
        self._show_form()

    def set_model(self, model: BenchModel | None) -> None:
        """Judge parameters by this bench from now on."""
        if model is not self._model:
            self._model = model
            self._show_form()

    def _show_form(self) -> None:
        protocol = None if self._entry is None else self._entry.protocol
        self.form.setVisible(protocol is not None)
        if protocol is not None:
            self.form.display(rows_of(protocol), self._judged)

    def _judged(self, name: str, written: str) -> Message | None:
        entry, model = self._entry, self._model
        if entry is None or entry.protocol is None or model is None:
            return None
        return problem_of(entry.protocol, model, self._catalogue, name, written)

    def _speak(self) -> None:
        entry = self._entry
        if entry is None:
            self._title.setText(self._words.text("start.choose"))
            self._about.say("")
            self._problem.say("")
            return
        self._title.setText(f"{self._words.of(entry.title)}   ·   {entry.name}")
        self._about.say(self._words.of(entry.about))
        said = "" if entry.problem is None else self._words.of(entry.problem)
        self._problem.say("\n".join(filter(None, (said, *entry.details))), is_warning=True)
