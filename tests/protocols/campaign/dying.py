"""Jobs that are killed as the system kills what takes too much memory."""

import multiprocessing
import os
from pathlib import Path


def upper_or_die(job):
    """Return the capitals; of ``dies`` nothing, ever."""
    if job == "dies":
        die()
    return job.upper()


def die_once(job):
    """Die at the first try, which leaves a mark beside the job; return the size of the mark."""
    mark = Path(job)
    if not mark.exists():
        mark.write_text("tried", encoding="utf-8")
        die()
    return mark.stat().st_size


def die():
    """End this process at once; never that of the tests."""
    assert multiprocessing.parent_process() is not None
    os._exit(137)  # what a shell says of SIGKILL; it is there on Windows, too
