"""What is recorded, where, and how the last run ended."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from gui.state.console.recorder import RecorderState
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.toned import Tone, TonedLabel
from gui.words import Words


class RecorderPanel(QFrame):
    """Shows what is recorded; offers to look at the run, and at the last one."""

    review_wanted = Signal(object)
    """A run file (`Path`) is to be opened in the reviewer."""

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", "true")
        self.setObjectName("recorder_panel")
        self._words = words
        self._state: RecorderState | None = None
        self._heading = TonedLabel()
        self._heading.setObjectName("recorder_heading")
        self._trouble = QLabel()
        self._trouble.setObjectName("recorder_trouble")
        self._trouble.setWordWrap(True)
        self._names = [QLabel() for _ in range(4)]
        self._file, self._size, self._last = ElidedLabel(), QLabel(), ElidedLabel()
        self._free = TonedLabel()
        self._file.setObjectName("recorder_file")
        self._last.setObjectName("recorder_last")
        self._ending = QLabel()
        self._ending.setObjectName("recorder_ending")
        self._ending.setWordWrap(True)
        self._now = self._button("review_now", "file")
        self._before = self._button("review_last", "last_file")
        self._arrange()
        words.changed.connect(self._say)

    def display(self, state: RecorderState) -> None:
        """Show a state."""
        if state != self._state:
            self._state = state
            self._say()

    def _button(self, name: str, which: str) -> QPushButton:
        button = QPushButton()
        button.setObjectName(name)
        button.clicked.connect(lambda: self._review(which))
        return button

    def _review(self, which: str) -> None:
        if self._state is None:
            return
        path = self._state.file if which == "file" else self._state.last_file
        if path is not None:
            self.review_wanted.emit(Path(path))

    def _arrange(self) -> None:
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        grid.setVerticalSpacing(2)
        values = (self._file, self._size, self._free, self._last)
        for row, (name, value) in enumerate(zip(self._names, values, strict=True)):
            name.setProperty("role", "label")
            grid.addWidget(name, row, 0)
            grid.addWidget(value, row, 1)
        layout = QVBoxLayout(self)
        layout.setSpacing(4)
        layout.addWidget(self._heading)
        layout.addWidget(self._trouble)
        layout.addLayout(grid)
        layout.addWidget(self._ending)
        layout.addWidget(self._now)
        layout.addWidget(self._before)

    def _say(self) -> None:
        state, words = self._state, self._words
        if state is None:
            return
        self._show_heading(state)
        kinds = ("file", "size", "disk", "last-run")
        for name, kind in zip(self._names, kinds, strict=True):
            name.setText(words.text(f"operate.{kind}"))
        self._file.setText("" if state.file is None else state.file.name)
        self._file.setToolTip("" if state.file is None else str(state.file))
        self._size.setText(state.size)
        free = words.text("operate.free", free=state.free) if state.free else ""
        self._free.show_toned(free, Tone.WARNING if state.is_little else Tone.PLAIN)
        self._last.setText("" if state.last_file is None else state.last_file.name)
        self._last.setToolTip("" if state.last_file is None else str(state.last_file))
        self._ending.setText(_ending(state, words))
        is_shown = (state.file, state.size, state.free, state.last_file)
        values = (self._file, self._size, self._free, self._last)
        for name, value, shown in zip(self._names, values, is_shown, strict=True):
            name.setVisible(bool(shown))
            value.setVisible(bool(shown))
        self._ending.setVisible(state.last_file is not None)
        self._now.setText(words.text("operate.review-now"))
        self._now.setVisible(state.file is not None)
        self._before.setText(words.text("operate.review-last"))
        self._before.setVisible(state.last_file is not None)

    def _show_heading(self, state: RecorderState) -> None:
        words = self._words
        self._trouble.setVisible(state.trouble is not None)
        if state.trouble is not None:
            self._heading.show_toned(words.text("operate.not-recording"), Tone.DIAGNOSTIC)
            self._trouble.setText(words.of(state.trouble))
        elif not state.is_known:
            self._heading.show_toned(words.text("operate.may-record"), Tone.DIAGNOSTIC)
        elif state.is_recording:
            self._heading.show_toned(words.text("operate.recording"), Tone.NORMAL)
        else:
            self._heading.show_toned(words.text("operate.nothing-recorded"), Tone.UNKNOWN)


def _ending(state: RecorderState, words: Words) -> str:
    ending = words.word("ending", state.last_ending) if state.last_ending else ""
    reason = "" if state.last_reason is None else words.of(state.last_reason)
    verdict = "" if state.verdict is None else words.of(state.verdict)
    how = (
        ending
        if reason.casefold() == ending.casefold()
        else ": ".join(filter(None, (ending, reason)))
    )
    return "\n".join(filter(None, (how, verdict)))
