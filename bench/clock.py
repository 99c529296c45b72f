"""Time as a parameter: the system's on a bench, virtual time in simulation.

Times are integers in nanoseconds: ``now()`` on a monotonic scale without meaning of its own,
``utc()`` since 1970-01-01T00:00:00Z. Nothing else in h2bench asks the operating system for the
time or sleeps.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from typing import Protocol

SECOND = 1_000_000_000
"""Nanoseconds in a second."""
MILLISECOND = 1_000_000
"""Nanoseconds in a millisecond."""
NEVER = 2**63 - 1
"""A due time that does not come."""

VIRTUAL_EPOCH = 1_767_225_600 * SECOND
"""Where virtual time begins: 2026-01-01T00:00:00Z, so that equal runs have equal bytes."""


def iso_date(utc_ns: int) -> str:
    """Return the day (UTC) of a time in ns since 1970 as ISO 8601 writes it: ``2026-01-31``."""
    return datetime.fromtimestamp(utc_ns // SECOND, UTC).date().isoformat()


class Clock(Protocol):
    """What tells the time, and waits."""

    def now(self) -> int:
        """Return the monotonic time in ns."""
        ...

    def utc(self) -> int:
        """Return the time in ns since 1970-01-01T00:00:00Z."""
        ...

    def wait_until(self, due: int, wake: threading.Event | None = None) -> None:
        """Return at ``due``, or sooner when ``wake`` is set."""
        ...


class SystemClock:
    """The machine's time (`perf_counter_ns`: Windows' `monotonic` ticks at 15.6 ms)."""

    def now(self) -> int:
        """Return the monotonic time in ns."""
        return time.perf_counter_ns()

    def utc(self) -> int:
        """Return the time in ns since 1970-01-01T00:00:00Z."""
        return time.time_ns()

    def wait_until(self, due: int, wake: threading.Event | None = None) -> None:
        """Return at ``due``, or sooner when ``wake`` is set."""
        remaining = (due - time.perf_counter_ns()) / SECOND
        if remaining <= 0:
            return
        if wake is None:
            time.sleep(remaining)
        else:
            wake.wait(min(remaining, threading.TIMEOUT_MAX))


class WireClock:
    """Virtual time on the wires: it stands still while the bench's time leaps."""

    def __init__(self, epoch: int = VIRTUAL_EPOCH) -> None:
        self.leapt = 0
        """By how much the bench's time is ahead, ns."""
        self._epoch = epoch
        self._now = 0

    def now(self) -> int:
        """Return the time on the wires in ns since the clock was made."""
        return self._now

    def utc(self) -> int:
        """Return the bench's time in ns since 1970-01-01T00:00:00Z."""
        return self._epoch + self._now + self.leapt

    def wait_until(self, due: int, wake: threading.Event | None = None) -> None:  # noqa: ARG002 - nobody else runs who could wake us
        """Move to ``due`` at once; time never runs backwards."""
        self._now = max(self._now, due)


class VirtualClock:
    """Time that moves only when it is told to; one thread owns it.

    It has two scales: its own, which may leap, and that of the wires, which knows no leap.
    """

    def __init__(self, epoch: int = VIRTUAL_EPOCH) -> None:
        self.wires = WireClock(epoch)
        """The time of drivers, instruments and their twins."""

    @property
    def leapt(self) -> int:
        """By how much it is ahead of the time on the wires, ns."""
        return self.wires.leapt

    def now(self) -> int:
        """Return the virtual time in ns since the clock was made."""
        return self.wires.now() + self.wires.leapt

    def utc(self) -> int:
        """Return the virtual time in ns since 1970-01-01T00:00:00Z."""
        return self.wires.utc()

    def wait_until(self, due: int, wake: threading.Event | None = None) -> None:  # noqa: ARG002 - nobody else runs who could wake us
        """Move to ``due`` at once, on both scales; time never runs backwards."""
        self.wires.wait_until(due - self.wires.leapt)

    def leap(self, ns: int) -> None:
        """Move on by so many ns while the time on the wires stands still.

        Raises:
            ValueError: backwards.
        """
        if ns < 0:
            raise ValueError(ns)
        self.wires.leapt += ns
