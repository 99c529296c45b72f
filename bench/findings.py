"""Everything that is wrong with a file, collected so that it is reported at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bench.document import Mark, Problem
from bench.errors import BenchError, ConfigError
from bench.messages import Message


class Findings:
    """Problems and remarks, with where they stand."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def add(self, mark: Mark, message_id: str, **arguments: object) -> None:
        """Add a problem."""
        self.problems.append(Problem(mark, Message(message_id, arguments)))

    def remark(self, mark: Mark, message_id: str, **arguments: object) -> None:
        """Add a remark: something to know that stops nothing."""
        self.problems.append(Problem(mark, Message(message_id, arguments), is_warning=True))

    @contextmanager
    def at(self, mark: Mark) -> Iterator[None]:
        """Turn an error inside into a problem at a place."""
        try:
            yield
        except BenchError as error:
            self.take(mark, error)

    def take(self, mark: Mark, error: BenchError) -> None:
        """Add an error as a problem at a place; one that brings its own problems keeps them."""
        nested = error.problems if isinstance(error, ConfigError) else ()
        own = [problem for problem in nested if isinstance(problem, Problem)]
        self.problems.extend(own or [Problem(mark, error.message)])

    @property
    def errors(self) -> list[Problem]:
        """The problems without the remarks, in reading order."""
        serious = (problem for problem in self.problems if not problem.is_warning)
        return sorted(set(serious), key=lambda p: (p.mark.file, p.mark.line, p.mark.column, str(p)))

    @property
    def remarks(self) -> list[Problem]:
        """The remarks."""
        return [problem for problem in self.problems if problem.is_warning]

    def raise_if_any(self, message_id: str, **arguments: object) -> None:
        """Raise a ConfigError with all problems, if there are any."""
        errors = self.errors
        if errors:
            raise ConfigError(message_id, problems=errors, count=len(errors), **arguments)
