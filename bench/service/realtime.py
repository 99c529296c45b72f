"""What lets the scan be on time on a machine that does other things as well."""

from __future__ import annotations

import os
import sys
import threading
from types import MappingProxyType

from bench.messages import Message

SWITCH_INTERVAL = 0.5e-3
"""How long a thread of this program may keep the interpreter while the scan waits for it, s.

Python's own 5 ms is half a scan period; shorter than this, switching itself costs."""
PRIORITY = 20
"""Real-time priority of the scan: above every ordinary program, below the kernel's own threads."""
BESIDE = MappingProxyType({"link ": 10, "gate": 10, "recorder": 10, "beside the scan": 5})
"""How the names of the threads begin that work beside the scan → their real-time priority.

Each holds the interpreter for moments. If an ordinary program interrupted it then, the scan would
wait for that program."""
_LOOK = 50  # scans between two looks for new threads


class Promptness:
    """Has the scan, and what it waits for, be on time as far as the system lets it.

    With `is_realtime` the calling thread goes before all ordinary programs, and the threads beside
    it as soon as they are seen (Linux: ``SCHED_FIFO``, which needs the right to it).
    """

    def __init__(self, *, is_realtime: bool) -> None:
        """Begin with the thread that scans: the one that calls."""
        sys.setswitchinterval(SWITCH_INTERVAL)
        self.told: Message | None = None
        """What to tell the person who asked for it."""
        self._is_granted = False
        self._raised: set[int] = set()
        self._turns = 0
        if is_realtime:
            self.told = self._begin()

    def look(self) -> None:
        """Look after a scan whether there are new threads beside it."""
        if not self._is_granted:
            return
        if self._turns % _LOOK == 0:
            self._raise_threads()
        self._turns += 1

    def _begin(self) -> Message:
        refused = _raised(0, PRIORITY)
        if refused:
            return Message("serve.no-realtime", {"reason": refused})
        self._is_granted = True
        return Message("serve.realtime", {"priority": PRIORITY})

    def _raise_threads(self) -> None:
        seen: set[int] = set()
        for thread in threading.enumerate():
            number = thread.native_id
            priority = next((BESIDE[each] for each in BESIDE if thread.name.startswith(each)), 0)
            if number is None or not priority:
                continue
            seen.add(number)
            if number not in self._raised:
                _raised(number, priority)  # one that has ended meanwhile needs it no more
        self._raised = seen


def _raised(thread: int, priority: int) -> str:
    """Give a thread real-time priority (0: this one); return why not, empty: it has it."""
    if sys.platform != "linux":
        return sys.platform
    try:
        # programs that are started from here, and threads not yet known, are ordinary ones
        policy = os.SCHED_FIFO | os.SCHED_RESET_ON_FORK
        os.sched_setscheduler(thread, policy, os.sched_param(priority))
    except OSError as error:
        return os.strerror(error.errno or 0)
    return ""
