"""Where the signals lie in a frame: read from a DBC file once, then plain shifts and masks.

cantools reads the file; decoding and encoding go one integer per frame, which takes a third of
cantools' time. Only what our own DBC files use is supported: Intel byte order, unsigned, no
multiplexing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import cantools
from cantools.database.can import Message as DbcMessage
from cantools.database.can import Signal as DbcSignal
from cantools.database.can.database import Database

FOLDER = Path(__file__).with_name("dbc")


@dataclass(frozen=True)
class Field:
    """One signal of a frame. Physical value = raw × scale + offset, in the DBC's unit."""

    name: str
    """Name in the DBC."""
    shift: int
    """Lowest bit."""
    mask: int
    """All bits of the signal, from bit 0."""
    scale: float
    """Value of one step."""
    offset: float
    """Value of raw 0."""
    lowest: int
    """Lowest valid raw value; outside lie fault, not available and no demand."""
    highest: int
    """Highest valid raw value."""
    unit: str
    """Unit as the DBC writes it."""
    choices: Mapping[int, str]
    """Raw value → word, where the DBC has words."""

    def value(self, word: int) -> float:
        """Return the physical value in a frame's word; NaN where the raw value is not valid."""
        raw = word >> self.shift & self.mask
        if self.lowest <= raw <= self.highest:
            return raw * self.scale + self.offset
        return math.nan

    def raw(self, word: int) -> int:
        """Return the raw value in a frame's word."""
        return word >> self.shift & self.mask

    def bits(self, value: float) -> int:
        """Return the bits of a frame's word for a physical value: the nearest step in range.

        Raises:
            ValueError: more than one step outside the range.
        """
        exact = (value - self.offset) / self.scale
        if not self.lowest - 1 < exact < self.highest + 1:
            msg = f"{self.name} = {value} {self.unit} is outside its range"
            raise ValueError(msg)
        return min(max(round(exact), self.lowest), self.highest) << self.shift

    def narrowed(self, low: float, high: float) -> Field:
        """Return the field with a range within ``low`` to ``high`` (DBC unit), in whole steps."""
        lowest = math.ceil(round((low - self.offset) / self.scale, 6))
        highest = math.floor(round((high - self.offset) / self.scale, 6))
        return replace(self, lowest=max(lowest, self.lowest), highest=min(highest, self.highest))


@dataclass(frozen=True)
class Layout:
    """One message of a DBC file."""

    name: str
    """Name in the DBC."""
    id: int
    """Arbitration id."""
    length: int
    """Bytes."""
    fields: Mapping[str, Field]
    """Signals by name."""
    period: int
    """Cycle time, ms; 0: not cyclic."""

    def __getitem__(self, name: str) -> Field:
        return self.fields[name]


@cache
def layouts(file: str) -> Mapping[str, Layout]:
    """Return the messages of one of our DBC files by name.

    Raises:
        ValueError: a signal of a kind that is not supported.
    """
    database = cantools.database.load_file(FOLDER / file)
    assert isinstance(database, Database)  # noqa: S101 - a .dbc is a CAN database
    return {message.name: _layout(message) for message in database.messages}


def _layout(message: DbcMessage) -> Layout:
    fields = {signal.name: _field(signal) for signal in message.signals}
    period = message.cycle_time or 0
    return Layout(message.name, message.frame_id, message.length, fields, period)


def _field(signal: DbcSignal) -> Field:
    if signal.byte_order != "little_endian" or signal.is_signed or signal.is_multiplexer:
        msg = f"{signal.name}: only unsigned Intel signals are supported"
        raise ValueError(msg)
    scale, offset = float(signal.scale), float(signal.offset)
    top = (1 << signal.length) - 1
    low, high = signal.minimum, signal.maximum
    return Field(
        name=signal.name,
        shift=signal.start,
        mask=top,
        scale=scale,
        offset=offset,
        lowest=0 if low is None else round((low - offset) / scale),
        highest=top if high is None else round((high - offset) / scale),
        unit=signal.unit or "",
        choices={int(raw): str(word) for raw, word in (signal.choices or {}).items()},
    )
