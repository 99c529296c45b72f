"""A labelled list of things to choose from, by their keys."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QCompleter, QHBoxLayout, QLabel, QSizePolicy, QWidget

from gui.panels.findings.telling import teller
from gui.words import Words
from protocols.wording import Text

_CHARACTERS = 14
"""Least width of the list in characters."""


class Chooser(QWidget):
    """One of many; `chosen` tells the key when the user takes another one."""

    chosen = Signal(str)

    def __init__(
        self,
        words: Words,
        name: str,
        label: str,
        parent: QWidget | None = None,
        *,
        is_searched: bool = False,
    ) -> None:
        """Prepare an empty list.

        Args:
            words: language.
            name: of the list, for tests and assistive technology.
            label: message that stands in front.
            parent: parent.
            is_searched: whether one may type a part of what one looks for.
        """
        super().__init__(parent)
        self._words = words
        self._label_id = label
        self._entries: tuple[tuple[str, Text], ...] = ()
        self._label = QLabel()
        self._label.setProperty("role", "label")
        self.box = QComboBox()
        self.box.setObjectName(name)
        self.box.setMinimumContentsLength(_CHARACTERS)
        self.box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.box.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        if is_searched:
            self._search()
        self._label.setBuddy(self.box)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self._label)
        line.addWidget(self.box, 1)
        self.box.activated.connect(self._on_activated)
        words.changed.connect(self._tell)
        self._tell()

    @property
    def key(self) -> str:
        """Key of what is chosen; empty: nothing is there."""
        data = self.box.currentData()
        return data if isinstance(data, str) else ""

    def display(self, entries: Sequence[tuple[str, Text]], key: str = "") -> None:
        """Offer entries, keys with their texts; choose a key, else what was chosen before."""
        wanted = key or self.key
        self._entries = tuple(entries)
        self._tell()
        self.choose(wanted)

    def choose(self, key: str) -> None:
        """Choose a key, else the first entry."""
        keys = [each for each, _ in self._entries]
        if keys:
            self.box.setCurrentIndex(keys.index(key) if key in keys else 0)

    def _search(self) -> None:
        self.box.setEditable(True)
        self.box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        completer = QCompleter(self.box.model(), self.box)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.box.setCompleter(completer)
        line = self.box.lineEdit()
        if line is not None:
            line.returnPressed.connect(self._on_return)
            line.editingFinished.connect(self._on_edited)

    def _on_return(self) -> None:
        """Take the first entry that contains what was typed."""
        texts = [self.box.itemText(place) for place in range(self.box.count())]
        wanted = self.box.currentText()
        if not wanted or wanted in texts:
            return  # Qt takes whole names by itself
        typed = wanted.casefold()
        found = next((place for place, text in enumerate(texts) if typed in text.casefold()), -1)
        if found >= 0:
            self.box.setCurrentIndex(found)
            self._on_activated()

    def _on_edited(self) -> None:
        """Show what is chosen again where something else was typed."""
        self.box.setEditText(self.box.itemText(self.box.currentIndex()))

    def _on_activated(self) -> None:
        if self.key:
            self.chosen.emit(self.key)

    def _tell(self) -> None:
        say = teller(self._words)
        label = self._words.text(self._label_id)
        self._label.setText(label)
        self.box.setAccessibleName(label)
        place = self.box.currentIndex()
        self.box.clear()
        for key, text in self._entries:
            self.box.addItem(say(text), key)
        self.box.setCurrentIndex(min(max(place, 0), self.box.count() - 1))
