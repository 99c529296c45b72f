"""Works through a list of SDO transfers with one node, one at a time, within a time-out each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.clock import MILLISECOND, NEVER
from bench.errors import BadReply, BenchError, InstrumentError, LinkTimeout
from drivers.canbus.canopen import SDO_REQUEST, Transfer
from drivers.canbus.frame import Frame
from drivers.canbus.port import Send

TIMEOUT = 300 * MILLISECOND
"""How long an answer may take; CiA 301 leaves it to the maker, tens of ms are usual."""


@dataclass(frozen=True)
class Task:
    """One transfer of a list."""

    transfer: Transfer
    """What is read or written."""
    is_required: bool = True
    """Whether the list ends when the node refuses it."""


class Session:
    """One list after another. `error` and `is_running` say how it went."""

    def __init__(self, node: int, send: Send) -> None:
        self.error: BenchError | None = None
        """What ended the list early."""
        self.refusals: list[BenchError] = []
        """What the node refused and could do without."""
        self._id = SDO_REQUEST + node
        self._send = send
        self._tasks: list[Task] = []
        self._deadline = NEVER

    @property
    def is_running(self) -> bool:
        """Whether transfers are left."""
        return bool(self._tasks)

    def begin(self, tasks: Sequence[Task], now: int) -> None:
        """Begin a list in place of what was running."""
        self.error = None
        self.refusals = []
        self._tasks = list(tasks)
        self._next(now)

    def stop(self) -> None:
        """Forget what is left."""
        self._tasks = []
        self._deadline = NEVER

    def receive(self, data: bytes, now: int) -> None:
        """Take an answer of the node."""
        if not self._tasks:
            return
        task = self._tasks[0]
        try:
            request = task.transfer.receive(data)
        except BadReply as error:
            self._put(task.transfer.refusal(), now)
            self._fail(error)
        except InstrumentError as error:
            if task.is_required:
                self._fail(error)
            else:
                self.refusals.append(error)
                self._drop(now)
        else:
            if request is not None:
                self._put(request, now)
            elif task.transfer.value is not None:
                self._drop(now)

    def step(self, now: int) -> int:
        """Give up when the node does not answer; return when that would be (ns)."""
        if self._tasks and now >= self._deadline:
            self._fail(LinkTimeout("canopen.no-answer", object=self._tasks[0].transfer.name))
        return self._deadline

    def _drop(self, now: int) -> None:
        del self._tasks[0]
        self._next(now)

    def _next(self, now: int) -> None:
        if self._tasks:
            self._put(self._tasks[0].transfer.request(), now)
        else:
            self._deadline = NEVER

    def _put(self, data: bytes, now: int) -> None:
        self._deadline = now + TIMEOUT
        self._send(Frame(self._id, data))

    def _fail(self, error: BenchError) -> None:
        self.error = error
        self.stop()
