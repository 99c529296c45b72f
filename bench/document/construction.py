"""From YAML events to plain values and their places, with bounds on everything."""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Iterator
from typing import Any, NoReturn

from bench.document.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    Spot,
)
from bench.document.places import Mark, Place, Problem
from bench.messages import Message

DEEPEST = 50
"""Levels of nesting a document may have."""
MOST_NODES = 20_000
"""Keys and values a document may have, with its aliases expanded."""

_INTEGER = re.compile(r"[-+]?[0-9]+", re.ASCII)
_OTHER_INTEGER = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+", re.ASCII)
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **{sign + word: math.inf for sign in ("", "+") for word in (".inf", ".Inf", ".INF")},
    **{"-" + word: -math.inf for word in (".inf", ".Inf", ".INF")},
}
_LONGEST_NUMBER = 400

_Built = tuple[Any, Place]


class Unusable(Exception):
    """The document cannot be read any further."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.text())
        self.problem = problem
        """Why, and where."""


class Builder:
    """Builds one document from its events and collects the problems it can go on after."""

    def __init__(self, name: str, events: Iterator[Event]) -> None:
        self.problems: list[Problem] = []
        self._name = name
        self._events = events
        self._nodes = 0
        self._anchors: dict[str, tuple[_Built, int]] = {}
        self._open_anchors: set[str] = set()

    def document(self) -> _Built | None:
        """Return the value of the one document and its place; None if there is none.

        Raises:
            Unusable: a second document, or something without bounds.
        """
        built: _Built | None = None
        for event in self._events:
            if not isinstance(event, DocumentStartEvent):
                continue
            if built is not None:
                self._stop(event.start_mark, "document.several")
            built = self._value(next(self._events), 0)
        return built

    def _note(self, spot: Spot, message_id: str, **arguments: object) -> None:
        mark = Mark(self._name, spot.line + 1, spot.column + 1)
        self.problems.append(Problem(mark, Message(message_id, arguments)))

    def _stop(self, spot: Spot, message_id: str, **arguments: object) -> NoReturn:
        self._note(spot, message_id, **arguments)
        raise Unusable(self.problems.pop())

    def _count(self, spot: Spot, nodes: int = 1) -> None:
        self._nodes += nodes
        if self._nodes > MOST_NODES:
            self._stop(spot, "document.too-many", most=MOST_NODES)

    def _value(self, event: Event, depth: int) -> _Built:
        if depth > DEEPEST:
            self._stop(event.start_mark, "document.too-deep", most=DEEPEST)
        if isinstance(event, AliasEvent):
            return self._alias(event)
        self._count(event.start_mark)
        if event.tag not in {None, "!"}:
            self._note(event.start_mark, "document.tag", tag=event.tag)
        anchor, before = event.anchor, self._nodes
        if anchor:
            self._open_anchors.add(anchor)
        built = self._collected(event, depth)
        if anchor:
            self._open_anchors.discard(anchor)
            self._anchors[anchor] = built, self._nodes - before + 1
        return built

    def _alias(self, event: Event) -> _Built:
        name = event.anchor or ""
        if name in self._open_anchors:
            self._stop(event.start_mark, "document.recursive", anchor=name)
        if name not in self._anchors:
            self._stop(event.start_mark, "document.anchor", anchor=name)
        (value, place), nodes = self._anchors[name]
        self._count(event.start_mark, nodes)
        return copy.deepcopy(value), place

    def _collected(self, event: Event, depth: int) -> _Built:
        if isinstance(event, MappingStartEvent):
            return self._mapping(event.start_mark, depth)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(event.start_mark, depth)
        return self._scalar(event), _place(event.start_mark)

    def _mapping(self, spot: Spot, depth: int) -> _Built:
        found: dict[str, Any] = {}
        values: dict[str | int, Place] = {}
        keys: dict[str | int, Place] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            key = self._key(event, depth)
            if key is not None and key in found:
                self._note(
                    event.start_mark, "document.duplicate-key", key=key, line=keys[key].line + 1
                )
                key = None
            where = _place(event.start_mark)
            value, place = self._value(next(self._events), depth + 1)
            if key is not None:
                found[key], values[key], keys[key] = value, place, where
        return found, _place(spot, values, keys)

    def _key(self, event: Event, depth: int) -> str | None:
        value, _ = self._value(event, depth + 1)
        if isinstance(value, str) and isinstance(event, ScalarEvent):
            return value
        shown = event.value if isinstance(event, ScalarEvent) else "…"
        self._note(event.start_mark, "document.key", key=shown)
        return None

    def _sequence(self, spot: Spot, depth: int) -> _Built:
        found: list[Any] = []
        values: dict[str | int, Place] = {}
        while not isinstance(event := next(self._events), SequenceEndEvent):
            value, values[len(found)] = self._value(event, depth + 1)
            found.append(value)
        return found, _place(spot, values)

    def _scalar(self, event: Event) -> Any:
        text = event.value
        if event.style:  # quoted or a block: always a text
            return text
        if text in _WORDS:
            return _WORDS[text]
        number = _number(text)
        if isinstance(number, str):
            return text
        if number is None:
            self._note(event.start_mark, "document.number-too-large")
        return number


def _place(
    spot: Spot,
    values: dict[str | int, Place] | None = None,
    keys: dict[str | int, Place] | None = None,
) -> Place:
    return Place(spot.line, spot.column, spot.index, values or {}, keys or {})


def _number(text: str) -> float | str | None:
    """Return the number a plain scalar means, the text itself, or None: no float holds it."""
    if not text[0].isdecimal() and text[0] not in "+-.":
        return text
    if _OTHER_INTEGER.fullmatch(text):
        number: float = int(text, 0)
    elif _INTEGER.fullmatch(text):
        number = int(text) if len(text) < _LONGEST_NUMBER else math.inf
    elif _FLOAT.fullmatch(text):
        number = float(text)
    else:
        return text
    return number if abs(number) < _TOO_LARGE else None


_TOO_LARGE = 1e308
