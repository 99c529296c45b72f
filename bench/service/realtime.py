"""What lets the scan be on time on a machine that does other things as well."""

from __future__ import annotations

import os
import sys

from bench.messages import Message

SWITCH_INTERVAL = 0.5e-3
"""How long a thread of this program may keep the interpreter while the scan waits for it, s.

Python's own 5 ms is half a scan period; shorter than this, switching itself costs."""
PRIORITY = 20
"""Real-time priority of the scan: above every ordinary program, below the kernel's own threads."""


def run_promptly(*, is_realtime: bool) -> list[Message]:
    """Have this thread be on time as far as the system lets it; return what to tell.

    With `is_realtime` the scan's thread, and none that it starts, goes before all ordinary
    programs (Linux: ``SCHED_FIFO``, which needs the right to it).
    """
    sys.setswitchinterval(SWITCH_INTERVAL)
    if not is_realtime:
        return []
    if sys.platform != "linux":
        return [Message("serve.no-realtime", {"reason": sys.platform})]
    try:
        # threads and programs that are started from here are ordinary ones again
        policy = os.SCHED_FIFO | os.SCHED_RESET_ON_FORK
        os.sched_setscheduler(0, policy, os.sched_param(PRIORITY))
    except OSError as error:
        return [Message("serve.no-realtime", {"reason": os.strerror(error.errno or 0)})]
    return [Message("serve.realtime", {"priority": PRIORITY})]
