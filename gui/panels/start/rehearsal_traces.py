"""The traces of a rehearsal: what the run would show, before hydrogen flows."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.bridge.run_feed import RunFeed
from gui.plots.time_stack import Strip, TimeStack
from gui.state.console.live_trend import TrendGroup
from gui.state.plots.open_run import OpenRun, key_of
from gui.state.plots.picture import Curve, Picture, Wanted
from gui.state.start.rehearsal import Rehearsed
from gui.words import Words

_TAG = "rehearsal"
_HEIGHT = 140  # px: what does not fit is scrolled


class RehearsalTraces(QWidget):
    """Strips over the whole of a rehearsal's run file."""

    def __init__(self, words: Words, feed: RunFeed, parent: QWidget | None = None) -> None:
        """Begin with none."""
        super().__init__(parent)
        self._words, self._feed = words, feed
        self._groups: tuple[TrendGroup, ...] = ()
        self._run: OpenRun | None = None
        self._key = ""
        self._stack = TimeStack(self)
        self._stack.setObjectName("rehearsal_stack")
        self._stack.setMinimumHeight(_HEIGHT)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)
        self._stack.wanted.connect(self._want)
        feed.opened.connect(self._opened)
        feed.pictured.connect(self._pictured)
        words.changed.connect(self._speak)

    def arrange(self, groups: tuple[TrendGroup, ...]) -> None:
        """Say which channels are shown together."""
        self._groups = groups

    def display(self, found: Rehearsed) -> None:
        """Show another rehearsal instead of the one before."""
        if self._key:
            self._feed.close_run(self._key)
        self._run, self._key = None, key_of(found.path)
        self._feed.open(found.path)

    def _opened(self, run: OpenRun) -> None:
        if run.key == self._key:
            self._run = run
            self._speak()
            self._stack.zoom(0.0, max(run.duration, 1.0))

    def _speak(self) -> None:
        run = self._run
        if run is None:
            return
        self._stack.setAccessibleName(self._words.text("start.rehearsal"))
        self._stack.arrange(
            [
                Strip(
                    self._words.of(group.title),
                    tuple(each.key for each in self._curves(run, group)),
                    group.channels[0].limits,
                )
                for group in self._groups
            ]
        )
        self._stack.zoom(*self._stack.window_shown)

    def _curves(self, run: OpenRun, group: TrendGroup) -> tuple[Curve, ...]:
        say = self._words.of
        return tuple(
            Curve(run.key, each.name, say(each.title), each.unit.label) for each in group.channels
        )

    def _want(self, start: float, end: float, pixels: int) -> None:
        run = self._run
        if run is not None:
            curves = tuple(each for group in self._groups for each in self._curves(run, group))
            self._feed.want(_TAG, Wanted(curves, start, end, pixels))

    def _pictured(self, picture: Picture, tag: str) -> None:
        if tag == _TAG and self._run is not None:
            self._stack.display(picture)
