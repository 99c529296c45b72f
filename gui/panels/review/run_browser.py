"""Finds runs: the folders' runs by object, protocol, verdict, day and words; damaged files too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QModelIndex, QTimer, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFileDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from bench.errors import BenchError
from bench.messages import Message
from bench.runs.catalogue.database import Listed, list_files
from gui.bridge.tasks import Progress, Task, Tasks
from gui.panels.review.run_table import RunTable, verdict_word
from gui.state.review.run_list import Asked, Found, RunListState, found_in, run_list
from gui.words import Words

_TYPING_MS = 200
_FACETS = ("object", "protocol", "verdict")


class RunBrowser(QFrame):
    """The runs of some folders."""

    open_wanted = Signal(object)
    """Files (tuple of `Path`) to open."""
    folders_changed = Signal(object)
    """Folders (tuple of `Path`) that are shown from now on."""

    def __init__(
        self, words: Words, tasks: Tasks, cache: Path, parent: QWidget | None = None
    ) -> None:
        """Show nothing yet.

        Args:
            words: Language.
            tasks: Reads folders.
            cache: The user's cache folder, for the index of a folder.
            parent: Widget it stands in.
        """
        super().__init__(parent)
        self.setProperty("panel", True)  # noqa: FBT003 - Qt's signature
        self._words, self._tasks, self._cache = words, tasks, cache
        self._folders: tuple[Path, ...] = ()
        self._found = Found()
        self._asked = Asked()
        self._state: RunListState | None = None
        self._task: Task | None = None
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._typing.timeout.connect(self._ask)
        self._build()
        words.changed.connect(self._speak)
        self._speak()

    def show_folders(self, folders: tuple[Path, ...]) -> None:
        """Show the runs of folders, and those below them."""
        self._folders = folders
        self.read_again()
        self._speak()

    def read_again(self) -> None:
        """Look into the folders again."""
        if self._task is not None:
            self._task.cancel()
        folders, cache = self._folders, self._cache
        self._task = self._tasks.start(
            lambda progress: _read(folders, cache, progress), self._take, self._fail
        )
        self._task.progressed.connect(self._tell)

    def display(self, state: RunListState) -> None:
        """Show runs."""
        if state == self._state:
            return
        self._state = state
        self._table.show_rows(state.rows)
        self._fill(self._choices["object"], state.facets.objects)
        self._fill(self._choices["protocol"], state.facets.protocols)
        self._fill(self._choices["verdict"], state.facets.verdicts)
        self._view.resizeColumnsToContents()
        self._say(state)
        self._open.setEnabled(bool(state.rows))

    def _build(self) -> None:
        self._heading = QLabel(self)
        self._heading.setProperty("role", "heading")
        self._add_folder = QPushButton(self)
        self._add_folder.setObjectName("choose_folder")
        self._add_folder.clicked.connect(self._choose)
        self._again = QPushButton(self)
        self._again.setObjectName("read_again")
        self._again.clicked.connect(self.read_again)
        self._search = QLineEdit(self)
        self._search.setObjectName("search_runs")
        self._search.setClearButtonEnabled(True)
        self._since = QLineEdit(self)
        self._since.setObjectName("runs_since")
        self._until = QLineEdit(self)
        self._until.setObjectName("runs_until")
        self._choices = {name: QComboBox(self) for name in _FACETS}
        for name, each in self._choices.items():
            each.setObjectName(f"choose_{name}")
            each.setSizeAdjustPolicy(
                QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )
            each.setMinimumContentsLength(10)
            each.activated.connect(self._ask)
        for each in (self._search, self._since, self._until):
            each.textChanged.connect(self._typing.start)
        self._labels = [QLabel(self) for _ in range(5)]
        self._table = RunTable(self._words, self)
        self._view = QTableView(self)
        self._view.setObjectName("runs")
        self._view.setModel(self._table)
        self._view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self._view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self._view.setTabKeyNavigation(False)
        self._view.setWordWrap(False)
        self._view.verticalHeader().hide()
        self._view.verticalHeader().setDefaultSectionSize(24)
        self._view.activated.connect(self._activate)
        self._open = QPushButton(self)
        self._open.setObjectName("open_selected")
        self._open.setEnabled(False)
        self._open.clicked.connect(self._open_selected)
        self._count = QLabel(self)
        self._count.setWordWrap(True)
        self._problems = QPlainTextEdit(self)
        self._problems.setObjectName("run_problems")
        self._problems.setReadOnly(True)
        self._problems.setMaximumHeight(90)
        self._problems.hide()
        self._arrange()

    def _arrange(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self._heading, 1)
        top.addWidget(self._add_folder)
        top.addWidget(self._again)
        grid = QGridLayout()
        fields = (*self._choices.values(), self._since, self._until)
        places = ((0, 0), (0, 2), (1, 0), (2, 0), (2, 2))
        for label, field, (row, column) in zip(self._labels, fields, places, strict=True):
            label.setProperty("role", "label")
            label.setBuddy(field)
            grid.addWidget(label, row, column)
            grid.addWidget(field, row, column + 1)
        grid.addWidget(self._search, 1, 2, 1, 2)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        bottom = QHBoxLayout()
        bottom.addWidget(self._count, 1)
        bottom.addWidget(self._open)
        column = QVBoxLayout(self)
        column.addLayout(top)
        column.addLayout(grid)
        column.addWidget(self._view, 1)
        column.addWidget(self._problems)
        column.addLayout(bottom)

    def _speak(self) -> None:
        words = self._words
        self._heading.setText(
            "\n".join(str(folder) for folder in self._folders) or words.text("review.no-folder")
        )
        self._heading.setWordWrap(True)
        self._add_folder.setText(words.text("review.choose-folder"))
        self._again.setText(words.text("review.read-again"))
        self._search.setPlaceholderText(words.text("review.search-runs"))
        names = (*(f"review.{name}" for name in _FACETS), "review.since", "review.until")
        fields = (*self._choices.values(), self._since, self._until)
        for label, field, name in zip(self._labels, fields, names, strict=True):
            label.setText(words.text(name))
            field.setAccessibleName(words.text(name))
        self._since.setPlaceholderText(words.text("review.day-form"))
        self._until.setPlaceholderText(words.text("review.day-form"))
        self._open.setText(words.text("review.open-selected"))
        self._search.setAccessibleName(words.text("review.search-runs"))
        self._view.setAccessibleName(words.text("review.runs"))
        self._table.speak()
        if self._state is not None:
            state, self._state = self._state, None
            self.display(state)

    def _fill(self, box: QComboBox, choices: Mapping[str, int]) -> None:
        """Set what may be chosen; what is chosen stays."""
        chosen = str(box.currentData() or "")
        box.clear()
        box.addItem(self._words.text("review.all"), "")
        for name, count in choices.items():
            shown = name
            if box is self._choices["verdict"]:
                shown = verdict_word(self._words, name) or self._words.text("review.no-verdict")
            box.addItem(f"{shown} ({count})", name)
        box.setCurrentIndex(max(0, box.findData(chosen)))

    def _say(self, state: RunListState) -> None:
        said = self._words.text("review.runs-shown", count=len(state.rows), total=state.total)
        if not self._folders:
            said = self._words.text("review.choose-first")
        self._count.setText(said)
        self._problems.setVisible(bool(state.problems))
        lines = [f"▲ {self._words.of(problem)}" for problem in state.problems]
        self._problems.setPlainText("\n".join(lines))

    def _ask(self) -> None:
        asked = {name: str(box.currentData() or "") for name, box in self._choices.items()}
        self._asked = replace(
            Asked(**asked),
            text=self._search.text(),
            since=self._since.text(),
            until=self._until.text(),
        )
        self.display(run_list(self._found, self._asked))

    def _take(self, found: Found) -> None:
        self._found = found
        self._state = None
        self.display(run_list(found, self._asked))

    def _fail(self, why: Message) -> None:
        self._take(Found(problems=(why,)))

    def _tell(self, share: float, what: object) -> None:  # noqa: ARG002 - `Task.progressed` has both
        percent = "…" if share != share else f"{100 * share:.0f} %"  # noqa: PLR0124 - nan: unknown
        self._count.setText(self._words.text("review.reading", share=percent))

    def _choose(self) -> None:
        first = str(self._folders[0]) if self._folders else ""
        chosen = QFileDialog.getExistingDirectory(
            self, self._words.text("review.choose-folder"), first
        )
        if chosen:
            self.show_folders((Path(chosen),))
            self.folders_changed.emit((Path(chosen),))

    def _activate(self, index: QModelIndex) -> None:
        self.open_wanted.emit((self._table.path(index.row()),))

    def _open_selected(self) -> None:
        rows = sorted({index.row() for index in self._view.selectionModel().selectedRows()})
        if rows:
            self.open_wanted.emit(tuple(self._table.path(row) for row in rows))


def _read(folders: tuple[Path, ...], cache: Path, progress: Progress) -> Found:
    """Return the runs of folders; a folder that cannot be read is told."""
    files: list[Listed] = []
    problems: list[Message] = []

    def show(done: int, total: int) -> None:
        progress.check()
        progress.tell(done / max(1, total))

    for folder in folders:
        try:
            files += list_files(folder, cache, show=show)
        except BenchError as error:
            problems.append(error.message)
    return found_in(files, problems)
