"""Who may write a run file: one sealer or recovery, and one recorder, each known by a lock file.

``NAME.h5.lock`` is held by whoever changes the file, ``NAME.h5.recording`` by the program whose
run it is. The system frees both when a program ends, however it ends.
"""

from __future__ import annotations

import errno
import json
import os
import platform
import sys
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout

from bench.errors import RunFileError
from bench.messages import Message
from bench.record.disk.storage import reason

_PATIENCE = 1.0
"""How long to wait for a lock, s: `held` takes one for a moment to see whether it can."""
_READ_ONLY = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})


class Purpose(Enum):
    """What a lock is for."""

    CHANGING = ".lock"
    """Writing into the file: the sealer, recovery, results."""
    RECORDING = ".recording"
    """The run goes on: the recorder."""


@dataclass(frozen=True)
class Holder:
    """Who holds a lock."""

    pid: int
    """Process."""
    host: str
    """Machine."""


def lock_path(path: Path, purpose: Purpose) -> Path:
    """Return the lock file of a run file (of a run in parts: the first)."""
    return path.with_name(path.name + purpose.value)


class RunLock:
    """A lock on a run file; a context manager.

    Args:
        path: the run file; of a run in parts, the first.
        purpose: what it is for.
        patience: how long to wait for it, s.

    Raises:
        RunFileError: somebody else holds it, or the lock file cannot be made.
    """

    def __init__(
        self, path: Path, purpose: Purpose = Purpose.CHANGING, *, patience: float = _PATIENCE
    ) -> None:
        self._file = lock_path(path, purpose)
        self._lock = FileLock(self._file, timeout=patience, thread_local=False)
        try:
            self._lock.acquire()
        except Timeout as error:
            raise RunFileError(_HELD[purpose], path=path, holder=_told(self._file)) from error
        except OSError as error:
            raise RunFileError("record.no-lock", path=self._file, reason=reason(error)) from error
        with suppress(OSError):  # Windows lets nobody write into a locked file
            self._file.write_text(json.dumps({"pid": os.getpid(), "host": platform.node()}))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.release()

    def release(self) -> None:
        """Free the lock and remove its file; again: does nothing."""
        if not self._lock.is_locked:
            return
        if sys.platform != "win32":
            self._remove()  # while it is held: nobody else's file can stand under the name
        self._lock.release()
        if sys.platform == "win32":
            self._remove()  # only now possible, and refused where somebody has it open

    def _remove(self) -> None:
        with suppress(OSError):
            self._file.unlink(missing_ok=True)


def held(path: Path, purpose: Purpose = Purpose.RECORDING) -> bool:
    """Return whether somebody holds a lock.

    Where the folder cannot be written, it cannot be tried. Then it is held if the process that
    the lock file names lives on this machine: a copy on a read-only medium has the file as well.
    """
    file = lock_path(path, purpose)
    if not file.exists():
        return False
    lock = FileLock(file, timeout=0, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        return True
    except OSError as error:
        return error.errno not in _READ_ONLY or _may_live(holder(path, purpose))
    lock.release()
    return False


def holder(path: Path, purpose: Purpose = Purpose.RECORDING) -> Holder | None:
    """Return who holds a lock, where the lock file says so."""
    try:
        found = json.loads(lock_path(path, purpose).read_text())
    except (OSError, ValueError):
        return None
    match found:
        case {"pid": int(pid), "host": str(host)}:
            return Holder(pid, host)
        case _:
            return None


def _may_live(known: Holder | None) -> bool:
    """Return whether a holder's process lives here; Windows has no harmless way to ask: True."""
    if sys.platform == "win32":
        return True
    if known is None or known.host != platform.node() or known.pid < 1:
        return False
    try:
        os.kill(known.pid, 0)  # signal 0 only asks
    except PermissionError:
        return True  # it lives, and is somebody else's
    except (OSError, OverflowError):
        return False
    return True


def _told(file: Path) -> Message:
    path = file.with_name(file.stem)
    known = holder(path, Purpose(file.suffix))
    if known is None:
        return Message("record.holder-unknown")
    return Message("record.holder", {"pid": known.pid, "host": known.host})


_HELD = {
    Purpose.CHANGING: "record.being-changed",
    Purpose.RECORDING: "record.being-recorded",
}
