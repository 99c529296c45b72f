"""Layouts: what lies on the desk kept as a file, and laid again over the same runs or others."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from bench.errors import BenchError
from bench.messages import Message
from gui.panels.review.desk_keeper import DeskKeeper
from gui.state.plots.open_run import key_of
from gui.state.review.layout import SUFFIX, View, read_layout, write_layout


class LayoutDesk(QObject):
    """Opens and keeps layouts."""

    zoom_wanted = Signal(float, float)
    """A layout says what is to be seen, s on the axis."""
    said = Signal(object, bool)
    """A `Message`, and whether it is trouble."""

    def __init__(self, keeper: DeskKeeper, parent: QObject | None = None) -> None:
        """Wait for no run.

        Args:
            keeper: Keeps the desk.
            parent: Owner.
        """
        super().__init__(parent)
        self._keeper = keeper
        self._view: View | None = None
        self._awaited: set[str] = set()
        keeper.arrived.connect(self._arrive)

    def open(self, path: Path) -> None:
        """Lay a view over the open runs; where none is open, its own runs are opened first."""
        try:
            view = read_layout(path)
        except BenchError as error:
            self._say(error.message)
            return
        if self._keeper.desk.runs or not view.runs:
            self._lay(view)
        else:
            self._view = view
            self._awaited = {key_of(each) for each in view.runs}
            self._keeper.open(view.runs)

    def save(self, path: Path, window: tuple[float, float]) -> None:
        """Keep what lies on the desk, and the window that is seen, as a file."""
        path = path if path.suffix == SUFFIX else path.with_name(f"{path.name}{SUFFIX}")
        try:
            write_layout(path, self._keeper.desk.view(window))
        except BenchError as error:
            self._say(error.message)
        else:
            self._say(Message("review.written", {"path": path}), is_trouble=False)

    def _arrive(self, key: str) -> None:
        """Lay a view, once all of its runs are open or refused."""
        self._awaited.discard(key)
        if self._view is not None and not self._awaited:
            view, self._view = self._view, None
            self._lay(view)

    def _lay(self, view: View) -> None:
        lost = self._keeper.lay(view)
        if lost > 0:
            self._say(Message("review.layout-lost", {"count": lost}))
        if view.window is not None:
            self.zoom_wanted.emit(*view.window)

    def _say(self, message: Message, *, is_trouble: bool = True) -> None:
        self.said.emit(message, is_trouble)
