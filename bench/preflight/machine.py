"""What the operating system says of disk and clock; the one door of the checks to it."""

from __future__ import annotations

import ctypes
import math
import shutil
import sys
from pathlib import Path

_BYTES = 256
"""More than a ``struct timex`` takes (208 on Linux with 64 bits)."""
_STATUS = 40
"""Where its status stands: behind modes, offset, freq, maxerror and esterror (adjtimex(2))."""
_UNSYNCHRONISED = 0x40  # STA_UNSYNC
_ERROR = 5  # TIME_ERROR


def free_bytes(folder: Path) -> float:
    """Return the free bytes where a folder is or is going to be; nan: not known."""
    existing = next((each for each in (folder, *folder.parents) if each.exists()), None)
    if existing is None:
        return math.nan
    try:
        return float(shutil.disk_usage(existing).free)
    except OSError:
        return math.nan


def is_clock_synchronised() -> bool | None:
    """Return whether the machine's clock follows a reference; None: the system does not say.

    Linux: the kernel's own state (adjtimex(2)), which whatever synchronises it keeps.
    """
    if sys.platform != "linux" or ctypes.sizeof(ctypes.c_void_p) != 8:
        return None
    buffer = ctypes.create_string_buffer(_BYTES)  # zeros: nothing is set
    adjtimex = getattr(ctypes.CDLL(None), "adjtimex", None)
    state = -1 if adjtimex is None else int(adjtimex(buffer))
    if state < 0:
        return None
    status = int.from_bytes(buffer.raw[_STATUS : _STATUS + 4], sys.byteorder)
    return state != _ERROR and not status & _UNSYNCHRONISED
