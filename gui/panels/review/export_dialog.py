"""Asks what of the view goes into a CSV or Parquet file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from gui.state.review.export_plan import ExportChoice, Stretch
from gui.words import Words

AskFile = Callable[[QWidget, str, str], Path | None]
"""Parent, title, kinds of file → the file; None: none is wanted."""
_STRETCHES = tuple(Stretch)


class ExportDialog(QDialog):
    """Asks what goes into a file."""

    chosen = Signal(object)
    """An `ExportChoice`."""

    def __init__(
        self, words: Words, ask: AskFile, *, has_band: bool, parent: QWidget | None = None
    ) -> None:
        """Ask.

        Args:
            words: Language.
            ask: Asks for the file.
            has_band: Whether there is a band.
            parent: Window it belongs to.
        """
        super().__init__(parent)
        self.setObjectName("export_dialog")
        self._words, self._ask = words, ask
        self._stretches = QButtonGroup(self)
        column = QVBoxLayout(self)
        self._heading = QLabel(self)
        self._heading.setProperty("role", "heading")
        column.addWidget(self._heading)
        for place, each in enumerate(_STRETCHES):
            button = QRadioButton(self)
            button.setObjectName(f"export_{each.value}")
            self._stretches.addButton(button, place)
            column.addWidget(button)
        self._stretches.button(0).setChecked(True)
        self._stretches.button(_STRETCHES.index(Stretch.BAND)).setEnabled(has_band)
        self._channels = QComboBox(self)
        self._channels.setObjectName("export_channels")
        self._channels.addItems(["", ""])
        self._every = QLineEdit(self)
        self._every.setObjectName("export_every")
        self._every.setPlaceholderText("1 s")
        self._quality = QCheckBox(self)
        self._quality.setObjectName("export_quality")
        self._utc = QCheckBox(self)
        self._utc.setObjectName("export_utc")
        self._utc.setChecked(True)
        self._labels = [QLabel(self) for _ in range(2)]
        form = QFormLayout()
        form.addRow(self._labels[0], self._channels)
        form.addRow(self._labels[1], self._every)
        column.addLayout(form)
        column.addWidget(self._quality)
        column.addWidget(self._utc)
        self._note = QLabel(self)
        self._note.setWordWrap(True)
        self._note.setProperty("role", "label")
        column.addWidget(self._note)
        self._buttons = QDialogButtonBox(self)
        self._save = self._buttons.addButton("", QDialogButtonBox.ButtonRole.AcceptRole)
        self._save.setObjectName("export_save")
        self._cancel = self._buttons.addButton("", QDialogButtonBox.ButtonRole.RejectRole)
        self._buttons.accepted.connect(self._take)
        self._buttons.rejected.connect(self.reject)
        column.addWidget(self._buttons)
        words.changed.connect(self._speak)
        self._speak()

    def _speak(self) -> None:
        words = self._words
        self.setWindowTitle(words.text("review.export-title"))
        self._heading.setText(words.text("review.export-time"))
        for place, each in enumerate(_STRETCHES):
            button = self._stretches.button(place)
            button.setText(words.text(f"review.export-{each.value}"))
        self._labels[0].setText(words.text("review.export-channels"))
        self._channels.setItemText(0, words.text("review.export-shown"))
        self._channels.setItemText(1, words.text("review.export-all"))
        self._labels[1].setText(words.text("review.export-every"))
        self._every.setAccessibleName(words.text("review.export-every"))
        self._quality.setText(words.text("review.export-quality"))
        self._utc.setText(words.text("review.export-utc"))
        self._note.setText(words.text("review.export-note"))
        self._save.setText(words.text("review.export-save"))
        self._cancel.setText(words.text("review.cancel"))

    def _take(self) -> None:
        words = self._words
        path = self._ask(self, words.text("review.export-title"), words.text("review.export-kinds"))
        if path is None:
            return
        choice = ExportChoice(
            path=path if path.suffix else path.with_suffix(".csv"),
            stretch=_STRETCHES[self._stretches.checkedId()],
            is_all_channels=self._channels.currentIndex() == 1,
            every=self._every.text(),
            has_quality=self._quality.isChecked(),
            has_utc=self._utc.isChecked(),
        )
        self.accept()
        self.chosen.emit(choice)
