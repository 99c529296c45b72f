"""Signals that ask to stop: counted while a bench is open, so that nothing is torn apart."""

from __future__ import annotations

import signal
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from types import FrameType

STOPPING_SIGNALS = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")  # as far as the system has them
    if hasattr(signal, name)
)
"""What asks for the safe sequence: Ctrl-C, termination, a terminal that is closed."""
KEYED_SIGNALS = (signal.SIGINT,)
"""What counts for a client, whose end stops nothing: Ctrl-C alone."""


class Interrupts:
    """Counts signals that ask to stop."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Count one."""
        del number, frame
        self.count += 1


@contextmanager
def interrupts_counted(
    signals: Sequence[signal.Signals] = STOPPING_SIGNALS,
) -> Generator[Interrupts]:
    """Count signals that ask to stop instead of raising, while a bench is open."""
    counter = Interrupts()
    if threading.current_thread() is not threading.main_thread():
        yield counter  # signals reach the main thread alone
        return
    heeded = [each for each in signals if not _is_passed_over(each)]
    before = [signal.signal(each, counter) for each in heeded]
    try:
        yield counter
    finally:
        for each, handler in zip(heeded, before, strict=True):
            signal.signal(each, handler)


def _is_passed_over(number: int) -> bool:
    """Return whether a hang-up is to be survived: ``nohup`` says so."""
    is_hang_up = number == getattr(signal, "SIGHUP", None)
    return is_hang_up and signal.getsignal(number) == signal.SIG_IGN
