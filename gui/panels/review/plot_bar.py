"""Above the plots: how runs are aligned, which time the axis shows, cursors, band, following."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from bench.messages import Message
from gui.state.review.alignment import Alignment, By
from gui.words import Words

_BUTTONS = ("cursors", "band", "all", "follow")
_KEYS = {"cursors": "C", "band": "B", "all": "Home", "follow": "F"}
_LONGEST = 60


@dataclass(frozen=True)
class PlotBarState:
    """What the bar offers."""

    alignment: Alignment
    """Where the runs lie."""
    steps: Sequence[str] = ()
    """Steps to align by."""
    events: tuple[tuple[str, Message | str], ...] = ()
    """Events to align by: key, and what is said."""
    is_clock: bool = False
    """Whether the axis shows the time of day."""
    can_clock: bool = True
    """Whether it could."""
    has_cursors: bool = False
    """Whether cursors are shown."""
    has_band: bool = False
    """Whether a band is shown."""
    is_following: bool = False
    """Whether the newest values are kept in sight."""
    can_follow: bool = False
    """Whether a run is being recorded."""


class PlotBar(QFrame):
    """The bar above the plots."""

    aligned = Signal(object)
    """An `Alignment` that is wanted."""
    clock_wanted = Signal(bool)
    """Whether the axis is to show the time of day."""
    pressed = Signal(str)
    """``cursors``, ``band``, ``all`` or ``follow``."""

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._state = PlotBarState(Alignment())
        self._label = QLabel(self)
        self._label.setProperty("role", "label")
        self._by = QComboBox(self)
        self._by.setObjectName("align_by")
        self._of = QComboBox(self)
        self._of.setObjectName("align_of")
        self._of.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self._of.setMinimumContentsLength(18)
        self._axis = QComboBox(self)
        self._axis.setObjectName("axis")
        self._by.activated.connect(self._choose_by)
        self._of.activated.connect(self._choose_of)
        self._axis.activated.connect(self._choose_axis)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 2, 4, 2)
        for each in (self._label, self._by, self._of, self._axis):
            row.addWidget(each)
        row.addStretch(1)
        self._buttons: dict[str, QToolButton] = {}
        for name in _BUTTONS:
            button = QToolButton(self)
            button.setObjectName(f"{name}_button")
            button.setCheckable(name != "all")
            button.clicked.connect(lambda _checked=False, name=name: self.pressed.emit(name))
            self._buttons[name] = button
            row.addWidget(button)
        words.changed.connect(self._speak)
        self._speak()

    def display(self, state: PlotBarState) -> None:
        """Show what can be chosen."""
        if state != self._state:
            self._state = state
            self._show()

    def _speak(self) -> None:
        words = self._words
        self._label.setText(words.text("review.align"))
        self._by.setAccessibleName(words.text("review.align"))
        self._of.setAccessibleName(words.text("review.align-of"))
        self._axis.setAccessibleName(words.text("review.axis"))
        for name, button in self._buttons.items():
            button.setText(words.text(f"review.{name}"))
            button.setToolTip(f"{words.text(f'review.{name}-tip')} ({_KEYS[name]})")
        self._show()

    def _show(self) -> None:
        state = self._state
        self._by.clear()
        offered = {By.STEP: bool(state.steps), By.EVENT: bool(state.events)}
        for each in By:
            if offered.get(each, True):
                self._by.addItem(self._words.text(f"review.by-{each.value}"), each)
        self._by.setCurrentIndex(max(0, self._by.findData(state.alignment.by)))
        self._of.clear()
        for key, shown in self._choices().items():
            self._of.addItem(shown if len(shown) < _LONGEST else f"{shown[:_LONGEST]}…", key)
        self._of.setVisible(self._of.count() > 0)
        self._of.setCurrentIndex(max(0, self._of.findData(state.alignment.of)))
        self._axis.clear()
        self._axis.addItem(self._words.text("review.axis-elapsed"))
        if state.can_clock:
            self._axis.addItem(self._words.text("review.axis-clock"))
        self._axis.setCurrentIndex(int(state.is_clock and state.can_clock))
        self._buttons["cursors"].setChecked(state.has_cursors)
        self._buttons["band"].setChecked(state.has_band)
        self._buttons["follow"].setChecked(state.is_following)
        self._buttons["follow"].setVisible(state.can_follow)

    def _choices(self) -> Mapping[str, str]:
        """Return what the runs may be aligned by: key → what is shown."""
        state = self._state
        if state.alignment.by is By.STEP:
            return {step: step for step in state.steps}
        if state.alignment.by is By.EVENT:
            said = dict(state.events)
            return {k: s if isinstance(s, str) else self._words.of(s) for k, s in said.items()}
        return {}

    def _choose_by(self) -> None:
        by = self._by.currentData()
        first = {By.STEP: self._state.steps, By.EVENT: [key for key, _ in self._state.events]}
        if isinstance(by, By):
            self.aligned.emit(Alignment(by, next(iter(first.get(by, ())), "")))

    def _choose_axis(self, place: int) -> None:
        self.clock_wanted.emit(place == 1)

    def _choose_of(self) -> None:
        self.aligned.emit(Alignment(self._state.alignment.by, str(self._of.currentData())))
