"""Plots of the open runs over time, with cursors, band and their readings."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from bench.messages import Message
from bench.runs import Window
from gui.bridge.run_feed import RunFeed
from gui.panels.review.formula_curves import FormulaCurves, FormulaWish
from gui.panels.review.measuring import Measuring
from gui.panels.review.plot_bar import PlotBar, PlotBarState
from gui.panels.review.reading_panel import ReadingPanel
from gui.plots.time_stack import TimeStack
from gui.state.plots.picture import Picture, Wanted
from gui.state.review.alignment import events_to_choose, steps_to_choose, window_of
from gui.state.review.channel_tree import key_parts
from gui.state.review.desk import Desk
from gui.state.review.formula import SIGN
from gui.state.review.measure import Measured, Subject
from gui.state.review.reading_table import reading_table
from gui.words import Words

_TAG = "review"
_NOWHERE = (math.nan, math.nan)
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
        self._words, self._feed = words, feed
        self._desk = Desk()
        self._picture = Picture(0.0, 1.0)
        self._cursors, self._band = _NOWHERE, _NOWHERE
        self._is_clock = False
        self._is_following = False
        self._measured: dict[str, Measured] = {}
        self._measuring = Measuring(feed, self)
        self._formulas = FormulaCurves(feed, self)
        self._build()
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
        return self._band

    @property
    def stack(self) -> TimeStack:
        """The plots."""
        return self._stack

    def display(self, desk: Desk) -> None:
        """Show what lies on the desk; a first run, or another alignment, is seen as a whole."""
        before, self._desk = self._desk, desk
        is_first = not before.runs and bool(desk.runs)
        self._pages.setCurrentIndex(1 if desk.runs else 0)
        self._stack.arrange(desk.strips())
        whole = window_of(desk.runs, desk.placed.offsets)
        self._stack.set_whole(*whole)
        self._stack.set_axis(desk.zero_utc_ns if self._is_clock else None)
        if is_first or desk.alignment != before.alignment:
            self._stack.zoom(*whole)
        elif desk != before:
            self.look_again()
        self._show_bar()
        self._measure()

    def look_again(self) -> None:
        """Ask for the picture of what is seen."""
        self._want(*self._stack.window_shown, self._stack.pixels)

    def zoom(self, start: float, end: float) -> None:
        """Show a stretch of time, s on the axis, and mark it with the band."""
        margin = max(0.15 * (end - start), 0.5)
        self._stack.zoom(start - margin, end + margin)
        self._take_band(start, end)
        self._stack.place_band(start, end)

    def press(self, name: str) -> None:
        """Do what a button of the bar, or its key, does."""
        start, end = self._stack.window_shown
        width = end - start
        match name:
            case "cursors":
                shown = math.isnan(self._cursors[0])
                places = (start + width / 3, end - width / 3) if shown else _NOWHERE
                self._stack.place_cursors(*places)
                self._take_cursors(*places)
            case "band":
                shown = math.isnan(self._band[0])
                places = (start + 0.4 * width, end - 0.4 * width) if shown else _NOWHERE
                self._stack.place_band(*places)
                self._take_band(*places)
            case "follow":
                self._stack.follow(0.0 if self._is_following else _FOLLOWED)
            case _:
                self._stack.zoom_out()

    def close_down(self) -> None:
        """Ask for nothing more."""
        self._measuring.stop()
        self._formulas.want(())

    def _build(self) -> None:
        self._bar = PlotBar(self._words, self)
        self._stack = TimeStack(self)
        self._stack.setObjectName("plots")
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
        column.addWidget(self._pages, 1)

    def _connect(self) -> None:
        self._bar.aligned.connect(self.aligned)
        self._bar.clock_wanted.connect(self._choose_clock)
        self._bar.pressed.connect(self.press)
        self._stack.wanted.connect(self._want)
        self._stack.cursors_moved.connect(self._take_cursors)
        self._stack.band_moved.connect(self._take_band)
        self._stack.dropped.connect(self.dropped)
        self._stack.followed.connect(self._take_followed)
        self._feed.pictured.connect(self._take_picture)
        self._formulas.changed.connect(self._draw)
        self._formulas.failed.connect(self._tell_formula)
        self._measuring.told.connect(self._take_measured)

    def _speak(self) -> None:
        self._hint.setText(self._words.text("review.hint"))
        self._stack.setAccessibleName(self._words.text("review.plots"))
        self._feed.speak(self._words.language)
        if self._desk.runs:
            self.look_again()
        self._show_readings()

    def _want(self, start: float, end: float, pixels: int) -> None:
        """Ask for curves, and for those of formulas."""
        curves = self._desk.curves(self._words.language)
        offsets = self._desk.placed.offsets
        real = tuple(each for each in curves if not each.channel.startswith(SIGN))
        self._feed.want(_TAG, Wanted(real, start, end, pixels), offsets)
        formulas = {each.channel: each for each in self._desk.formulas}
        wishes: list[FormulaWish] = []
        for curve in curves:
            run, formula = self._desk.run(curve.run), formulas.get(curve.channel)
            if run is not None and formula is not None:
                offset = offsets.get(run.key, 0.0)
                window = run.time_ns(start - offset), run.time_ns(end - offset)
                wishes.append(FormulaWish(curve, formula, *window, offset, pixels))
        self._formulas.want(wishes)

    def _take_picture(self, picture: Picture, tag: str) -> None:
        if tag == _TAG:
            self._picture = picture
            self._draw()

    def _draw(self) -> None:
        keys = set(self._desk.plan.keys)
        traces = [trace for trace in self._picture.traces if trace.curve.key in keys]
        picture = self._picture
        formulas = self._formulas.traces.values()
        self._stack.display(
            Picture(picture.start, picture.end, (*traces, *formulas), picture.marks)
        )

    def _tell_formula(self, name: str, why: Message) -> None:
        told = Message("review.formula-failed", {"name": name, "reason": why})
        self.said.emit(told, True)  # noqa: FBT003 - a signal's argument

    def _choose_clock(self, is_clock: bool) -> None:  # noqa: FBT001 - a signal's argument
        self._is_clock = is_clock
        self._stack.set_axis(self._desk.zero_utc_ns if is_clock else None)
        self._show_bar()

    def _take_followed(self, seconds: float) -> None:
        self._is_following = seconds > 0
        self._show_bar()

    def _take_cursors(self, a: float, b: float) -> None:
        self._cursors = (a, b)
        self._show_bar()
        self._measure()

    def _take_band(self, start: float, end: float) -> None:
        self._band = (start, end)
        self._show_bar()
        self._measure()

    def _show_bar(self) -> None:
        desk = self._desk
        self._bar.display(
            PlotBarState(
                alignment=desk.alignment,
                steps=steps_to_choose(desk.runs),
                events=tuple(events_to_choose(desk.runs).items()),
                is_clock=self._is_clock,
                can_clock=desk.zero_utc_ns is not None,
                has_cursors=not math.isnan(self._cursors[0]),
                has_band=not math.isnan(self._band[0]),
                is_following=self._is_following,
                can_follow=any(run.is_growing for run in desk.runs),
            )
        )

    def _measure(self) -> None:
        """Have measured what is marked; where nothing is, nothing is read."""
        if math.isnan(self._cursors[0]) and math.isnan(self._band[0]):
            self._measuring.stop()
            self._measured = {}
            self._show_readings()
            return
        formulas = {each.channel: each for each in self._desk.formulas}
        offsets = self._desk.placed.offsets
        subjects: list[Subject] = []
        for key in self._desk.plan.keys:
            name, channel = key_parts(key)
            run = self._desk.run(name)
            if run is None:
                continue
            times = [
                None if math.isnan(at) else run.time_ns(at - offsets.get(name, 0.0))
                for at in (*self._cursors, *self._band)
            ]
            band = None if times[2] is None or times[3] is None else Window(times[2], times[3])
            what = formulas.get(channel, channel)
            subjects.append(Subject(key, name, what, times[0], times[1], band))
        self._measuring.want(subjects)

    def _take_measured(self, measured: dict[str, Measured]) -> None:
        self._measured = measured
        self._show_readings()

    def _show_readings(self) -> None:
        is_marked = not (math.isnan(self._cursors[0]) and math.isnan(self._band[0]))
        curves = self._desk.curves(self._words.language) if is_marked else ()
        self._readings.display(reading_table(curves, self._measured, self._cursors, self._band))
