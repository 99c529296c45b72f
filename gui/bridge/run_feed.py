"""Open run files, seen from the window: one thread owns them all, and the window never waits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from bench.errors import BenchError
from bench.messages import Message
from bench.runs import Run
from gui.bridge.opened_runs import OpenedRuns
from gui.state.plots.open_run import OpenRun, key_of
from gui.state.plots.picture import Wanted

T = TypeVar("T")
_REFRESH_MS = 1000


@dataclass(frozen=True)
class _Want:
    wanted: Wanted
    offsets: Mapping[str, float]
    language: str


class RunFeed(QObject):
    """Opens run files, and gives pictures of them; its signals come in the window's thread."""

    opened = Signal(object)
    """An `OpenRun`."""
    refused = Signal(object, object)
    """The `Path` of a file that cannot be opened, and why (`Message`)."""
    pictured = Signal(object, str)
    """A `Picture`, and the tag it was wanted with."""
    grown = Signal(str)
    """Key of a run of which there is more now: see `runs`."""
    troubled = Signal(str, object)
    """Key of an open run that cannot be read any more, and why (`Message`); told once each."""
    _told = Signal(object)
    _over = Signal(object)

    def __init__(self, parent: QObject | None = None, *, language: str = "en") -> None:
        """Begin with no run; the thread starts with the first work."""
        super().__init__(parent)
        self._language = language
        self._runs: dict[str, OpenRun] = {}
        self._files = OpenedRuns()
        self._wants: dict[str, _Want] = {}
        self._wants_lock = Lock()
        self._is_refreshing = False
        self._is_closed = False
        self._troubles: dict[str, Message] = {}
        self._owner = ThreadPoolExecutor(1, "run-feed")
        self._timer = QTimer(self)
        self._timer.setInterval(_REFRESH_MS)
        self._timer.timeout.connect(self.refresh)
        self._told.connect(self._do, Qt.ConnectionType.QueuedConnection)
        self._over.connect(self._check, Qt.ConnectionType.QueuedConnection)

    @property
    def runs(self) -> Mapping[str, OpenRun]:
        """Key → the open runs, as they were when last looked at."""
        return dict(self._runs)

    def speak(self, language: str) -> None:
        """Write marks in another language from the next picture on."""
        self._language = language

    def open(self, path: Path) -> None:
        """Open a run; one that is open already is told again."""
        key = key_of(path)

        def work() -> None:
            try:
                found = self._files.open(path, key)
            except BenchError as error:
                self._tell(self.refused.emit, path, error.message)
            else:
                self._tell(self._take, found)

        self._put(work)

    def close_run(self, key: str) -> None:
        """Close a run; one that is not open: nothing."""
        self._runs.pop(key, None)
        self._troubles.pop(key, None)
        self._put(lambda: self._files.close(key))
        self._watch()

    def want(self, tag: str, wanted: Wanted, offsets: Mapping[str, float] | None = None) -> None:
        """Ask for a picture; it takes the place of an older one of that tag that has not begun.

        Args:
            tag: Whose picture it is.
            wanted: Which curves, from when to when on the axis.
            offsets: Key of a run → where on the axis it begins, s; else at 0.
        """
        with self._wants_lock:
            is_new = tag not in self._wants
            self._wants[tag] = _Want(wanted, dict(offsets or {}), self._language)
        if is_new:
            self._put(lambda: self._draw(tag))

    def ask(
        self,
        key: str,
        work: Callable[[Run], T],
        done: Callable[[T], None],
        failed: Callable[[Message], None],
    ) -> None:
        """Do something with a run in the thread that owns it.

        `done` or `failed` is called in the window's thread, unless the feed is closed first.
        """

        def asked() -> None:
            try:
                found = self._files.ask(key, work)
            except BenchError as error:
                self._tell(failed, error.message)
            else:
                self._tell(done, found)

        self._put(asked)

    def refresh(self) -> None:
        """Look what growing runs have recorded since; `grown` tells."""
        growing = [key for key, run in self._runs.items() if run.is_growing]
        if growing and not self._is_refreshing:
            self._is_refreshing = True
            self._put(lambda: self._renew(growing))

    def close(self) -> None:
        """Close all runs, once what is being read is read."""
        self._timer.stop()
        self._is_closed = True
        self._owner.shutdown(wait=True, cancel_futures=True)
        self._files.close_all()
        self._runs.clear()

    def _put(self, work: Callable[[], None]) -> None:
        """Have something done in the thread that owns the runs."""
        if not self._is_closed:
            self._owner.submit(work).add_done_callback(self._over.emit)

    def _check(self, future: Future[None]) -> None:
        """Raise in the window's thread what should not have happened in the other."""
        if not future.cancelled():
            future.result()

    def _draw(self, tag: str) -> None:
        with self._wants_lock:
            want = self._wants.pop(tag)
        picture, troubles = self._files.picture(want.wanted, want.offsets, want.language)
        for key, said in troubles.items():
            self._tell(self._trouble, key, said)
        self._tell(self.pictured.emit, picture, tag)

    def _renew(self, keys: list[str]) -> None:
        for key in keys:
            try:
                found = self._files.refresh(key)
            except BenchError as error:
                self._tell(self._trouble, key, error.message)
            else:
                self._tell(self._grow, found)
        self._tell(self._refreshed)

    def _tell(self, what: Callable[..., Any], *about: object) -> None:
        """Have something done in the window's thread."""
        if not self._is_closed:
            self._told.emit((what, about))

    def _do(self, told: tuple[Callable[..., Any], tuple[object, ...]]) -> None:
        if not self._is_closed:
            what, about = told
            what(*about)

    def _take(self, run: OpenRun) -> None:
        self._runs[run.key] = run
        self._troubles.pop(run.key, None)
        self._watch()
        self.opened.emit(run)

    def _grow(self, run: OpenRun | None) -> None:
        if run is not None and run.key in self._runs:
            self._runs[run.key] = run
            self._troubles.pop(run.key, None)
            self._watch()
            self.grown.emit(run.key)

    def _trouble(self, key: str, said: Message) -> None:
        if self._troubles.get(key) != said:
            self._troubles[key] = said
            self.troubled.emit(key, said)

    def _refreshed(self) -> None:
        self._is_refreshing = False

    def _watch(self) -> None:
        """Look again and again while a run grows; less often where much has happened in it."""
        growing = [len(run.happened) for run in self._runs.values() if run.is_growing]
        if growing:
            self._timer.setInterval(_REFRESH_MS + max(growing))
            if not self._timer.isActive():
                self._timer.start()
        else:
            self._timer.stop()
