"""What Qt itself says (Yes, No, file dialogs, menus of fields), in the language of the user."""

from __future__ import annotations

from PySide6.QtCore import QLibraryInfo, QObject, QTranslator
from PySide6.QtWidgets import QApplication

from gui.words import Words

_CATALOGUES = {"zh": "qtbase_zh_CN"}
"""Language → Qt's own catalogue; Qt speaks English without one."""


class QtTexts(QObject):
    """Keeps Qt in the language of the windows."""

    def __init__(self, app: QApplication, words: Words, parent: QObject | None = None) -> None:
        """Speak the language of now, and follow it."""
        super().__init__(parent)
        self._app, self._words = app, words
        self._translator = QTranslator(self)
        words.changed.connect(self._speak)
        self._speak()

    def close(self) -> None:
        """Let Qt speak English again."""
        self._app.removeTranslator(self._translator)

    def _speak(self) -> None:
        self._app.removeTranslator(self._translator)
        name = _CATALOGUES.get(self._words.language)
        folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        if name is not None and self._translator.load(name, folder):
            self._app.installTranslator(self._translator)
