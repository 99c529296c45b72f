"""The reviewer: finds runs, shows them over time beside one another, measures, exports."""

from __future__ import annotations

from pathlib import Path

import platformdirs
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QMainWindow, QSplitter, QTabWidget, QVBoxLayout, QWidget

from gui.bridge.run_feed import RunFeed
from gui.bridge.tasks import Tasks
from gui.panels.findings.findings_panel import FindingsPanel
from gui.panels.review.channel_panel import ChannelPanel
from gui.panels.review.desk_keeper import DeskKeeper
from gui.panels.review.exporting import Exporting
from gui.panels.review.file_desk import Asking, FileDesk
from gui.panels.review.formula_check import FormulaCheck
from gui.panels.review.formula_dialog import FormulaDialog
from gui.panels.review.layout_desk import LayoutDesk
from gui.panels.review.menus import Command, ReviewMenus
from gui.panels.review.plot_desk import PlotDesk
from gui.panels.review.rig_lines import RigLines
from gui.panels.review.run_browser import RunBrowser
from gui.panels.review.shown_panel import ShownPanel
from gui.settings import Settings, changed
from gui.state.plots.open_run import OpenRun, key_of
from gui.state.review.channel_tree import channel_tree
from gui.state.review.desk import Desk
from gui.widgets.notice_bar import NoticeBar
from gui.words import Words

_MOST_RECENT = 12
_FINDING, _READING = [820, 680], [400, 1100]
"""Widths of the left side and the plots: while one looks for runs, and once one is open."""


