"""Which curves stand in which strip: taken out, laid over one another, pulled apart."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QGridLayout,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gui.state.plots.picture import Curve
from gui.state.review.plot_plan import PlotPlan
from gui.words import Words

_KEY = Qt.ItemDataRole.UserRole
_BUTTONS = ("remove", "merge", "overlay", "unfold")


class ShownPanel(QFrame):
    """The strips."""

    planned = Signal(object)
    """The `PlotPlan` that is wanted."""

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", True)  # noqa: FBT003 - Qt's signature
        self._words = words
        self._plan = PlotPlan()
        self._curves: tuple[Curve, ...] = ()
        self._heading = QLabel(self)
        self._heading.setProperty("role", "heading")
        self._tree = QTreeWidget(self)
        self._tree.setObjectName("strips")
        self._tree.setHeaderHidden(True)
        self._tree.setColumnCount(1)
        self._tree.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self._tree.itemSelectionChanged.connect(self._enable)
        works = (self.remove, self._merge, self._overlay, self._unfold)
        self._buttons: dict[str, QPushButton] = {}
        grid = QGridLayout()
        for place, (name, work) in enumerate(zip(_BUTTONS, works, strict=True)):
            button = QPushButton(self)
            button.setObjectName(f"{name}_curves")
            button.clicked.connect(work)
            self._buttons[name] = button
            grid.addWidget(button, place // 2, place % 2)
        delete = QShortcut(QKeySequence(Qt.Key.Key_Delete), self._tree, self.remove)
        delete.setContext(Qt.ShortcutContext.WidgetShortcut)  # as an argument it is not taken
        column = QVBoxLayout(self)
        column.addWidget(self._heading)
        column.addWidget(self._tree, 1)
        column.addLayout(grid)
        words.changed.connect(self._speak)
        self._speak()

    def display(self, plan: PlotPlan, curves: Sequence[Curve]) -> None:
        """Show strips."""
        if plan == self._plan and tuple(curves) == self._curves:
            return
        self._plan, self._curves = plan, tuple(curves)
        self._fill()

    def remove(self) -> None:
        """Take the chosen curves out; of a chosen strip all of them."""
        if keys := self._chosen():
            self.planned.emit(self._plan.without_curves(keys))

    def _fill(self) -> None:
        titles = {curve.key: f"{curve.title} [{curve.unit or '1'}]" for curve in self._curves}
        self._tree.clear()
        for number, strip in enumerate(self._plan.strips):
            name = self._words.text("review.strip", number=number + 1)
            if not strip.is_overlaid and len(strip.keys) > 1:
                name = f"{name} ({self._words.text('review.lanes')})"
            top = QTreeWidgetItem([name])
            for key in strip.keys:
                item = QTreeWidgetItem([titles.get(key, key)])
                item.setToolTip(0, key.replace("\n", "\n= ") if "\n=" in key else key)
                item.setData(0, _KEY, key)
                top.addChild(item)
            self._tree.addTopLevelItem(top)
        self._tree.expandAll()
        self._enable()

    def _speak(self) -> None:
        self._heading.setText(self._words.text("review.shown"))
        self._tree.setAccessibleName(self._words.text("review.shown"))
        for name, button in self._buttons.items():
            button.setText(self._words.text(f"review.{name}"))
            button.setToolTip(self._words.text(f"review.{name}-tip"))
        self._fill()

    def _enable(self) -> None:
        chosen = self._chosen()
        several = [strip for strip in self._plan.strips if len(strip.keys) > 1]
        self._buttons["remove"].setEnabled(bool(chosen))
        self._buttons["merge"].setEnabled(len(chosen) > 1)
        self._buttons["overlay"].setEnabled(self._strip() is not None)
        self._buttons["unfold"].setEnabled(bool(several))

    def _chosen(self) -> tuple[str, ...]:
        """Return the chosen curves; a strip stands for all of its own."""
        keys: list[str] = []
        for item in self._tree.selectedItems():
            at = self._tree.indexOfTopLevelItem(item)
            keys += self._plan.strips[at].keys if at >= 0 else [str(item.data(0, _KEY))]
        return tuple(dict.fromkeys(keys))

    def _strip(self) -> int | None:
        """Return the strip of the first chosen curve, where several stand in it."""
        chosen = self._chosen()
        for at, strip in enumerate(self._plan.strips):
            if chosen and chosen[0] in strip.keys and len(strip.keys) > 1:
                return at
        return None

    def _merge(self) -> None:
        first, *others = self._chosen()
        plan = self._plan
        for key in others:
            at = next(place for place, strip in enumerate(plan.strips) if first in strip.keys)
            plan = plan.with_curve(key, at)
        self.planned.emit(plan)

    def _overlay(self) -> None:
        at = self._strip()
        if at is not None:
            is_overlaid = not self._plan.strips[at].is_overlaid
            self.planned.emit(self._plan.with_overlay(at, is_overlaid=is_overlaid))

    def _unfold(self) -> None:
        self.planned.emit(self._plan.unfolded())
