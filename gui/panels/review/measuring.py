"""Has cursors and a band measured from raw data, piece by piece in the thread of the run files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from bench.messages import Message
from gui.bridge.run_feed import RunFeed
from gui.state.review.measure import Measured, Subject, count_on, look_at

_DRAGGING_MS = 60


class Measuring(QObject):
    """Measures what was wanted last; an older wish is dropped where it is."""

    told = Signal(object)
    """Key → `Measured`, of all that is wanted; what is not known yet is not there."""

    def __init__(self, feed: RunFeed, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._feed = feed
        self._wish = 0
        self._subjects: tuple[Subject, ...] = ()
        self._left: list[Subject] = []
        self._found: dict[str, Measured] = {}
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_DRAGGING_MS)
        self._pause.timeout.connect(self._begin)

    def want(self, subjects: Sequence[Subject]) -> None:
        """Measure these from now on."""
        if tuple(subjects) == self._subjects:
            return
        self._subjects = tuple(subjects)
        self._wish += 1
        self._pause.start()

    def stop(self) -> None:
        """Measure nothing more."""
        self._pause.stop()
        self._subjects = ()
        self._wish += 1

    def _begin(self) -> None:
        self._left = list(self._subjects)
        self._found = {}
        self._next()

    def _next(self) -> None:
        self.told.emit(dict(self._found))
        if self._left:
            subject = self._left.pop(0)
            self._ask(subject, Measured(), is_new=True)

    def _ask(self, subject: Subject, known: Measured, *, is_new: bool) -> None:
        self._feed.ask(
            subject.run,
            lambda run: look_at(run, subject) if is_new else count_on(run, subject, known),
            partial(self._take, self._wish, subject),
            partial(self._fail, self._wish, subject, known),
        )

    def _take(self, wish: int, subject: Subject, measured: Measured) -> None:
        if wish != self._wish:
            return
        self._found[subject.key] = measured
        if measured.is_counted:
            self._next()
        else:
            self._ask(subject, measured, is_new=False)

    def _fail(self, wish: int, subject: Subject, known: Measured, why: Message) -> None:
        if wish == self._wish:
            self._found[subject.key] = replace(known, problem=why)
            self._next()