class ReviewWindow(QMainWindow):
    """The window of the reviewer."""

    changed = Signal(object)
    """Fields of `Settings` to remember: name → value."""
    language_wanted = Signal(str)
    """``en`` or ``zh``."""

    def __init__(
        self,
        words: Words,
        settings: Settings,
        feed: RunFeed,
        tasks: Tasks,
        *,
        asking: Asking | None = None,
        cache: Path | None = None,
    ) -> None:
        """Show no run.

        Args:
            words: Language.
            settings: What is remembered of the user.
            feed: Open run files; of this window alone.
            tasks: Does long work.
            asking: How it asks for files; None: by dialogs.
            cache: For the index of run folders; None: the user's cache folder.
        """
        super().__init__()
        self._words, self._settings = words, settings
        self._keeper = DeskKeeper(feed, self)
        self._layouts = LayoutDesk(self._keeper, self)
        self._lines = RigLines(feed, self)
        self._check = FormulaCheck(feed, self._keeper)
        self._search = ""
        self._exporting = Exporting(tasks, self)
        self._plots = PlotDesk(words, feed, self)
        self._files = FileDesk(
            words, self._keeper, self._layouts, self._plots, self._exporting, asking=asking
        )
        self._build(tasks, cache or platformdirs.user_cache_path("h2bench", appauthor=False))
        self._connect()
        words.changed.connect(self._speak)
        self._speak()
        self._browser.show_folders(_folders(settings))

    @property
    def desk(self) -> Desk:
        """What is open, and shown."""
        return self._keeper.desk

    def open_runs(self, paths: tuple[Path, ...]) -> None:
        """Open run files, and layouts; what cannot be opened is told in the window."""
        self._files.open(paths)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Close the runs of this window."""
        self._plots.close_down()
        self._exporting.cancel()
        self._formulas.hide()
        self._keeper.close_all()
        super().closeEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Take files."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """Open files."""
        urls = event.mimeData().urls()
        self.open_runs(tuple(Path(url.toLocalFile()) for url in urls if url.isLocalFile()))
        event.acceptProposedAction()

    def _build(self, tasks: Tasks, cache: Path) -> None:
        words = self._words
        self._browser = RunBrowser(words, tasks, cache, self)
        self._channels = ChannelPanel(words, self)
        self._shown = ShownPanel(words, self)
        self._findings = FindingsPanel(words, tasks, self, ask=self._files.ask_to_write)
        self._notices = NoticeBar(words, self)
        self._formulas = FormulaDialog(words, self._check.check, self)
        curves = QSplitter(Qt.Orientation.Vertical, self)
        curves.addWidget(self._channels)
        curves.addWidget(self._shown)
        curves.setSizes([420, 240])
        curves.setChildrenCollapsible(False)
        self._left = QTabWidget(self)
        self._left.setObjectName("review_left")
        self._left.addTab(self._browser, "")
        self._left.addTab(curves, "")
        self._centre = QTabWidget(self)
        self._centre.setObjectName("review_centre")
        self._centre.addTab(self._plots, "")
        self._centre.addTab(self._findings, "")
        sides = self._sides = QSplitter(self)
        sides.addWidget(self._left)
        sides.addWidget(self._centre)
        sides.setSizes(_FINDING)
        sides.setStretchFactor(1, 1)
        sides.setChildrenCollapsible(False)
        whole = QWidget(self)
        column = QVBoxLayout(whole)
        column.setContentsMargins(4, 4, 4, 4)
        column.addWidget(self._notices)
        column.addWidget(sides, 1)
        self.setCentralWidget(whole)
        self.setAcceptDrops(True)
        self._menus = ReviewMenus(
            self, words, self._file(), self._view(), self.language_wanted.emit
        )
        self._menus.show_recent(self._settings.recent, lambda path: self.open_runs((path,)))

    def _file(self) -> tuple[Command, ...]:
        return (
            Command("open", self._files.open_runs, "Ctrl+O"),
            Command("open-layout", self._files.open_layout, "Ctrl+Shift+O"),
            Command("save-layout", self._files.save_layout, "Ctrl+S"),
            Command("export", self._files.export, "Ctrl+E"),
            Command("save-picture", self._files.save_picture, "Ctrl+Shift+E"),
            Command("close", self.close, "Ctrl+W"),
        )

    def _view(self) -> tuple[Command, ...]:
        return (
            Command("search", self._go_to_search, "Ctrl+F"),
            Command("read-again", self._browser.read_again, "F5"),
            Command("formula", self._formulas.show, "Ctrl+K"),
            Command("cursors", lambda: self._plots.press("cursors"), "C"),
            Command("band", lambda: self._plots.press("band"), "B"),
            Command("all", lambda: self._plots.press("all"), "Home"),
            Command("follow", lambda: self._plots.press("follow"), "F"),
        )

    def _connect(self) -> None:
        keeper = self._keeper
        keeper.changed.connect(self._show)
        keeper.opened.connect(self._remember)
        keeper.said.connect(self._notices.take)
        self._files.said.connect(self._notices.take)
        keeper.opened.connect(self._lines.look)
        self._lines.found.connect(keeper.bound)
        self._layouts.said.connect(self._notices.take)
        self._layouts.zoom_wanted.connect(self._plots.stack.zoom)
        self._browser.open_wanted.connect(self.open_runs)
        self._browser.folders_changed.connect(self._remember_folders)
        self._channels.add_wanted.connect(keeper.add)
        self._channels.close_wanted.connect(keeper.close_run)
        self._channels.formula_wanted.connect(self._formulas.show)
        self._channels.searched.connect(self._find)
        self._shown.planned.connect(keeper.plan)
        self._plots.aligned.connect(keeper.align)
        self._plots.dropped.connect(keeper.drop)
        self._plots.said.connect(self._notices.take)
        self._formulas.added.connect(keeper.add_formula)
        self._formulas.removed.connect(keeper.remove_formula)
        self._findings.window_wanted.connect(self._zoom_to)
        self._centre.currentChanged.connect(self._judge)
        self._exporting.progressed.connect(self._notices.show_work)
        self._exporting.ended.connect(self._notices.end_work)
        self._exporting.said.connect(self._notices.take)
        self._notices.cancelled.connect(self._exporting.cancel)

    def _speak(self) -> None:
        words = self._words
        self.setWindowTitle(words.text("review.title"))
        self._left.setTabText(0, words.text("review.runs"))
        self._left.setTabText(1, words.text("review.channels"))
        self._centre.setTabText(0, words.text("review.over-time"))
        self._centre.setTabText(1, words.text("review.findings"))
        self._show(self.desk)

    def _show(self, desk: Desk) -> None:
        """Show what lies on the desk in every panel."""
        self._show_channels(desk)
        self._shown.display(desk.plan, desk.curves(self._words.language))
        self._formulas.display(desk.formulas)
        self._plots.display(desk)
        self._judge()

    def _show_channels(self, desk: Desk) -> None:
        language = self._words.language
        self._channels.display(channel_tree(desk.runs, desk.formulas, self._search, language))

    def _judge(self) -> None:
        """Judge the runs, where somebody looks at what they show."""
        if self._centre.currentIndex() == 1:
            self._findings.display_runs(tuple(run.path for run in self.desk.runs))

    def _find(self, text: str) -> None:
        self._search = text
        self._show_channels(self.desk)

    def _go_to_search(self) -> None:
        self._left.setCurrentIndex(1)
        self._channels.search.setFocus()
        self._channels.search.selectAll()

    def _zoom_to(self, path: str, start: float, end: float) -> None:
        """Show a stretch of a run over time."""
        key = key_of(Path(path))
        offset = self.desk.placed.offsets.get(key)
        if offset is not None:
            self._centre.setCurrentIndex(0)
            self._plots.zoom(start + offset, end + offset)

    def _remember(self, run: OpenRun) -> None:
        """Remember a run that was opened, and turn to its channels."""
        self._left.setCurrentIndex(1)
        if len(self.desk.runs) == 1:
            self._sides.setSizes(_READING)
        name = str(run.path.absolute())
        recent = (name, *(each for each in self._settings.recent if each != name))[:_MOST_RECENT]
        self._menus.show_recent(recent, lambda path: self.open_runs((path,)))
        self._change({"recent": recent})

    def _remember_folders(self, folders: tuple[Path, ...]) -> None:
        self._change({"searched": tuple(map(str, folders))})

    def _change(self, fields: dict[str, object]) -> None:
        self._settings = changed(self._settings, fields)
        self.changed.emit(fields)


def _folders(settings: Settings) -> tuple[Path, ...]:
    """Return the folders that the run browser begins with."""
    named = settings.searched or ((settings.run_folder,) if settings.run_folder else ())
    return tuple(Path(name) for name in named)
