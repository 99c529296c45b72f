"""The console's menus: what can be chosen, as data; what follows is the window's."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from bench.messages import LANGUAGES
from gui.words import Words


class Choice(Enum):
    """What can be chosen in the console's menus."""

    CHOOSE_BENCH = "choose-bench"
    LEAVE = "leave"
    END_SERVER = "end-server"
    OPERATOR = "operator"
    QUIT = "quit"
    QUESTION = "question"
    NOTE = "note"
    SNAPSHOT = "snapshot"
    ZEROING = "zeroing"
    GAS_LOT = "gas-lot"
    HANDOVER = "handover"
    REVIEW = "review"
    REVIEW_RUN = "review-run"
    FULL_SCREEN = "full-screen"
    KEYS = "keys"
    ABOUT = "about"


_MENUS: tuple[tuple[str, tuple[tuple[Choice | None, str], ...]], ...] = (
    (
        "bench-menu",
        (
            (Choice.CHOOSE_BENCH, "Ctrl+B"),
            (Choice.LEAVE, ""),
            (Choice.END_SERVER, ""),
            (None, ""),
            (Choice.OPERATOR, ""),
            (None, ""),
            (Choice.QUIT, "Ctrl+Q"),
        ),
    ),
    (
        "run-menu",
        (
            (Choice.QUESTION, "F4"),
            (Choice.NOTE, "Ctrl+N"),
            (Choice.SNAPSHOT, "Ctrl+Shift+N"),
            (None, ""),
            (Choice.ZEROING, ""),
            (Choice.GAS_LOT, ""),
            (Choice.HANDOVER, ""),
            (None, ""),
            (Choice.REVIEW_RUN, "Ctrl+Shift+O"),
        ),
    ),
    ("view-menu", ((Choice.REVIEW, "Ctrl+O"), (Choice.FULL_SCREEN, "F11"))),
    ("help-menu", ((Choice.KEYS, "Ctrl+F1"), (Choice.ABOUT, ""))),
)
_NEED_BENCH = frozenset(
    {
        Choice.LEAVE,
        Choice.END_SERVER,
        Choice.QUESTION,
        Choice.NOTE,
        Choice.SNAPSHOT,
        Choice.ZEROING,
        Choice.GAS_LOT,
        Choice.HANDOVER,
        Choice.REVIEW_RUN,
    }
)
_SPOKEN = {"en": "English", "zh": "中文"}
"""Languages, each in its own words."""


class ConsoleMenu(QObject):
    """Fills the menu bar of a window."""

    chosen = Signal(object)
    """A `Choice`."""
    language_wanted = Signal(str)
    """``en`` or ``zh``."""

    def __init__(self, words: Words, window: QMainWindow) -> None:
        super().__init__(window)
        self._words = words
        self._menus: list[tuple[QMenu, str]] = []
        self._actions: dict[Choice, QAction] = {}
        bar = window.menuBar()
        for name, entries in _MENUS:
            menu = bar.addMenu("")
            self._menus.append((menu, name))
            for choice, key in entries:
                self._add(menu, choice, key)
        self._languages = self._language_menu(self._menus[2][0], window)
        self.attend(is_attending=False)
        words.changed.connect(self._speak)
        self._speak()

    def attend(self, *, is_attending: bool) -> None:
        """Offer what needs a bench only where there is one."""
        for choice in _NEED_BENCH:
            self._actions[choice].setEnabled(is_attending)

    def _add(self, menu: QMenu, choice: Choice | None, key: str) -> None:
        if choice is None:
            menu.addSeparator()
            return
        action = menu.addAction("")
        action.setObjectName(f"choose_{choice.value.replace('-', '_')}")
        if key:
            action.setShortcut(QKeySequence(key))
        action.triggered.connect(lambda: self.chosen.emit(choice))
        self._actions[choice] = action

    def _language_menu(self, above: QMenu, window: QMainWindow) -> QMenu:
        menu = above.addMenu("")
        group = QActionGroup(window)
        for language in LANGUAGES:
            action = menu.addAction(_SPOKEN[language])
            action.setObjectName(f"language_{language}")
            action.setCheckable(True)
            action.setChecked(language == self._words.language)
            action.triggered.connect(
                lambda _=False, wanted=language: self.language_wanted.emit(wanted)
            )
            group.addAction(action)
        return menu

    def _speak(self) -> None:
        say = self._words.text
        for menu, name in self._menus:
            menu.setTitle(say(f"app.{name}"))
        self._languages.setTitle(say("app.language"))
        for choice, action in self._actions.items():
            action.setText(say(f"app.{choice.value}"))
        for action in self._languages.actions():
            action.setChecked(action.objectName() == f"language_{self._words.language}")
