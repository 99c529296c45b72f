"""Work beside the scan, and what follows from it between two scans."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import TypeVar

T = TypeVar("T")


class Errands:
    """Sends work to other threads; what becomes of it is taken up by the thread that looks."""

    def __init__(self, beside: Executor) -> None:
        """Take who does the work; it is not shut down here."""
        self._beside = beside
        self._sent: list[Callable[[], bool]] = []

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way."""
        return not self._sent

    def send(
        self,
        work: Callable[[], T],
        then: Callable[[T], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        """Have work done; `then` takes what it returned, `failed` what it raised."""
        future = self._beside.submit(work)
        self._sent.append(lambda: _is_settled(future, then, failed))

    def look(self) -> None:
        """Take up what is done; never waits."""
        if self._sent:
            sent, self._sent = self._sent, []  # what follows may send more
            self._sent = [each for each in sent if not each()] + self._sent


def _is_settled(
    future: Future[T], then: Callable[[T], None], failed: Callable[[BaseException], None]
) -> bool:
    """Take up what became of work that is done; return whether it is."""
    if not future.done():
        return False
    error = future.exception()
    if error is None:
        then(future.result())
    else:
        failed(error)
    return True
