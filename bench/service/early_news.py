"""What instruments say before the run file is open."""

from __future__ import annotations

from bench.device import Report
from bench.messages import Message


class EarlyNews:
    """Keeps what instruments say before there is somebody who takes it; a `Report`."""

    def __init__(self) -> None:
        self._kept: list[tuple[str, str, Message]] = []
        self._report: Report | None = None

    def __call__(self, level: str, source: str, message: Message) -> None:
        """Take one message."""
        if self._report is None:
            self._kept.append((level, source, message))
        else:
            self._report(level, source, message)

    def pass_on(self, report: Report) -> None:
        """Pass on what was kept, and all that comes."""
        for each in self._kept:
            report(*each)
        self._kept.clear()
        self._report = report
