"""Where a value stands in a text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from bench.messages import Message

Path = Sequence[str | int]
"""Keys and list positions from the top of a document."""


@dataclass(frozen=True)
class Mark:
    """A place in a file."""

    file: str
    """Name of the file, as given."""
    line: int
    """Line, from 1."""
    column: int
    """Character in the line, from 1."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Problem:
    """Something to mend in a file."""

    mark: Mark
    """Where it stands."""
    message: Message
    """What it is, and what to do."""
    is_warning: bool = False
    """Whether the file can be used all the same."""

    def text(self, language: str = "en") -> str:
        """Return ``file:line:column: sentence``."""
        return f"{self.mark}: {self.message.text(language)}"


_NOTHING: Mapping[str | int, Place] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value starts, and the places of what it holds."""

    line: int
    """Line, from 0."""
    column: int
    """Character in the line, from 0."""
    index: int
    """Character in the text, from 0."""
    values: Mapping[str | int, Place] = field(default_factory=lambda: _NOTHING)
    """Places of the values of a mapping or a list."""
    keys: Mapping[str | int, Place] = field(default_factory=lambda: _NOTHING)
    """Places of the keys of a mapping."""

    def mark(self, file: str, shift: int = 0) -> Mark:
        """Return it for people, so many characters further on the same line."""
        return Mark(file, self.line + 1, self.column + 1 + shift)


@dataclass(frozen=True)
class Document:
    """A text that was read, and where everything stands in it."""

    name: str
    """Name of the file, as given."""
    text: str
    """The text itself."""
    data: Any
    """Plain dict, list, str, int, float, bool and None."""
    root: Place
    """Where it starts; the places of all values hang below."""

    def mark(self, path: Path = ()) -> Mark:
        """Return where the value at a path starts; of its nearest ancestor if there is none."""
        return self._place(path).mark(self.name)

    def key_mark(self, path: Path) -> Mark:
        """Return where the key of the value at a path starts; as `mark` if it has none."""
        if not path:
            return self.mark()
        key = self._place(path[:-1]).keys.get(path[-1])
        return key.mark(self.name) if key else self.mark(path)

    def mark_within(self, path: Path, offset: int) -> Mark:
        """Return where a character of the text at a path stands.

        Exact for a text without escapes, also one of several lines; else the start of the value.
        """
        place, value = self._place(path), self.at(path)
        if not isinstance(value, str):
            return place.mark(self.name)
        index = _index_within(self.text, place.index, value, offset)
        if index is None:
            return place.mark(self.name)
        line_start = self.text.rfind("\n", 0, index) + 1
        return Mark(self.name, self.text.count("\n", 0, index) + 1, index - line_start + 1)

    def excerpt(self, path: Path, key: str) -> Document:
        """Return one key of the mapping at a path as a document of its own, its places kept."""
        return Document(self.name, self.text, {key: self.at((*path, key))}, self._place(path))

    def section(self, *path: str | int) -> Section:
        """Return a part of the document."""
        return Section(self, path)

    def at(self, path: Path) -> Any:
        """Return the value at a path; None where there is none."""
        value = self.data
        for part in path:
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                return None
        return value

    def _place(self, path: Path) -> Place:
        place = self.root
        for part in path:
            inner = place.values.get(part)
            if inner is None:
                break
            place = inner
        return place


@dataclass(frozen=True)
class Section:
    """A part of a document: ``document.section("limits", 0) / "when"``."""

    document: Document
    """What it is a part of."""
    path: tuple[str | int, ...] = ()
    """Keys and list positions that lead to it."""

    def __truediv__(self, part: str | int) -> Section:
        return Section(self.document, (*self.path, part))

    @property
    def mark(self) -> Mark:
        """Where its value starts."""
        return self.document.mark(self.path)

    @property
    def key_mark(self) -> Mark:
        """Where its key starts."""
        return self.document.key_mark(self.path)

    @property
    def value(self) -> Any:
        """What is written there; None where there is nothing."""
        return self.document.at(self.path)

    def mark_within(self, offset: int) -> Mark:
        """Where a character of its text stands."""
        return self.document.mark_within(self.path, offset)


_BLOCK = re.compile(r"[|>][-+0-9]*[ \t]*(#.*)?\n\s*")
_FOLD = re.compile(r"[ \t\r]*\n\s*")


def _index_within(text: str, start: int, value: str, offset: int) -> int | None:
    """Return where a character of a value stands in the text; None where they do not match."""
    block = _BLOCK.match(text, start)
    if block is not None:
        index = block.end()
    else:
        index = start + 1 if text[start : start + 1] in {"'", '"'} else start
    for character in value[:offset]:
        fold = _FOLD.match(text, index) if character.isspace() else None
        if fold is not None:
            index = fold.end()
        elif text[index : index + 1] == character:
            index += 1
        else:
            return None
    return index
