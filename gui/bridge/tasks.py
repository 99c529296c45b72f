"""Long work off the window's thread, with progress and cancel."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import Any, Protocol, TypeVar

from PySide6.QtCore import QObject, Qt, Signal

from bench.errors import BenchError
from bench.messages import Message

T = TypeVar("T")
_WORKERS = 3


class Cancelled(Exception):
    """The work is not wanted any more."""


class Progress(Protocol):
    """How work says how far it is, and learns that it is not wanted any more."""

    @property
    def is_cancelled(self) -> bool:
        """Whether it is to end."""
        ...

    def check(self) -> None:
        """Go on.

        Raises:
            Cancelled: it is to end.
        """
        ...

    def tell(self, share: float, what: Message | None = None) -> None:
        """Say which share (0 to 1; nan: unknown) is done, and what is being done."""
        ...


class Task(QObject):
    """One piece of work under way; its signals come in the window's thread."""

    progressed = Signal(float, object)
    """Share done (nan: unknown), and a `Message` or None."""
    ended = Signal()
    """It is over, however."""
    finished = Signal(object)
    """Its `Future`, once it is over; for `Tasks`."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._cancel = Event()

    @property
    def is_cancelled(self) -> bool:
        """Whether it is to end."""
        return self._cancel.is_set()

    def cancel(self) -> None:
        """Have it end; its result is not told any more."""
        self._cancel.set()

    def check(self) -> None:
        """Go on.

        Raises:
            Cancelled: it is to end.
        """
        if self._cancel.is_set():
            raise Cancelled

    def tell(self, share: float, what: Message | None = None) -> None:
        """Say which share is done, and what is being done; from the thread of the work."""
        self.progressed.emit(share, what)


class Tasks(QObject):
    """Does long work in threads of its own.

    What fails by an error of ours (`BenchError`) is told as its sentence; anything else is raised
    in the window's thread, as if the work had been done there.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(_WORKERS, "task")
        self._running: set[Task] = set()

    def start(
        self,
        work: Callable[[Progress], T],
        done: Callable[[T], None],
        failed: Callable[[Message], None],
    ) -> Task:
        """Begin work; `done` or `failed` is called in the window's thread, unless cancelled."""
        task = Task(self)
        self._running.add(task)

        def over(future: Future[T]) -> None:
            self._running.discard(task)
            task.ended.emit()
            task.deleteLater()
            error = None if future.cancelled() else future.exception()
            if task.is_cancelled or future.cancelled() or isinstance(error, Cancelled):
                return
            if isinstance(error, BenchError):
                failed(error.message)
            elif error is not None:
                raise error
            else:
                done(future.result())

        task.finished.connect(over, Qt.ConnectionType.QueuedConnection)
        future: Future[Any] = self._pool.submit(work, task)
        future.add_done_callback(task.finished.emit)
        return task

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way."""
        return not self._running

    def close(self) -> None:
        """Cancel what is under way and wait until it has ended."""
        for task in self._running:
            task.cancel()
        self._pool.shutdown(wait=True, cancel_futures=True)
