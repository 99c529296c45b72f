"""The one thread that talks to the bench server; what it hears enters the window's thread joined.

A server that dies is looked for again, for ever; the window never waits for it.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Qt, Signal

from bench.clock import MILLISECOND, SECOND, Clock
from bench.errors import Refused
from bench.messages import Message
from bench.service.client import ANSWER_PATIENCE, Access, LiveBench
from bench.service.keys import key_file
from bench.service.live import Frame, joined
from bench.service.port import BenchState, EventShown, Reply
from bench.service.requests import Begin, Request
from gui.state.session import MOST_EVENTS, Update

APART = 34 * MILLISECOND
"""Shortest time between two updates, ns: at most 30 a second."""
LOOK = 250 * MILLISECOND
"""Longest time between two updates while nothing comes, ns: how long it is silent is news, too."""
SILENCE = 500 * MILLISECOND
"""Time without a word from which a server is silent, ns; it speaks 25 times a second."""
RETRY = 1 * SECOND
"""Time after which a connection is tried again that broke by what came over it, ns."""
BEGIN_PATIENCE = 300 * SECOND
"""How long a run may be checked and prepared before it begins, ns."""
MOST_FRAMES = 500
"""Frames that wait for the window; of more the oldest are joined."""

Answering = Callable[[Reply], None]
"""Takes the answer to a request, in the window's thread."""


@dataclass(frozen=True)
class _Asked:
    request: Request
    answered: Answering | None
    patience: int


@dataclass(frozen=True)
class _Waiting:
    answered: Answering | None
    due: int
    seconds: float


