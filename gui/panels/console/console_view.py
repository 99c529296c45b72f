"""The technician's screen: all panels of the console in their places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QTabWidget, QVBoxLayout, QWidget

from bench.messages import Message
from bench.model import BenchModel
from bench.service.requests import Begin, Explain, Force, HandBack, Request, SetDemands, TakeOver
from gui.panels.console.alarm_banner import AlarmBanner
from gui.panels.console.alarm_table import AlarmTable
from gui.panels.console.cells_panel import CellsPanel
from gui.panels.console.event_log import EventLog
from gui.panels.console.gauge_panel import GaugePanel
from gui.panels.console.manual_panel import ManualPanel
from gui.panels.console.mimic_panel import MimicPanel
from gui.panels.console.overview import Overview
from gui.panels.console.preflight_panel import PreflightPanel
from gui.panels.console.progress_panel import ProgressPanel
from gui.panels.console.recorder_panel import RecorderPanel
from gui.panels.console.state_panel import StatePanel
from gui.panels.console.status_row import StatusRow
from gui.panels.console.title_strip import TitleStrip
from gui.panels.console.trend_panel import TrendPanel
from gui.panels.start.page import StartPage
from gui.state.console.alarm_table import alarm_table_of
from gui.state.console.banner import banner_of
from gui.state.console.cells import FittedCells, cells_of, fitted_cells
from gui.state.console.gauges import FittedGauge, fitted_gauges, gauges_of
from gui.state.console.log import log_of
from gui.state.console.manual import manual_of
from gui.state.console.mimic import FittedPicture, fitted_picture, mimic_of
from gui.state.console.progress import progress_of
from gui.state.console.recorder import DiskFigures, recorder_of, verdict_of
from gui.state.console.status import status_of
from gui.state.console.strip import strip_of
from gui.state.console.verbs import Verb, request_of, verbs_of
from gui.state.screens.screen import Screen
from gui.state.session import Session
from gui.state.start.preflight import preflight_of
from gui.state.start.start import start_of
from gui.words import Words


class Tab(Enum):
    """Pages of the middle, in their order."""

    OVERVIEW = "overview"
    PROCESS = "process"
    CELLS = "cells"
    START = "start"
    MANUAL = "manual"
    ALARMS = "alarms"
    PREFLIGHT = "preflight"
    LOG = "log"


@dataclass(frozen=True)
class _Fitted:
    """What the screen of the object kind shows on this bench."""

    gauges: tuple[FittedGauge, ...] = ()
    picture: FittedPicture | None = None
    cells: FittedCells | None = None


class ConsoleView(QWidget):
    """Shows a `Session`; what is asked goes out as requests."""

    asked = Signal(object)
    """A request."""
    review_wanted = Signal(object)
    """Path of a run file to look into."""

    def __init__(
        self, words: Words, start: StartPage, trends: TrendPanel, parent: QWidget | None = None
    ) -> None:
        """Make all panels; start page and trends come from who has threads for them."""
        super().__init__(parent)
        self._words = words
        self._session = Session()
        self._fitted = _Fitted()
        self._disk = DiskFigures()
        self.start, self.trends = start, trends
        self._strip, self._banner = TitleStrip(words), AlarmBanner(words)
        self._state, self._progress = StatePanel(words), ProgressPanel(words)
        self._recorder, self._status = RecorderPanel(words), StatusRow(words)
        self._gauges, self._mimic = GaugePanel(words), MimicPanel(words)
        self._process = MimicPanel(words)
        self._cells, self._manual = CellsPanel(words), ManualPanel(words)
        self._alarms, self._log = AlarmTable(words), EventLog(words)
        self._preflight = PreflightPanel(words)
        self._overview = Overview(self._gauges, self.trends, self._mimic)
        self._tabs = QTabWidget(self)
        self._tabs.setObjectName("pages")
        self._tabs.setDocumentMode(True)
        self._compose()
        self._connect()
        self._speak()

    def display(self, session: Session) -> None:
        """Show what is known of a bench; only pages that are seen are drawn."""
        self._session = session
        self._strip.display(strip_of(session))
        self._banner.display(banner_of(session))
        self._state.display(verbs_of(session))
        self._progress.display(progress_of(session))
        self._recorder.display(recorder_of(session, self._disk, verdict_of(session)))
        self._status.display(status_of(session))
        self._show_page()

    def describe(self, model: BenchModel, screen: Screen | None) -> None:
        """Fit the screen of an object kind to a bench."""
        self._fitted = _Fitted()
        if screen is not None:
            self._fitted = _Fitted(
                fitted_gauges(screen, model),
                fitted_picture(screen, model),
                fitted_cells(screen, model),
            )
        self._tabs.setTabVisible(self._place(Tab.CELLS), self._fitted.cells is not None)
        has_picture = self._fitted.picture is not None
        self._overview.has_picture = has_picture
        self._overview.fit()
        self._tabs.setTabVisible(self._place(Tab.PROCESS), has_picture)

    def show_disk(self, found: DiskFigures) -> None:
        """Show what the disk says of the run file."""
        self._disk = found

    def go_to(self, tab: Tab) -> None:
        """Turn to a page; one that this bench does not have: nothing."""
        if self._tabs.isTabVisible(self._place(tab)):
            self._tabs.setCurrentIndex(self._place(tab))

    def choose(self, protocol: str) -> None:
        """Turn to the start page, with a protocol chosen."""
        self.go_to(Tab.START)
        self.start.choose(protocol)

    def refused(self, request: Request, reason: Message | None) -> None:
        """Show, where it was asked, why the bench refused something; None: it is asked now."""
        match request:
            case Begin() | Explain():
                self.start.refused(reason)
            case TakeOver() | HandBack() | SetDemands() | Force():
                self._manual.refused(reason)
            case _:
                pass

    def sign_as(self, operator: str) -> None:
        """Say who signs if nobody says otherwise."""
        self._log.sign_as(operator)
        self.start.set_operator(operator)
        self._preflight.set_operator(operator)

    @property
    def page(self) -> Tab:
        """The page that is seen."""
        return tuple(Tab)[self._tabs.currentIndex()]

    def _show_page(self) -> None:
        session = self._session
        match self.page:
            case Tab.OVERVIEW:
                self._gauges.display(gauges_of(session, self._fitted.gauges))
                self._mimic.display(mimic_of(session, self._fitted.picture))
            case Tab.PROCESS:
                self._process.display(mimic_of(session, self._fitted.picture))
            case Tab.CELLS if self._fitted.cells is not None:
                self._cells.display(cells_of(session, self._fitted.cells))
            case Tab.START:
                file = session.bench.file
                folder = None if file is None else file.parent
                self.start.display(start_of(session), preflight_of(session), folder)
            case Tab.MANUAL:
                self._manual.display(manual_of(session))
            case Tab.ALARMS:
                self._alarms.display(alarm_table_of(session))
            case Tab.PREFLIGHT:
                self._preflight.display(preflight_of(session))
            case Tab.LOG:
                self._log.display(log_of(session))
            case _:
                pass

    def _compose(self) -> None:
        pages: Mapping[Tab, QWidget] = {
            Tab.OVERVIEW: self._overview,
            Tab.PROCESS: self._process,
            Tab.CELLS: self._cells,
            Tab.START: self.start,
            Tab.MANUAL: self._manual,
            Tab.ALARMS: self._alarms,
            Tab.PREFLIGHT: self._preflight,
            Tab.LOG: self._log,
        }
        for tab in Tab:
            self._tabs.addTab(pages[tab], "")
        for tab in (Tab.PROCESS, Tab.CELLS):  # until a bench has them
            self._tabs.setTabVisible(self._place(tab), False)  # noqa: FBT003 - Qt's call
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._progress, 1)
        column.addWidget(self._recorder)
        row = QHBoxLayout()
        row.addWidget(_column(self._state), 0)
        row.addWidget(self._tabs, 1)
        row.addWidget(_column(right), 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.setSpacing(6)
        layout.addWidget(self._strip)
        layout.addWidget(self._banner)
        layout.addLayout(row, 1)
        layout.addWidget(self._status)

    def _connect(self) -> None:
        self._state.ordered.connect(self._order)
        for panel in (self._banner, self._alarms, self._log, self._manual, self._preflight):
            panel.asked.connect(self.asked)
        self.start.asked.connect(self.asked)
        self.start.review_wanted.connect(self.review_wanted)
        self._recorder.review_wanted.connect(self.review_wanted)
        self._banner.list_wanted.connect(lambda: self.go_to(Tab.ALARMS))
        self._tabs.currentChanged.connect(self._show_page)
        self._words.changed.connect(self._speak)
        for number, tab in enumerate(Tab, 1):
            turn = QShortcut(QKeySequence(f"Ctrl+{number}"), self)
            turn.activated.connect(lambda wanted=tab: self.go_to(wanted))

    def _order(self, verb: Verb) -> None:
        self.asked.emit(request_of(verb, self._session.bench, self._session.client))

    def _place(self, tab: Tab) -> int:
        return tuple(Tab).index(tab)

    def _speak(self) -> None:
        for tab in Tab:
            self._tabs.setTabText(self._place(tab), self._words.text(f"app.tab-{tab.value}"))


def _column(panel: QWidget) -> QWidget:
    """Return a side column: as wide as it needs, scrolled where the screen is too low."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(panel)
    area.setFixedWidth(264)
    return area
