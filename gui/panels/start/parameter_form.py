"""The parameters of a protocol, checked while one types."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from bench.messages import Message
from gui.state.start.parameters import ParameterRow, chosen_of, completed
from gui.widgets.sentence import Sentence
from gui.words import Words

Judge = Callable[[str, str], Message | None]
"""Parameter and text as written → what is wrong with it; None: nothing."""


class ParameterForm(QFrame):
    """One row per parameter."""

    changed = Signal()
    """Something else is chosen than before."""

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        """Begin without a parameter."""
        super().__init__(parent)
        self.setObjectName("parameter_form")
        self._words = words
        self._rows: tuple[ParameterRow, ...] = ()
        self._judge: Judge = _nothing_wrong
        self._fields: dict[str, _Field] = {}
        self._none = QLabel(self)
        self._none.setProperty("role", "label")
        self._defaults = QPushButton(self)
        self._defaults.setObjectName("parameter_defaults")
        self._defaults.clicked.connect(self._reset)
        self._area = QScrollArea(self)
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setMinimumHeight(64)
        self._area.viewport().setAutoFillBackground(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._none)
        layout.addWidget(self._area, 1)
        layout.addWidget(self._defaults, 0, Qt.AlignmentFlag.AlignLeft)
        words.changed.connect(self._speak)
        self._speak()

    @property
    def chosen(self) -> dict[str, str]:
        """What differs from the defaults, as the command line would take it."""
        return chosen_of(self._rows, {name: each.text for name, each in self._fields.items()})

    @property
    def is_valid(self) -> bool:
        """Whether every field can be used."""
        return all(each.is_valid for each in self._fields.values())

    def display(self, rows: tuple[ParameterRow, ...], judge: Judge) -> None:
        """Show the parameters of a protocol with their defaults; fields of the same row stay."""
        self._judge = judge
        if rows == self._rows:
            self._check_all()
            return
        kept = {row.name: self._fields[row.name].text for row in self._rows if row in rows}
        self._rows = rows
        self._build(kept)

    def set_values(self, values: Mapping[str, str]) -> None:
        """Write values into fields, as a person would."""
        for name, text in values.items():
            if name in self._fields:
                self._fields[name].write(text)

    def _build(self, kept: Mapping[str, str]) -> None:
        content = QWidget(self._area)
        grid = QGridLayout(content)
        grid.setContentsMargins(0, 0, 6, 0)
        grid.setColumnStretch(0, 3)
        grid.setColumnStretch(2, 2)
        grid.setVerticalSpacing(3)
        self._fields = {}
        for line, row in enumerate(self._rows):
            field = _Field(row, self._words, content)
            field.write(kept.get(row.name, row.default))
            field.place(grid, 2 * line)
            field.edited.connect(self._edited)
            self._fields[row.name] = field
        grid.setRowStretch(2 * len(self._rows), 1)
        self._area.setWidget(content)
        content.setAutoFillBackground(False)
        self._speak()
        self._check_all()

    def _edited(self, name: str) -> None:
        self._check(self._fields[name])
        self.changed.emit()

    def _check(self, field: _Field) -> None:
        text = completed(field.row, field.text)
        field.tell(self._judge(field.row.name, text) if text else None)

    def _check_all(self) -> None:
        for field in self._fields.values():
            self._check(field)

    def _reset(self) -> None:
        for row in self._rows:
            self._fields[row.name].write(row.default)

    def _speak(self) -> None:
        self._none.setText(self._words.text("start.no-parameters"))
        self._none.setVisible(not self._rows)
        self._area.setVisible(bool(self._rows))
        self._defaults.setText(self._words.text("start.defaults"))
        self._defaults.setVisible(bool(self._rows))
        for field in self._fields.values():
            field.speak()


class _Field(QWidget):
    """One parameter: label, field, what it may be, and what is wrong with it."""

    edited = Signal(str)

    def __init__(self, row: ParameterRow, words: Words, parent: QWidget) -> None:
        super().__init__(parent)
        self.row = row
        self._words = words
        self._problem: Message | None = None
        self._label = QLabel(parent)
        self._label.setWordWrap(True)
        self._edit = QLineEdit(parent)
        self._edit.setObjectName(f"parameter_{row.name}")
        self._edit.setMinimumWidth(110)
        self._edit.setMaximumWidth(180)
        self._bounds = QLabel(parent)
        self._bounds.setProperty("role", "label")
        self._bounds.setWordWrap(True)
        self._wrong = Sentence(parent)
        self._label.setBuddy(self._edit)
        self._edit.textChanged.connect(lambda: self.edited.emit(self.row.name))
        self.hide()

    @property
    def text(self) -> str:
        return self._edit.text()

    @property
    def is_valid(self) -> bool:
        return self._problem is None

    def write(self, text: str) -> None:
        self._edit.setText(text)

    def place(self, grid: QGridLayout, line: int) -> None:
        grid.addWidget(self._label, line, 0)
        grid.addWidget(self._edit, line, 1)
        grid.addWidget(self._bounds, line, 2)
        grid.addWidget(self._wrong, line + 1, 1, 1, 2)

    def tell(self, problem: Message | None) -> None:
        self._problem = problem
        is_wrong = problem is not None
        if self._edit.property("valid") is not (not is_wrong):
            self._edit.setProperty("valid", not is_wrong)
            self._edit.style().unpolish(self._edit)
            self._edit.style().polish(self._edit)
        self._wrong.say("" if problem is None else self._words.of(problem), is_warning=True)

    def speak(self) -> None:
        row, say = self.row, self._words.text
        about = self._words.of(row.about)
        self._label.setText(f"{about} ({row.name})" if about else row.name)
        self._edit.setAccessibleName(about or row.name)
        self._edit.setPlaceholderText(row.default)
        told = say("start.default", value=row.default)
        self._edit.setToolTip(f"{told}\n{row.origin}" if row.origin else told)
        self._bounds.setText(self._range())
        self.tell(self._problem)

    def _range(self) -> str:
        row, say = self.row, self._words.text
        if row.low and row.high:
            return say("start.between", low=row.low, high=row.high)
        if row.low:
            return say("start.at-least", low=row.low)
        if row.high:
            return say("start.at-most", high=row.high)
        return row.unit


def _nothing_wrong(name: str, written: str) -> Message | None:
    del name, written
    return None
