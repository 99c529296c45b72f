"""Command tables: an instrument's readings and demands as rows, which run by themselves.

The rows are data: the driver, its documentation and its panel read the same ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.device import Demand, Port, Reading
from bench.errors import InstrumentError
from drivers.visa.numbers import numbers
from drivers.visa.port import REPLY_TIMEOUT, Program, Query, Write
from drivers.visa.programs import Poll

Parse = Callable[[str], Sequence[float]]
"""Reply → one number per reading, each in its reading's unit."""


@dataclass(frozen=True)
class QueryRow:
    """A question and the readings its answer holds."""

    command: str
    """What is asked: ``MEAS:VOLT?``."""
    readings: tuple[Reading, ...]
    """What the answer holds, in order."""
    parse: Parse = numbers
    """How the answer is read."""
    period: float = 0.0
    """How often it is asked, s; 0: at the period of the rig's connection."""
    timeout: float = REPLY_TIMEOUT
    """Longest wait for the answer, s."""


@dataclass(frozen=True)
class DemandRow:
    """A demand, how it is sent, and how it is verified."""

    demand: Demand
    """What it is, with unit and range."""
    command: str
    """What is sent, with a place for the number or word: ``CURR {:.3f}``."""
    read_back: str = ""
    """What is asked afterwards: ``CURR?``; empty: nothing can be asked."""
    tolerance: float = 0.0
    """How far the instrument's value may be from the one sent, in the demand's unit."""
    words: tuple[tuple[str, ...], ...] = ()
    """Per choice its spellings: the first is sent, all are understood when read back."""
    parse: Parse = numbers
    """How the read-back is read; its first number counts."""
    is_answered: bool = False
    """Whether the instrument answers the command itself (AK, Alicat); the answer is dropped."""
    reapply: bool = False
    """Whether a demand waits for a lost link, and one that cannot be verified is sent again when it
    is back; never for outputs with power."""
    timeout: float = REPLY_TIMEOUT
    """Longest wait for an answer, s."""


@dataclass(frozen=True)
class CommandTable:
    """All rows of one instrument model."""

    queries: tuple[QueryRow, ...] = ()
    """What it reads."""
    settings: tuple[DemandRow, ...] = ()
    """What it takes."""

    @property
    def readings(self) -> tuple[Reading, ...]:
        """The readings of all rows, in order."""
        return tuple(reading for row in self.queries for reading in row.readings)

    @property
    def demands(self) -> tuple[Demand, ...]:
        """The demands of all rows, in order."""
        return tuple(row.demand for row in self.settings)

    @property
    def reapply(self) -> frozenset[int]:
        """Indices of the demands that are sent again after a lost link."""
        return frozenset(index for index, row in enumerate(self.settings) if row.reapply)

    def polls(self, port: Port) -> tuple[Poll, ...]:
        """Return one poll per period, each asking its rows in order."""
        numbered: dict[float, list[tuple[QueryRow, int]]] = {}
        base = 0
        for row in self.queries:
            numbered.setdefault(row.period, []).append((row, base))
            base += len(row.readings)
        return tuple(_poll(port, rows, period) for period, rows in numbered.items())

    def apply(self, port: Port) -> Callable[[int, float], Program[None]]:
        """Return what sends a demand (index, SI) and verifies it."""

        def send(index: int, value: float) -> Program[None]:
            return _send(port, self.settings[index], value)

        return send

    def verify(self, port: Port) -> Callable[[int, float], Program[None]]:
        """Return what asks whether the instrument still holds a demand (index, SI)."""

        def ask(index: int, value: float) -> Program[None]:
            return _verify(port, self.settings[index], value)

        return ask


def _poll(port: Port, rows: Sequence[tuple[QueryRow, int]], period: float) -> Poll:
    asked = [(Query(row.command, row.timeout), row, base) for row, base in rows]
    post_all, now = port.mailbox.post_all, port.clock.now

    def program() -> Program[None]:
        for query, row, base in asked:
            values = row.parse((yield query))
            if len(values) != len(row.readings):
                raise ValueError(values)
            post_all(base, values, now())

    return Poll(program, period)


def _wanted(row: DemandRow, value: float) -> str | float:
    return row.words[int(value)][0] if row.words else row.demand.unit.from_si(value)


def _send(port: Port, row: DemandRow, value: float) -> Program[None]:
    message = row.command.format(_wanted(row, value))
    if row.is_answered:
        yield Query(message, row.timeout)
    else:
        yield Write(message)
    yield from _verify(port, row, value)


def _verify(port: Port, row: DemandRow, value: float) -> Program[None]:
    if not row.read_back:
        return
    wanted = _wanted(row, value)
    reply = yield Query(row.read_back, row.timeout)
    if row.words:
        taken = reply.strip().casefold() in {word.casefold() for word in row.words[int(value)]}
        actual = reply
    else:
        number = row.parse(reply)[0]
        taken = abs(number - float(wanted)) <= row.tolerance
        actual = f"{number:g} {row.demand.unit.label}".rstrip()
    if not taken:
        raise InstrumentError(
            "device.demand-not-taken",
            instrument=port.connection.name,
            demand=row.demand.name,
            value=wanted if row.words else row.demand.unit.shown(value),
            actual=actual,
        )
