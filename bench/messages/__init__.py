"""Texts for people: an id and arguments, rendered in English or Chinese.

The texts live in gettext catalogues, one file per room and language
(``en/link.po``, ``zh/link.po``); the room is what stands before the first dot of the id.
Command line, app and reports share them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import cast

LANGUAGES = ("en", "zh")
"""Languages with a catalogue; the first is the one every id must have."""

_KINDS: Mapping[str, str] = MappingProxyType(
    {
        "state": "state",
        "before": "state",
        "after": "state",
        "cause": "cause",
        "phase": "phase",
        "reaction": "reaction",
        "request": "request",
        "ending": "ending",
        "service": "service",
    }
)
"""Argument that is the name of a thing of the program → kind of word in the room ``word``."""
_NO_ARGUMENTS: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True)
class Message:
    """One thing to say to a person, not yet in a language."""

    id: str
    """Catalogue id, ``room.sentence``."""
    arguments: Mapping[str, object] = field(default_factory=lambda: _NO_ARGUMENTS, hash=False)
    """Values for the placeholders of the text."""

    def text(self, language: str = "en") -> str:
        """Return the sentence in a language; English where that language lacks it."""
        template = catalogue(language, _room(self.id)).get(self.id)
        if template is None:
            template = catalogue("en", _room(self.id)).get(self.id)
        if template is None:
            given = ", ".join(f"{name}={value}" for name, value in self.arguments.items())
            return f"{self.id} ({given})" if given else self.id
        shown = {name: _shown(name, value, language) for name, value in self.arguments.items()}
        return template.format_map(shown)

    def __str__(self) -> str:
        return self.text()

    def __reduce__(self) -> tuple[type[Message], tuple[str, dict[str, object]]]:
        """Let a message go from one process to another: a mapping proxy cannot."""
        return Message, (self.id, dict(self.arguments))


@dataclass(frozen=True)
class Bilingual:
    """A text written by the people of the lab, in one or two languages."""

    en: str
    """English text."""
    zh: str = ""
    """Chinese text; empty: the English one is shown."""

    def text(self, language: str = "en") -> str:
        """Return the text in a language."""
        return self.zh if language == "zh" and self.zh else self.en


def user_language() -> str:
    """Return the language of the user: ``H2BENCH_LANGUAGE``, else that of the locale."""
    names = ("H2BENCH_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
    wanted = next((os.environ[name] for name in names if os.environ.get(name)), "")
    return "zh" if wanted.lower().startswith("zh") else "en"


def worded(kind: str, name: str, language: str) -> str:
    """Return what people call a state, cause, phase, reaction, request or ending; else its name."""
    word = f"word.{kind}-{name}"
    return catalogue(language, "word").get(word) or catalogue("en", "word").get(word) or name


def _shown(argument: str, value: object, language: str) -> object:
    if isinstance(value, Message | Bilingual):
        return value.text(language)
    if isinstance(value, str) and argument in _KINDS:
        return worded(_KINDS[argument], value, language)
    if isinstance(value, Mapping):
        found = cast("Mapping[object, object]", value).items()
        return ", ".join(f"{name} = {_short(each)}" for name, each in found)
    return value


def _short(value: object) -> object:
    """Return a measured value with the digits that say something: 2e-07, not 1.9999999999e-07."""
    return f"{value:.6g}" if isinstance(value, float) else value


def _room(message_id: str) -> str:
    return message_id.partition(".")[0]


@cache
def catalogue(language: str, room: str) -> Mapping[str, str]:
    """Return id → text of one room; empty where the room has no catalogue."""
    from babel.messages.pofile import read_po  # noqa: PLC0415 - start-up time

    path = Path(__file__).parent / language / f"{room}.po"
    if not path.is_file():
        return _NO_TEXTS
    with path.open("rb") as stream:
        entries = read_po(stream, abort_invalid=True)
    return MappingProxyType(
        {str(entry.id): str(entry.string) for entry in entries if entry.id and entry.string}
    )


_NO_TEXTS: Mapping[str, str] = MappingProxyType({})
