"""Everything that is wrong with a file, collected so that it is reported at once."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from bench.document import Mark, Problem, Section
from bench.errors import BenchError, ConfigError
from bench.messages import Message

Where = Mark | Section
"""A place in a file."""


class PartError(ConfigError):
    """Something is wrong with a part of a value; the path leads from the value to it."""

    def __init__(self, error: ConfigError, path: tuple[str | int, ...]) -> None:
        super().__init__(error.message.id, problems=error.problems, **error.message.arguments)
        inner = error.path if isinstance(error, PartError) else ()
        self.path = (*path, *inner)
        """Keys and list positions."""

    def __reduce__(self) -> tuple[Any, ...]:
        plain = ConfigError(self.message.id, problems=self.problems, **self.message.arguments)
        return PartError, (plain, self.path)


@contextmanager
def part(*path: str | int) -> Generator[None]:
    """Say of an error inside which part of the value it concerns."""
    try:
        yield
    except ConfigError as error:
        raise PartError(error, path) from error


class Findings:
    """Problems and remarks, with where they stand."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._spoilt: set[str] = set()

    def add(self, where: Where, message_id: str, **arguments: object) -> None:
        """Add a problem."""
        self.problems.append(Problem(_mark(where), Message(message_id, arguments)))

    def remark(self, where: Where, message_id: str, **arguments: object) -> None:
        """Add a remark: something to know that stops nothing."""
        message = Message(message_id, arguments)
        self.problems.append(Problem(_mark(where), message, is_warning=True))

    @contextmanager
    def at(self, where: Where) -> Generator[None]:
        """Turn an error inside into a problem at a place.

        An error in an expression is marked at the character it names.
        """
        try:
            yield
        except BenchError as error:
            self.take(where, error)

    def take(self, where: Where, error: BenchError) -> None:
        """Add an error as a problem at a place; one that brings its own problems keeps them."""
        if isinstance(error, PartError) and isinstance(where, Section):
            where = Section(where.document, (*where.path, *error.path))
        nested = error.problems if isinstance(error, ConfigError) else ()
        own = [problem for problem in nested if isinstance(problem, Problem)]
        if own or not self._follows(error.message):
            self.problems.extend(own or [Problem(_mark(where, error), error.message)])

    def spoil(self, name: str) -> None:
        """Remember that a name's own problem is told: what only follows from it is not."""
        self._spoilt.add(name)

    def is_spoilt(self, name: str) -> bool:
        """Return whether a name's own problem is told already."""
        return name in self._spoilt

    def _follows(self, message: Message) -> bool:
        missing = _MISSING_NAME.get(message.id)
        if missing is None:
            return False
        name = str(message.arguments[missing])
        return not self._spoilt.isdisjoint({name, name.partition(".")[0]})

    @property
    def errors(self) -> list[Problem]:
        """The problems without the remarks, in reading order."""
        serious = (problem for problem in self.problems if not problem.is_warning)
        return sorted(set(serious), key=lambda p: (p.mark.file, p.mark.line, p.mark.column, str(p)))

    @property
    def remarks(self) -> list[Problem]:
        """The remarks."""
        return [problem for problem in self.problems if problem.is_warning]

    def refusal(self, message_id: str, **arguments: object) -> ConfigError:
        """Return the error with all problems."""
        errors = self.errors
        return ConfigError(message_id, problems=errors, count=len(errors), **arguments)

    def raise_if_any(self, message_id: str, **arguments: object) -> None:
        """Raise a ConfigError with all problems, if there are any."""
        if self.errors:
            raise self.refusal(message_id, **arguments)


_MISSING_NAME = {
    "expression.name": "name",
    "expression.parameter": "parameter",
    "config.no-channel": "name",
}
"""Sentences that say a name is unknown, and the argument that holds the name."""


def _mark(where: Where, error: BenchError | None = None) -> Mark:
    if isinstance(where, Mark):
        return where
    offset = getattr(error, "offset", None)
    is_whole = error is not None and str(where.value) == error.message.arguments.get("expression")
    return where.mark if offset is None or not is_whole else where.mark_within(offset)
