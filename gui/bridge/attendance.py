"""Looks after one bench: news folded into one session, its description, requests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from bench.clock import Clock
from bench.config.catalogue import Catalogue
from bench.config.rig import load_rig
from bench.messages import Message
from bench.model import BenchModel
from bench.service.address import ServerFile
from bench.service.client import Access
from bench.service.port import Reply
from bench.service.requests import Request
from gui.bridge.link import BenchLink
from gui.bridge.tasks import Tasks
from gui.state.session import Session, Update, updated


class Attendance(QObject):
    """One bench that is attended; its signals come in the window's thread."""

    changed = Signal(object)
    """The `Session`, after news."""
    updated = Signal(object)
    """The `Update` as it came: frames for what draws them."""
    described = Signal(object)
    """The `BenchModel`, once its rig file has been read."""
    said = Signal(object)
    """A `Message`: why there is no talking to the server, or its rig cannot be read."""
    refused = Signal(object, object)
    """A `Request` and the `Message` why it was refused."""

    def __init__(
        self,
        server: ServerFile,
        name: str,
        *,
        tasks: Tasks,
        clock: Clock,
        parent: QObject | None = None,
    ) -> None:
        """Begin to attend the bench of a server, under a name."""
        super().__init__(parent)
        self.server = server
        """The server as it was found."""
        self.session = Session(client=name)
        """What is known."""
        self._tasks = tasks
        self._described = ""
        self._link = BenchLink(Access(server.rig, name), clock, self)
        self._link.updated.connect(self._take)
        self._link.said.connect(self.said)

    def start(self) -> None:
        """Begin to listen."""
        self._link.start()

    def close(self) -> None:
        """Leave the server; what it runs goes on."""
        self._link.close()

    def ask(self, request: Request, then: Callable[[], None] | None = None) -> None:
        """Ask the server for something; a refusal is told, else `then` goes on."""

        def answered(reply: Reply) -> None:
            if not reply.is_accepted:
                self.refused.emit(request, reply.reason or Message("serve.refused"))
            elif then is not None:
                then()

        self._link.ask(request, answered)

    def _take(self, update: Update) -> None:
        self.session = updated(self.session, update)
        self._describe(update.bench.rig_file)
        self.updated.emit(update)
        self.changed.emit(self.session)

    def _describe(self, rig_file: str) -> None:
        """Read the description of the bench where it is another one."""
        if not rig_file or rig_file == self._described:
            return
        self._described = rig_file

        def described(model: BenchModel) -> None:
            self.session = replace(self.session, model=model)
            self.described.emit(model)
            self.changed.emit(self.session)

        self._tasks.start(lambda _: _read(rig_file), described, self.said.emit)


def _read(rig_file: str) -> BenchModel:
    """Return the bench that a rig file describes.

    Raises:
        ConfigError: it cannot be read.
    """
    return load_rig(rig_file, Catalogue.shipped())
