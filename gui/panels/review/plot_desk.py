"""Plots of the open runs over time, with cursors, band and their readings."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from gui.bridge.run_feed import RunFeed
from gui.panels.review.drawing import Drawing
from gui.panels.review.mark_line import MarkLine
from gui.panels.review.marking import Marking
from gui.panels.review.plot_bar import PlotBar, PlotBarState
from gui.panels.review.reading_panel import ReadingPanel
from gui.plots.time_stack import TimeStack
from gui.state.review.alignment import events_to_choose, steps_to_choose, window_of
from gui.state.review.desk import Desk
from gui.words import Words

_FOLLOWED = 60.0


class PlotDesk(QWidget):
    """Plots, their bar above, readings beneath."""

    aligned = Signal(object)
    """An `Alignment` that is wanted."""
    dropped = Signal(str, int)
    """A channel dropped on a strip; -1: a new one."""
    said = Signal(object, bool)
    """A `Message`, and whether it is trouble."""

    def __init__(self, words: Words, feed: RunFeed, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._desk = Desk()
        self._is_clock = False
        self._is_following = False
        self._build()
        self._drawing = Drawing(words, feed, self._stack)
        self._marking = Marking(words, feed, self._stack, self._readings)
        self._connect()
        words.changed.connect(self._speak)
        self._speak()

    @property
    def window_shown(self) -> tuple[float, float]:
        """What is seen, s on the axis."""
        return self._stack.window_shown

    @property
    def band(self) -> tuple[float, float]:
        """The band, s on the axis; NaN: not shown."""
        return self._marking.band

    @property
    def stack(self) -> TimeStack:
        """The plots."""
        return self._stack

    def display(self, desk: Desk) -> None:
        """Show what lies on the desk; a first run, or another alignment, is seen as a whole."""
        before, self._desk = self._desk, desk
        self._drawing.display(desk)
        is_first = not before.runs and bool(desk.runs)
        self._pages.setCurrentIndex(1 if desk.runs else 0)
        self._stack.arrange(desk.strips())
        whole = window_of(desk.runs, desk.placed.offsets)
        self._stack.set_whole(*whole)
        self._stack.set_axis(desk.zero_utc_ns if self._is_clock else None)
        if is_first or desk.alignment != before.alignment:
            self._stack.zoom(*whole)
        elif desk != before:
            self._drawing.look_again()
        self._show_bar()
        self._marking.display(desk)
        self._mark_line.display(desk)

    def zoom(self, start: float, end: float) -> None:
        """Show a stretch of time, s on the axis, and mark it with the band."""
        margin = max(0.15 * (end - start), 0.5)
        self._stack.zoom(start - margin, end + margin)
        self._marking.place_band(start, end)

    def press(self, name: str) -> None:
        """Do what a button of the bar, or its key, does."""
        match name:
            case "cursors":
                self._marking.toggle_cursors()
            case "band":
                self._marking.toggle_band()
            case "follow":
                self._stack.follow(0.0 if self._is_following else _FOLLOWED)
            case _:
                self._stack.zoom_out()

    def close_down(self) -> None:
        """Ask for nothing more."""
        self._marking.stop()
        self._drawing.stop()

    def _build(self) -> None:
        self._bar = PlotBar(self._words, self)
        self._stack = TimeStack(self)
        self._stack.setObjectName("plots")
        self._mark_line = MarkLine(self._words, self)
        self._readings = ReadingPanel(self._words, self)
        self._hint = QLabel(self)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._hint.setWordWrap(True)
        plots = QSplitter(Qt.Orientation.Vertical, self)
        plots.addWidget(self._stack)
        plots.addWidget(self._readings)
        plots.setStretchFactor(0, 4)
        plots.setStretchFactor(1, 1)
        plots.setSizes([520, 190])
        plots.setChildrenCollapsible(False)
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self._hint)
        self._pages.addWidget(plots)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self._bar)
        column.addWidget(self._mark_line)
        column.addWidget(self._pages, 1)

    def _connect(self) -> None:
        self._bar.aligned.connect(self.aligned)
        self._bar.clock_wanted.connect(self._choose_clock)
        self._bar.pressed.connect(self.press)
        self._stack.dropped.connect(self.dropped)
        self._stack.followed.connect(self._take_followed)
        self._stack.mark_chosen.connect(self._mark_line.show_mark)
        self._marking.moved.connect(self._show_bar)
        self._drawing.said.connect(self.said)

    def _speak(self) -> None:
        self._hint.setText(self._words.text("review.hint"))
        self._stack.setAccessibleName(self._words.text("review.plots"))
        self._drawing.speak()
        self._marking.speak()

    def _choose_clock(self, is_clock: bool) -> None:  # noqa: FBT001 - a signal's argument
        self._is_clock = is_clock
        self._stack.set_axis(self._desk.zero_utc_ns if is_clock else None)
        self._show_bar()

    def _take_followed(self, seconds: float) -> None:
        self._is_following = seconds > 0
        self._show_bar()

    def _show_bar(self) -> None:
        desk = self._desk
        self._bar.display(
            PlotBarState(
                alignment=desk.alignment,
                steps=steps_to_choose(desk.runs),
                events=tuple(events_to_choose(desk.runs).items()),
                is_clock=self._is_clock,
                can_clock=desk.zero_utc_ns is not None,
                has_cursors=self._marking.has_cursors,
                has_band=self._marking.has_band,
                is_following=self._is_following,
                can_follow=any(run.is_growing for run in desk.runs),
            )
        )
