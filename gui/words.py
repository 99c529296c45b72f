"""The language of the windows, which may change while they are shown."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from bench.messages import LANGUAGES, Bilingual, Message, worded


class Words(QObject):
    """Texts in the language of the user; `changed` tells that all texts are to be set again."""

    changed = Signal()

    def __init__(self, language: str, parent: QObject | None = None) -> None:
        """Begin in a language.

        Raises:
            ValueError: there is no such language.
        """
        super().__init__(parent)
        self._language = _known(language)

    @property
    def language(self) -> str:
        """The language now: ``en`` or ``zh``."""
        return self._language

    def switch(self, language: str) -> None:
        """Speak another language from now on.

        Raises:
            ValueError: there is no such language.
        """
        if _known(language) != self._language:
            self._language = language
            self.changed.emit()

    def text(self, message_id: str, **arguments: object) -> str:
        """Return a sentence of the catalogue."""
        return Message(message_id, arguments).text(self._language)

    def of(self, said: Message | Bilingual) -> str:
        """Return what was said, in the language of now."""
        return said.text(self._language)

    def word(self, kind: str, name: str) -> str:
        """Return what people call a state, cause, phase, reaction, request or ending."""
        return worded(kind, name, self._language)


def _known(language: str) -> str:
    if language not in LANGUAGES:
        raise ValueError(language)
    return language
