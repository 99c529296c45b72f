"""The SCPI side of a twin: headers, compound messages, parameters and the error queue.

Rules of SCPI-1999 volume 1 and IEEE 488.2: short or long form of each word and nothing between,
no matter the case; ``[…]`` may be left out; a header after ``;`` continues the path of the one
before unless it begins with ``:`` or ``*``; the answers of one message leave as one line, with
``;`` between them; what is wrong goes into the error queue and is never answered.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

LONGEST_MESSAGE = 100_000
"""More bytes than this without a line end are thrown away."""
MOST_KNOWN = 256
"""Messages whose meaning is remembered: polls are always the same, setpoints are not."""


class ScpiFault(Exception):
    """Something in a message is wrong; becomes an entry of the error queue."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


def undefined_header() -> ScpiFault:
    """Return -113."""
    return ScpiFault(-113, "Undefined header")


def missing_parameter() -> ScpiFault:
    """Return -109."""
    return ScpiFault(-109, "Missing parameter")


def out_of_range() -> ScpiFault:
    """Return -222."""
    return ScpiFault(-222, "Data out of range")


def illegal_value() -> ScpiFault:
    """Return -224."""
    return ScpiFault(-224, "Illegal parameter value")


class Call(NamedTuple):
    """One command as it arrives."""

    parameters: tuple[str, ...]
    """Its parameters, in upper case unless quoted."""
    numbers: tuple[int, ...]
    """The numbers behind the words of its header: 2 of ``ITEM2``."""
    now: int
    """When it arrives, ns."""

    def word(self, index: int = 0) -> str:
        """Return a parameter.

        Raises:
            ScpiFault: there is none.
        """
        if index >= len(self.parameters):
            raise missing_parameter()
        return self.parameters[index]

    def number(self, index: int = 0) -> float:
        """Return a parameter as a number.

        Raises:
            ScpiFault: there is none, or it is no number.
        """
        try:
            return float(self.word(index))
        except ValueError as error:
            raise ScpiFault(-104, "Data type error") from error

    def flag(self, index: int = 0) -> bool:
        """Return a parameter as ON or OFF.

        Raises:
            ScpiFault: there is none, or it is neither.
        """
        word = self.word(index)
        if word in {"ON", "1"}:
            return True
        if word in {"OFF", "0"}:
            return False
        raise illegal_value()


Run = Callable[[Call], str | None]
"""Does a command; returns the answer of a query."""
_Command = tuple[Run, tuple[str, ...], tuple[int, ...]]
"""What a header stands for, parameters, numbers in the header."""


class ErrorQueue:
    """First in, first out, and the newest gives way when it is full (SCPI-1999, 21.8.1)."""

    def __init__(self, depth: int, *, empty: str = '+0,"No error"', full: str = "Queue overflow"):
        self._depth = depth
        self._empty = empty
        self._full = full
        self._entries: deque[tuple[int, str]] = deque()

    def put(self, fault: ScpiFault) -> None:
        """Add an error."""
        if len(self._entries) < self._depth:
            self._entries.append((fault.code, fault.text))
        else:
            self._entries[-1] = (-350, self._full)

    def take(self) -> str:
        """Return the oldest error as an answer and forget it."""
        if not self._entries:
            return self._empty
        code, text = self._entries.popleft()
        return f'{code:+d},"{text}"'

    def clear(self) -> None:
        """Forget all errors."""
        self._entries.clear()


