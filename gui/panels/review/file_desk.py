"""What one does with files in the reviewer: open, keep, export; it asks for their names."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from bench.errors import BenchError
from bench.messages import Message
from gui.panels.review.desk_keeper import DeskKeeper
from gui.panels.review.export_dialog import ExportDialog
from gui.panels.review.exporting import Exporting
from gui.panels.review.layout_desk import LayoutDesk
from gui.panels.review.plot_desk import PlotDesk
from gui.state.review.export_plan import ExportChoice, export_plans, formulas_shown
from gui.state.review.layout import SUFFIX
from gui.words import Words


@dataclass(frozen=True)
class Asking:
    """How one is asked for files."""

    to_open: Callable[[QWidget, str, Path, str], tuple[Path, ...]]
    """Parent, title, where to begin, kinds of file → those that were chosen."""
    to_write: Callable[[QWidget, str, Path, str], Path | None]
    """Parent, title, suggested file, kinds of file → the one that was chosen; None: none."""


def ask_to_open(parent: QWidget, title: str, begin: Path, kinds: str) -> tuple[Path, ...]:
    """Ask for files that are there."""
    names, _ = QFileDialog.getOpenFileNames(parent, title, str(begin), kinds)
    return tuple(Path(name) for name in names)


def ask_to_write(parent: QWidget, title: str, suggested: Path, kinds: str) -> Path | None:
    """Ask for a file to write; whether an older one may go, the dialog asks too."""
    name, _ = QFileDialog.getSaveFileName(parent, title, str(suggested), kinds)
    return Path(name) if name else None


class FileDesk(QObject):
    """Opens, keeps and exports."""

    said = Signal(object, bool)
    """A `Message`, and whether it is trouble."""

    def __init__(
        self,
        words: Words,
        keeper: DeskKeeper,
        layouts: LayoutDesk,
        plots: PlotDesk,
        exporting: Exporting,
        *,
        asking: Asking | None = None,
    ) -> None:
        """Prepare; nothing is asked yet.

        Args:
            words: Language.
            keeper: Keeps what is open.
            layouts: Opens and keeps layouts.
            plots: What is seen; dialogs stand before it.
            exporting: Writes.
            asking: How one is asked for files; None: by dialogs of the system.
        """
        super().__init__(plots)
        self._words, self._keeper, self._plots = words, keeper, plots
        self._layouts = layouts
        self._exporting = exporting
        self._asking = asking or Asking(ask_to_open, ask_to_write)

    def open(self, paths: Sequence[Path]) -> None:
        """Open run files, and layouts; what cannot be opened is said."""
        for path in paths:
            if path.suffix == SUFFIX:
                self._layouts.open(path)
            else:
                self._keeper.open((path,))

    def open_runs(self) -> None:
        """Ask for run files, and open them."""
        text = self._words.text
        kinds = text("review.run-kinds")
        title, begin = text("review.do-open"), self._suggested("").parent
        self.open(self._asking.to_open(self._plots, title, begin, kinds))

    def open_layout(self) -> None:
        """Ask for a layout, and lay it over the runs."""
        text = self._words.text
        kinds = text("review.layout-kinds")
        title, begin = text("review.do-open-layout"), self._suggested("").parent
        for path in self._asking.to_open(self._plots, title, begin, kinds)[:1]:
            self._layouts.open(path)

    def save_layout(self) -> None:
        """Ask for a file, and keep the view in it."""
        path = self._to_write("review.do-save-layout", SUFFIX, "review.layout-kinds")
        if path is not None:
            self._layouts.save(path, self._plots.window_shown)

    def save_picture(self) -> None:
        """Ask for a file, and write the plots as they are seen."""
        path = self._to_write("review.do-save-picture", ".png", "review.picture-kinds")
        if path is None:
            return
        path = path if path.suffix else path.with_suffix(".png")
        try:
            self._plots.stack.save(path)
        except BenchError as error:
            self.said.emit(error.message, True)  # noqa: FBT003 - a signal's argument
        else:
            about = Message("review.written", {"path": path})
            self.said.emit(about, False)  # noqa: FBT003 - as above

    def export(self) -> None:
        """Ask what goes into a file, and write it."""
        if not self._keeper.desk.runs:
            self.said.emit(Message("review.no-run"), True)  # noqa: FBT003 - a signal's argument
            return
        has_band = not math.isnan(self._plots.band[0])
        dialog = ExportDialog(self._words, self._ask_export, has_band=has_band, parent=self._plots)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.chosen.connect(self.write)
        dialog.show()

    def write(self, choice: ExportChoice) -> None:
        """Write what was chosen."""
        desk = self._keeper.desk
        try:
            plans = export_plans(desk, choice, self._plots.window_shown, self._plots.band)
        except BenchError as error:
            self.said.emit(error.message, True)  # noqa: FBT003 - a signal's argument
            return
        if formulas_shown(desk):
            self.said.emit(Message("review.export-formulas"), False)  # noqa: FBT003 - as above
        self._exporting.start(plans)

    def ask_to_write(self, parent: QWidget, title: str, suggested: str, kinds: str) -> Path | None:
        """Ask for a file to write; one of that name beside the first run is suggested."""
        return self._asking.to_write(parent, title, self._suggested("").with_name(suggested), kinds)

    def _ask_export(self, parent: QWidget, title: str, kinds: str) -> Path | None:
        return self._asking.to_write(parent, title, self._suggested(".csv"), kinds)

    def _to_write(self, title: str, suffix: str, kinds: str) -> Path | None:
        text = self._words.text
        suggested = self._suggested(suffix)
        return self._asking.to_write(self._plots, text(title), suggested, text(kinds))

    def _suggested(self, suffix: str) -> Path:
        """Return a file beside the first run, of its name; at home where none is open."""
        runs = self._keeper.desk.runs
        return runs[0].path.with_suffix(suffix) if runs else Path.home() / f"runs{suffix}"
