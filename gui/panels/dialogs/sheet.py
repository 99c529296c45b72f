"""What all our dialogs share: a heading, a body, a sentence about what is wrong, buttons."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from bench.messages import Message
from gui.widgets.sentence import Sentence
from gui.words import Words


class Sheet(QDialog):
    """A dialog that blocks nothing: alarms and verbs of the console stay in reach."""

    asked = Signal(object)
    """A request."""

    def __init__(self, words: Words, title: str, parent: QWidget | None = None) -> None:
        """Begin with a title: the id of its sentence."""
        super().__init__(parent)
        self.setModal(False)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._words = words
        self._title = title
        self.asked_for: object = None
        """The last request."""
        self.asked.connect(self._note)
        self._texts: list[tuple[QLabel | QPushButton, str]] = []
        self._heading = QLabel(self)
        self._heading.setProperty("role", "heading")
        self._heading.setWordWrap(True)
        self.body = QVBoxLayout()
        """Where a dialog puts its own."""
        self._wrong = Sentence(self)
        self.buttons = QHBoxLayout()
        """Its buttons, from the right."""
        self.buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.addWidget(self._heading)
        layout.addLayout(self.body, 1)
        layout.addWidget(self._wrong)
        layout.addLayout(self.buttons)
        words.changed.connect(self.speak)

    def tell(self, said: Message | None) -> None:
        """Say what is wrong, or why the bench refused; None: nothing."""
        self._wrong.say("" if said is None else self._words.of(said), is_warning=True)

    def inform(self, text: str, *, is_warning: bool = False) -> None:
        """Say what has been done."""
        self._wrong.say(text, is_warning=is_warning)

    def _note(self, request: object) -> None:
        self.asked_for = request

    def label(self, message_id: str, *, role: str = "label") -> QLabel:
        """Return a label whose text follows the language."""
        label = QLabel(self)
        label.setProperty("role", role)
        label.setWordWrap(True)
        self._texts.append((label, message_id))
        return label

    def button(self, name: str, message_id: str, done: Callable[[], object]) -> QPushButton:
        """Return a button below, whose text follows the language; Enter does not press it."""
        button = QPushButton(self)
        button.setObjectName(name)
        button.setAutoDefault(False)
        button.setDefault(False)
        button.clicked.connect(done)
        self._texts.append((button, message_id))
        self.buttons.addWidget(button)
        return button

    def follow(self, widget: QLabel | QPushButton, message_id: str) -> None:
        """Have the text of a widget follow the language."""
        self._texts.append((widget, message_id))

    def speak(self) -> None:
        """Set all texts in the language of now."""
        title = self._words.text(self._title)
        self.setWindowTitle(title)
        self._heading.setText(title)
        for widget, message_id in self._texts:
            widget.setText(self._words.text(message_id))
