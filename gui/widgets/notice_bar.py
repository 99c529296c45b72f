"""What could not be done, sentence by sentence, until somebody has read it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from bench.messages import Message
from gui.words import Words

_MOST = 4
_Said = tuple[Message, bool]


class NoticeBar(QFrame):
    """The last sentences; hidden where there is nothing to say."""

    cancelled = Signal()
    """What is under way is not wanted any more."""

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", True)  # noqa: FBT003 - Qt's signature
        self.setObjectName("notices")
        self._words = words
        self._said: list[_Said] = []
        self._label = QLabel(self)
        self._label.setObjectName("notice_text")
        self._label.setWordWrap(True)
        self._close = QToolButton(self)
        self._close.setObjectName("dismiss_notices")
        self._close.setText("✕")
        self._close.clicked.connect(self.dismiss)
        self._progress = QProgressBar(self)
        self._progress.setObjectName("export_progress")
        self._progress.hide()
        self._cancel = QPushButton(self)
        self._cancel.setObjectName("cancel_work")
        self._cancel.hide()
        self._cancel.clicked.connect(self.cancelled)
        work = QHBoxLayout()
        work.addWidget(self._progress, 1)
        work.addWidget(self._cancel)
        told = QHBoxLayout()
        told.addWidget(self._label, 1)
        told.addWidget(self._close)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 3, 6, 3)
        column.addLayout(told)
        column.addLayout(work)
        words.changed.connect(self._speak)
        self._speak()

    @property
    def text(self) -> str:
        """What is shown."""
        return self._label.text()

    def say(self, message: Message, *, is_trouble: bool = True) -> None:
        """Add a sentence; one that is there already is not told twice."""
        if (message, is_trouble) not in self._said:
            self._said = [*self._said, (message, is_trouble)][-_MOST:]
        self._speak()

    def take(self, message: Message, is_trouble: bool) -> None:  # noqa: FBT001 - a signal's argument
        """Add a sentence that a signal brings."""
        self.say(message, is_trouble=is_trouble)

    def dismiss(self) -> None:
        """Show none of them any more."""
        self._said = []
        self._speak()

    def show_work(self, share: float) -> None:
        """Show how far work is: 0 to 1."""
        self._progress.setRange(0, 1000)
        self._progress.setValue(round(1000 * share))
        self._work(is_shown=True)

    def end_work(self) -> None:
        """Show no work any more."""
        self._work(is_shown=False)

    def _work(self, *, is_shown: bool) -> None:
        self._progress.setVisible(is_shown)
        self._cancel.setVisible(is_shown)
        self.setVisible(is_shown or bool(self._said))

    def _speak(self) -> None:
        lines = [
            f"▲ {self._words.of(said)}" if is_trouble else self._words.of(said)
            for said, is_trouble in self._said
        ]
        self._label.setText("\n".join(lines))
        self._label.setVisible(bool(lines))
        self._close.setVisible(bool(lines))
        self._close.setToolTip(self._words.text("app.dismiss"))
        self._close.setAccessibleName(self._words.text("app.dismiss"))
        self._cancel.setText(self._words.text("app.cancel"))
        self.setVisible(bool(lines) or not self._progress.isHidden())
