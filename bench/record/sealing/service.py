"""What the sealer's process does (`SealerProcess` starts it).

``python -m bench.record.sealing.service RUN`` reads lines of JSON: ``{"upto": [segment, offset]}``
(so far the log may be sealed) and ``{"finish": STATE, "upto": …}``. It answers each: ``released``
(segments below this number may be removed), ``trouble`` (a message, null: none), ``finished``.
It waits for nothing but its input, and ends with it; what is not sealed stays in the log.
"""

from __future__ import annotations

import io
import json
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, cast

from bench.errors import RunFileError
from bench.messages import Message
from bench.record import json_text
from bench.record.disk.locks import Purpose, RunLock
from bench.record.disk.storage import Storage, SystemStorage, reason
from bench.record.sealing.sealer import Sealer
from bench.record.wal import Position, SegmentTail

_PATIENCE = 10.0
"""How long the sealer before may take to end, s."""
_LONGEST_PAUSE = 32
"""After a failure every n-th order is tried; n doubles up to this."""


class SealingLoop:
    """Follows a log and seals it; after a failure it begins anew from the last commit.

    Args:
        storage: where the files are.
        path: the run file; of a run in parts, the first.
    """

    def __init__(self, storage: Storage, path: Path) -> None:
        self._storage = storage
        self._path = path
        self._open: tuple[Sealer, SegmentTail] | None = None
        self._released = 0
        self._pause = 1
        self._skipped = 0
        self.trouble: Message | None = None
        """Why sealing waits; None: it does not."""

    def seal(self, upto: Position) -> int:
        """Seal the log up to a place; return the first segment that is still needed."""
        self._skipped += 1
        if self._open is None and self._skipped < self._pause:
            return self._released
        self._skipped = 0
        self._try(upto, None)
        return self._released

    def finish(self, upto: Position, state: str) -> bool:
        """Seal the rest and complete the file; return whether that was done."""
        return self._try(upto, state)

    def close(self) -> None:
        """Close the file as the last commit left it."""
        if self._open is not None:
            self._open[0].close()
            self._open = None

    def _try(self, upto: Position, state: str | None) -> bool:
        try:
            sealer, tail = self._opened()
            for frame in tail.read(upto):
                sealer.take(frame)
            if state is not None:
                sealer.finish(state)
            self._released = tail.first_needed(sealer.released)
        except (OSError, RunFileError) as error:
            self.trouble = (
                error.message
                if isinstance(error, RunFileError)
                else Message("record.cannot-seal", {"path": self._path, "reason": reason(error)})
            )
            self.close()
            self._pause = min(2 * self._pause, _LONGEST_PAUSE)
            return False
        self.trouble = None
        self._pause = 1
        return True

    def _opened(self) -> tuple[Sealer, SegmentTail]:
        if self._open is None:
            sealer = Sealer.open(self._storage, self._path)
            tail = SegmentTail(self._storage, self._path, sealer.run_id, after=sealer.released)
            self._open = sealer, tail
        return self._open


def serve(loop: SealingLoop, orders: IO[bytes], answers: io.RawIOBase) -> None:
    """Answer orders, one line each, until there are no more or the file is complete."""
    for line in orders:
        order = cast("Mapping[str, Any]", json.loads(line))
        upto = Position(*order["upto"])
        if "finish" in order:
            is_done = loop.finish(upto, str(order["finish"]))
            _answer(answers, {"finished": is_done, "trouble": loop.trouble})
            return
        _answer(answers, {"released": loop.seal(upto), "trouble": loop.trouble})


def main(path: Path) -> int:
    """Seal a run on orders from the standard input; return the exit code."""
    _ignore_signals()
    with open(sys.stdout.fileno(), "wb", buffering=0, closefd=False) as answers:
        try:
            return _serve_locked(path, answers)
        except BrokenPipeError:
            return 0  # nobody listens any more: the log has the rest


def _serve_locked(path: Path, answers: io.RawIOBase) -> int:
    try:
        with RunLock(path, Purpose.CHANGING, patience=_PATIENCE):
            loop = SealingLoop(SystemStorage(), path)
            try:
                serve(loop, sys.stdin.buffer, answers)
            finally:
                loop.close()
    except RunFileError as error:
        _answer(answers, {"finished": False, "trouble": error.message})
        return 1
    return 0


def _answer(answers: io.RawIOBase, answer: Mapping[str, object]) -> None:
    answers.write(json_text.encode(answer).encode() + b"\n")


def _ignore_signals() -> None:
    """A Ctrl-C in the terminal reaches every program in it; the recorder says when to end."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        known = getattr(signal, name, None)
        if known is not None:
            signal.signal(known, signal.SIG_IGN)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
