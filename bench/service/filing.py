"""Run files that are done with: closed beside the scan, judged, and told of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bench.control.logbook import Logbook
from bench.errors import BenchError
from bench.messages import Message
from bench.record.port import Ending, Recorder
from bench.service.errands import Errands
from bench.service.orders import reason_of


class Filing:
    """Closes run files and has them judged."""

    def __init__(self, log: Logbook, errands: Errands, judge: Callable[[Path], Message]) -> None:
        """Take where to tell, who works beside the scan, and who judges a closed file."""
        self._log = log
        self._errands = errands
        self._judge = judge

    def put_away(self, recorder: Recorder, ending: Ending, *, is_judged: bool = False) -> None:
        """Close a run file beside the scan, and have it judged."""

        def close() -> Message | None:
            recorder.close(ending)
            return self._judge(recorder.path) if is_judged else None

        self._errands.send(close, self.tell, self.tell_failure)

    def do(self, work: Callable[[], object]) -> None:
        """Have something done beside the scan; only a failure is told."""
        self._errands.send(work, _unheeded, self.tell_failure)

    def tell(self, message: Message | None) -> None:
        """Tell what became of an errand, if there is anything to tell."""
        if message is not None:
            self.note("info", message)

    def tell_failure(self, error: BaseException) -> None:
        """Tell why an errand failed."""
        self.note("warning" if isinstance(error, BenchError) else "error", reason_of(error))

    def note(self, level: str, message: Message) -> None:
        """Write an event of the server."""
        self._log.note(level, "server", message)


def _unheeded(result: object) -> None:
    """Take the result of an errand that is done for what it does."""
    del result
