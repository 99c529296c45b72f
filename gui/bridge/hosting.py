"""Finds, starts and ends bench servers, off the window's thread."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from bench.messages import Message
from bench.service.address import ServerFile, find
from bench.service.naming import rig_named
from gui.bridge.children import end_server, running_servers, start_server
from gui.bridge.tasks import Progress, Tasks

Found = Callable[[ServerFile], None]
"""Takes a server that runs."""


class Hosting(QObject):
    """The servers of this machine; its signals come in the window's thread."""

    listed = Signal(object)
    """The servers that run, after `look`."""
    starting = Signal(object, object)
    """A `Task` that starts a server and may be cancelled, and the `Message` that says so."""
    said = Signal(object)
    """A `Message`: what has been done, or why it could not be."""

    def __init__(self, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks

    def look(self) -> None:
        """Look for servers that run."""
        self._tasks.start(lambda _: running_servers(), self.listed.emit, self.said.emit)

    def reach(self, rig: str, folder: Path, then: Found) -> None:
        """Go on with the server of a rig (name or file): that which runs, or a new one."""

        def found(server: ServerFile | None) -> None:
            if server is None:
                self.start(rig, folder, then)
            else:
                then(server)

        self.look_up(rig, found)

    def look_up(self, rig: str, then: Callable[[ServerFile | None], None]) -> None:
        """Go on with the server that runs for a rig (name or file); None: none does."""
        self._tasks.start(lambda _: find(rig_named(rig)), then, self.said.emit)

    def start(
        self,
        rig: str,
        folder: Path,
        then: Found,
        *,
        is_simulated: bool = False,
        speed: float = 1.0,
    ) -> None:
        """Start the server of a rig and go on with it; its run files go into a folder."""

        def work(progress: Progress) -> ServerFile:
            return start_server(
                rig, folder, is_simulated=is_simulated, speed=speed, progress=progress
            )

        task = self._tasks.start(work, then, self.said.emit)
        self.starting.emit(task, Message("app.starting-server", {"rig": rig}))

    def end(self, server: ServerFile) -> None:
        """Have a server stop softly what runs, and end."""
        told = Message("app.ending-server", {"rig": server.rig})
        self._tasks.start(
            lambda _: end_server(server), lambda _: self.said.emit(told), self.said.emit
        )
