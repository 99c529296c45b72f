"""The menus of the reviewer; what they do, its window does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from bench.messages import LANGUAGES
from gui.words import Words

_LANGUAGE_NAMES = {"en": "English", "zh": "中文"}


@dataclass(frozen=True)
class Command:
    """One line of a menu."""

    name: str
    """Of its text: ``review.do-…``."""
    work: Callable[[], object]
    """What it does."""
    key: str = ""
    """Keys."""


class ReviewMenus:
    """File, view, language."""

    def __init__(
        self,
        window: QMainWindow,
        words: Words,
        file: Sequence[Command],
        view: Sequence[Command],
        speak: Callable[[str], object],
    ) -> None:
        """Fill the menu bar.

        Args:
            window: Whose menu bar it is.
            words: Language.
            file: Commands on files.
            view: Commands on what is shown.
            speak: Takes a language that was chosen.
        """
        self._words = words
        bar = window.menuBar()
        self._menus = {name: bar.addMenu("") for name in ("file", "view", "language")}
        self._recent = QMenu(self._menus["file"])
        self._actions: list[tuple[QAction, str]] = []
        for name, commands in (("file", file), ("view", view)):
            for place, command in enumerate(commands):
                self._add(self._menus[name], command)
                if name == "file" and not place:
                    self._menus["file"].addMenu(self._recent)
        for language in LANGUAGES:
            action = self._menus["language"].addAction(_LANGUAGE_NAMES.get(language, language))
            action.setObjectName(f"language_{language}")
            action.triggered.connect(partial(speak, language))
        words.changed.connect(self.speak)
        self.speak()

    def show_recent(self, files: Sequence[str], work: Callable[[Path], object]) -> None:
        """Offer files that were open lately."""
        self._recent.clear()
        for name in files:
            action = self._recent.addAction(Path(name).name)
            action.setToolTip(name)
            action.triggered.connect(partial(work, Path(name)))
        self._recent.setToolTipsVisible(True)
        self._recent.setEnabled(bool(files))

    def speak(self) -> None:
        """Say all in the language of now."""
        for name, menu in self._menus.items():
            menu.setTitle(self._words.text(f"review.menu-{name}"))
        self._recent.setTitle(self._words.text("review.menu-recent"))
        for action, name in self._actions:
            action.setText(self._words.text(f"review.do-{name}"))

    def _add(self, menu: QMenu, command: Command) -> None:
        action = menu.addAction("")
        action.setObjectName(f"do_{command.name.replace('-', '_')}")
        if command.key:
            action.setShortcut(QKeySequence(command.key))
        action.triggered.connect(partial(_do, command.work))
        self._actions.append((action, command.name))


def _do(work: Callable[[], object], _checked: object = None) -> None:
    """Do something, whatever the action is checked or not."""
    work()
