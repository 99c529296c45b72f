"""Composes the app: application, theme, words, settings, and the windows that share them."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QObject, QSize
from PySide6.QtWidgets import QApplication, QMainWindow, QMessageBox

from bench.clock import SystemClock
from bench.errors import BenchError
from bench.messages import user_language
from gui import theme
from gui.bridge.run_feed import RunFeed
from gui.bridge.tasks import Tasks
from gui.console import ConsoleWindow
from gui.panels.dialogs.mishaps import Mishaps
from gui.qt_texts import QtTexts
from gui.settings import changed, load_settings, save_settings, settings_file
from gui.words import Words

if TYPE_CHECKING:
    from gui.review import ReviewWindow


def open_console(*, rig: str, folder: Path | None, language: str) -> int:
    """Show the console until its window is closed; return the exit code.

    Args:
        rig: To attach to, or to start a server of; empty: whoever looks chooses.
        folder: Where run files go; None: as the settings say.
        language: ``en`` or ``zh``; empty: that of the settings, else of the system.
    """
    shared = Shared(application(sys.argv), settings_file(), language)
    if folder is not None:
        shared.change({"run_folder": str(folder.absolute())})
    shared.mishaps.install()
    window = shared.console()
    window.show()
    if rig:
        window.go_to(rig)
    return shared.run()


def open_reviewer(files: Sequence[Path], *, language: str) -> int:
    """Show the reviewer until its window is closed; return the exit code."""
    shared = Shared(application(sys.argv), settings_file(), language)
    shared.mishaps.install()
    window = shared.reviewer()
    window.show()
    window.open_runs(tuple(files))
    return shared.run()


def application(arguments: Sequence[str]) -> QApplication:
    """Return the application, in our theme; there is one per process."""
    found = QApplication.instance()
    app = found if isinstance(found, QApplication) else QApplication(list(arguments))
    app.setApplicationName("h2bench")
    app.setStyle("Fusion")
    app.setPalette(theme.palette())
    app.setStyleSheet(theme.STYLE)
    app.setFont(theme.body_font())
    return app


_USUAL = QSize(1600, 900)
"""Size of a window that is opened for the first time, where the screen has room."""


class Shared(QObject):
    """What all windows of a process share; it closes what works beside them."""

    def __init__(self, app: QApplication, file: Path, language: str = "") -> None:
        """Read the settings of a file; nothing is written before they are changed."""
        super().__init__()
        self._app = app
        self._file = file
        self.settings = load_settings(file)
        """What is remembered of the user."""
        self.words = Words(language or self.settings.language or user_language(), self)
        self._qt_texts = QtTexts(app, self.words, self)
        self.mishaps = Mishaps(self.words)
        """Tells of errors of ours; takes them once it is installed."""
        self.tasks = Tasks(self)
        self._windows: list[QMainWindow] = []
        self._feeds: list[RunFeed] = []
        self.words.changed.connect(self._speak)

    def run(self) -> int:
        """Serve the windows until the last is closed; return the exit code."""
        self._warn_of_fonts()
        try:
            return self._app.exec()
        finally:
            self.close()

    def close(self) -> None:
        """Remember where the windows were, and end what works beside them."""
        self._qt_texts.close()
        self.tasks.close()
        for feed in self._feeds:
            feed.close()

    def change(self, fields: Mapping[str, object]) -> None:
        """Remember something; a disk that takes nothing is no reason to stop."""
        self.settings = changed(self.settings, fields)
        with suppress(OSError):
            save_settings(self._file, self.settings)

    def console(self) -> ConsoleWindow:
        """Return a new console."""
        feed = self._feed()
        window = ConsoleWindow(self.words, self.tasks, feed, self.settings, SystemClock())
        window.changed.connect(self.change)
        window.review_wanted.connect(self._review)
        window.language_wanted.connect(self._switch)
        self._placed(window, "console")
        return window

    def reviewer(self) -> ReviewWindow:
        """Return a new reviewer."""
        from gui.review import ReviewWindow  # noqa: PLC0415 - start-up time of the console

        window = ReviewWindow(self.words, self.settings, self._feed(), self.tasks)
        window.changed.connect(self.change)
        window.language_wanted.connect(self._switch)
        self._placed(window, "review")
        return window

    def _review(self, files: tuple[Path, ...]) -> None:
        window = self.reviewer()
        window.show()
        window.open_runs(files)

    def _switch(self, language: str) -> None:
        self.words.switch(language)
        self._warn_of_fonts()

    def _speak(self) -> None:
        self.change({"language": self.words.language})

    def _warn_of_fonts(self) -> None:
        try:
            theme.check_fonts(self.words.language)
        except BenchError as error:
            QMessageBox.warning(None, "h2bench", error.text("en"))

    def _feed(self) -> RunFeed:
        feed = RunFeed(self)
        self._feeds.append(feed)
        return feed

    def _placed(self, window: QMainWindow, name: str) -> None:
        """Put a window where it was the last time, and remember where it is when it closes."""
        self._windows.append(window)
        geometry = self.settings.windows.get(name, "")
        if not geometry or not window.restoreGeometry(QByteArray.fromBase64(geometry.encode())):
            room = self._app.primaryScreen().availableSize()
            window.resize(_USUAL.boundedTo(room))
