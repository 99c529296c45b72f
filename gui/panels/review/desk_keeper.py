"""Keeps the desk: what is done to runs, strips and formulas becomes its next state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from bench.errors import BenchError
from bench.messages import Message
from gui.bridge.run_feed import RunFeed
from gui.state.plots.open_run import OpenRun, key_of
from gui.state.review.alignment import Alignment
from gui.state.review.desk import Desk
from gui.state.review.formula import Formula
from gui.state.review.layout import View
from gui.state.review.plot_plan import NEW, PlotPlan
from gui.state.review.rig_limits import Levels
from gui.state.screens.screen import screen_of


class DeskKeeper(QObject):
    """Keeps the desk; `changed` tells its next state."""

    changed = Signal(object)
    """The `Desk` as it is now."""
    opened = Signal(object)
    """The `OpenRun` that was opened."""
    arrived = Signal(str)
    """Key of a run that was opened or refused."""
    said = Signal(object, bool)
    """A `Message`, and whether it is trouble."""

    def __init__(self, feed: RunFeed, parent: QObject | None = None) -> None:
        """Begin with an empty desk."""
        super().__init__(parent)
        self._feed = feed
        self._desk = Desk()
        feed.opened.connect(self._take)
        feed.refused.connect(self._refuse)
        feed.grown.connect(self._grow)
        feed.troubled.connect(self._trouble)

    @property
    def desk(self) -> Desk:
        """The desk as it is now."""
        return self._desk

    def open(self, paths: Sequence[Path]) -> None:
        """Open run files; what cannot be opened is said."""
        for path in paths:
            self._feed.open(path)

    def lay(self, view: View) -> int:
        """Lay a view over the open runs, in its order; return how many curves it lacks."""
        places = [run.path for run in self._desk.runs]
        ordered = sorted(self._desk.runs, key=lambda run: _place(run, view, places))
        self._become(replace(self._desk, runs=tuple(ordered)).laid(view))
        return len(set(view.plan.keys)) - len(self._desk.plan.keys)

    def close_run(self, key: str) -> None:
        """Take a run off the desk."""
        self._feed.close_run(key)
        self._become(self._desk.without_run(key))

    def close_all(self) -> None:
        """Take all runs off the desk."""
        for run in self._desk.runs:
            self._feed.close_run(run.key)
        self._become(Desk())

    def plan(self, plan: PlotPlan) -> None:
        """Arrange the curves otherwise."""
        self._become(replace(self._desk, plan=plan))

    def align(self, alignment: Alignment) -> None:
        """Lay the runs otherwise upon one another; which of them cannot is said."""
        self._become(replace(self._desk, alignment=alignment))
        for key in self._desk.placed.lacking:
            run = self._desk.run(key)
            about = {"run": run.path.name if run else key, "what": alignment.of}
            self._say(Message("review.not-aligned", about))

    def add(self, keys: Sequence[str], is_shared: bool) -> None:  # noqa: FBT001 - a signal's argument
        """Show channels: each in a strip of its own, or all in one."""
        desk, at = self._desk, NEW
        for key in keys:
            if key not in desk.plan.keys:
                desk = desk.with_curve(key, at)
                at = len(desk.plan.strips) - 1 if is_shared else NEW
        self._become(desk)

    def drop(self, key: str, at: int) -> None:
        """Show a channel in a strip; -1: in a new one."""
        self._become(self._desk.with_curve(key, at))

    def add_formula(self, formula: Formula) -> None:
        """Show a formula, of every run."""
        self._become(self._desk.with_formula(formula).formula_shown(formula.name))

    def remove_formula(self, name: str) -> None:
        """Forget a formula."""
        self._become(self._desk.without_formula(name))

    def bound(self, key: str, levels: Levels) -> None:
        """Draw the alarm limits of a run's rig."""
        self._become(self._desk.with_levels(key, levels))

    def _become(self, desk: Desk) -> None:
        if desk != self._desk:
            self._desk = desk
            self.changed.emit(desk)

    def _take(self, run: OpenRun) -> None:
        is_new = self._desk.run(run.key) is None
        self._become(self._desk.with_run(run, _favourites(run)))
        if is_new:
            for finding in run.findings:
                self._say(finding)
            self.opened.emit(run)
        self.arrived.emit(run.key)

    def _grow(self, key: str) -> None:
        run = self._feed.runs.get(key)
        if run is not None and self._desk.run(key) is not None:
            self._become(self._desk.with_run(run))

    def _refuse(self, path: Path, why: Message) -> None:
        self._say(why)
        self.arrived.emit(key_of(path))

    def _trouble(self, _: str, why: Message) -> None:
        self._say(why)

    def _say(self, message: Message, *, is_trouble: bool = True) -> None:
        self.said.emit(message, is_trouble)


def _place(run: OpenRun, view: View, paths: Sequence[Path]) -> int:
    """Return where a run stands in a view; others come behind."""
    keys = [key_of(each) for each in view.runs]
    return keys.index(run.key) if run.key in keys else len(keys) + paths.index(run.path)


def _favourites(run: OpenRun) -> tuple[tuple[str, ...], ...]:
    """Return the trend strips of the console for this kind of object; none: it has no screen."""
    try:
        screen = screen_of(run.object)
    except BenchError:
        return ()
    known = {entry.name for entry in run.channels}
    return () if screen is None else tuple(each.channels for each in screen.strips_on(known))
