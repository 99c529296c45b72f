"""Where the bench servers of a user are: one lock and one small file per rig.

They lie in the user's state folder: a runtime folder is emptied when the user logs out, and a
server stays.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import platformdirs

from bench.errors import Refused, RunFileError
from bench.record.disk.locks import Purpose, RunLock, holder
from bench.record.disk.storage import reason
from bench.service.sockets import Ports

FOLDER_VARIABLE = "H2BENCH_SERVERS"
"""Environment variable that names another folder for addresses and locks."""
_PATTERN = "server-*.json"
_MOST_PORT = 65_535
_LONGEST_NAME = 200  # file systems allow 255 bytes


def address_folder(folder: Path | None = None) -> Path:
    """Return where the addresses lie: in a folder, else in the user's state folder."""
    if folder is not None:
        return folder
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named) if named else platformdirs.user_state_path("h2bench", appauthor=False)


class ServerLock:
    """One server per rig and user; a context manager. The system frees it when a server dies."""

    def __init__(self, rig: str, folder: Path | None = None) -> None:
        """Take the lock.

        Raises:
            Refused: a server of this rig runs, or the lock file cannot be made.
        """
        path = _path(rig, folder)
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = RunLock(path)
        except OSError as error:
            raise Refused("gate.no-lock", path=path, reason=reason(error)) from error
        except RunFileError as error:
            if error.message.id == "record.being-changed":
                raise Refused("gate.server-runs", rig=rig, pid=_pid(path)) from error
            raise Refused(error.message.id, **error.message.arguments) from error

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
        """Let the next server have it; again: does nothing."""
        self._lock.release()


@dataclass(frozen=True)
class ServerFile:
    """Where a server listens."""

    rig: str
    """Name of its rig."""
    pid: int
    """Process."""
    ports: Ports
    """On 127.0.0.1."""
    started_utc_ns: int
    """Since when."""

    def write(self, folder: Path | None = None) -> None:
        """Tell where the server is; whoever reads sees the old file or the new one.

        Raises:
            Refused: the file cannot be written.
        """
        path = _path(self.rig, folder)
        written = path.with_name(f"{path.name}.{os.getpid()}")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            written.write_text(json.dumps(asdict(self)), encoding="utf-8")
            written.replace(path)
        except OSError as error:
            with suppress(OSError):
                written.unlink(missing_ok=True)
            raise Refused("gate.no-address", path=path, reason=reason(error)) from error

    def remove(self, folder: Path | None = None) -> None:
        """Take the address back; what another server wrote stays."""
        path = _path(self.rig, folder)
        if _read(path) == self:
            _forget(path)


def find(rig: str, folder: Path | None = None) -> ServerFile | None:
    """Return where the server of a rig is; None: none runs."""
    return _living(_path(rig, folder))


def running(folder: Path | None = None) -> tuple[ServerFile, ...]:
    """Return where all servers of the user are, by rig."""
    paths = sorted(address_folder(folder).glob(_PATTERN))
    return tuple(found for path in paths if (found := _living(path)) is not None)


def find_only(folder: Path | None = None) -> ServerFile:
    """Return where the one server of the user is.

    Raises:
        Refused: none runs, or more than one.
    """
    match running(folder):
        case (only,):
            return only
        case ():
            raise Refused("gate.none-runs")
        case several:
            raise Refused("gate.several-run", rigs=", ".join(each.rig for each in several))


def _path(rig: str, folder: Path | None) -> Path:
    return address_folder(folder) / f"server-{quote(rig, safe='')[:_LONGEST_NAME]}.json"


def _living(path: Path) -> ServerFile | None:
    """Return what a file says; a file whose server is gone is removed."""
    if not path.exists():
        return None
    try:
        with RunLock(path, patience=0.0):  # a server that starts meanwhile waits for it
            _forget(path)
    except RunFileError:
        return _read(path)
    return None


def _forget(path: Path) -> None:
    with suppress(OSError):  # Windows, while somebody reads it: the next who looks removes it
        path.unlink(missing_ok=True)


def _read(path: Path) -> ServerFile | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    match found:
        case {
            "rig": str(rig),
            "pid": int(pid),
            "ports": {"requests": int(requests), "news": int(news)},
            "started_utc_ns": int(started),
        } if 0 < requests <= _MOST_PORT and 0 < news <= _MOST_PORT:
            return ServerFile(rig, pid, Ports(requests, news), started)
        case _:
            return None


def _pid(path: Path) -> object:
    known = holder(path, Purpose.CHANGING)
    if known is not None:
        return known.pid
    address = _read(path)  # Windows: nobody reads a locked file
    return "?" if address is None else address.pid
