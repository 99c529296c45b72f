"""The YAML parser's events, typed: the only import of ruamel.yaml, which carries no types."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol, cast

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

__all__ = [
    "AliasEvent",
    "DocumentStartEvent",
    "Event",
    "MappingEndEvent",
    "MappingStartEvent",
    "ScalarEvent",
    "SequenceEndEvent",
    "SequenceStartEvent",
    "Spot",
    "SyntaxProblem",
    "events",
]


class Spot(Protocol):
    """A place in the text, all from 0."""

    line: int
    column: int
    index: int


class Event(Protocol):
    """What the parser saw; which fields there are depends on the kind of event."""

    start_mark: Spot
    anchor: str | None
    tag: str | None
    value: str
    style: str | None


class SyntaxProblem(Exception):
    """The text is no YAML."""

    def __init__(self, problem: str, spot: Spot | None, context: Spot | None) -> None:
        super().__init__(problem)
        self.problem = problem
        """What the parser says, in its own words."""
        self.spot = spot
        """Where it noticed."""
        self.context = context
        """Where the thing started that it could not finish."""


def events(text: str) -> Iterator[Event]:
    """Yield what the parser sees in a text; raises SyntaxProblem where it cannot go on."""
    parser = cast("Any", YAML(typ="safe"))  # the C parser of ruamel.yaml.clib
    try:
        yield from parser.parse(text)
    except MarkedYAMLError as error:
        found = cast("Any", error)
        raise SyntaxProblem(str(found.problem), found.problem_mark, found.context_mark) from error
    except YAMLError as error:
        raise SyntaxProblem(str(error), None, None) from error
