"""How long links take, on machines that are busy with other things."""

from __future__ import annotations

from collections.abc import Callable

from bench.clock import MILLISECOND, SECOND, SystemClock

CLOCK = SystemClock()


def wait(holds: Callable[[], object], seconds: float = 60.0) -> float:
    """Return how long it took to come true, s; a pass counts 5 ms at most.

    A machine that is stopped or busy elsewhere is no fault of a link: only passes count.
    """
    end, taken, last = CLOCK.now() + round(seconds * SECOND), 0, CLOCK.now()
    while not holds():
        now = CLOCK.now()
        assert now < end
        taken, last = taken + min(now - last, 5 * MILLISECOND), now
        CLOCK.wait_until(now + MILLISECOND)
    return taken / SECOND
