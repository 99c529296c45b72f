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
├── RunFailed            a run broke off by an error; the object was made safe: read its events
├── PowerLost            a simulated power cut: nothing of the bench runs any more
├── InstrumentError      the instrument itself reports an error
└── RunFileError         a run file cannot be written or read

Foreign exceptions are translated at the wire, the file and the socket, nowhere else.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from bench.messages import Message


class Sayable(Protocol):
    """Anything with a sentence in each language: a problem, a message."""

    def text(self, language: str = "en") -> str:
        """Return the sentence in a language."""
        ...


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


class ConfigError(BenchError, ValueError):
    """A file that people write has problems; all of them are reported at once.

    It is a ValueError as well, so that pydantic collects it with the other problems of a file.
    """

    def __init__(
        self, message_id: str, *, problems: Sequence[Sayable] = (), **arguments: object
    ) -> None:
        super().__init__(message_id, **arguments)
        self.problems = tuple(problems)

    def text(self, language: str = "en") -> str:
        """Return the sentence, then one line per problem."""
        lines = [self.message.text(language)]
        lines += [problem.text(language) for problem in self.problems]
        return "\n".join(lines)

    def __reduce__(self) -> tuple[Any, ...]:
        arguments = dict(self.message.arguments)
        return _rebuild_config, (type(self), self.message.id, self.problems, arguments)


def _rebuild_config(
    kind: type[ConfigError],
    message_id: str,
    problems: tuple[Sayable, ...],
    arguments: dict[str, object],
) -> ConfigError:
    return kind(message_id, problems=problems, **arguments)


class Refused(BenchError):
    """The bench cannot do this now; nothing moved."""


class DemandOutOfRange(Refused):
    """A demand lies outside the limits of the object or the instrument."""


class RunFailed(BenchError):
    """A run broke off by an error after it had begun; the safe sequence was run."""


class PowerLost(BenchError):
    """A simulated power cut has ended the bench; its run file is to be recovered."""


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


def nearest(word: str, candidates: Iterable[str]) -> str:
    """Return the candidate that a misspelt word most likely means; empty: none is near."""
    alike = ((_likeness(word, candidate), candidate) for candidate in candidates)
    score, found = max(alike, default=(0.0, ""))
    return found if score >= _NEAR else ""


_NEAR = 0.5


def _likeness(word: str, candidate: str) -> float:
    """From 0 to 1; wrong case costs half: 'KPa' is nearer to 'kPa' than to 'MPa'."""
    exact = difflib.SequenceMatcher(None, word, candidate).ratio()
    folded = difflib.SequenceMatcher(None, word.lower(), candidate.lower()).ratio()
    return (exact + folded) / 2


def did_you_mean(word: str, candidates: Iterable[str]) -> Message:
    """Return the end of a sentence about a misspelt word: the nearest valid one, else them all."""
    words = sorted(set(candidates))
    near = nearest(word, words)
    if near:
        return Message("word.nearest", {"nearest": near})
    if words:
        shown = ", ".join(words[:_SHOWN_WORDS]) + (", …" if len(words) > _SHOWN_WORDS else "")
        return Message("word.valid", {"words": shown})
    return Message("word.none")


_SHOWN_WORDS = 12
