"""Findings of runs: judged off the window's thread, shown view by view."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QLabel, QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from bench.messages import Message
from gui.bridge.tasks import Progress, Task, Tasks
from gui.panels.findings.budget_view import BudgetView
from gui.panels.findings.curves_view import CurvesView
from gui.panels.findings.cycles_view import CyclesView
from gui.panels.findings.judging_bar import JudgingBar
from gui.panels.findings.life_view import LifeView
from gui.panels.findings.map_view import MapView
from gui.panels.findings.pairs_view import PairsView
from gui.panels.findings.points_view import PointsView
from gui.panels.findings.saving import AskFile, Saving, ask_file
from gui.panels.findings.spectra_view import SpectraView
from gui.panels.findings.telling import teller
from gui.panels.findings.verdict_view import VerdictView
from gui.panels.findings.view import FindingsView, Kit
from gui.state.findings.judged import Judged, View, views_of
from gui.state.findings.judging import judged_runs
from gui.state.findings.table import Place
from gui.words import Words
from protocols.wording import Text

_VIEWS: Mapping[View, type[FindingsView]] = MappingProxyType(
    {
        View.VERDICT: VerdictView,
        View.BUDGET: BudgetView,
        View.MAP: MapView,
        View.CURVES: CurvesView,
        View.SPECTRA: SpectraView,
        View.LIFE: LifeView,
        View.CYCLES: CyclesView,
        View.POINTS: PointsView,
        View.PAIRS: PairsView,
    }
)


class FindingsPanel(QFrame):
    """Tabs of what runs have shown; only those that have something to show."""

    window_wanted = Signal(str, float, float)
    """Path of a run, and a stretch of it, s since its begin: it is to be seen over time."""

    def __init__(
        self,
        words: Words,
        tasks: Tasks,
        parent: QWidget | None = None,
        *,
        ask: AskFile = ask_file,
    ) -> None:
        super().__init__(parent)
        self.setProperty("panel", "true")
        self.setObjectName("findings")
        self._words = words
        self._kit = Kit(words, tasks, Saving(words, ask, self))
        self._paths: tuple[Path, ...] = ()
        self._is_due = False
        self._task: Task | None = None
        self._judged: tuple[Judged, ...] = ()
        self._said: Text = Message("findings.nothing")
        self._views: dict[View, FindingsView] = {}
        self._bar = JudgingBar(words)
        self._tabs = QTabWidget()
        self._tabs.setObjectName("findings_tabs")
        self._empty = QLabel()
        self._empty.setObjectName("findings_said")
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._empty)
        self._pages.addWidget(self._tabs)
        rows = QVBoxLayout(self)
        rows.addWidget(self._bar)
        rows.addWidget(self._pages, 1)
        self._connect()
        self._tell()

    def _connect(self) -> None:
        self._bar.chosen.connect(self._on_chosen)
        self._bar.cancelled.connect(self.cancel)
        self._bar.wanted_again.connect(self.judge_again)
        self._tabs.currentChanged.connect(self._on_tab)
        self._kit.saving.said.connect(self._bar.say)
        self._words.changed.connect(self._tell)

    @property
    def judged(self) -> tuple[Judged, ...]:
        """What has been judged."""
        return self._judged

    def display_runs(self, paths: tuple[Path, ...]) -> None:
        """Judge runs and show what they show; the same runs as before are not judged again.

        Nothing is judged before somebody looks: the judging of months takes its time.
        """
        if paths == self._paths:
            return
        self._paths = paths
        self._is_due = True
        if self.isVisible():
            self.judge_again()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Judge what has come while nobody looked."""
        super().showEvent(event)
        if self._is_due:
            self.judge_again()

    def judge_again(self) -> None:
        """Judge the runs from what their files hold now."""
        self._is_due = False
        self.cancel()
        self.show_judged(())
        if not self._paths:
            self._say(Message("findings.nothing"))
            return
        self._say(Message("findings.reading"))
        paths = self._paths

        def work(progress: Progress) -> tuple[Judged, ...]:
            return judged_runs(paths, progress.check)

        task = self._kit.tasks.start(work, self.show_judged, self._say)
        self._task = task
        task.ended.connect(lambda: self._on_ended(task))
        self._bar.show_work(is_under_way=True)

    def cancel(self) -> None:
        """Have the judging end; what it finds is not shown."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
            self._say(Message("findings.cancelled"))
            self._bar.show_work(is_under_way=False)

    def show_view(self, view: View) -> None:
        """Bring a view to the front, if there is one of that kind."""
        if view in self._views and self._tabs.indexOf(self._views[view]) >= 0:
            self._tabs.setCurrentWidget(self._views[view])

    def _on_ended(self, task: Task) -> None:
        if task is self._task:
            self._task = None
            self._bar.show_work(is_under_way=False)

    def show_judged(self, judged: tuple[Judged, ...]) -> None:
        """Show what was judged, the first of several."""
        self._judged = judged
        self._bar.display([each.title for each in judged], has_runs=bool(self._paths))
        if len(judged) > 1 and len(self._paths) > 1:
            self._bar.say(Message("findings.one-by-one"))
        if judged:
            self._on_chosen(0)

    def _on_chosen(self, place: int) -> None:
        """Show the views of one of the judged; the view in front stays there if it can."""
        judged = self._judged[place]
        front = self._tabs.currentWidget()
        views = [self._view(view) for view in views_of(judged)]
        with QSignalBlocker(self._tabs):
            self._tabs.clear()
            for view in views:
                self._tabs.addTab(view, "")
            self._tabs.setCurrentIndex(max(self._tabs.indexOf(front), 0) if front else 0)
        self._name_tabs()
        self._pages.setCurrentWidget(self._tabs)
        if judged.refusal is not None:
            self._bar.say(judged.refusal)
        self._on_tab()

    def _view(self, view: View) -> FindingsView:
        if view not in self._views:
            made = _VIEWS[view](self._kit)
            made.setObjectName(f"findings_view_{view.name.lower()}")
            made.window_wanted.connect(self._on_place)
            self._views[view] = made
        return self._views[view]

    def _on_tab(self) -> None:
        """Fill the view in front: those behind wait until they are looked at."""
        front = self._tabs.currentWidget()
        if isinstance(front, FindingsView) and self._judged:
            front.display(self._judged[self._bar.place])

    def _on_place(self, place: Place) -> None:
        path = self._judged[self._bar.place].paths[place.run]
        self.window_wanted.emit(str(path), place.start, place.end)

    def _say(self, text: Text) -> None:
        """Say why there is nothing to see."""
        self._said = text
        self._pages.setCurrentWidget(self._empty)
        self._bar.say("")
        self._tell()

    def _tell(self) -> None:
        self._empty.setText(teller(self._words)(self._said))
        self._tabs.setAccessibleName(self._words.text("findings.verdict"))
        self._name_tabs()

    def _name_tabs(self) -> None:
        names = {widget: view for view, widget in self._views.items()}
        for index in range(self._tabs.count()):
            widget = self._tabs.widget(index)
            if isinstance(widget, FindingsView):
                self._tabs.setTabText(index, self._words.text(names[widget].value))