class ScpiParser:
    """Turns bytes into calls.

    Args:
        commands: header pattern (``CONFigure:VOLTage[:DC]``; ``#`` stands for a number, a query
            ends with ``?``) → what it does.
        errors: where faults go.
        end: what ends an answer.
    """

    def __init__(self, commands: Mapping[str, Run], errors: ErrorQueue, *, end: str = "\n") -> None:
        self._patterns = [(_pattern(header), run) for header, run in commands.items()]
        self._errors = errors
        self._end = end
        self._buffer = b""
        self._known: dict[str, tuple[Run, tuple[int, ...]]] = {}
        self._heard: dict[bytes, tuple[_Command, ...]] = {}

    def receive(self, data: bytes, now: int) -> bytes:
        """Take bytes; return the answers of the messages that are complete."""
        heard = None if self._buffer else self._heard.get(data)
        if heard is not None:
            return self._again(heard, now)
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        if len(self._buffer) > LONGEST_MESSAGE:
            self._buffer = b""
        return b"".join([self._answer(line + b"\n", now) for line in lines])

    def _answer(self, line: bytes, now: int) -> bytes:
        heard = self._heard.get(line)
        return self._parsed(line, now) if heard is None else self._again(heard, now)

    def _again(self, commands: tuple[_Command, ...], now: int) -> bytes:
        """Carry out what a message heard before says."""
        answers: list[str] = []
        for run, parameters, numbers in commands:
            try:
                answer = run(Call(parameters, numbers, now))
            except ScpiFault as fault:
                self._errors.put(fault)
                if -200 < fault.code <= -100:
                    break  # a command error ends the message
            else:
                if answer is not None:
                    answers.append(answer)
        return (";".join(answers) + self._end).encode("latin-1") if answers else b""

    def _parsed(self, line: bytes, now: int) -> bytes:
        answers: list[str] = []
        path = ""
        commands: list[_Command] = []
        parts = split_outside(line.decode("latin-1").strip(), ";")
        for part in parts:
            header, _, rest = part.strip().partition(" ")
            if not header:
                continue
            try:
                path, command = self._found(path, header, rest)
                commands.append(command)
                answer = command[0](Call(command[1], command[2], now))
            except ScpiFault as fault:
                self._errors.put(fault)
                if -200 < fault.code <= -100:
                    break  # a command error ends the message
            else:
                if answer is not None:
                    answers.append(answer)
        if len(commands) == len(parts) and len(self._heard) < MOST_KNOWN:
            self._heard[line] = tuple(commands)
        return (";".join(answers) + self._end).encode("latin-1") if answers else b""

    def _found(self, path: str, header: str, rest: str) -> tuple[str, _Command]:
        """Return the path for what follows, and what a header stands for.

        Raises:
            ScpiFault: no such header.
        """
        full = header.upper()
        if full[0] == ":":
            full = full[1:]
        elif full[0] != "*":
            full = path + full
        found = self._known.get(full) or self._find(full)
        run, numbers = found
        rest = rest.strip()
        parameters = tuple(split_outside(rest, ",")) if rest else ()
        if full[0] != "*":
            path = full[: full.rfind(":") + 1]
        return path, (run, tuple([_plain(each) for each in parameters]), numbers)

    def _find(self, header: str) -> tuple[Run, tuple[int, ...]]:
        for pattern, run in self._patterns:
            match = pattern.fullmatch(header)
            if match is not None:
                found = run, tuple(int(group or 1) for group in match.groups())
                self._known[header] = found
                return found
        raise undefined_header()


def _plain(parameter: str) -> str:
    parameter = parameter.strip()
    return parameter if parameter[:1] in {'"', "'"} else parameter.upper()


def split_outside(text: str, separator: str) -> Sequence[str]:
    """Split a text at a separator that stands in no quotes and no brackets."""
    if "(" not in text and '"' not in text and "'" not in text:
        return text.split(separator)
    parts: list[str] = []
    begin, depth, quote = 0, 0, ""
    for index, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in {'"', "'"}:
            quote = character
        elif character in "()":
            depth += 1 if character == "(" else -1
        elif character == separator and depth == 0:
            parts.append(text[begin:index])
            begin = index + 1
    parts.append(text[begin:])
    return parts


_WORD = re.compile(r"(\*?[A-Z]+)([a-z]*)")


def _pattern(header: str) -> re.Pattern[str]:
    def word(match: re.Match[str]) -> str:
        short, rest = re.escape(match.group(1)), match.group(2).upper()
        return f"{short}(?:{rest})?" if rest else short

    text = header.replace("?", r"\?").replace("[", "(?:").replace("]", ")?")
    return re.compile(_WORD.sub(word, text).replace("#", r"(\d*)"))


def channel_list(text: str) -> list[int]:
    """Return the channels of ``(@101,103:105)``.

    Raises:
        ScpiFault: no channel list.
    """
    found = re.fullmatch(r"\(@([\d,:\s]*)\)", text)
    if found is None:
        raise ScpiFault(-170, "Expression error")
    channels: list[int] = []
    for part in filter(None, found.group(1).replace(" ", "").split(",")):
        first, _, last = part.partition(":")
        channels += range(int(first), int(last or first) + 1)
    return channels
