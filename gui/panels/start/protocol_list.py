"""The protocols one may choose, those for this object first."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gui.state.start.offer import ProtocolEntry, offered
from gui.words import Words

_NAME = Qt.ItemDataRole.UserRole


class ProtocolList(QFrame):
    """Searches and chooses a protocol."""

    chosen = Signal(str)
    """Name of the protocol."""
    file_wanted = Signal()
    """A protocol in a file of one's own is to be opened."""

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        """Begin with nothing to choose."""
        super().__init__(parent)
        self.setObjectName("protocol_list")
        self._words = words
        self._entries: tuple[ProtocolEntry, ...] = ()
        self._kind = ""
        self._current = ""
        self._search = QLineEdit(self)
        self._search.setObjectName("protocol_search")
        self._search.setClearButtonEnabled(True)
        self._tree = _tree(self)
        self._open = QPushButton(self)
        self._open.setObjectName("open_protocol")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for each in (self._search, self._tree, self._open):
            layout.addWidget(each)
        self._search.textChanged.connect(self._fill)
        self._tree.currentItemChanged.connect(self._choose)
        self._open.clicked.connect(self.file_wanted)
        find = QShortcut(QKeySequence.StandardKey.Find, self)
        find.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        find.activated.connect(self._search.setFocus)
        words.changed.connect(self._speak)
        self._speak()

    @property
    def current(self) -> str:
        """Name of the chosen protocol; empty: none is."""
        return self._current

    def display(self, entries: tuple[ProtocolEntry, ...], kind: str) -> None:
        """Show protocols; those for the object kind come first."""
        if entries is self._entries and kind == self._kind:
            return
        self._entries, self._kind = entries, kind
        self._fill()

    def choose(self, name: str) -> None:
        """Choose a protocol, as a click would."""
        self._search.clear()
        for item in self._items():
            if item.data(0, _NAME) == name:
                self._tree.setCurrentItem(item)
                self._tree.scrollToItem(item)

    def _speak(self) -> None:
        say = self._words.text
        self._search.setPlaceholderText(say("start.search"))
        self._search.setAccessibleName(say("start.search"))
        self._tree.setAccessibleName(say("start.protocols"))
        self._open.setText(say("start.open-file"))
        self._fill()

    def _fill(self) -> None:
        """Show what the search finds, and keep what is chosen."""
        found = offered(self._entries, self._kind, self._search.text())
        ours = [each for each in found if each.kind == self._kind]
        others = [each for each in found if each.kind != self._kind]
        with QSignalBlocker(self._tree):
            self._tree.clear()
            self._section("start.for-object", ours, is_open=True)
            self._section("start.for-others", others, is_open=bool(self._search.text()) or not ours)

    def _section(self, title: str, entries: list[ProtocolEntry], *, is_open: bool) -> None:
        if not entries:
            return
        top = QTreeWidgetItem([self._words.text(title, count=len(entries))])
        top.setFlags(Qt.ItemFlag.ItemIsEnabled)
        self._tree.addTopLevelItem(top)
        for entry in entries:
            item = self._item(entry)
            top.addChild(item)
            if entry.name == self._current:
                self._tree.setCurrentItem(item)
                is_open = True
        top.setExpanded(is_open)

    def _item(self, entry: ProtocolEntry) -> QTreeWidgetItem:
        mark = "▲ " if entry.problem is not None else ""
        item = QTreeWidgetItem([f"{mark}{self._words.of(entry.title)}"])
        item.setData(0, _NAME, entry.name)
        told = (self._words.of(entry.title), entry.name, self._words.of(entry.about))
        item.setToolTip(0, "\n".join(filter(None, told)))
        return item

    def _items(self) -> list[QTreeWidgetItem]:
        tops = [self._tree.topLevelItem(i) for i in range(self._tree.topLevelItemCount())]
        below = [top.child(i) for top in tops if top is not None for i in range(top.childCount())]
        return [each for each in below if each is not None]

    def _choose(self, item: QTreeWidgetItem | None) -> None:
        name = None if item is None else item.data(0, _NAME)
        if isinstance(name, str) and name != self._current:
            self._current = name
            self.chosen.emit(name)


def _tree(parent: QWidget) -> QTreeWidget:
    tree = QTreeWidget(parent)
    tree.setObjectName("protocols")
    tree.setHeaderHidden(True)
    tree.setIndentation(10)
    tree.setTextElideMode(Qt.TextElideMode.ElideRight)
    tree.header().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
    tree.setMinimumSize(QSize(210, 120))
    return tree
