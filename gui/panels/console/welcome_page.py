"""What is shown while no bench is attended: benches that are served, rigs, simulated benches."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from bench.service.address import ServerFile
from gui.panels.dialogs.files import ChooseFile
from gui.panels.start.newcomer import NewcomerPage
from gui.state.spans import moment
from gui.words import Words

_SERVER = Qt.ItemDataRole.UserRole


class WelcomePage(QFrame):
    """Lets a person choose a bench."""

    attach_wanted = Signal(object)
    """A `ServerFile`."""
    serve_wanted = Signal(str)
    """Rig file of a real bench whose server is to be started."""
    look_wanted = Signal()
    """To look for servers again."""

    def __init__(
        self,
        words: Words,
        newcomer: NewcomerPage,
        choose_rig: ChooseFile,
        parent: QWidget | None = None,
    ) -> None:
        """Begin with no server known."""
        super().__init__(parent)
        self.setObjectName("welcome_page")
        self._words = words
        self._choose_rig = choose_rig
        self._servers: tuple[ServerFile, ...] = ()
        self._heading = QLabel()
        self._heading.setProperty("role", "heading")
        self._none = QLabel()
        self._none.setWordWrap(True)
        self._list = QListWidget()
        self._list.setObjectName("served_benches")
        self._list.itemActivated.connect(self._attach)
        self._list.itemSelectionChanged.connect(self._offer)
        self._attach_button = self._button("attach_bench", self._attach)
        self._look_button = self._button("look_for_benches", self.look_wanted.emit)
        self._rig_button = self._button("serve_rig", self._choose)
        self._compose(newcomer)
        words.changed.connect(self._speak)
        self._speak()

    def display(self, servers: tuple[ServerFile, ...]) -> None:
        """Show the servers that run."""
        self._servers = servers
        self._list.clear()
        for server in servers:
            since = moment(server.started_utc_ns)
            item = QListWidgetItem(self._words.text("app.served", rig=server.rig, since=since))
            item.setData(_SERVER, server)
            self._list.addItem(item)
        if servers:
            self._list.setCurrentRow(0)
        self._list.setVisible(bool(servers))
        self._none.setVisible(not servers)
        self._offer()

    def _compose(self, newcomer: NewcomerPage) -> None:
        served = QFrame()
        served.setProperty("panel", "true")
        column = QVBoxLayout(served)
        column.addWidget(self._heading)
        column.addWidget(self._none)
        column.addWidget(self._list, 1)
        for button in (self._attach_button, self._look_button, self._rig_button):
            column.addWidget(button)
        column.addStretch(1)
        layout = QHBoxLayout(self)
        layout.addWidget(newcomer, 3)
        layout.addWidget(served, 2)

    def _button(self, name: str, slot: Callable[[], object]) -> QPushButton:
        button = QPushButton()
        button.setObjectName(name)
        button.clicked.connect(lambda _=False: slot())
        return button

    def _offer(self) -> None:
        self._attach_button.setEnabled(bool(self._list.selectedItems()))

    def _attach(self) -> None:
        chosen = self._list.selectedItems()
        if chosen:
            self.attach_wanted.emit(chosen[0].data(_SERVER))

    def _choose(self) -> None:
        path = self._choose_rig(self, self._words.text("app.choose-rig"), "*.yaml")
        if path is not None:
            self.serve_wanted.emit(str(path))

    def _speak(self) -> None:
        say = self._words.text
        self._heading.setText(say("app.served-benches"))
        self._none.setText(say("app.none-served"))
        self._attach_button.setText(say("app.attach"))
        self._look_button.setText(say("app.look-again"))
        self._rig_button.setText(say("app.serve-rig"))
        self.display(self._servers)
