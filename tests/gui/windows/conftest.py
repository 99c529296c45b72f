"""Whole windows with realistic content: no server and no child process stands behind them."""

from dataclasses import dataclass, replace

import pytest
from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QApplication, QDialog, QMessageBox, QWidget

from bench.clock import VirtualClock
from gui.bridge.run_feed import RunFeed
from gui.bridge.tasks import Tasks
from gui.console import ConsoleWindow
from gui.review import ReviewWindow
from gui.settings import Settings
from gui.state.session import Session
from tests.gui.run_files import closed_run
from tests.gui.state.sessions import US
from tests.gui.windows.benches import realistic

WAIT = 20_000


@dataclass(frozen=True)
class Server:
    """A server one may name; none listens."""

    rig: str


class Attended(QObject):
    """Attends a bench that answers nothing: its news are those that a test gives."""

    changed = Signal(object)
    updated = Signal(object)
    described = Signal(object)
    said = Signal(object)
    refused = Signal(object, object)

    def __init__(self, server, name, *, tasks, clock, parent=None):
        super().__init__(parent)
        del tasks, clock
        self.server = server
        self.session = Session(client=name)

    def start(self):
        pass

    def close(self):
        pass

    def ask(self, request, then=None):
        del request, then

    def show(self, session):
        """Tell the window what is known of the bench."""
        self.session = session
        self.described.emit(session.model)
        self.changed.emit(session)


@pytest.fixture
def tasks(qapp):
    made = Tasks()
    yield made
    made.close()


@pytest.fixture
def feed(qapp):
    made = RunFeed()
    yield made
    made.close()


@pytest.fixture
def workers(tasks, feed, own_servers):
    """What works beside a window; servers of the user are not seen."""
    del own_servers
    return tasks, feed


@pytest.fixture
def console(qtbot, words, workers, monkeypatch):
    """The console's window, as it opens."""
    tasks, feed = workers
    monkeypatch.setattr("gui.console.Attendance", Attended)
    settings = Settings(operator=US, told=frozenset({"runs-go-on"}))
    made = ConsoleWindow(words, tasks, feed, settings, VirtualClock())
    qtbot.addWidget(made)
    made.resize(1366, 768)
    made.show()
    qtbot.waitExposed(made)
    qtbot.waitUntil(lambda: tasks.is_idle, timeout=WAIT)
    yield made
    made.close()
    close_dialogs()


@pytest.fixture
def attended(console, qtbot):
    """Attend the bench of a rig, in the middle of a run with alarms; return its session."""

    def attend(rig, **changes):
        found = realistic(rig)
        found = replace(found, bench=replace(found.bench, **changes))
        if console.attendance is None or console.attendance.server.rig != rig:
            console.attend(Server(rig))
        console.attendance.show(found)
        qtbot.wait(1)
        return found

    return attend


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory):
    """A folder with a run of two channels."""
    folder = tmp_path_factory.mktemp("reviewed")
    closed_run(folder / "first.h5", gap_ns=10**9)
    return folder


@pytest.fixture
def reviewer(qtbot, words, workers, run_folder, tmp_path):
    """The reviewer's window with a run open."""
    tasks, feed = workers
    settings = Settings(searched=(str(run_folder),), recent=(str(run_folder / "first.h5"),))
    made = ReviewWindow(words, settings, feed, tasks, cache=tmp_path / "cache")
    qtbot.addWidget(made)
    made.resize(1366, 768)
    made.show()
    qtbot.waitExposed(made)
    made.open_runs((run_folder / "first.h5",))
    qtbot.waitUntil(lambda: tasks.is_idle and len(made.desk.runs) == 1, timeout=WAIT)
    yield made
    made.close()
    close_dialogs()


def dialogs() -> list[QWidget]:
    """Return the dialogs that are seen."""
    return [
        each
        for each in QApplication.topLevelWidgets()
        if isinstance(each, QDialog | QMessageBox) and each.isVisible()
    ]


def close_dialogs() -> None:
    """Close all dialogs, as a person would."""
    for each in dialogs():
        each.close()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
