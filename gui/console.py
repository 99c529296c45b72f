"""The console's window: chooses a bench, attends it, and never owns what runs on it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QMainWindow, QMessageBox, QStackedWidget, QVBoxLayout, QWidget

from bench.clock import Clock
from bench.config.catalogue import Catalogue
from bench.messages import Message
from bench.model import BenchModel
from bench.service.address import ServerFile
from bench.service.naming import user_name
from bench.service.requests import Begin, Request, TakeControl
from gui.bridge.attendance import Attendance
from gui.bridge.children import rehearse
from gui.bridge.disk import DiskWatch
from gui.bridge.hosting import Hosting
from gui.bridge.run_feed import RunFeed
from gui.bridge.tasks import Tasks
from gui.panels.console.bench_dialogs import BenchDialogs
from gui.panels.console.console_menu import Choice, ConsoleMenu
from gui.panels.console.console_view import ConsoleView
from gui.panels.console.trend_panel import TrendPanel
from gui.panels.console.waiting import Waiting
from gui.panels.console.welcome_page import WelcomePage
from gui.panels.dialogs.files import choose_file
from gui.panels.start.newcomer import NewcomerPage
from gui.panels.start.page import StartPage
from gui.panels.start.rehearsal_traces import RehearsalTraces
from gui.settings import Settings, changed
from gui.state.console.live_trend import trend_groups
from gui.state.screens.screen import screen_of
from gui.state.session import Session
from gui.widgets.notice_bar import NoticeBar
from gui.words import Words


class ConsoleWindow(QMainWindow):
    """The console; closing it changes nothing on a bench."""

    changed = Signal(object)
    """Fields of the settings to remember: a dict."""
    review_wanted = Signal(object)
    """Paths of run files to look into."""
    language_wanted = Signal(str)
    """``en`` or ``zh``."""

    def __init__(
        self, words: Words, tasks: Tasks, feed: RunFeed, settings: Settings, clock: Clock
    ) -> None:
        """Begin without a bench."""
        super().__init__()
        self.setObjectName("console")
        self.attendance: Attendance | None = None
        """The bench that is attended; None: none."""
        self._words, self._tasks, self._feed = words, tasks, feed
        self._settings, self._clock = settings, clock
        self._catalogue = Catalogue.shipped()
        self._disk = DiskWatch(tasks, self)
        self._waiting = Waiting(words, self)
        self.hosting = Hosting(tasks, self)
        """The servers of this machine."""
        self._menu = ConsoleMenu(words, self)
        self._newcomer = NewcomerPage(words, tasks, self._catalogue)
        self._welcome = WelcomePage(words, self._newcomer, choose_file)
        start = StartPage(words, tasks, self._catalogue, clock, rehearse=rehearse)
        self._rehearsal = RehearsalTraces(words, feed)
        start.set_trace_view(self._rehearsal)
        start.rehearsed.connect(self._rehearsal.display)
        self.view = ConsoleView(words, start, TrendPanel(words, feed))
        """All panels."""
        self._dialogs = BenchDialogs(words, tasks, clock, self)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._welcome)
        self._pages.addWidget(self.view)
        self._notices = NoticeBar(words)
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._pages, 1)
        column.addWidget(self._notices)
        self.setCentralWidget(whole)
        self._connect()
        self._speak()
        self.view.start.read()
        self._newcomer.read()
        self.hosting.look()

    def go_to(self, rig: str) -> None:
        """Attend the bench of a rig (name or file): of the server that runs, or of a new one."""
        self.hosting.reach(rig, self.folder, self.attend)

    @property
    def folder(self) -> Path:
        """Where run files of a server go that is started here."""
        named = self._settings.run_folder
        return Path(named) if named else Path.home() / "h2bench-runs"

    def attend(self, server: ServerFile) -> None:
        """Attend the bench of a server that runs."""
        self._waiting.stop()
        self.leave()
        name = self._settings.operator or user_name()
        attendance = Attendance(server, name, tasks=self._tasks, clock=self._clock, parent=self)
        attendance.changed.connect(self._show)
        attendance.updated.connect(self.view.trends.display)
        attendance.described.connect(self._describe)
        attendance.said.connect(self.tell)
        attendance.refused.connect(self._refused)
        self.attendance = attendance
        self.view.sign_as(name)
        self._dialogs.attend(attendance, name)
        self._menu.attend(is_attending=True)
        self._pages.setCurrentWidget(self.view)
        self._speak()
        attendance.start()

    def leave(self) -> None:
        """Attend no bench any more; what runs goes on."""
        attendance, self.attendance = self.attendance, None
        self._dialogs.leave()
        self._disk.close()
        if attendance is not None:
            attendance.close()
            attendance.deleteLater()
        self._menu.attend(is_attending=False)
        self._pages.setCurrentWidget(self._welcome)
        self._speak()

    def tell(self, said: Message) -> None:
        """Say something to the person at the window until it is read."""
        self._notices.say(said)
        self._waiting.stop()

    def show_a_run(self, rig: str, protocol: str, speed: float) -> None:
        """Start a simulated bench, attend it, and begin a protocol on it: one button.

        Where a server of the rig runs already it is attended, and nothing is begun: it may be real.
        """
        begin = Begin(protocol, confirms_prompts=True)

        def begun(_: BenchModel) -> None:
            self._ask(TakeControl(), lambda: self._ask(begin))

        def attended(server: ServerFile) -> None:
            self.attend(server)
            if protocol and self.attendance is not None:
                self.attendance.described.connect(begun)

        def looked(server: ServerFile | None) -> None:
            if server is None:
                self.hosting.start(rig, self.folder, attended, is_simulated=True, speed=speed)
            else:
                self.attend(server)
                self.tell(Message("app.attached-instead", {"rig": server.rig}))

        self.hosting.look_up(rig, looked)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Leave the bench to itself; say so the first time."""
        if self.attendance is not None and "runs-go-on" not in self._settings.told:
            self._remember(told=self._settings.told | {"runs-go-on"})
            said = self._words.text("app.runs-go-on", rig=self.attendance.server.rig)
            box = QMessageBox(QMessageBox.Icon.Information, "h2bench", said, parent=self)
            box.setObjectName("runs_go_on")
            box.addButton(self._words.text("app.understood"), QMessageBox.ButtonRole.AcceptRole)
            box.exec()
        geometry = self.saveGeometry().toBase64().toStdString()
        windows = {**self._settings.windows, "console": geometry}
        self._remember(windows=windows)
        self._waiting.stop()
        self.view.start.stop()
        self.leave()
        event.accept()

    def _show(self, session: Session) -> None:
        self._disk.watch(session.bench.file)
        self.view.display(session)
        self._dialogs.display(session)

    def _describe(self, model: BenchModel) -> None:
        screen = screen_of(model.object.kind)
        self.view.describe(model, screen)
        groups = trend_groups(model, () if screen is None else screen.strips)
        self.view.trends.arrange(groups)
        self._rehearsal.arrange(groups)
        self._speak()

    def _sign(self, operator: str) -> None:
        """Go on under another name: control and signatures are its own."""
        self._remember(operator=operator)
        if self.attendance is not None:
            self.attend(self.attendance.server)

    def _ask(self, request: Request, then: Callable[[], None] | None = None) -> None:
        if self.attendance is not None:
            self._notices.dismiss()
            self.view.refused(request, None)
            self.attendance.ask(request, then)

    def _refused(self, request: Request, reason: Message) -> None:
        self.tell(Message("app.refused", {"reason": reason}))
        self.view.refused(request, reason)
        self._dialogs.refused(request, reason)

    def _chosen(self, choice: Choice) -> None:
        match choice:
            case Choice.CHOOSE_BENCH | Choice.LEAVE:
                self.leave()
                self.hosting.look()
            case Choice.END_SERVER:
                self._end_server()
            case Choice.QUIT:
                self.close()
            case Choice.REVIEW:
                self.review_wanted.emit(())
            case Choice.REVIEW_RUN:
                self._review(self._file)
            case Choice.FULL_SCREEN:
                self.showNormal() if self.isFullScreen() else self.showFullScreen()
            case _:
                self._dialogs.open(choice)

    @property
    def _file(self) -> Path | None:
        """The file that is recorded now."""
        return None if self.attendance is None else self.attendance.session.bench.file

    def _review(self, path: object) -> None:
        if isinstance(path, Path):
            self.review_wanted.emit((path,))

    def _end_server(self) -> None:
        if self.attendance is None:
            return
        server = self.attendance.server
        sure = self._words.text("app.end-server-sure", rig=server.rig)
        buttons = QMessageBox.StandardButton
        if QMessageBox.question(self, "h2bench", sure) != buttons.Yes:
            return
        self.hosting.end(server)

    def _remember(self, **fields: object) -> None:
        self._settings = changed(self._settings, fields)
        self.changed.emit(fields)

    def _connect(self) -> None:
        self.hosting.listed.connect(self._welcome.display)
        self.hosting.starting.connect(self._waiting.show)
        self.hosting.said.connect(self.tell)
        self._menu.chosen.connect(self._chosen)
        self._menu.language_wanted.connect(self.language_wanted)
        self._welcome.attach_wanted.connect(self.attend)
        self._welcome.serve_wanted.connect(self.go_to)
        self._welcome.look_wanted.connect(self.hosting.look)
        self._newcomer.simulation_wanted.connect(self.show_a_run)
        self.view.asked.connect(self._ask)
        self.view.review_wanted.connect(self._review)
        self.view.start.offered.connect(self._dialogs.offer)
        self._dialogs.protocol_wanted.connect(self.view.choose)
        self._dialogs.asked.connect(self._ask)
        self._dialogs.named.connect(self._sign)
        self._disk.measured.connect(self.view.show_disk)
        self._words.changed.connect(self._speak)

    def _speak(self) -> None:
        self._feed.speak(self._words.language)
        attendance = self.attendance
        if attendance is None:
            self.setWindowTitle(self._words.text("app.title-no-bench"))
            return
        model = attendance.session.model
        rig = attendance.server.rig if model is None else self._words.of(model.title)
        self.setWindowTitle(self._words.text("app.title", rig=rig))
        self.view.display(attendance.session)
