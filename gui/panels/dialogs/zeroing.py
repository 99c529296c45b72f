"""Comparing channels with zero, step by step: choose, isolate, compare, result."""

from __future__ import annotations

from collections import deque

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from bench.messages import Message
from bench.service.requests import TakeControl
from gui.panels.dialogs.sheet import Sheet
from gui.state.console.zeroing import Outcome, ZeroChannel, ZeroState, comparison, outcome_in
from gui.widgets.columns import stretch_first_column
from gui.words import Words

_PAGES = ("zero-choose", "zero-isolate", "zero-compare", "zero-result")
_CHOOSE, _ISOLATE, _COMPARE, _RESULT = range(4)
_NAME = Qt.ItemDataRole.UserRole


class ZeroingDialog(Sheet):
    """Guides through a comparison with zero; nothing in the rig is changed by it."""

    protocol_wanted = Signal(str)
    """The object's own protocol is to be used instead."""

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        """Begin at the choice of channels; `display` says which there are."""
        super().__init__(words, "dialog.zero", parent)
        self.setObjectName("zeroing_dialog")
        self._state = ZeroState()
        self._page = _CHOOSE
        self._waiting: deque[str] = deque()
        self._outcomes: dict[str, Outcome] = {}
        self._after = 0
        self._names: list[str] = []
        self._told = self.label("dialog.zero-choose", role="body")
        self._own_text = QLabel(self)
        self._own_text.setWordWrap(True)
        self._own_text.setProperty("role", "label")
        self._own = QPushButton(self)
        self._own.setObjectName("zero_own")
        self._own.setAutoDefault(False)
        self.follow(self._own, "dialog.zero-use-own")
        self._tree = _table(self)
        self._seconds = QDoubleSpinBox(self)
        self._seconds_label = QLabel(self)
        self._compose()
        self._back = self.button("zero_back", "dialog.zero-back", self._go_back)
        self._next = self.button("zero_next", "dialog.zero-next", self._go_on)
        self.button("zero_close", "dialog.close", self.close)
        self.resize(600, 480)
        self.speak()

    def display(self, state: ZeroState) -> None:
        """Show what the channels show now, and what was found."""
        if state == self._state:
            return
        is_other = [each.name for each in state.channels] != self._names
        self._state = state
        if is_other and state.channels:
            self._fill()
        self._refresh()
        if self._page == _COMPARE:
            self._take_outcome()
        self._offer()

    def refused(self, reason: Message) -> None:
        """Take that the bench refused the comparison that was asked for."""
        if self._page == _COMPARE and self._waiting:
            name = self._waiting.popleft()
            self._outcomes[name] = Outcome(name, reason, is_done=False)
            self._compare_next()
        self.tell(reason)

    def speak(self) -> None:
        """Set all texts in the language of now."""
        super().speak()
        say = self._words.text
        heads = ("zero-channel", "zero-shown", "zero-error", "zero-verdict")
        self._tree.setHeaderLabels([say(f"dialog.{each}") for each in heads])
        self._tree.setAccessibleName(say("dialog.zero-channel"))
        self._seconds_label.setText(say("dialog.zero-seconds"))
        self._seconds.setAccessibleName(say("dialog.zero-seconds"))
        self._refresh()
        self._offer()

    def _compose(self) -> None:
        self._seconds.setObjectName("zero_seconds")
        self._seconds.setRange(1.0, 600.0)
        self._seconds.setValue(10.0)
        self._seconds.setDecimals(0)
        self._seconds.setSuffix(" s")
        self._seconds_label.setBuddy(self._seconds)
        self._own.clicked.connect(self._use_own)
        self._tree.itemChanged.connect(self._offer)
        own, row = QHBoxLayout(), QHBoxLayout()
        own.addWidget(self._own_text, 1)
        own.addWidget(self._own)
        row.addWidget(self._seconds_label)
        row.addWidget(self._seconds)
        row.addStretch(1)
        self.body.addWidget(self._told)
        self.body.addLayout(own)
        self.body.addWidget(self._tree, 1)
        self.body.addLayout(row)

    @property
    def _chosen(self) -> list[str]:
        checked = Qt.CheckState.Checked
        return [str(i.data(0, _NAME)) for i in self._items() if i.checkState(0) is checked]

    def _items(self) -> list[QTreeWidgetItem]:
        found = (self._tree.topLevelItem(i) for i in range(self._tree.topLevelItemCount()))
        return [each for each in found if each is not None]

    def _fill(self) -> None:
        usual = self._state.usual
        self._tree.clear()
        self._names = [each.name for each in self._state.channels]

        def place(channel: ZeroChannel) -> tuple[bool, bool]:
            return channel.name not in usual, channel.title.en == channel.name

        for channel in sorted(self._state.channels, key=place):
            item = QTreeWidgetItem()
            item.setData(0, _NAME, channel.name)
            is_usual = channel.name in usual
            item.setCheckState(0, Qt.CheckState.Checked if is_usual else Qt.CheckState.Unchecked)
            self._tree.addTopLevelItem(item)

    def _refresh(self) -> None:
        """Write the values of now; those not chosen are shown only on the first page."""
        chosen = set(self._chosen)
        known = {each.name: each for each in self._state.channels}
        for item in self._items():
            channel = known.get(str(item.data(0, _NAME)))
            if channel is not None:
                self._write(item, channel)
                item.setHidden(self._page != _CHOOSE and channel.name not in chosen)

    def _write(self, item: QTreeWidgetItem, channel: ZeroChannel) -> None:
        outcome = self._outcomes.get(channel.name)
        shown = channel.shown if channel.is_valid else f"△ {channel.shown}"
        title = self._words.of(channel.title)
        named = title if title == channel.name else f"{title} ({channel.name})"
        texts = [named, shown, "", ""]
        if self._page >= _COMPARE:
            texts[1:] = self._found(channel.name, outcome)
        for column, text in enumerate(texts):
            if item.text(column) != text:
                item.setText(column, text)
                item.setToolTip(column, text)

    def _found(self, name: str, outcome: Outcome | None) -> list[str]:
        say, of = self._words.text, self._words.of
        if outcome is None:
            is_running = bool(self._waiting) and self._waiting[0] == name
            return ["", "", say("dialog.zero-averaging" if is_running else "dialog.zero-waiting")]
        if not outcome.is_done:
            return ["", "", f"▲ {of(outcome.said)}"]
        verdict = outcome.verdict
        told = say("dialog.zero-not-stated") if verdict is None else of(verdict)
        is_outside = verdict is not None and verdict.id == "maintenance.outside"
        return [outcome.shown, outcome.error, f"▲ {told}" if is_outside else told]

    def _offer(self) -> None:
        """Show what belongs to the page."""
        state, page, say = self._state, self._page, self._words.text
        self._told.setText(say(f"dialog.{_PAGES[page]}"))
        has_own = page == _CHOOSE and bool(state.protocol)
        self._own_text.setText(say("dialog.zero-own", protocol=state.protocol))
        self._own_text.setVisible(has_own)
        self._own.setVisible(has_own)
        for each in (self._seconds, self._seconds_label):
            each.setVisible(page == _ISOLATE)
        if page < _COMPARE:
            self.tell(state.hindrance)
        for column in (2, 3):
            self._tree.setColumnHidden(column, page < _COMPARE)
        self._back.setVisible(page in {_ISOLATE, _RESULT})
        self._next.setVisible(page < _COMPARE)
        self._next.setText(say("dialog.zero-begin" if page == _ISOLATE else "dialog.zero-next"))
        is_possible = bool(self._chosen) and (page == _CHOOSE or state.hindrance is None)
        self._next.setEnabled(is_possible)

    def _go_back(self) -> None:
        self._turn(_CHOOSE)

    def _go_on(self) -> None:
        if self._page == _CHOOSE:
            self._turn(_ISOLATE)
            return
        self._waiting, self._outcomes = deque(self._chosen), {}
        self._turn(_COMPARE)
        if not self._state.has_control:
            self.asked.emit(TakeControl())
        self._compare_next()

    def _turn(self, page: int) -> None:
        self._page = page
        self._refresh()
        self._offer()

    def _compare_next(self) -> None:
        """Ask for the next comparison; the bench does one at a time."""
        model = self._state.model
        if not self._waiting or model is None:
            self._turn(_RESULT)
            return
        events = self._state.events
        self._after = events[-1].number if events else self._after
        self.asked.emit(comparison(model, self._waiting[0], self._seconds.value()))
        self._refresh()

    def _take_outcome(self) -> None:
        if not self._waiting:
            return
        found = outcome_in(self._state.events, self._waiting[0], self._after)
        if found is not None:
            self._outcomes[self._waiting.popleft()] = found
            self._compare_next()

    def _use_own(self) -> None:
        self.protocol_wanted.emit(self._state.protocol)
        self.close()


def _table(parent: QWidget) -> QTreeWidget:
    tree = QTreeWidget(parent)
    tree.setObjectName("zero_channels")
    tree.setColumnCount(4)
    tree.setRootIsDecorated(False)
    tree.setAlternatingRowColors(True)
    stretch_first_column(tree)
    tree.setMinimumHeight(140)
    return tree
