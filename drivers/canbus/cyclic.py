"""Guarded cyclic frames: an alive counter in the low nibble of byte 0, a checksum at the end."""

from __future__ import annotations

import math
from collections.abc import Sequence

from bench.channel import Quality
from bench.device import Mailbox
from drivers.canbus.checksum import crc8, start_for
from drivers.canbus.frame import Frame
from drivers.canbus.layout import Field, Layout
from drivers.canbus.presence import Presence

STUCK = 3
"""Repeats of an alive counter until it is reported: a gateway may double a frame."""


class CyclicInput:
    """Judges the frames of one message that a node sends."""

    def __init__(self, layout: Layout, presence: Presence, *, has_checksum: bool = True) -> None:
        self._layout = layout
        self._length = layout.length
        self._presence = presence
        self._has_checksum = has_checksum
        self._start = start_for(layout.id)
        self._alive = -1
        self._repeats = 0

    def word(self, frame: Frame) -> int | None:
        """Return the frame's bytes as one integer, None when it is short or its checksum wrong.

        An extra long frame is taken: newer firmware may add bytes.
        """
        data = frame.data
        length = self._length
        if len(data) < length:
            self._presence.faulty(
                "can.short-frame", id=f"0x{frame.id:X}", length=len(data), expected=length
            )
            return None
        if self._has_checksum and data[length - 1] != crc8(data[: length - 1], self._start):
            self._presence.faulty("can.bad-checksum", id=f"0x{frame.id:X}")
            return None
        return int.from_bytes(data[:length], "little")

    def is_new(self, word: int) -> bool:
        """Return whether the alive counter has moved since the last frame."""
        alive = word & 0xF
        if alive != self._alive:
            self._alive = alive
            self._repeats = 0
            return True
        self._repeats += 1
        if self._repeats >= STUCK:
            self._presence.faulty("can.alive-stuck", id=f"0x{self._layout.id:X}")
        return False

    def forget(self) -> None:
        """Take any alive counter next: the node or the bus has been restarted."""
        self._alive = -1
        self._repeats = 0


class CyclicOutput:
    """Keeps the newest demands of one message, and counts and checks its frames.

    A field that nobody has demanded since the bus was opened holds all ones: no demand.
    """

    def __init__(self, layout: Layout, keep: tuple[str, ...]) -> None:
        self._layout = layout
        self._fields = dict(layout.fields)
        self._start = start_for(layout.id)
        self._blank = sum(layout[name].mask << layout[name].shift for name in keep)
        self._word = self._blank
        self._alive = 0

    def limit(self, name: str, low: float, high: float) -> None:
        """Narrow the range of a field to that of the machine (DBC unit)."""
        self._fields[name] = self._fields[name].narrowed(low, high)

    def put(self, name: str, value: float) -> None:
        """Demand a physical value of a field.

        Raises:
            ValueError: outside the field's range.
        """
        field = self._fields[name]
        bits = field.bits(value)
        self._word = self._word & ~(field.mask << field.shift) | bits

    def forget(self, *names: str) -> None:
        """Demand nothing any more of some fields, by default of all."""
        if not names:
            self._word = self._blank
        for name in names:
            self._word |= self._fields[name].mask << self._fields[name].shift

    def frame(self) -> Frame:
        """Return the next frame."""
        self._alive = self._alive + 1 & 0xF
        data = (self._word | self._alive).to_bytes(self._layout.length - 1, "little")
        return Frame(self._layout.id, data + bytes((crc8(data, self._start),)))


class Readout:
    """Posts signals of a message as consecutive readings.

    Args:
        mailbox: where they go.
        fields: the signals, each in its reading's unit.
        first: reading of the first one.
    """

    def __init__(self, mailbox: Mailbox, fields: Sequence[Field], first: int) -> None:
        self._mailbox = mailbox
        self._first = first
        self._fields = tuple(fields)
        self._places = [(at, each.mask << each.shift) for at, each in enumerate(fields)]
        self._held = 0
        self._numbers = [each.value(0) for each in fields]

    def numbers(self, word: int) -> Sequence[float]:
        """Return what a frame's word says, until the next one; NaN for a value that is not valid.

        Much of what devices tell stays the same for long: only what has changed is decoded.
        """
        changed = word ^ self._held
        if changed:
            self._held = word
            for at, bits in self._places:
                if changed & bits:
                    self._numbers[at] = self._fields[at].value(word)
        return self._numbers

    def post(self, word: int, now: int) -> None:
        """Post what a frame's word says; a raw value that is not valid becomes BAD."""
        self._mailbox.post_all(self._first, self.numbers(word), now)


def post_bad(mailbox: Mailbox, indices: range, now: int) -> None:
    """Mark readings BAD: the frame that carries them cannot be read."""
    for index in indices:
        mailbox.post(index, math.nan, now, Quality.BAD)
