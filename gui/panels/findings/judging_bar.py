"""Above the findings: which of the judged runs, whether judging goes on, and what was said."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

from gui.panels.findings.chooser import Chooser
from gui.panels.findings.telling import teller
from gui.words import Words
from protocols.wording import Text


class JudgingBar(QWidget):
    """One line of controls."""

    chosen = Signal(int)
    """Another one of the judged is to be shown."""
    cancelled = Signal()
    """The judging is to end."""
    wanted_again = Signal()
    """The runs are to be judged again."""

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._said: Text = ""
        self._chooser = Chooser(words, "findings_runs", "findings.runs")
        self._label = QLabel()
        self._label.setObjectName("findings_note")
        self._label.setWordWrap(True)
        self._working = QProgressBar()
        self._working.setRange(0, 0)
        self._working.setMaximumWidth(120)
        self._working.setTextVisible(False)
        self._cancel, self._again = QPushButton(), QPushButton()
        self._cancel.setObjectName("findings_cancel")
        self._again.setObjectName("findings_again")
        self._cancel.clicked.connect(self.cancelled)
        self._again.clicked.connect(self.wanted_again)
        self._chooser.chosen.connect(self._on_chosen)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self._chooser)
        line.addWidget(self._label, 1)
        for each in (self._working, self._cancel, self._again):
            line.addWidget(each)
        words.changed.connect(self._tell)
        self.show_work(is_under_way=False)
        self.display([], has_runs=False)
        self._tell()

    @property
    def place(self) -> int:
        """Which of the judged is shown."""
        return int(self._chooser.key or 0)

    def display(self, titles: Sequence[str], *, has_runs: bool) -> None:
        """Offer what was judged, the first one chosen."""
        self._chooser.display([(str(place), title) for place, title in enumerate(titles)], "0")
        self._chooser.setVisible(len(titles) > 1)
        self._again.setEnabled(has_runs)

    def show_work(self, *, is_under_way: bool) -> None:
        """Show whether runs are being judged."""
        self._working.setVisible(is_under_way)
        self._cancel.setVisible(is_under_way)
        self._again.setVisible(not is_under_way)

    def say(self, text: Text) -> None:
        """Say something beside the controls; empty: nothing."""
        self._said = text
        self._tell()

    def _on_chosen(self, key: str) -> None:
        self.chosen.emit(int(key))

    def _tell(self) -> None:
        self._label.setText(teller(self._words)(self._said))
        self._cancel.setText(self._words.text("findings.cancel"))
        self._again.setText(self._words.text("findings.again"))
        self._working.setAccessibleName(self._words.text("findings.reading"))
