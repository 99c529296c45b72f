"""Pictures of all screens, in both languages and two sizes: ``python -m gui.screenshots FOLDER``.

Real servers of simulated benches stand behind the console, real run files behind the reviewer.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication, QMainWindow

from bench.messages import LANGUAGES
from bench.service.address import ServerFile
from bench.service.port import Attention
from bench.service.requests import Answer, Begin, Hold, Resume, StopNow, TakeControl
from gui.app import Shared, application
from gui.bridge.children import end_server, running_servers
from gui.console import ConsoleWindow
from gui.panels.console.console_view import Tab
from gui.state.session import Session

SIZES = ((1920, 1080), (1366, 768))
"""What test cells have on the wall, and what laptops have."""
_LONGEST = 240_000  # ms, until a scene is there
_SETTLE = 500  # ms, for plots that are fetched
_ENGINE, _SYSTEM = "hydrogen-engine-cell", "solid-oxide-system"


class Photographer:
    """Takes pictures of windows of one application."""

    def __init__(self, folder: Path, shared: Shared) -> None:
        self._folder = folder
        self._shared = shared

    def wait(self, seen: Callable[[], bool], what: str) -> None:
        """Serve the windows until something is seen.

        Raises:
            SystemExit: it was not seen in time.
        """
        loop = QEventLoop()
        look, limit = QTimer(), QTimer()
        late: list[bool] = []
        look.timeout.connect(lambda: loop.quit() if seen() else None)
        limit.timeout.connect(lambda: (late.append(True), loop.quit()))
        limit.setSingleShot(True)
        look.start(100)
        limit.start(_LONGEST)
        loop.exec()
        if late:
            sys.exit(f"not seen: {what}")

    def rest(self, milliseconds: int = _SETTLE) -> None:
        """Serve the windows for a while."""
        loop = QEventLoop()
        QTimer.singleShot(milliseconds, loop.quit)
        loop.exec()

    def take(self, window: QMainWindow, name: str) -> None:
        """Take a picture of a window in all languages and sizes."""
        for language in LANGUAGES:
            self._shared.words.switch(language)
            for width, height in SIZES:
                window.resize(width, height)
                self.rest()
                path = self._folder / f"{name}_{language}_{width}x{height}.png"
                window.grab().save(str(path))


@contextmanager
def benches(folder: Path) -> Generator[None]:
    """Keep what is served here apart from the benches of the user; all ends with it."""
    names = ("H2BENCH_KEYS", "H2BENCH_SERVERS")
    before = {name: os.environ.get(name) for name in names}
    os.environ |= {name: str(folder / name.lower()) for name in names}
    try:
        yield
    finally:
        for server in running_servers():
            end_server(server)
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


class Visit:
    """One simulated bench in the console."""

    def __init__(
        self, console: ConsoleWindow, photographer: Photographer, rig: str, speed: float
    ) -> None:
        self._console = console
        self._photographer = photographer
        console.hosting.start(rig, console.folder, console.attend, is_simulated=True, speed=speed)
        photographer.wait(lambda: self._is_of(rig), f"bench of {rig}")

    @property
    def session(self) -> Session:
        """What the console knows."""
        attendance = self._console.attendance
        return Session() if attendance is None else attendance.session

    @property
    def server(self) -> ServerFile | None:
        """The server behind it."""
        attendance = self._console.attendance
        return None if attendance is None else attendance.server

    def _is_of(self, rig: str) -> bool:
        return self.server is not None and self.server.rig == rig and self.session.model is not None

    def ask(self, *requests: object) -> None:
        """Ask for something as a person would."""
        for request in requests:
            self._console.view.asked.emit(request)
            self._photographer.rest(300)

    def until(self, seen: Callable[[Session], bool], what: str) -> None:
        """Wait until something is seen; what is asked of a person is confirmed."""

        def found() -> bool:
            if self.session.bench.attention is Attention.QUESTION:
                self._console.view.asked.emit(Answer(operator="mk"))
            return seen(self.session)

        self._photographer.wait(found, what)

    def page(self, tab: Tab, name: str) -> None:
        """Take a picture of a page."""
        self._console.view.go_to(tab)
        self._photographer.take(self._console, name)


def engine(console: ConsoleWindow, photographer: Photographer) -> Path:
    """Show a test of an engine; return its run file."""
    visit = Visit(console, photographer, _ENGINE, 60.0)
    console.view.start.choose("hydrogen-engine/best-point")
    for tab in (Tab.START, Tab.PREFLIGHT, Tab.MANUAL):
        visit.page(tab, f"engine-{tab.value}")
    visit.ask(TakeControl(), Begin("hydrogen-engine/best-point", confirms_prompts=True))
    visit.until(lambda seen: seen.bench.position.id == "approach/point", "a measured point")
    visit.page(Tab.OVERVIEW, "engine-measuring")
    visit.ask(Hold())
    visit.until(lambda seen: seen.bench.attention is Attention.HELD, "a held sequence")
    visit.page(Tab.OVERVIEW, "engine-held")
    visit.ask(Resume(), StopNow(is_hard=True))
    visit.until(lambda seen: bool(seen.bench.last_ending), "the end of the run")
    for tab in (Tab.ALARMS, Tab.LOG):
        visit.page(tab, f"engine-{tab.value}")
    return visit.session.bench.last_file or Path()


def system(console: ConsoleWindow, photographer: Photographer) -> None:
    """Show a solid oxide fuel cell system that heats up."""
    visit = Visit(console, photographer, _SYSTEM, 300.0)
    visit.ask(TakeControl(), Begin("solid-oxide/start-up", confirms_prompts=True))
    visit.until(lambda seen: seen.bench.elapsed > 1800, "a system that heats up")
    visit.page(Tab.OVERVIEW, "system-heating")
    visit.page(Tab.CELLS, "system-cells")


def main(arguments: Sequence[str]) -> None:
    """Take all pictures into a folder."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    folder = Path(arguments[0] if arguments else "screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place, benches(Path(place)):
        shared = Shared(application(sys.argv[:1]), Path(place) / "app.json", "en")
        shared.change({"run_folder": str(Path(place) / "runs"), "told": frozenset({"runs-go-on"})})
        photographer = Photographer(folder, shared)
        console = shared.console()
        console.show()
        photographer.rest()
        photographer.take(console, "welcome")
        recorded = engine(console, photographer)
        system(console, photographer)
        reviewer = shared.reviewer()
        reviewer.show()
        reviewer.open_runs((recorded,))
        photographer.rest(3000)
        photographer.take(reviewer, "reviewer")
        for window in (reviewer, console):
            window.close()
        shared.close()
        QApplication.processEvents()


if __name__ == "__main__":
    main(sys.argv[1:])
