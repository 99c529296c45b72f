"""Everything that can go wrong, as one tree: the leaf says what, the branch who can mend it.

BenchError
├── ConfigError          a rig, protocol or parameter file: mend the text
├── Refused              the bench cannot do this now; nothing moved
│   └── DemandOutOfRange a demand outside the object's or the instrument's limits
├── LinkError            the wire: cable, address, power; the link is reopened
│   ├── LinkTimeout      no answer in time
│   ├── LinkClosed       the other end is gone
│   ├── BadReply         an answer that cannot be read
│   └── WrongInstrument  somebody else answers at this address
├── InstrumentError      the instrument itself reports an error
└── RunFileError         a run file cannot be written or read

Foreign exceptions are translated at the wire, the file and the socket, nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bench.messages import Message


class BenchError(Exception):
    """A sentence for the person in front of the bench; the text stands in the catalogue."""

    def __init__(self, message_id: str, **arguments: object) -> None:
        super().__init__(message_id)
        self.message = Message(message_id, arguments)

    def text(self, language: str = "en") -> str:
        """Return the sentence in a language."""
        return self.message.text(language)

    def __str__(self) -> str:
        return self.text()

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.message.id, dict(self.message.arguments))


def _rebuild(kind: type[BenchError], message_id: str, arguments: dict[str, object]) -> BenchError:
    return kind(message_id, **arguments)


class ConfigError(BenchError):
    """A file that people write has problems; all of them are reported at once."""

    def __init__(self, message_id: str, *, problems: Sequence[object] = (), **arguments: object):
        super().__init__(message_id, **arguments)
        self.problems = tuple(problems)

    def text(self, language: str = "en") -> str:
        """Return the sentence, then one line per problem."""
        lines = [self.message.text(language)]
        for problem in self.problems:
            text = getattr(problem, "text", None)
            lines.append(text(language) if callable(text) else str(problem))  # type: ignore[arg-type]
        return "\n".join(lines)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild_config, (self.message.id, self.problems, dict(self.message.arguments))


def _rebuild_config(
    message_id: str, problems: tuple[object, ...], arguments: dict[str, object]
) -> ConfigError:
    return ConfigError(message_id, problems=problems, **arguments)


class Refused(BenchError):
    """The bench cannot do this now; nothing moved."""


class DemandOutOfRange(Refused):
    """A demand lies outside the limits of the object or the instrument."""


class LinkError(BenchError):
    """The wire to an instrument failed."""


class LinkTimeout(LinkError):
    """The instrument did not answer in time."""


class LinkClosed(LinkError):
    """The other end closed the connection or cannot be reached."""


class BadReply(LinkError):
    """The instrument answered something that cannot be read."""


class WrongInstrument(LinkError):
    """Another instrument than the configured one answers at this address."""


class InstrumentError(BenchError):
    """The instrument reports an error of its own."""


class RunFileError(BenchError):
    """A run file cannot be written or read."""
