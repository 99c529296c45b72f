"""One row per demand: what it is now, what it may be, and what is staged for it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QLineEdit, QWidget

from bench.messages import Message
from gui.state.console.manual import DemandRow, ManualState, staged_problem, staged_text
from gui.widgets.sentence import Sentence
from gui.words import Words

_HEADS = ("demand", "now", "staged", "allowed", "steepest", "safe")


class DemandGrid(QWidget):
    """Shows the rows of a `ManualState`; holds what is staged."""

    changed = Signal()
    """Something else is staged than before."""

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        """Begin without a demand."""
        super().__init__(parent)
        self.setObjectName("demand_grid")
        self._words = words
        self._state = ManualState()
        self._lines: dict[str, _Line] = {}
        self._heads = [QLabel(self) for _ in _HEADS]
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 6, 0)
        self._grid.setVerticalSpacing(3)
        self._grid.setHorizontalSpacing(10)
        self._grid.setColumnStretch(0, 2)
        self._grid.setColumnStretch(len(_HEADS), 1)
        for column, head in enumerate(self._heads):
            head.setProperty("role", "label")
            self._grid.addWidget(head, 0, column)
        words.changed.connect(self._speak)
        self._speak()

    @property
    def staged(self) -> dict[str, str]:
        """Demand → staged value as the bench takes it."""
        texts = ((name, line.text) for name, line in self._lines.items())
        return {name: text for name, text in texts if text}

    @property
    def has_text(self) -> bool:
        """Whether anything is staged, be it right or wrong."""
        return bool(self.staged)

    @property
    def is_valid(self) -> bool:
        """Whether everything that is staged may be demanded."""
        return all(line.is_valid for line in self._lines.values())

    def display(self, state: ManualState) -> None:
        """Show the demands; what is staged stays."""
        names = [row.name for row in state.rows]
        if names != list(self._lines):
            self._build(state)
        self._state = state
        for row in state.rows:
            self._lines[row.name].display(row)
        self._judge()

    def clear(self) -> None:
        """Stage nothing."""
        for line in self._lines.values():
            line.clear()

    def _build(self, state: ManualState) -> None:
        for line in self._lines.values():
            line.remove()
        self._lines = {}
        for place, row in enumerate(state.rows):
            line = _Line(row, self._words, self)
            line.put(self._grid, 2 * place + 1)
            line.edited.connect(self._edited)
            self._lines[row.name] = line
        self._grid.setRowStretch(2 * len(state.rows) + 1, 1)

    def _edited(self) -> None:
        self._judge()
        self.changed.emit()

    def _judge(self) -> None:
        model, staged = self._state.model, self.staged
        now = {row.name: row.now for row in self._state.rows}
        for name, line in self._lines.items():
            problem = None
            if model is not None and name in staged:
                problem = staged_problem(model, name, staged[name], staged, now)
            line.tell(problem)

    def _speak(self) -> None:
        for head, name in zip(self._heads, _HEADS, strict=True):
            head.setText(self._words.text(f"start.{name}"))
        for line in self._lines.values():
            line.speak()


class _Line(QWidget):
    """The widgets of one demand."""

    edited = Signal()

    def __init__(self, row: DemandRow, words: Words, parent: QWidget) -> None:
        super().__init__(parent)
        self.hide()
        self._row, self._words = row, words
        self._problem: Message | None = None
        self._title, self._now = QLabel(parent), QLabel(parent)
        self._title.setWordWrap(True)
        self._title.setMinimumWidth(110)
        self._texts = [QLabel(parent) for _ in range(3)]
        self._field = _chooser(row, parent) if row.choices else _editor(row, parent)
        self._title.setBuddy(self._field)
        self._wrong = Sentence(parent)
        if isinstance(self._field, QComboBox):
            self._field.currentIndexChanged.connect(self.edited)
        else:
            self._field.textChanged.connect(self.edited)

    @property
    def text(self) -> str:
        if isinstance(self._field, QComboBox):
            return self._field.currentText() if self._field.currentIndex() > 0 else ""
        return staged_text(self._row, self._field.text())

    @property
    def is_valid(self) -> bool:
        return self._problem is None

    def put(self, grid: QGridLayout, line: int) -> None:
        for column, each in enumerate((self._title, self._now, self._field, *self._texts)):
            grid.addWidget(each, line, column)
        grid.addWidget(self._wrong, line + 1, 2, 1, 5)
        self.speak()

    def remove(self) -> None:
        for each in (self._title, self._now, self._field, *self._texts, self._wrong, self):
            each.deleteLater()

    def clear(self) -> None:
        if isinstance(self._field, QComboBox):
            self._field.setCurrentIndex(0)
        else:
            self._field.clear()

    def display(self, row: DemandRow) -> None:
        if row != self._row:
            self._row = row
            self.speak()

    def tell(self, problem: Message | None) -> None:
        if problem == self._problem:
            return
        self._problem = problem
        is_valid = problem is None
        self._field.setProperty("valid", is_valid)
        self._field.style().unpolish(self._field)
        self._field.style().polish(self._field)
        self._wrong.say("" if problem is None else self._words.of(problem), is_warning=True)

    def speak(self) -> None:
        row = self._row
        title = self._words.of(row.title)
        self._title.setText(title)
        needs = "" if row.needs is None else self._words.of(row.needs)
        self._title.setToolTip("\n".join(filter(None, (row.name, needs))))
        self._field.setAccessibleName(title)
        self._now.setText(row.now)
        self._now.setEnabled(row.needs is None)
        safe = row.safe or self._words.text("start.keeps")
        for label, text in zip(self._texts, (row.range, row.gradient, safe), strict=True):
            label.setText(text)
        if self._problem is not None:
            self._wrong.say(self._words.of(self._problem), is_warning=True)


def _chooser(row: DemandRow, parent: QWidget) -> QComboBox:
    box = QComboBox(parent)
    box.addItems(["", *row.choices])
    box.setObjectName(f"staged_{row.name}")
    box.setMinimumWidth(120)
    return box


def _editor(row: DemandRow, parent: QWidget) -> QLineEdit:
    field = QLineEdit(parent)
    field.setObjectName(f"staged_{row.name}")
    field.setPlaceholderText(row.unit)
    field.setMinimumWidth(120)
    field.setMaximumWidth(180)
    return field
