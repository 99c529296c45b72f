"""Takes notices from the scan and sends them from a thread of its own, one per address."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from bench.clock import SECOND, Clock
from bench.messages import Message
from bench.notices.notice import Notice
from bench.notices.outbox import Outbox
from bench.notices.sending import send
from bench.notices.settings import Subscription

MOST_TAKEN = 256
"""Notices that wait for the thread; more are counted."""
LAST_SECONDS = 10.0
"""Time a delivery may take when the server ends, s."""
IDLE = 60 * SECOND

Send = Callable[[str, str, str, float], Message | None]
"""Address, subject, text, longest time (s) → why it could not be delivered."""
Tell = Callable[[str, str, Message], None]
"""Takes level, source and what happened; from any thread."""


def _send(url: str, title: str, body: str, seconds: float) -> Message | None:
    return send(url, title, body, seconds=seconds)


class Courier:
    """Sends to one address; `take` never waits."""

    def __init__(
        self,
        subscription: Subscription,
        rig: str,
        *,
        clock: Clock,
        tell: Tell,
        send: Send = _send,
        seconds: float = 45.0,
    ) -> None:
        """Prepare; nothing is sent before `start`.

        Args:
            subscription: Who is told of what.
            rig: Rig.
            clock: Time.
            tell: Takes that it does not work, once, and that it works again.
            send: Delivers one letter.
            seconds: How long that may take.
        """
        self.name = subscription.name
        self._outbox = Outbox(subscription, rig)
        self._clock = clock
        self._tell = tell
        self._send = send
        self._seconds = seconds
        self._taken: deque[tuple[int, Notice]] = deque(maxlen=MOST_TAKEN)
        self._wake = threading.Event()
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._work, name="notices", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def take(self, notice: Notice) -> None:
        """Take something to tell; where too much waits, the oldest is lost."""
        self._taken.append((self._clock.now(), notice))
        self._wake.set()

    def ask_to_end(self) -> None:
        """Begin to end; never waits."""
        self._ends.set()
        self._wake.set()

    def stop(self) -> None:
        """Send what waits, once each, for a bounded time; then no more."""
        self.ask_to_end()
        if self._thread.is_alive():
            self._thread.join(2 * LAST_SECONDS)

    def turn(self, *, is_last: bool = False) -> int:
        """Send at most one letter; return when to be called again, ns."""
        while self._taken:
            at, notice = self._taken.popleft()
            self._outbox.take(notice, at)
        letter = self._outbox.due(self._clock.now(), is_last=is_last)
        if letter is not None:
            given, language = self._outbox.subscription, self._outbox.subscription.language
            seconds = min(self._seconds, LAST_SECONDS) if is_last else self._seconds
            why = self._send(given.url, letter.title(language), letter.body(language), seconds)
            if why is None:
                self._delivered(self._outbox.sent(letter))
            else:
                self._outbox.failed(letter, self._clock.now())
                self._not_delivered(why)
        now = self._clock.now()
        return min(self._outbox.next_due(now), now + IDLE)

    def _delivered(self, failures: int) -> None:
        if failures:
            about = {"to": self.name, "count": failures, "lost": self._outbox.given_up}
            self._tell("info", "notices", Message("notice.works-again", about))

    def _not_delivered(self, why: Message) -> None:
        if self._outbox.failures == 1:
            about = {"to": self.name, "reason": why}
            self._tell("warning", "notices", Message("notice.failed", about))

    def _work(self) -> None:
        due = self._clock.now()
        while not self._ends.is_set():
            self._clock.wait_until(due, self._wake)
            self._wake.clear()
            due = self.turn()
        end = self._clock.now() + round(LAST_SECONDS * SECOND)
        while self._clock.now() < end and self.turn(is_last=True) <= self._clock.now():
            if self._outbox.failures:
                break
