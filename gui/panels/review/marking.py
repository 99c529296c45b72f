"""Cursors and the band on the plots, and what the curves are there."""

from __future__ import annotations

import math

from PySide6.QtCore import QObject, Signal

from bench.runs import Window
from gui.bridge.run_feed import RunFeed
from gui.panels.review.measuring import Measuring
from gui.panels.review.reading_panel import ReadingPanel
from gui.plots.time_stack import TimeStack
from gui.state.review.channel_tree import key_parts
from gui.state.review.desk import Desk
from gui.state.review.measure import Measured, Subject
from gui.state.review.reading_table import reading_table
from gui.words import Words

_NOWHERE = (math.nan, math.nan)


class Marking(QObject):
    """Places cursors and band, and has read what is there."""

    moved = Signal()
    """Cursors or band are elsewhere."""

    def __init__(
        self, words: Words, feed: RunFeed, stack: TimeStack, readings: ReadingPanel
    ) -> None:
        """Mark nothing.

        Args:
            words: Language.
            feed: Open run files.
            stack: The plots that are marked.
            readings: Shows what is read.
        """
        super().__init__(stack)
        self._words, self._stack, self._readings = words, stack, readings
        self._desk = Desk()
        self._cursors, self._band = _NOWHERE, _NOWHERE
        self._measured: dict[str, Measured] = {}
        self._measuring = Measuring(feed, self)
        self._measuring.told.connect(self._take)
        stack.cursors_moved.connect(self._take_cursors)
        stack.band_moved.connect(self._take_band)

    @property
    def band(self) -> tuple[float, float]:
        """The band, s on the axis; NaN: not shown."""
        return self._band

    @property
    def has_cursors(self) -> bool:
        """Whether cursors are shown."""
        return not math.isnan(self._cursors[0])

    @property
    def has_band(self) -> bool:
        """Whether the band is shown."""
        return not math.isnan(self._band[0])

    def display(self, desk: Desk) -> None:
        """Read the curves of a desk."""
        self._desk = desk
        self._measure()

    def speak(self) -> None:
        """Show the readings in the language of the window."""
        marked = self.has_cursors or self.has_band
        curves = self._desk.curves(self._words.language) if marked else ()
        self._readings.display(reading_table(curves, self._measured, self._cursors, self._band))

    def toggle_cursors(self) -> None:
        """Show the cursors within what is seen, or hide them."""
        start, end = self._stack.window_shown
        third = (end - start) / 3
        places = _NOWHERE if self.has_cursors else (start + third, end - third)
        self._stack.place_cursors(*places)
        self._take_cursors(*places)

    def toggle_band(self) -> None:
        """Show the band within what is seen, or hide it."""
        start, end = self._stack.window_shown
        part = 0.4 * (end - start)
        self.place_band(*(_NOWHERE if self.has_band else (start + part, end - part)))

    def place_band(self, start: float, end: float) -> None:
        """Put the band somewhere, s on the axis; NaN hides it."""
        self._stack.place_band(start, end)
        self._take_band(start, end)

    def stop(self) -> None:
        """Read nothing more."""
        self._measuring.stop()

    def _take_cursors(self, a: float, b: float) -> None:
        self._cursors = (a, b)
        self.moved.emit()
        self._measure()

    def _take_band(self, start: float, end: float) -> None:
        self._band = (start, end)
        self.moved.emit()
        self._measure()

    def _measure(self) -> None:
        """Have measured what is marked; where nothing is, nothing is read."""
        if not (self.has_cursors or self.has_band):
            self._measuring.stop()
            self._take({})
            return
        subjects = (self._subject(key) for key in self._desk.plan.keys)
        self._measuring.want([each for each in subjects if each is not None])

    def _subject(self, key: str) -> Subject | None:
        """Return what is to be measured of a curve; None: its run is closed."""
        name, channel = key_parts(key)
        run = self._desk.run(name)
        if run is None:
            return None
        offset = self._desk.placed.offsets.get(name, 0.0)
        a, b, start, end = (
            None if math.isnan(at) else run.time_ns(at - offset)
            for at in (*self._cursors, *self._band)
        )
        band = None if start is None or end is None else Window(start, end)
        formulas = {each.channel: each for each in self._desk.formulas}
        return Subject(key, name, formulas.get(channel, channel), a, b, band)

    def _take(self, measured: dict[str, Measured]) -> None:
        self._measured = measured
        self.speak()
