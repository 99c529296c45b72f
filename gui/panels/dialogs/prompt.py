"""The question of a running sequence: text, picture, and the name of who confirms it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget

from bench.messages import Message
from bench.service.requests import Answer
from gui.panels.dialogs.sheet import Sheet
from gui.state.console.prompt import PromptState
from gui.words import Words

_LARGEST = QSize(520, 320)


class PromptDialog(Sheet):
    """Shown while something is asked; closing it answers nothing."""

    def __init__(self, words: Words, operator: str = "", parent: QWidget | None = None) -> None:
        """Begin with nothing asked; `operator` is who signs if nobody says otherwise."""
        super().__init__(words, "dialog.prompt", parent)
        self.setObjectName("prompt_dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
        self._state = PromptState()
        self._question = QLabel(self)
        self._question.setObjectName("prompt_question")
        self._question.setWordWrap(True)
        self._question.setProperty("role", "value")
        self._question.setMinimumWidth(420)
        self._picture = QLabel(self)
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._step = self.label("dialog.prompt")
        self._who = QLineEdit(operator, self)
        self._who.setObjectName("prompt_operator")
        for each in (self._question, self._picture, self._step):
            self.body.addWidget(each)
        self.body.addWidget(self.label("dialog.prompt-sign"))
        self.body.addWidget(self._who)
        self.body.addWidget(self.label("dialog.prompt-later"))
        self._done = self.button("prompt_done", "dialog.prompt-done", self._ask_done)
        self._not = self.button("prompt_not_done", "dialog.prompt-not-done", self._ask_not_done)
        self._who.textChanged.connect(self._offer)
        self.speak()
        self._offer()

    @property
    def is_asking(self) -> bool:
        """Whether something is asked, whether or not the window is open."""
        return self._state.question is not None

    def display(self, state: PromptState) -> None:
        """Show a new question; close where nothing is asked any more."""
        if state == self._state:
            return
        self._state = state
        if state.question is None:
            self.hide()
            return
        self.tell(None)
        self._show_picture(state.picture)
        self.speak()
        self._offer()
        self.present()

    def present(self) -> None:
        """Show the question again after its window was closed."""
        if self.is_asking:
            self.show()
            self.raise_()

    def refused(self, reason: Message) -> None:
        """Show why the bench did not take the answer; it may be given again."""
        self.tell(reason)
        self._offer()

    def set_operator(self, operator: str) -> None:
        """Say who signs if nobody says otherwise."""
        self._who.setText(operator)

    def speak(self) -> None:
        """Set all texts in the language of now."""
        super().speak()
        question = self._state.question
        self._question.setText("" if question is None else self._words.of(question))
        self._step.setText(self._words.text("dialog.prompt-step", step=self._state.step))
        self._who.setAccessibleName(self._words.text("dialog.prompt-sign"))
        self._not.setToolTip(self._words.text("dialog.prompt-not-done-help"))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Let Enter in the field of the name confirm nothing."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            event.accept()
            return
        super().keyPressEvent(event)

    def _offer(self) -> None:
        is_signed = bool(self._who.text().strip())
        self._done.setEnabled(self.is_asking and is_signed)
        self._not.setEnabled(self.is_asking and is_signed)

    def _show_picture(self, path: Path | None) -> None:
        pixmap = QPixmap() if path is None else _picture_of(path)
        self._picture.setPixmap(pixmap)
        self._picture.setVisible(not pixmap.isNull())

    def _ask_done(self) -> None:
        self._answer(is_done=True)

    def _ask_not_done(self) -> None:
        self._answer(is_done=False)

    def _answer(self, *, is_done: bool) -> None:
        self._done.setEnabled(False)
        self._not.setEnabled(False)
        self.asked.emit(Answer(is_done, self._who.text().strip()))


def _picture_of(path: Path) -> QPixmap:
    """Return a picture in the size of the dialog; an empty one where it cannot be read."""
    if path.suffix.lower() != ".svg":
        found = QPixmap(str(path))
        if found.width() > _LARGEST.width() or found.height() > _LARGEST.height():
            mode = Qt.TransformationMode.SmoothTransformation
            return found.scaled(_LARGEST, Qt.AspectRatioMode.KeepAspectRatio, mode)
        return found
    drawing = QSvgRenderer(str(path))
    if not drawing.isValid():
        return QPixmap()
    size = drawing.defaultSize().scaled(_LARGEST, Qt.AspectRatioMode.KeepAspectRatio)
    found = QPixmap(size)
    found.fill(Qt.GlobalColor.transparent)
    painter = QPainter(found)
    drawing.render(painter)
    painter.end()
    return found
