"""Has the curves of the desk drawn: those of channels, and those of formulas."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from bench.messages import Message
from gui.bridge.run_feed import RunFeed
from gui.panels.review.formula_curves import FormulaCurves, FormulaWish
from gui.plots.time_stack import TimeStack
from gui.state.plots.picture import Curve, Picture, Wanted
from gui.state.review.desk import Desk
from gui.state.review.formula import SIGN, Formula
from gui.words import Words

_TAG = "review"


class Drawing(QObject):
    """Asks for the picture of what is seen, and draws it."""

    said = Signal(object, bool)
    """A `Message`, and whether it is trouble."""

    def __init__(self, words: Words, feed: RunFeed, stack: TimeStack) -> None:
        """Draw nothing.

        Args:
            words: Language of titles and marks.
            feed: Open run files.
            stack: The plots that are drawn on.
        """
        super().__init__(stack)
        self._words, self._feed, self._stack = words, feed, stack
        self._desk = Desk()
        self._picture = Picture(0.0, 1.0)
        self._formulas = FormulaCurves(feed, self)
        self._formulas.changed.connect(self._draw)
        self._formulas.failed.connect(self._tell)
        feed.pictured.connect(self._take)
        stack.wanted.connect(self._want)

    def display(self, desk: Desk) -> None:
        """Draw the curves of a desk from now on; `look_again` asks for them."""
        self._desk = desk

    def speak(self) -> None:
        """Draw marks and titles in the language of the window."""
        self._feed.speak(self._words.language)
        if self._desk.runs:
            self.look_again()

    def look_again(self) -> None:
        """Ask for the picture of what is seen."""
        self._want(*self._stack.window_shown, self._stack.pixels)

    def stop(self) -> None:
        """Ask for no formulas any more."""
        self._formulas.want(())

    def _want(self, start: float, end: float, pixels: int) -> None:
        """Ask for curves, and for those of formulas."""
        curves = self._desk.curves(self._words.language)
        real = tuple(each for each in curves if not each.channel.startswith(SIGN))
        wanted = Wanted(real, start, end, pixels)
        self._feed.want(_TAG, wanted, self._desk.placed.offsets)
        formulas = {each.channel: each for each in self._desk.formulas}
        made = ((curve, formulas.get(curve.channel)) for curve in curves)
        wishes = (self._wish(curve, formula, wanted) for curve, formula in made if formula)
        self._formulas.want([each for each in wishes if each is not None])

    def _wish(self, curve: Curve, formula: Formula, wanted: Wanted) -> FormulaWish | None:
        """Return what is to be computed of a run; None: it is closed."""
        run = self._desk.run(curve.run)
        if run is None:
            return None
        offset = self._desk.placed.offsets.get(run.key, 0.0)
        window = run.time_ns(wanted.start - offset), run.time_ns(wanted.end - offset)
        return FormulaWish(curve, formula, *window, offset, wanted.pixels)

    def _take(self, picture: Picture, tag: str) -> None:
        if tag == _TAG:
            self._picture = picture
            self._draw()

    def _draw(self) -> None:
        keys = set(self._desk.plan.keys)
        picture = self._picture
        traces = [trace for trace in picture.traces if trace.curve.key in keys]
        made = self._formulas.traces.values()
        self._stack.display(Picture(picture.start, picture.end, (*traces, *made), picture.marks))

    def _tell(self, name: str, why: Message) -> None:
        told = Message("review.formula-failed", {"name": name, "reason": why})
        self.said.emit(told, True)  # noqa: FBT003 - a signal's argument
