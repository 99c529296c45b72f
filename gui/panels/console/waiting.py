"""A small window over work that takes its time, which may be given up there."""

from __future__ import annotations

from PySide6.QtWidgets import QProgressDialog, QWidget

from bench.messages import Message
from gui.bridge.tasks import Task
from gui.words import Words

_SOON = 300  # ms, after which it is shown


class Waiting:
    """Shows one piece of work under way."""

    def __init__(self, words: Words, window: QWidget) -> None:
        """Begin with none, over a window."""
        self._words = words
        self._window = window
        self._dialog: QProgressDialog | None = None

    def show(self, task: Task, what: Message) -> None:
        """Show that something is being done, until it has ended."""
        self.stop()
        say = self._words
        dialog = QProgressDialog(say.of(what), say.text("app.cancel"), 0, 0, self._window)
        dialog.setObjectName("waiting")
        dialog.setMinimumDuration(_SOON)
        dialog.canceled.connect(task.cancel)
        task.ended.connect(self.stop)
        self._dialog = dialog

    def stop(self) -> None:
        """Show nothing any more; again: does nothing."""
        dialog, self._dialog = self._dialog, None
        if dialog is not None:
            dialog.canceled.disconnect()
            dialog.reset()
            dialog.deleteLater()
