"""Has the alarm limits of the rigs of open runs found, once each, off the window's thread."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Signal

from bench.messages import Message
from gui.bridge.run_feed import RunFeed
from gui.state.plots.open_run import OpenRun
from gui.state.review.rig_limits import Levels, limits_of_run


class RigLines(QObject):
    """Watches which runs are opened."""

    found = Signal(str, object)
    """Key of a run, and the `Levels` of its channels."""

    def __init__(self, feed: RunFeed, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._feed = feed

    def look(self, run: OpenRun) -> None:
        """Look up the limits of a run."""
        self._feed.ask(run.key, limits_of_run, partial(self._tell, run.key), self._leave)

    def _tell(self, key: str, levels: Levels) -> None:
        if levels:
            self.found.emit(key, levels)

    def _leave(self, why: Message) -> None:
        """A run that is gone by now has no lines; that it is gone is told by the feed."""