class Waiting:
    """What the window has not seen yet; one thread adds, another takes."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._turn = threading.Lock()
        self._newest: Update | None = None
        self._events: deque[EventShown] = deque(maxlen=MOST_EVENTS)
        self._frames: list[Frame] = []
        self._is_called = False

    def add(self, newest: Update, events: Iterable[EventShown], frames: Sequence[Frame]) -> None:
        """Add what has come."""
        with self._turn:
            self._newest = newest
            self._events.extend(events)
            self._frames.extend(frames)
            while len(self._frames) > MOST_FRAMES:
                self._frames[:2] = [joined(self._frames[0], self._frames[1])]

    def call(self) -> bool:
        """Return whether the window is to be called: something waits, and it was not called yet."""
        with self._turn:
            is_due = self._newest is not None and not self._is_called
            self._is_called |= is_due
        return is_due

    def take(self) -> Update | None:
        """Return all that waits as one update; None: nothing does."""
        with self._turn:
            newest, self._newest = self._newest, None
            self._is_called = False
            events, frames = tuple(self._events), tuple(self._frames)
            self._events.clear()
            self._frames.clear()
        return None if newest is None else replace(newest, events=events, frames=frames)


class BenchLink(QObject):
    """Tells what a bench server says, and asks it; signals come in the window's thread.

    Args:
        access: Which server, and what lets us in.
        clock: Real time.
        parent: Whose child it is.
    """

    updated = Signal(object)
    """An `Update`: all that has come since the last one."""
    said = Signal(object)
    """A `Message`: why there is no talking to a server that is there."""
    _came = Signal()
    _answered = Signal(object, object)

    def __init__(self, access: Access, clock: Clock, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._access = access
        self._clock = clock
        self._waiting = Waiting()
        self._asked: deque[_Asked] = deque()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="bench link", daemon=True)
        self._under_way: dict[int, _Waiting] = {}
        self._bench = BenchState()
        self._heard = self._told = clock.now()
        self._was_connected = False
        self._complaint: Message | None = None
        self._refused: int | None = None
        self._came.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._answered.connect(self._answer, Qt.ConnectionType.QueuedConnection)

    def start(self) -> None:
        """Begin to look for the server."""
        self._thread.start()

    def close(self) -> None:
        """Leave the server, and end the thread; what is under way is not answered any more."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()

    def ask(
        self, request: Request, answered: Answering | None = None, patience: int | None = None
    ) -> None:
        """Ask for something; requests arrive in their order.

        Args:
            request: What is asked.
            answered: Called with the answer; also with a refusal where none comes in time.
            patience: How long it may take, ns; None: as long as such a request takes.
        """
        usual = BEGIN_PATIENCE if isinstance(request, Begin) else ANSWER_PATIENCE
        self._asked.append(_Asked(request, answered, usual if patience is None else patience))

    def _deliver(self) -> None:
        update = self._waiting.take()
        if update is not None and not self._closing.is_set():
            self.updated.emit(update)

    def _answer(self, answered: Answering, reply: Reply) -> None:
        if not self._closing.is_set():
            answered(reply)

    # -- from here on: the thread of the link

    def _run(self) -> None:
        try:
            while not self._closing.is_set():
                self._attend()
        finally:
            if not self._closing.is_set():  # an error of ours: nothing comes any more
                self._break_off(Message("gate.lost", {"rig": self._access.rig}))

    def _attend(self) -> None:
        """Talk to the server until the window closes, or what comes cannot be read."""
        try:
            with LiveBench(self._access, self._clock) as bench:
                self._talk(bench)
        except Refused as error:  # what came is no message of ours, or there are no keys
            self._break_off(error.message)
            self._clock.wait_until(self._clock.now() + RETRY, self._closing)

    def _break_off(self, reason: Message) -> None:
        self._complain(reason)
        self._give_up(reason)
        self._tell((), (), is_connected=False)

    def _talk(self, bench: LiveBench) -> None:
        while not self._closing.is_set():
            bench.step()
            events, frames, state = bench.events(), bench.frames(), bench.state()
            is_connected = bench.is_connected
            if is_connected and (events or frames or state is not self._bench):
                self._heard, self._bench = self._clock.now(), state
                self._complaint = None
            self._doubt(bench)
            self._converse(bench)
            self._tell(events, frames, is_connected=is_connected)

    def _doubt(self, bench: LiveBench) -> None:
        """Complain of other keys, once two connections in turn were refused.

        A server that dies while it greets looks, that one time, as if it held other keys.
        """
        if bench.is_connected:
            self._refused = None
        elif bench.is_refused and self._refused is None:
            self._refused = self._clock.now()
        elif bench.is_refused and self._clock.now() - (self._refused or 0) > RETRY // 2:
            rig = "" if bench.server is None else bench.server.rig
            self._complain(Message("gate.key-refused", {"rig": rig, "path": key_file()}))

    def _converse(self, bench: LiveBench) -> None:
        """Send what is asked, and pass on what is answered."""
        for number, reply in bench.answers().items():
            waiting = self._under_way.pop(number, None)
            if waiting is not None:
                self._reply(waiting.answered, reply)
        if self._was_connected and not bench.is_connected:
            rig = "" if bench.server is None else bench.server.rig
            self._give_up(Message("gate.lost", {"rig": rig}))
        for _ in range(len(self._asked)):
            self._post(bench, self._asked.popleft())
        now = self._clock.now()
        for number, waiting in list(self._under_way.items()):
            if now >= waiting.due:
                del self._under_way[number]
                told = {"rig": self._bench.rig, "seconds": waiting.seconds}
                self._reply(waiting.answered, _no(Message("gate.no-answer", told)))

    def _post(self, bench: LiveBench, asked: _Asked) -> None:
        try:
            number = bench.post(asked.request)
        except Refused as error:
            self._reply(asked.answered, _no(error.message))
            return
        due = self._clock.now() + asked.patience
        self._under_way[number] = _Waiting(asked.answered, due, asked.patience / SECOND)

    def _give_up(self, reason: Message) -> None:
        """Refuse all that is under way."""
        for waiting in self._under_way.values():
            self._reply(waiting.answered, _no(reason))
        self._under_way.clear()

    def _reply(self, answered: Answering | None, reply: Reply) -> None:
        if answered is not None:
            self._answered.emit(answered, reply)

    def _tell(
        self, events: Sequence[EventShown], frames: Sequence[Frame], *, is_connected: bool
    ) -> None:
        """Tell the window what has come, not too often; and that nothing comes."""
        now = self._clock.now()
        is_news = bool(events or frames) or is_connected is not self._was_connected
        if not is_news and now - self._told < (APART if self._heard > self._told else LOOK):
            return
        silent = now - self._heard
        silent_for = silent / SECOND if silent >= SILENCE or not is_connected else 0.0
        bench = replace(self._bench, silent_for=silent_for) if silent_for else self._bench
        self._was_connected = is_connected
        update = Update(bench, is_connected=is_connected, silent_for=silent_for)
        self._waiting.add(update, events, frames)
        if now - self._told >= APART or not is_connected:
            self._told = now
            if self._waiting.call():
                self._came.emit()

    def _complain(self, message: Message) -> None:
        if message != self._complaint:
            self._complaint = message
            self.said.emit(message)


def _no(reason: Message) -> Reply:
    return Reply(is_accepted=False, reason=reason)
