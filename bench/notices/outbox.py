"""What goes out to one address, and when: pure, time is given.

The same thing goes out at most once in ten minutes, then with how often it came. What is not
urgent and too much becomes one digest. What could not be sent is tried again, ever more rarely.
"""

from __future__ import annotations

from collections import deque

from bench.clock import NEVER, SECOND
from bench.notices.letter import Letter
from bench.notices.notice import URGENT, Notice
from bench.notices.settings import Subscription

QUIET = 600 * SECOND
"""Shortest time between two letters of the same thing, and between two digests."""
MOST_SINGLE = 5
"""Letters within `QUIET` that are not urgent; more become a digest."""
GATHER = 60 * SECOND
"""How long a digest waits for more."""
FIRST_RETRY = 30 * SECOND
LONGEST_RETRY = 1800 * SECOND
TOO_OLD = 24 * 3600 * SECOND
"""Age at which a letter that cannot be sent is given up."""
MOST_WAITING = 50
"""Letters that may wait; then those that are not urgent are given up, the oldest first."""
MOST_GATHERED = 500
"""Notices a digest keeps; of more it keeps the number."""
_MOST_KEYS = 2000


class Outbox:
    """The letters to one address."""

    def __init__(self, subscription: Subscription, rig: str) -> None:
        self.subscription = subscription
        self.given_up = 0
        """Letters that were never sent."""
        self.failures = 0
        """Attempts that failed since one succeeded."""
        self._rig = rig
        self._last: dict[str, int] = {}
        self._repeated: dict[str, tuple[Notice, int]] = {}
        self._single: deque[int] = deque()
        self._gathered: list[Notice] = []
        self._omitted = 0
        self._digest_due = NEVER
        self._last_digest = -QUIET
        self._waiting: list[Letter] = []
        self._retry_at = 0

    def take(self, notice: Notice, now: int) -> None:
        """Take something that has happened, if this address wants to know."""
        if not self.subscription.wants(notice):
            return
        self._tick(now)
        last = self._last.get(notice.key)
        if last is not None and now - last < QUIET:
            _, count = self._repeated.get(notice.key, (notice, 0))
            self._repeated[notice.key] = notice, count + 1
        else:
            self._accept(notice, now, 0)

    def due(self, now: int, *, is_last: bool = False) -> Letter | None:
        """Return the letter to send now; None: none.

        Args:
            now: Time.
            is_last: Whether there is no later: nothing waits for more, or for another attempt.
        """
        self._tick(now)
        if is_last and self._gathered:
            self._digest(now)
        if self._waiting and (is_last or now >= self._retry_at):
            return min(self._waiting, key=_rank)
        return None

    def next_due(self, now: int) -> int:
        """Return when to look again, ns."""
        repeats = (self._last[key] + QUIET for key in self._repeated)
        letters = max(self._retry_at, now) if self._waiting else NEVER
        return min(letters, self._digest_due, *repeats, NEVER)

    def sent(self, letter: Letter) -> int:
        """Take that a letter is delivered; return how many attempts had failed before."""
        if letter in self._waiting:
            self._waiting.remove(letter)
        failures, self.failures, self._retry_at = self.failures, 0, 0
        return failures

    def failed(self, letter: Letter, now: int) -> None:
        """Take that a letter could not be delivered; what is too old is given up."""
        self.failures += 1
        pause = min(FIRST_RETRY * 2 ** min(self.failures - 1, 20), LONGEST_RETRY)
        self._retry_at = now + pause
        if now - letter.made_ns >= TOO_OLD and letter in self._waiting:
            self._waiting.remove(letter)
            self.given_up += 1

    def _tick(self, now: int) -> None:
        over = [key for key in self._repeated if now - self._last[key] >= QUIET]
        for key in over:
            notice, count = self._repeated.pop(key)
            self._accept(notice, now, count - 1)
        if now >= self._digest_due:
            self._digest(now)

    def _accept(self, notice: Notice, now: int, repeats: int) -> None:
        self._remember(notice.key, now)
        while self._single and now - self._single[0] >= QUIET:
            self._single.popleft()
        if notice.topic in URGENT:
            self._put(Letter(self._rig, (notice,), now, repeats))
        elif len(self._single) < MOST_SINGLE:
            self._single.append(now)
            self._put(Letter(self._rig, (notice,), now, repeats))
        elif len(self._gathered) < MOST_GATHERED:
            self._gathered.append(notice)
            self._digest_due = min(self._digest_due, max(now + GATHER, self._last_digest + QUIET))
        else:
            self._omitted += 1

    def _remember(self, key: str, now: int) -> None:
        self._last[key] = now
        if len(self._last) > _MOST_KEYS:
            self._last = {
                each: at
                for each, at in self._last.items()
                if now - at < QUIET or each in self._repeated
            }

    def _digest(self, now: int) -> None:
        self._put(Letter(self._rig, tuple(self._gathered), now, omitted=self._omitted))
        self._gathered.clear()
        self._omitted, self._digest_due, self._last_digest = 0, NEVER, now

    def _put(self, letter: Letter) -> None:
        self._waiting.append(letter)
        if len(self._waiting) > MOST_WAITING:
            idle = next((each for each in self._waiting if not each.is_urgent), self._waiting[0])
            self._waiting.remove(idle)
            self.given_up += 1


def _rank(letter: Letter) -> tuple[bool, int, int]:
    """Return the key that sorts letters: stops and trips, then by priority, then the oldest."""
    priority = min(int(each.priority) for each in letter.notices)
    return not letter.is_urgent, priority, letter.made_ns
