"""The channels of the open runs: searched, grouped, dragged or typed into the plot."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QMimeData, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gui.state.review.channel_tree import FORMULAS, ChannelTreeState, GroupNode, RunNode
from gui.words import Words

MIME = "application/x-h2bench-channel"
"""What is dragged onto a plot: `Curve.key`."""
_KEY = Qt.ItemDataRole.UserRole
_FEW = 30
"""Channels of a run that are shown unfolded."""


class ChannelTree(QTreeWidget):
    """A tree whose channels can be dragged onto a plot."""

    def mimeTypes(self) -> list[str]:  # noqa: N802 - Qt's name
        """Return what is dragged."""
        return [MIME]

    def mimeData(self, items: Sequence[QTreeWidgetItem]) -> QMimeData:  # noqa: N802 - Qt's name
        """Return the first channel that is dragged."""
        data = QMimeData()
        keys = [str(item.data(0, _KEY)) for item in items if item.data(0, _KEY)]
        if keys:
            data.setData(MIME, keys[0].encode())
        return data


class ChannelPanel(QFrame):
    """The channels of the open runs."""

    add_wanted = Signal(object, bool)
    """Keys (tuple of str), and whether they share one strip."""
    close_wanted = Signal(str)
    """Key of a run."""
    formula_wanted = Signal()
    """Somebody wants to make up a channel."""
    searched = Signal(str)
    """What is searched for."""

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", True)  # noqa: FBT003 - Qt's signature
        self._words = words
        self._state: ChannelTreeState | None = None
        self._build()
        words.changed.connect(self._speak)
        self._speak()

    @property
    def search(self) -> QLineEdit:
        """Where one searches; for a key that leads there."""
        return self._search

    def display(self, state: ChannelTreeState) -> None:
        """Show channels; what was folded stays folded."""
        if state == self._state:
            return
        folded = self._folded() if self._state is not None else frozenset[str]()
        self._state = state
        self._tree.clear()
        for run in state.runs:
            self._tree.addTopLevelItem(self._run_item(run))
        self._unfold(state, folded)
        text = self._words.text("review.channels-shown", count=state.found, total=state.total)
        if state.hidden:
            text = self._words.text("review.channels-hidden", count=state.hidden)
        if not state.runs:
            text = self._words.text("review.no-run")
        self._count.setText(text)
        self._formula.setEnabled(bool(state.runs))
        self._add.setEnabled(bool(state.runs))

    def _build(self) -> None:
        self._search = QLineEdit(self)
        self._search.setObjectName("search_channels")
        self._search.setClearButtonEnabled(True)
        self._search.textChanged.connect(self.searched)
        self._tree = ChannelTree(self)
        self._tree.setObjectName("channels")
        self._tree.setColumnCount(2)
        self._tree.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self._tree.setDragEnabled(True)
        self._tree.setUniformRowHeights(True)
        self._tree.header().setStretchLastSection(False)
        self._tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self._tree.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self._tree.itemActivated.connect(self._activate)
        self._tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._tree.customContextMenuRequested.connect(self._offer)
        down = QShortcut(QKeySequence("Down"), self._search, self._tree.setFocus)
        down.setContext(Qt.ShortcutContext.WidgetShortcut)  # as an argument it is not taken
        self._add = QPushButton(self)
        self._add.setObjectName("add_channels")
        self._add.clicked.connect(lambda: self._emit(is_shared=False))
        self._formula = QPushButton(self)
        self._formula.setObjectName("formula")
        self._formula.clicked.connect(self.formula_wanted)
        self._count = QLabel(self)
        self._count.setWordWrap(True)
        self._count.setProperty("role", "label")
        buttons = QHBoxLayout()
        buttons.addWidget(self._add)
        buttons.addWidget(self._formula)
        column = QVBoxLayout(self)
        column.addWidget(self._search)
        column.addWidget(self._tree, 1)
        column.addWidget(self._count)
        column.addLayout(buttons)

    def _speak(self) -> None:
        words = self._words
        self._search.setPlaceholderText(words.text("review.search-channels"))
        self._search.setAccessibleName(words.text("review.search-channels"))
        self._tree.setHeaderLabels([words.text("review.channel"), words.text("review.unit")])
        self._tree.setAccessibleName(words.text("review.channels"))
        self._tree.setToolTip(words.text("review.drag"))
        self._add.setText(words.text("review.show-selected"))
        self._formula.setText(words.text("review.formula"))
        if self._state is not None:
            state, self._state = self._state, None
            self.display(state)

    def _run_item(self, run: RunNode) -> QTreeWidgetItem:
        title = f"● {run.title}" if run.is_growing else run.title
        item = QTreeWidgetItem([title])
        item.setToolTip(0, run.key)
        item.setData(0, _KEY + 1, run.key)
        font = item.font(0)
        font.setBold(True)
        item.setFont(0, font)
        item.setFirstColumnSpanned(True)
        for group in run.groups:
            item.addChild(self._group_item(group, run.key))
        return item

    def _group_item(self, group: GroupNode, run: str) -> QTreeWidgetItem:
        name = self._words.text("review.formulas") if group.name == FORMULAS else group.name
        item = QTreeWidgetItem([f"{name} ({len(group.channels)})"])
        item.setData(0, _KEY + 1, f"{run}\n{group.name}")
        for leaf in group.channels:
            shown = leaf.title if leaf.title == leaf.name else f"{leaf.name} – {leaf.title}"
            child = QTreeWidgetItem([shown, leaf.unit])
            child.setData(0, _KEY, leaf.key)
            child.setToolTip(0, shown)
            item.addChild(child)
        return item

    def _items(self) -> list[QTreeWidgetItem]:
        """Return the items that can be folded."""
        root = self._tree.invisibleRootItem()
        runs = _children(root)
        return [*runs, *(group for run in runs for group in _children(run))]

    def _folded(self) -> frozenset[str]:
        names = (str(i.data(0, _KEY + 1)) for i in self._items() if not i.isExpanded())
        return frozenset(names)

    def _unfold(self, state: ChannelTreeState, folded: frozenset[str]) -> None:
        for item in self._items():
            name = str(item.data(0, _KEY + 1))
            is_run = item.parent() is None
            is_small = state.is_searched or state.found <= _FEW
            item.setExpanded(is_small or (is_run and name not in folded))

    def _chosen(self) -> tuple[str, ...]:
        keys = [
            str(each.data(0, _KEY)) for each in self._tree.selectedItems() if each.data(0, _KEY)
        ]
        return tuple(keys)

    def _activate(self, item: QTreeWidgetItem) -> None:
        if item.data(0, _KEY):
            self._emit(is_shared=False)

    def _emit(self, *, is_shared: bool) -> None:
        if keys := self._chosen():
            self.add_wanted.emit(keys, is_shared)

    def _offer(self, place: QPoint) -> None:
        item = self._tree.itemAt(place)
        if item is None:
            return
        menu = QMenu(self)
        if item.data(0, _KEY):
            each = QAction(self._words.text("review.show-each"), menu)
            each.triggered.connect(lambda: self._emit(is_shared=False))
            together = QAction(self._words.text("review.show-together"), menu)
            together.triggered.connect(lambda: self._emit(is_shared=True))
            menu.addActions([each, together])
        run = str(item.data(0, _KEY) or item.data(0, _KEY + 1)).partition("\n")[0]
        close = QAction(self._words.text("review.close-run"), menu)
        close.triggered.connect(lambda: self.close_wanted.emit(run))
        menu.addAction(close)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self._tree.viewport().mapToGlobal(place))


def _children(item: QTreeWidgetItem) -> list[QTreeWidgetItem]:
    found = (item.child(place) for place in range(item.childCount()))
    return [each for each in found if each is not None]
