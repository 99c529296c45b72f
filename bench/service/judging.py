"""The verdict on a run, by a process of its own: it exists when every client is gone.

The process is the command ``h2bench analyze``, at low priority: the scan does not notice it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from bench.exits import Exit
from bench.messages import Message
from bench.record.disk.storage import reason

LONGEST = 3600.0
"""How long judging may take, s."""
NICENESS = 15
"""How far it stands back behind the scan (POSIX)."""
_LAST_LINES = 400
_SAYS: Mapping[int, str] = {
    Exit.PASS: "serve.judged-pass",
    Exit.FAIL: "serve.judged-fail",
    Exit.NOT_SHOWN: "serve.judged-not-shown",
    Exit.LIMIT: "serve.judged-broken-off",
    Exit.OPERATOR: "serve.judged-broken-off",
    Exit.STOPPED: "serve.judged-broken-off",
}
_BELOW_NORMAL = getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0)


def judge(path: Path) -> Message:
    """Have a closed run file judged; its results stand in it. Return what to tell."""
    command = [sys.executable, "-m", "bench.cli", "analyze", str(path)]
    try:
        with subprocess.Popen(  # noqa: S603 - our own program
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            creationflags=_BELOW_NORMAL,
            start_new_session=True,  # a Ctrl-C in the server's terminal is not for it
        ) as process:
            _stand_back(process.pid)
            return _told(path, process)
    except OSError as error:
        return Message("serve.not-judged", {"file": path.name, "reason": reason(error)})


def _told(path: Path, process: subprocess.Popen[str]) -> Message:
    try:
        _, complaint = process.communicate(timeout=LONGEST)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return Message("serve.judging-too-long", {"file": path.name})
    said = _SAYS.get(process.returncode)
    if said is None:
        told = complaint.strip()[-_LAST_LINES:] or f"exit code {process.returncode}"
        return Message("serve.not-judged", {"file": path.name, "reason": told})
    return Message(said, {"file": path.name})


def _stand_back(pid: int) -> None:
    if sys.platform != "win32":
        with suppress(OSError):  # it has ended already
            os.setpriority(os.PRIO_PROCESS, pid, NICENESS)
