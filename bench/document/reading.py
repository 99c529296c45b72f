"""From a file to a document, or to a sentence about why not."""

from __future__ import annotations

import re
from pathlib import Path

from bench.document.construction import Builder, Unusable
from bench.document.events import Spot, SyntaxProblem, events
from bench.document.places import Document, Mark, Problem
from bench.errors import ConfigError
from bench.messages import Message

LARGEST = 1_000_000
"""Bytes a file may have."""

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_TABBED = re.compile(r"^[ ]*\t[ \t]*[^\s#]", re.MULTILINE)

_SYNTAX = {
    "mapping values are not allowed in this context": "document.colon",
    "could not find expected ':'": "document.colon-missing",
    "did not find expected key": "document.indentation",
    "did not find expected '-' indicator": "document.item-missing",
    "found unexpected end of stream": "document.quote",
    "did not find expected ',' or ']'": "document.bracket",
    "did not find expected ',' or '}'": "document.bracket",
    "found character that cannot start any token": "document.character",
    "found unexpected ':'": "document.colon-inside",
}
"""What the YAML parser says, and how we say it."""


def load(path: Path) -> Document:
    """Return the document in a file.

    Raises:
        ConfigError: there is no such file, or it cannot be read; it holds the problems.
    """
    return parse(decoded(_bytes(path), str(path)), str(path))


def parse(text: str, name: str) -> Document:
    """Return the document a text is; the name stands for the file in problems.

    Raises:
        ConfigError: the text cannot be read; it holds the problems.
    """
    if len(text) > LARGEST:
        raise _refused(name, Mark(name, 1, 1), "document.too-big", most=LARGEST // 1000)
    text = text.removeprefix("\ufeff")
    _check_characters(text, name)
    builder = Builder(name, events(text))
    try:
        built = builder.document()
    except SyntaxProblem as problem:
        raise _unusable(name, [*builder.problems, _syntax(text, name, problem)]) from problem
    except Unusable as stop:
        raise _unusable(name, [*builder.problems, stop.problem]) from stop
    if builder.problems:
        raise _unusable(name, builder.problems)
    if built is None or built[0] is None:
        raise _refused(name, Mark(name, 1, 1), "document.empty")
    data, root = built
    return Document(name, text, data, root)


def _bytes(path: Path) -> bytes:
    name, start = str(path), Mark(str(path), 1, 1)
    try:
        if path.is_dir():
            raise _refused(name, start, "document.directory")
        if not path.exists():
            raise _refused(name, start, "document.missing-file")
        if not path.is_file():
            raise _refused(name, start, "document.no-file")
        if path.stat().st_size > LARGEST:
            raise _refused(name, start, "document.too-big", most=LARGEST // 1000)
        with path.open("rb") as stream:
            return stream.read(LARGEST + 1)
    except OSError as error:
        reason = error.strerror or str(error)
        raise _refused(name, start, "document.unreadable", reason=reason) from error


def decoded(content: bytes, name: str) -> str:
    """Return the text of a file.

    Raises:
        ConfigError: it is not UTF-8; the problem says where.
    """
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line = before.count(b"\n") + 1
        column = len(before.rpartition(b"\n")[2].decode("utf-8")) + 1
        byte = f"0x{content[error.start]:02X}"
        mark = Mark(name, line, column)
        raise _refused(name, mark, "document.not-utf-8", byte=byte, at=error.start) from error


def _check_characters(text: str, name: str) -> None:
    problems = [
        Problem(_mark_at(text, name, found.start()), Message("document.control", {"code": code}))
        for found in _FORBIDDEN.finditer(text)
        if (code := f"U+{ord(found.group()):04X}")
    ]
    problems += [
        Problem(_mark_at(text, name, found.start()), Message("document.tab"))
        for found in _TABBED.finditer(text)
    ]
    if problems:
        raise _unusable(name, problems[:_SHOWN])


_SHOWN = 20


def _mark_at(text: str, name: str, index: int) -> Mark:
    before = text[:index]
    return Mark(name, before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1)


def _syntax(text: str, name: str, problem: SyntaxProblem) -> Problem:
    message_id = _SYNTAX.get(problem.problem)
    spot, context = problem.spot, problem.context
    if message_id == "document.quote" and context is not None:
        spot = context
    mark = _mark_of(name, spot)
    if message_id is None:
        return Problem(mark, Message("document.syntax", {"problem": problem.problem}))
    found = text[spot.index : spot.index + 1] if spot else ""
    opened = context.line + 1 if context else mark.line
    return Problem(mark, Message(message_id, {"found": found, "line": opened}))


def _mark_of(name: str, spot: Spot | None) -> Mark:
    return Mark(name, spot.line + 1, spot.column + 1) if spot else Mark(name, 1, 1)


def _refused(name: str, mark: Mark, message_id: str, **arguments: object) -> ConfigError:
    return _unusable(name, [Problem(mark, Message(message_id, arguments))])


def _unusable(name: str, problems: list[Problem]) -> ConfigError:
    return ConfigError("document.unusable", file=name, problems=problems)
