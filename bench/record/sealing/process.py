"""The sealer in a process of its own: it cannot hold up the scan, nor take it along.

Orders go to it one at a time, so that a sealer that hangs never fills a pipe its recorder would
have to wait for. One that ends by itself is started again: the log has everything.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Self, cast

from bench.errors import RunFileError
from bench.messages import Message
from bench.record import json_text
from bench.record.disk.storage import reason
from bench.record.layout.contents import CLOSED
from bench.record.wal import Position

_SERVICE = "bench.record.sealing.service"
_MOST_STARTS = 5
"""Starts one after the other without an answer; then it is left to the end of the run."""
_LAST_WORDS = 5.0
"""How long a process may take to end once it is told to, s."""


class SealerProcess:
    """Seals a run in the background; used by one thread. `start` makes one.

    Args:
        path: the run file; of a run in parts, the first.
    """

    def __init__(self, path: Path) -> None:
        """Use `start` instead."""
        self._path = path
        self._changed = threading.Condition()
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None
        self._starts = 0
        self._wanted = Position(0, 0)
        self._asked: Position | None = None
        self._is_busy = False
        self._released = 0
        self._finished: bool | None = None
        self._trouble: Message | None = None

    @classmethod
    def start(cls, path: Path) -> Self:
        """Start the sealer of a run file.

        Raises:
            RunFileError: the process cannot be started.
        """
        made = cls(path)
        made._begin()
        if made._trouble is not None:
            raise RunFileError(made._trouble.id, **made._trouble.arguments)
        return made

    @property
    def released(self) -> int:
        """Segments of the log below this number are not needed any more."""
        return self._released

    @property
    def trouble(self) -> Message | None:
        """Why sealing waits; None: all is well. The log has what is not sealed."""
        return self._trouble

    @property
    def pid(self) -> int | None:
        """The process, while there is one."""
        return None if self._process is None else self._process.pid

    def tell(self, position: Position) -> None:
        """Say how far the log may be sealed; returns at once."""
        with self._changed:
            self._wanted = position
        if self._process is None:
            self._begin()
        self._ask()

    def finish(self, seconds: float, state: str = CLOSED) -> None:
        """Seal the rest of the log up to what was told last, complete the file, end the process.

        Args:
            seconds: how long that may take.
            state: see `Sealer.finish`.

        Raises:
            RunFileError: it was not completed; the log has the rest.
        """
        if self._process is None:
            self._begin()
        position = self._wanted
        self._send({"finish": state, "upto": [position.segment, position.offset]})
        with self._changed:
            is_told = self._changed.wait_for(lambda: self._process is None, seconds)
        self.close()
        if self._finished:
            return
        if not is_told:
            raise RunFileError("record.sealer-slow", path=self._path, seconds=round(seconds))
        told = self._trouble or Message("record.sealer-ended", {"path": self._path, "code": 0})
        raise RunFileError(told.id, **told.arguments)

    def close(self) -> None:
        """End the process as it is; again: does nothing."""
        process, reader = self._process, self._reader
        if process is None or reader is None:
            return
        with suppress(OSError):
            if process.stdin is not None:
                process.stdin.close()
        reader.join(_LAST_WORDS)
        if reader.is_alive():
            process.kill()
            reader.join()

    def _begin(self) -> None:
        if self._starts >= _MOST_STARTS:
            return
        self._starts += 1
        command = [sys.executable, "-m", _SERVICE, str(self._path)]
        try:
            process = subprocess.Popen(  # noqa: S603 - our own program
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                creationflags=subprocess.CREATE_NO_WINDOW if sys.platform == "win32" else 0,
            )
        except OSError as error:
            self._trouble = Message(
                "record.sealer-not-started", {"path": self._path, "reason": reason(error)}
            )
            return
        self._asked, self._is_busy, self._finished = None, False, None
        self._process = process
        self._reader = threading.Thread(
            target=self._listen, args=(process,), name="sealer-answers", daemon=True
        )
        self._reader.start()

    def _ask(self) -> None:
        """Send the newest order, unless one is under way or it is known."""
        with self._changed:
            wanted = self._wanted
            if self._is_busy or self._process is None or wanted == self._asked:
                return
            self._is_busy, self._asked = True, wanted
        self._send({"upto": [wanted.segment, wanted.offset]})

    def _send(self, order: Mapping[str, object]) -> None:
        process = self._process
        if process is None or process.stdin is None:
            return
        with suppress(OSError, ValueError):  # it has ended: its listener says so
            process.stdin.write(json.dumps(order).encode() + b"\n")
            process.stdin.flush()

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        """Take answers until the process ends, and wait for its end."""
        for line in cast("IO[bytes]", process.stdout):
            self._take(cast("Mapping[str, Any]", json_text.decode(line)))
            self._ask()
        code = process.wait()
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):
                if pipe is not None:
                    pipe.close()
        with self._changed:
            if self._finished is None and self._starts >= _MOST_STARTS:
                self._trouble = Message("record.sealer-ended", {"path": self._path, "code": code})
            self._process = None
            self._changed.notify_all()

    def _take(self, answer: Mapping[str, Any]) -> None:
        with self._changed:
            self._is_busy = False
            self._trouble = cast("Message | None", answer["trouble"])
            if "finished" in answer:
                self._finished = bool(answer["finished"])
            else:
                self._starts = 0
                self._released = max(self._released, int(answer["released"]))
