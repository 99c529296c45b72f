"""Programs of ours in processes of their own: bench servers that outlive the app, rehearsals."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from typing import Any, cast

from bench.clock import MILLISECOND, SECOND, Clock, SystemClock
from bench.errors import Refused
from bench.exits import Exit
from bench.record.disk.storage import reason
from bench.service.address import ServerFile, address_folder, find, running
from bench.service.tempo import FASTEST
from gui.bridge.tasks import Progress

PATIENCE = 90 * SECOND
"""How long a server may take until it can be reached, ns."""
LOOK = 100 * MILLISECOND
"""Time between two looks at a child, ns."""
KEPT_REHEARSALS = 5
"""Rehearsals whose run files are kept; older ones go when the next begins."""
_FAREWELL = 10.0  # how long a child may take to end once it is told to, s
_LAST_LINES = 12
_GROUP = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
_ENDING = getattr(signal, "CTRL_BREAK_EVENT", signal.SIGTERM)  # Windows knows no SIGTERM to others
_COMPLETE = frozenset(Exit) - {Exit.USAGE, Exit.REFUSED, Exit.INTERNAL}


@dataclass(frozen=True)
class Rehearsal:
    """A rehearsal that has ended."""

    path: Path
    """Its run file."""
    exit: int
    """`Exit`: how it ended and what it showed."""
    results: Mapping[str, Any]
    """What it showed, as ``run --json`` prints it."""


def start_server(
    rig: str,
    folder: Path,
    *,
    is_simulated: bool,
    speed: float,
    progress: Progress,
    clock: Clock | None = None,
) -> ServerFile:
    """Start the server of a rig, which outlives us; return where it is once it can be reached.

    Args:
        rig: Name or file of the rig.
        folder: Where run files go.
        is_simulated: Whether its instruments are simulated in virtual time.
        speed: How many times real time that goes; inf: as fast as it can.
        progress: Learns that it is not wanted any more.
        clock: Real time; None: the system's.

    Raises:
        Refused: it cannot be started, or ended at once: with the last that it said.
        Cancelled: it is not wanted any more; it was ended.
    """
    given = ["serve", rig, "--output", str(folder.absolute())]
    if is_simulated:
        given += ["--simulated", "--speed", FASTEST if math.isinf(speed) else f"{speed:g}"]
    log = _log_file()
    before = running()
    try:
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - our own program
                _command(given),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                creationflags=_GROUP,
                start_new_session=True,  # a terminal that is closed is not for it
            )
    except OSError as error:
        raise Refused("children.no-start", rig=rig, reason=reason(error)) from error
    try:
        server = _reached(
            rig, process, before, log, progress=progress, clock=clock or SystemClock()
        )
    except BaseException:
        _end(process)
        raise
    process.returncode = 0  # it goes on without us: nobody waits for it
    return server


def end_server(server: ServerFile) -> None:
    """Have a server stop softly what runs, and end; one that is gone is left alone.

    Raises:
        Refused: the system does not let us.
    """
    if find(server.rig) != server:
        return
    try:
        os.kill(server.pid, _ENDING)
    except ProcessLookupError:
        return
    except OSError as error:
        raise Refused("children.no-end", rig=server.rig, reason=reason(error)) from error


def running_servers() -> tuple[ServerFile, ...]:
    """Return where all servers of the user are, by rig."""
    return running()


def rehearse(
    protocol: str,
    rig: str,
    parameters: Mapping[str, str],
    progress: Progress,
    *,
    folder: Path | None = None,
) -> Rehearsal:
    """Run a protocol on the simulated plant of a rig, in virtual time; return what it left.

    Args:
        protocol: Name or file.
        rig: Name or file.
        parameters: Parameters that differ from their defaults.
        progress: Learns that it is not wanted any more.
        folder: Where its run file goes; None: a folder of ours, which is emptied by and by.

    Raises:
        Refused: it could not be run; nothing is left.
        Cancelled: it is not wanted any more; nothing is left.
    """
    own = _own_folder() if folder is None else folder
    given = ["run", protocol, "--simulated", "--rig", rig, "--output", str(own), "--yes", "--json"]
    for name, value in parameters.items():
        given += ["--set", f"{name}={value}"]
    progress.tell(math.nan)
    try:
        return _rehearsal(*_carried_out(_command(given), progress))
    except BaseException:
        if folder is None:
            rmtree(own, ignore_errors=True)
        raise


def _command(given: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "bench.cli", *given]


def _reached(
    rig: str,
    process: subprocess.Popen[bytes],
    before: Sequence[ServerFile],
    log: Path,
    *,
    progress: Progress,
    clock: Clock,
) -> ServerFile:
    """Return where a server that was just started is, once it is there."""
    due = clock.now() + PATIENCE
    while True:
        progress.check()
        ended = process.poll() is not None
        # its process may be another one than ours: a virtual environment starts it in between
        fresh = [each for each in running() if each not in before]
        if fresh and not ended:
            return fresh[0]
        if ended or clock.now() >= due:
            said = _last(log.read_text(encoding="utf-8", errors="replace"))
            raise Refused("children.not-started", rig=rig, said=said, log=str(log))
        clock.wait_until(clock.now() + LOOK)


def _carried_out(command: Sequence[str], progress: Progress) -> tuple[int, str, str]:
    """Return exit code, output and complaint of a program that is waited for."""
    with subprocess.Popen(  # noqa: S603 - our own program
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        creationflags=_GROUP,
        start_new_session=True,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    ) as process:
        try:
            while True:
                with suppress(subprocess.TimeoutExpired):
                    said, complaint = process.communicate(timeout=LOOK / SECOND)
                    return process.returncode, said, complaint
                progress.check()
        except BaseException:
            process.kill()  # nothing real moves, and what it wrote is thrown away
            raise


def _rehearsal(code: int, said: str, complaint: str) -> Rehearsal:
    if code not in _COMPLETE:
        raise Refused("children.not-rehearsed", reason=_last(complaint) or f"{code}")
    try:
        results = json.loads(said)
        return Rehearsal(Path(results["file"]), code, cast("dict[str, Any]", results))
    except (ValueError, KeyError, TypeError) as error:
        raise Refused("children.not-rehearsed", reason=_last(said)) from error


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a server that was just started: softly, and if it does not heed that, at once."""
    with suppress(OSError):
        process.send_signal(_ENDING)
    try:
        process.wait(_FAREWELL)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _log_file() -> Path:
    """Return a new file for what a server says; those of servers that are gone stay a while."""
    folder = _made(address_folder() / "server-logs")
    _keep_newest(folder, 20)
    handle, name = tempfile.mkstemp(".log", "serve-", folder)
    os.close(handle)
    return Path(name)


def _own_folder() -> Path:
    folder = _made(address_folder() / "rehearsals")
    _keep_newest(folder, KEPT_REHEARSALS - 1)
    return Path(tempfile.mkdtemp(dir=folder))


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Refused("children.no-folder", folder=str(folder), reason=reason(error)) from error
    return folder


def _keep_newest(folder: Path, count: int) -> None:
    """Remove all but the newest entries of a folder; what is in use on Windows stays."""
    entries = sorted(folder.iterdir(), key=lambda each: each.stat().st_mtime_ns, reverse=True)
    for each in entries[count:]:
        if each.is_dir():
            rmtree(each, ignore_errors=True)
        else:
            with suppress(OSError):
                each.unlink()


def _last(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-_LAST_LINES:])
