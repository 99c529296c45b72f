"""Live trends: the newest values of a bench over time, in strips, with what happened."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from gui.bridge.run_feed import RunFeed
from gui.plots.time_stack import Strip, TimeStack
from gui.state.console.live_trend import LiveTrend, TrendChannel, TrendGroup
from gui.state.plots.open_run import OpenRun, key_of
from gui.state.plots.picture import Curve, Mark, Picture, Wanted
from gui.state.session import Update
from gui.words import Words

WINDOWS = (300.0, 1800.0, math.inf)
"""Times that are shown, s; infinite: all of the run."""
_NAMES = ("window_short", "window_long", "window_run")
_TEXTS = ("plot.window-short", "plot.window-long", "plot.window-run")
_KEYS = ("Alt+1", "Alt+2", "Alt+3")
_TAG = "trend"


class TrendPanel(QFrame):
    """Strips of live curves; what is older than its frames comes from the run file."""

    def __init__(self, words: Words, feed: RunFeed, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", "true")
        self.setObjectName("trend_panel")
        self._words = words
        self._feed = feed
        self._groups: tuple[TrendGroup, ...] = ()
        self._live = LiveTrend(())
        self._run: OpenRun | None = None
        self._history: Picture | None = None
        self._marks: tuple[Mark, ...] = ()
        self._span = WINDOWS[0]
        self._is_live = True
        self._drawn = math.nan
        self._shown: tuple[float, float] = (0.0, 0.0)
        self._title = QLabel()
        self._title.setProperty("role", "heading")
        self._buttons = QButtonGroup(self)
        self._stack = TimeStack(self)
        self._stack.setObjectName("trend_stack")
        self._lay_out()
        self._speak()
        self._stack.wanted.connect(self._wanted)
        self._buttons.idClicked.connect(self._chosen)
        words.changed.connect(self._speak)
        feed.opened.connect(self._opened)
        feed.grown.connect(self._grown)
        feed.pictured.connect(self._pictured)

    def arrange(self, groups: Sequence[TrendGroup]) -> None:
        """Show other channels (`gui.state.live_trend.trend_groups`), from now on."""
        if tuple(groups) == self._groups:
            return
        self._groups = tuple(groups)
        self._live = LiveTrend([each for group in self._groups for each in group.channels])
        self._history = None
        self._arrange()

    def display(self, update: Update) -> None:
        """Show what has come since the last update."""
        if not (update.frames and self._groups):
            return
        before = self._live.file
        self._live.take(update.frames)
        if self._live.file != before:
            self._begin()
        start, end = self._window()
        pixel = (end - start) / self._stack.pixels
        if self._is_live and not end - self._drawn < pixel:
            self._draw()

    def show_last(self, seconds: float) -> None:
        """Show the newest so many seconds; infinite: all of the run."""
        self._span, self._is_live = seconds, True
        self._drawn = math.nan
        self._check_button()
        self._ask()
        self._draw()

    @property
    def stack(self) -> TimeStack:
        """The plots."""
        return self._stack

    def _chosen(self, number: int) -> None:
        self.show_last(WINDOWS[number])

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self._title)
        head.addStretch(1)
        for number, (name, keys) in enumerate(zip(_NAMES, _KEYS, strict=True)):
            button = QPushButton()
            button.setObjectName(name)
            button.setCheckable(True)
            button.setShortcut(QKeySequence(keys))
            self._buttons.addButton(button, number)
            head.addWidget(button)
        self._buttons.button(0).setChecked(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 4)
        layout.setSpacing(2)
        layout.addLayout(head)
        layout.addWidget(self._stack, 1)

    def _speak(self) -> None:
        self._title.setText(self._words.text("plot.trends"))
        self._stack.setAccessibleName(self._words.text("plot.trends"))
        for number, (text, keys) in enumerate(zip(_TEXTS, _KEYS, strict=True)):
            button = self._buttons.button(number)
            button.setText(self._words.text(text))
            button.setShortcut(QKeySequence(keys))  # a new text takes it away
            button.setToolTip(self._words.text("plot.window-tip", keys=keys))
        self._arrange()
        self._mark()
        self._draw()

    def _arrange(self) -> None:
        strips = [
            Strip(
                self._words.of(group.title),
                tuple(_curve(self._words, each).key for each in group.channels),
                group.channels[0].limits,
            )
            for group in self._groups
        ]
        self._stack.arrange(strips)
        self._ask()

    def _curves(self) -> tuple[Curve, ...]:
        channels = (each for group in self._groups for each in group.channels)
        return tuple(_curve(self._words, each) for each in channels)

    def _begin(self) -> None:
        """Another run is recorded: its file says what was before, and where time begins."""
        self._run, self._history, self._marks = None, None, ()
        self._drawn = math.nan
        if self._live.file:
            self._feed.open(Path(self._live.file))

    def _opened(self, run: OpenRun) -> None:
        if self._live.file and run.key == key_of(Path(self._live.file)):
            self._run = run
            self._live.zero_ns = run.start_ns
            self._stack.set_axis(run.start_utc_ns)
            self._drawn = math.nan
            self._mark()
            self._ask()

    def _grown(self, key: str) -> None:
        if self._run is not None and key == self._run.key:
            self._run = self._feed.runs.get(key, self._run)
            self._mark()

    def _mark(self) -> None:
        if self._run is not None:
            self._marks = self._run.marks(self._words.language)

    def _ask(self) -> None:
        """Ask the run file for what is shown."""
        if self._run is None:
            return
        start, end = self._window() if self._is_live else self._stack.window_shown
        known = {each.name for each in self._run.channels}
        curves = tuple(
            Curve(self._run.key, each.channel, each.title, each.unit)
            for each in self._curves()
            if each.channel in known
        )
        self._feed.want(_TAG, Wanted(curves, start, end, self._stack.pixels))

    def _pictured(self, picture: Picture, tag: str) -> None:
        if tag == _TAG:
            own = {each.channel: each for each in self._curves()}
            self._history = _renamed(picture, own)
            self._draw()

    def _wanted(self, _start: float, _end: float, _pixels: int) -> None:
        """Somebody looks at another window: it stays until a button is pressed."""
        if self._stack.window_shown != self._shown:
            self._is_live, self._shown = False, self._stack.window_shown
            self._check_button()
        self._ask()
        self._draw()

    def _check_button(self) -> None:
        self._buttons.setExclusive(False)
        for number, span in enumerate(WINDOWS):
            self._buttons.button(number).setChecked(self._is_live and span == self._span)
        self._buttons.setExclusive(True)

    def _window(self) -> tuple[float, float]:
        """Return the window of the newest values, s on the axis."""
        newest = self._live.newest
        end = 0.0 if math.isnan(newest) else newest
        if math.isinf(self._span):
            return min(0.0, end), max(end, 1.0)
        return end - self._span, end

    def _draw(self) -> None:
        if not self._groups or math.isnan(self._live.newest):
            return
        window = self._window() if self._is_live else self._stack.window_shown
        found = self._live.picture(
            Wanted(self._curves(), *window, self._stack.pixels), self._history
        )
        shown = Picture(found.start, found.end, found.traces, self._marks)
        self._shown = window
        self._stack.draw(shown, window)
        self._drawn = window[1]


def _renamed(picture: Picture, curves: dict[str, Curve]) -> Picture:
    """Return a picture of a run file as curves of the trend."""
    traces = tuple(
        type(each)(curves[each.curve.channel], each.times, each.low, each.high)
        for each in picture.traces
        if each.curve.channel in curves
    )
    return Picture(picture.start, picture.end, traces, picture.marks)


def _curve(words: Words, channel: TrendChannel) -> Curve:
    """Return how a channel is written."""
    return Curve(_TAG, channel.name, words.of(channel.title), channel.unit.label)
