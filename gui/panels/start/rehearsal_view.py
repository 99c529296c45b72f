"""A rehearsal: begun, followed, ended, and what it has shown."""

from __future__ import annotations

import math

from PySide6.QtCore import Signal, SignalInstance
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from bench.messages import Message
from gui.state.start.outlook import duration_text
from gui.state.start.rehearsal import Expected, Rehearsed, TrippedLimit
from gui.widgets.sentence import Sentence
from gui.words import Words
from protocols.wording import Text

_MOST_LIMITS = 8
"""Limits that are told one by one."""


class RehearsalView(QFrame):
    """Shows how a rehearsal goes and what it has shown; traces are another's."""

    wanted = Signal()
    """A rehearsal of what is chosen."""
    cancelled = Signal()
    """The one that runs is to end."""
    review_wanted = Signal(object)
    """Path of its run file."""

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        """Begin with nothing rehearsed."""
        super().__init__(parent)
        self.setObjectName("rehearsal")
        self._words = words
        self._result: Rehearsed | None = None
        self._failure: Message | None = None
        self._share = math.nan
        self._is_running = self._is_stale = False
        self._bar = QProgressBar(self)
        self._bar.setObjectName("rehearsal_progress")
        self._begin = self._button("rehearse", self.wanted)
        self._cancel = self._button("cancel_rehearsal", self.cancelled)
        self._review = QPushButton(self)
        self._review.setObjectName("review_rehearsal")
        self._review.clicked.connect(self._ask_review)
        self._headline = QLabel(self)
        self._headline.setObjectName("rehearsal_headline")
        self._headline.setProperty("role", "heading")
        self._headline.setWordWrap(True)
        self._wrong = Sentence(self)
        self._stale = Sentence(self, is_faint=True)
        self._details = Sentence(self)
        self._traces: QWidget | None = None
        self._layout = QVBoxLayout(self)
        self._compose()
        words.changed.connect(self._speak)
        self._speak()

    def set_trace_view(self, widget: QWidget) -> None:
        """Show a widget with the predicted traces, once there are any."""
        if self._traces is not None:
            self._layout.removeWidget(self._traces)
            self._traces.setParent(None)
        self._traces = widget
        self._layout.insertWidget(self._layout.count() - 1, widget, 1)
        widget.setVisible(self._result is not None)

    def allow(self, *, may_rehearse: bool) -> None:
        """Tell whether what is chosen can be rehearsed."""
        self._begin.setEnabled(may_rehearse and not self._is_running)

    def begin(self) -> None:
        """Show that a rehearsal runs."""
        self._is_running, self._share = True, math.nan
        self._result = self._failure = None
        self._is_stale = False
        self._speak()

    def progress(self, share: float) -> None:
        """Show which share (nan: unknown) of it is done."""
        self._share = share
        self._bar.setRange(0, 0 if math.isnan(share) else 1000)
        if not math.isnan(share):
            self._bar.setValue(round(1000 * min(max(share, 0.0), 1.0)))

    def end(self, result: Rehearsed | None, failure: Message | None = None) -> None:
        """Show what it has shown, or why it failed; neither: it was cancelled."""
        self._is_running = False
        self._result, self._failure = result, failure
        self._speak()

    def mark_stale(self) -> None:
        """Tell that something else is chosen now than was rehearsed."""
        self._is_stale = self._result is not None
        self._speak()

    def _compose(self) -> None:
        row = QHBoxLayout()
        for each in (self._begin, self._bar, self._cancel, self._review):
            row.addWidget(each)
        row.addStretch(1)
        self._layout.setContentsMargins(4, 4, 4, 4)
        self._layout.addLayout(row)
        for each in (self._headline, self._stale, self._wrong, self._details):
            self._layout.addWidget(each)
        self._layout.addStretch(0)

    def _button(self, name: str, asked: SignalInstance) -> QPushButton:
        button = QPushButton(self)
        button.setObjectName(name)
        button.clicked.connect(asked)
        return button

    def _ask_review(self) -> None:
        if self._result is not None:
            self.review_wanted.emit(self._result.path)

    def _speak(self) -> None:
        say, result = self._words.text, self._result
        self._begin.setText(say("start.rehearse"))
        self._begin.setToolTip(say("start.rehearse-help"))
        self._cancel.setText(say("start.cancel"))
        self._review.setText(say("start.review"))
        self._bar.setAccessibleName(say("start.rehearsing"))
        self._begin.setVisible(not self._is_running)
        for each in (self._bar, self._cancel):
            each.setVisible(self._is_running)
        self._review.setVisible(result is not None)
        self.progress(self._share)
        self._headline.setText(self._told())
        self._stale.say(say("start.rehearsal-stale") if self._is_stale else "")
        failure = "" if self._failure is None else self._words.of(self._failure)
        self._wrong.say(failure, is_warning=True)
        self._details.say("" if result is None else "\n".join(self._lines(result)))
        if self._traces is not None:
            self._traces.setVisible(result is not None)

    def _told(self) -> str:
        say, result = self._words.text, self._result
        if self._is_running:
            return say("start.rehearsing")
        if self._failure is not None:
            return say("start.rehearsal-failed")
        if result is None:
            return say("start.rehearse-help")
        verdict = say(f"start.verdict-{result.verdict.replace(' ', '-') or 'none'}")
        ending = self._words.word("ending", result.ending)
        return say(
            "start.rehearsed",
            duration=duration_text(result.seconds), outcome=ending, verdict=verdict,
        )  # fmt: skip

    def _lines(self, result: Rehearsed) -> list[str]:
        lines = [] if result.reason is None else [self._words.of(result.reason)]
        for expected in result.results:
            lines.append(self._expected(expected))
            lines += [f"    {self._reason(each)}" for each in expected.reasons]
        lines += [self._limit(each) for each in result.tripped[:_MOST_LIMITS]]
        if not result.tripped:
            lines.append(self._words.text("start.no-limits"))
        elif len(result.tripped) > _MOST_LIMITS:
            left = len(result.tripped) - _MOST_LIMITS
            lines.append(self._words.text("start.more-limits", count=left))
        return lines

    def _expected(self, result: Expected) -> str:
        say = self._words.text
        verdict = say(f"start.verdict-{result.verdict.replace(' ', '-') or 'none'}")
        return f"{self._words.of(result.title)}: {result.value or '–'} → {verdict}"

    def _reason(self, said: Text) -> str:
        return said if isinstance(said, str) else self._words.of(said)

    def _limit(self, limit: TrippedLimit) -> str:
        return self._words.text(
            "start.tripped",
            limit=limit.limit, text=limit.text, count=limit.count,
            reaction=limit.reaction, at=duration_text(limit.first),
        )  # fmt: skip
