"""Channels that are made up: name, expression, unit; checked while one types."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import (
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from bench.messages import Message
from gui.state.review.formula import Formula
from gui.words import Words

Check = Callable[[Formula, Callable[[str], None], Callable[[Message], None]], None]
"""Formula, then what to call with its coherent unit, or with why it makes no sense."""
_TYPING_MS = 250
_FIELDS = ("name", "text", "unit")


class FormulaDialog(QDialog):
    """Adds and removes formulas; it stays beside the plots."""

    added = Signal(object)
    """A `Formula` that makes sense."""
    removed = Signal(str)
    """Name of a formula."""

    def __init__(self, words: Words, check: Check, parent: QWidget | None = None) -> None:
        """Show no formula.

        Args:
            words: Language.
            check: Says whether a formula makes sense in the open run.
            parent: Window it belongs to.
        """
        super().__init__(parent)
        self.setObjectName("formula_dialog")
        self._words, self._check = words, check
        self._formulas: tuple[Formula, ...] = ()
        self._round = 0
        self._problem: Message | None = None
        self._sensible: Formula | None = None
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_TYPING_MS)
        self._pause.timeout.connect(self._look)
        self._build()
        words.changed.connect(self._speak)
        self._speak()

    def display(self, formulas: Sequence[Formula]) -> None:
        """Show the formulas there are."""
        if tuple(formulas) == self._formulas:
            return
        self._formulas = tuple(formulas)
        self._list.clear()
        for each in self._formulas:
            item = QListWidgetItem(f"{each.channel} = {each.text}  [{each.unit or '1'}]")
            self._list.addItem(item)

    def _build(self) -> None:
        self._labels = {name: QLabel(self) for name in _FIELDS}
        self._fields = {name: QLineEdit(self) for name in _FIELDS}
        form = QFormLayout()
        for name in _FIELDS:
            self._fields[name].setObjectName(f"formula_{name}")
            self._fields[name].textEdited.connect(self._edited)
            form.addRow(self._labels[name], self._fields[name])
        self._fields["name"].setPlaceholderText("power")
        self._fields["text"].setPlaceholderText("engine.torque*engine.speed")
        self._fields["unit"].setPlaceholderText("kW")
        self._fields["text"].setMinimumWidth(380)
        self._said = QLabel(self)
        self._said.setObjectName("formula_said")
        self._said.setWordWrap(True)
        self._said.setMinimumHeight(3 * self._said.fontMetrics().lineSpacing())
        self._add = QPushButton(self)
        self._add.setObjectName("add_formula")
        self._add.setDefault(True)
        self._add.clicked.connect(self._take)
        self._remove = QPushButton(self)
        self._remove.setObjectName("remove_formula")
        self._remove.setAutoDefault(False)
        self._remove.clicked.connect(self._drop)
        self._list = QListWidget(self)
        self._list.setObjectName("formulas")
        self._list.currentRowChanged.connect(self._edit)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self._remove)
        buttons.addWidget(self._add)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addWidget(self._said)
        column.addWidget(self._list, 1)
        column.addLayout(buttons)

    def _speak(self) -> None:
        words = self._words
        self.setWindowTitle(words.text("review.formula-title"))
        for name in _FIELDS:
            self._labels[name].setText(words.text(f"review.formula-field-{name}"))
            self._fields[name].setAccessibleName(words.text(f"review.formula-field-{name}"))
        self._add.setText(words.text("review.formula-add"))
        self._remove.setText(words.text("review.formula-remove"))
        self._list.setAccessibleName(words.text("review.formulas"))
        self._show()

    def _formula(self) -> Formula:
        return Formula(*(self._fields[name].text().strip() for name in _FIELDS))

    def _edited(self) -> None:
        self._sensible = None
        self._add.setEnabled(False)
        self._pause.start()

    def _look(self) -> None:
        formula = self._formula()
        self._round += 1
        if not formula.text:
            self._problem, self._sensible = None, None
            self._show()
            return
        self._check(
            formula, partial(self._accept, self._round, formula), partial(self._refuse, self._round)
        )

    def _accept(self, number: int, formula: Formula, unit: str) -> None:
        if number == self._round:
            self._problem = None
            self._sensible = Formula(formula.name, formula.text, formula.unit or unit)
            self._show()

    def _refuse(self, number: int, why: Message) -> None:
        if number == self._round:
            self._problem, self._sensible = why, None
            self._show()

    def _show(self) -> None:
        if self._problem is not None:
            said = f"▲ {self._words.of(self._problem)}"
        elif self._sensible is not None:
            said = self._words.text("review.formula-sensible", unit=self._sensible.unit or "1")
        else:
            said = self._words.text("review.formula-hint")
        self._said.setText(said)
        is_valid = self._problem is None
        self._fields["text"].setProperty("valid", is_valid)
        style = self._fields["text"].style()
        style.unpolish(self._fields["text"])
        style.polish(self._fields["text"])
        self._add.setEnabled(self._sensible is not None)

    def _take(self) -> None:
        if self._sensible is not None:
            self.added.emit(self._sensible)

    def _drop(self) -> None:
        at = self._list.currentRow()
        if 0 <= at < len(self._formulas):
            self.removed.emit(self._formulas[at].name)

    def _edit(self, at: int) -> None:
        """Put a chosen formula into the fields."""
        if 0 <= at < len(self._formulas):
            chosen = self._formulas[at]
            texts = (chosen.name, chosen.text, chosen.unit)
            for name, text in zip(_FIELDS, texts, strict=True):
                self._fields[name].setText(text)
            self._look()
