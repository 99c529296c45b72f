"""The desk: what is typed becomes requests (single keys), notes and answers (lines)."""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from bench.clock import MILLISECOND, Clock
from bench.messages import Message
from bench.service.port import BenchPort
from bench.service.requests import GoOn, Note, Request, Snapshot, StopNow
from protocols.keyboard import Keyboard

REPEAT = 400 * MILLISECOND
"""A snapshot key that comes again sooner is the same one, held down."""


SURE = frozenset({"yes", "是"})
"""What confirms that the object is given up."""


@dataclass(frozen=True)
class Entry:
    """What stands under the picture."""

    asks: Message
    """What the keys do, or what the line is for."""
    text: str = ""
    """What is typed so far."""
    said: Message | None = None
    """What became of the last key."""


class Typist(Protocol):
    """Somebody who answers questions by lines."""

    def ask(self) -> None:
        """Wait for a line; what was typed for an older question answers nothing."""
        ...

    def answer(self) -> str | None:
        """Return the line, once; None: not there yet."""
        ...

    def withdraw(self) -> None:
        """Wait no more."""
        ...


class Lines:
    """Answers from an input that gives whole lines: a pipe, or a terminal that keeps its ways."""

    def __init__(self) -> None:
        self._typed: queue.SimpleQueue[str] = queue.SimpleQueue()

    def ask(self) -> None:
        """Wait for a line."""
        self._typed = queue.SimpleQueue()
        threading.Thread(target=_read_line, args=(self._typed,), daemon=True).start()

    def answer(self) -> str | None:
        """Return the line, once; None: not there yet."""
        return None if self._typed.empty() else self._typed.get()

    def withdraw(self) -> None:
        """Wait no more: the next question has a queue of its own."""


def _read_line(typed: queue.SimpleQueue[str]) -> None:
    typed.put(sys.stdin.readline())


class Line:
    """A line that is being typed, key by key."""

    def __init__(self) -> None:
        self.text = ""
        self.is_done = False
        """Whether Enter ended it."""

    def take(self, key: str) -> None:
        """Take a key: Enter ends, Backspace removes one, Ctrl-U and Esc all."""
        if key == "\n":
            self.is_done = True
        elif key in "\b\x7f":
            self.text = self.text[:-1]
        elif key in "\x15\x1b":
            self.text = ""
        elif key.isprintable():
            self.text += key


class Desk:
    """One person at one keyboard."""

    def __init__(
        self,
        bench: BenchPort,
        keyboard: Keyboard,
        *,
        wall: Clock,
        operator: str,
        keys: Message,
        does: Mapping[str, Request] = MappingProxyType({}),
    ) -> None:
        """Begin with nothing typed; `keys` says what the keys do, `does` what others ask for."""
        self.has_asked_to_detach = False
        """Whether the key that leaves a run to itself was pressed."""
        self.has_asked_to_stop = False
        """Whether the key that stops was pressed."""
        self._bench = bench
        self._keyboard = keyboard
        self._wall = wall
        self._operator = operator
        self._keys = keys
        self._does = does
        self._said: Message | None = None
        self._note: Line | None = None
        self._answer: Line | None = None
        self._confirm: Line | None = None
        self._last_snapshot: int | None = None

    def look(self) -> None:
        """Do what was typed since the last look."""
        for key in self._keyboard.pressed():
            if self._note is not None:  # begun before a question came: it is finished first
                self._write(self._note, key)
            elif self._confirm is not None:
                self._give_up(self._confirm, key)
            elif self._answer is not None:
                if not self._answer.is_done:
                    self._answer.take(key)
            else:
                self._press(key.lower())

    def ask(self) -> None:
        """Take the next line as an answer."""
        self._answer = Line()

    def answer(self) -> str | None:
        """Return the answer, once; None: not there yet."""
        line = self._answer
        if line is None or not line.is_done:
            return None
        self._answer = None
        return line.text

    def withdraw(self) -> None:
        """Let keys be keys again: nothing is asked any more."""
        self._answer = None

    @property
    def entry(self) -> Entry:
        """What to show of it."""
        if self._note is not None:
            return Entry(Message("keys.note"), self._note.text)
        if self._confirm is not None:
            costs = self._bench.state().costs
            return Entry(Message("stops.confirm", {"costs": costs or ""}), self._confirm.text)
        if self._answer is not None:
            return Entry(Message("keys.answer"), self._answer.text)
        return Entry(self._keys, said=self._said)

    def _press(self, key: str) -> None:
        match key:
            case "s":
                self._snapshot()
            case "n":
                self._note = Line()
            case "q":
                self.has_asked_to_stop = True
            case "d":
                self.has_asked_to_detach = True
            case "p":
                self._ask_for_people_first()
            case "g":
                self._said = self._bench.request(GoOn()).reason
            case _ if key in self._does:
                self._said = self._bench.request(self._does[key]).reason
            case _:
                pass

    def _ask_for_people_first(self) -> None:
        """Have the stop confirmed that may destroy the object."""
        if self._bench.state().costs is None:
            self._said = Message("stops.none-for-people")
        else:
            self._confirm = Line()

    def _give_up(self, line: Line, key: str) -> None:
        """Take a key of the confirmation; only the whole word is one."""
        if key == "\x1b":
            self._confirm = None
            return
        line.take(key)
        if not line.is_done:
            return
        self._confirm, self._said = None, None
        if line.text.strip().lower() in SURE:
            asked = StopNow(is_hard=True, is_people_first=True)
            self._said = self._bench.request(asked).reason

    def _snapshot(self) -> None:
        now, last = self._wall.now(), self._last_snapshot
        self._last_snapshot = now
        if last is not None and now - last < REPEAT:
            return
        asked = Snapshot(operator=self._operator)
        reply = self._bench.request(asked)
        self._said = reply.reason
        if reply.is_accepted:
            self._said = Message("keys.snapshot-taken", {"seconds": f"{asked.seconds:g}"})

    def _write(self, line: Line, key: str) -> None:
        if key == "\x1b":
            self._note = None
            return
        line.take(key)
        if not line.is_done:
            return
        self._note = None
        text = line.text.strip()
        if text:
            reply = self._bench.request(Note(text, self._operator))
            self._said = Message("keys.note-taken") if reply.is_accepted else reply.reason
