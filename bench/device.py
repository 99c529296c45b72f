"""Ports between the core and the instruments: what a driver declares, and what the scan sees.

The core knows no wire. A driver package offers, by entry point:

- ``h2bench.drivers``: one `Driver` per instrument model (what it reads, takes and can do);
- ``h2bench.openers``: an `Opener` per transport (``real``, ``simulated``), which connects the
  instruments of a rig and returns them with the workers that serve their links.

A *worker* serves one physical link: ``step(now)`` does what is due and returns when it wants to
be called again; a thread calls it on a bench, the scheduler in virtual time. What instruments
read goes into the bench's one sample queue (append is atomic; the scan drains it and sees every
sample, so extremes between scans are never lost). Numbers in the queue are SI.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from bench.channel import Quality, Range, Uncertainty
from bench.clock import SECOND, Clock
from bench.fast_rows import FastGroup, FastRows
from bench.messages import Message
from bench.units import ONE, Unit

OVERLOAD = 9.0e37
"""Readings of this size and above mean overload or no value (SCPI-1999: 9.9E37, 9.91E37)."""
_OK, _BAD = Quality.OK.value, Quality.BAD.value


class LinkKind(Enum):
    """Which family of wire an instrument sits on."""

    VISA = "visa"
    """A VISA resource string; one instrument per link."""
    CAN = "can"
    """A CAN bus, shared by its nodes."""


@dataclass(frozen=True)
class Reading:
    """A value an instrument offers."""

    name: str
    """Name within the instrument: ``torque``."""
    unit: Unit = ONE
    """Unit in which the driver posts it."""
    range: Range = field(default_factory=Range)
    """What it can show, SI."""
    uncertainty: Uncertainty | None = None
    """What the data sheet states; a rig may state better."""


@dataclass(frozen=True)
class Demand:
    """A value an instrument takes."""

    name: str
    """Name within the instrument: ``speed``."""
    unit: Unit = ONE
    """Unit in which the driver sends it."""
    range: Range = field(default_factory=Range)
    """What it accepts, SI; nothing outside ever reaches the wire."""
    choices: tuple[str, ...] = ()
    """Words for a selector (control modes, on and off): the value is the word's index."""


@dataclass(frozen=True)
class Action:
    """Something an instrument can do that takes time: zero, span."""

    name: str
    """Name within the instrument: ``zero``."""
    duration: float
    """How long it usually takes, s."""
    timeout: float
    """How long at most, s."""


@dataclass(frozen=True)
class Connection:
    """One instrument of a rig, as configured."""

    name: str
    """Name within the rig: ``dyno``."""
    driver: Driver
    """Model."""
    link: str
    """VISA resource string or name of a CAN bus."""
    period: int
    """How often it is polled (or told to broadcast), ns."""
    options: Any = None
    """The driver's own settings, of its ``options`` type."""

    @property
    def watchdog_timeout(self) -> float:
        """Silence after which its watchdog acts in this rig, s; infinite: it has none."""
        watchdog, stated = self.driver.watchdog, self.driver.watchdog_timeout
        if watchdog is None:
            return math.inf
        return watchdog.timeout if stated is None else stated(self.options)

    @property
    def longest_demand_gap(self) -> float:
        """Longest time between two scans that it bears, s: in proportion to the timeout."""
        driver = self.driver
        if driver.watchdog is None or driver.watchdog_timeout is None:
            return driver.longest_demand_gap
        return driver.longest_demand_gap * self.watchdog_timeout / driver.watchdog.timeout

    def scanned(self, scan: int) -> Connection:
        """Return it as it is in virtual time with a scan each so many ns.

        It tells nothing more often than anybody looks, and its watchdogs bear such a scan.
        """
        fitted, options = self.driver.scanned, self.options
        if fitted is not None:
            options = fitted(options, scan / SECOND)
        return replace(self, period=max(self.period, scan), options=options)


class Instrument(Protocol):
    """An instrument as the scan sees it. None of the calls waits for the wire."""

    @property
    def name(self) -> str:
        """Name within the rig."""
        ...

    @property
    def identity(self) -> str:
        """What the instrument says it is (maker, model, serial, firmware); empty until known."""
        ...

    @property
    def is_connected(self) -> bool:
        """Whether it has answered, as itself, since the link was last opened."""
        ...

    def demand(self, index: int, value: float) -> None:
        """Take a new demand (SI); the newest one is sent as soon as the link allows.

        Raises:
            DemandOutOfRange: outside the instrument's range.
        """
        ...

    def make_safe(self, values: Mapping[int, float]) -> None:
        """Send the object's safe values (by demand index, SI) ahead of everything queued."""
        ...

    def start(self, action: str) -> None:
        """Begin an action."""
        ...

    def progress(self) -> Progress:
        """Return how the action begun last is getting on."""
        ...


class Stage(Enum):
    """How far an action is."""

    IDLE = "idle"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class Progress:
    """How an action is getting on."""

    stage: Stage = Stage.IDLE
    """How far it is."""
    action: str = ""
    """Which one."""
    message: Message | None = None
    """Why it failed."""
    results: Mapping[str, float] = field(default_factory=dict[str, float])
    """What it found (offset before, offset after), SI."""


@dataclass(frozen=True)
class LinkHealth:
    """What a worker has counted since it was made."""

    polls: int = 0
    """Reads that came to their end: polls of a text instrument, frames heard on a bus."""
    late: int = 0
    """Polls that ended after the next one of their kind was due."""
    failures: int = 0
    """Attempts and sessions that failed."""
    openings: int = 0
    """Sessions that were made."""


class Worker(Protocol):
    """Serves one physical link."""

    @property
    def name(self) -> str:
        """Name of the link."""
        ...

    @property
    def patience(self) -> int:
        """Longest time one step may take, ns; a worker that takes longer hangs."""
        ...

    @property
    def health(self) -> LinkHealth:
        """What it has counted; may be read on any thread."""
        ...

    def step(self, now: int) -> int:
        """Do what is due; return when to be called again (ns). Never raises a LinkError."""
        ...

    def close(self) -> None:
        """Release the link; outputs stay as they are."""
        ...


Sample = tuple[int, float, int, int]
"""Channel index, value (SI; NaN: only the time or the quality is new), time ns, `Quality`."""


class Block(NamedTuple):
    """Samples of consecutive channels taken at one time: the same as one by one, in their order."""

    first: int
    """Channel index of the first."""
    values: NDArray[np.float64]
    """SI; NaN where it is not OK."""
    time: int
    """ns."""
    qualities: NDArray[np.uint8] | None = None
    """`Quality` of each; None: all are OK."""


SampleQueue = deque[Sample | Block | FastRows]


class Mailbox:
    """Where one instrument leaves what it reads."""

    __slots__ = ("_base", "_places", "_put", "_queue", "_scales", "readings")

    def __init__(self, readings: Sequence[Reading], base: int, queue: SampleQueue) -> None:
        self.readings = tuple(readings)
        self._base = base
        self._queue = queue
        self._put = queue.append
        units = [reading.unit for reading in readings]
        self._scales = np.array([[each.factor for each in units], [each.offset for each in units]])
        # channel, factor and offset of each reading
        self._places = [(i, each.factor, each.offset) for i, each in enumerate(units, start=base)]

    def post(self, index: int, number: float, now: int, quality: int = Quality.OK.value) -> None:
        """Leave a number in the reading's unit; not a number or overload makes it BAD."""
        if not -OVERLOAD < number < OVERLOAD:  # also true for NaN
            number, quality = math.nan, max(quality, _BAD)
        place, factor, offset = self._places[index]
        self._put((place, number * factor + offset, now, quality))

    def post_all(self, first: int, numbers: Sequence[float], now: int) -> None:
        """Leave the numbers of consecutive readings, as `post` does with each."""
        put, places = self._put, self._places
        for index, number in enumerate(numbers, start=first):
            place, factor, offset = places[index]
            if -OVERLOAD < number < OVERLOAD:
                put((place, number * factor + offset, now, _OK))
            else:
                put((place, math.nan, now, _BAD))

    def post_block(
        self,
        first: int,
        numbers: NDArray[np.float64],
        now: int,
        quality: NDArray[np.uint8] | None = None,
    ) -> None:
        """Leave the numbers of consecutive readings as one entry, as `post` does with each.

        Args:
            first: Index of the first reading.
            numbers: In the readings' units; copied.
            now: Time, ns.
            quality: `Quality` of each; None: they are OK. A number that is none is BAD at least.

        Raises:
            ValueError: there are not so many readings, or not so many qualities.
        """
        last = first + len(numbers)
        is_held = 0 <= first <= last <= len(self.readings)
        if not is_held or (quality is not None and len(quality) != len(numbers)):
            raise ValueError((first, last, len(self.readings), quality))
        is_number = np.abs(numbers) < OVERLOAD  # false for NaN
        values = numbers * self._scales[0, first:last] + self._scales[1, first:last]
        if not is_number.all():
            values[~is_number] = math.nan
            before = np.zeros(len(numbers), dtype=np.uint8) if quality is None else quality
            quality = np.where(is_number, before, np.maximum(before, _BAD)).astype(np.uint8)
        elif quality is not None:
            quality = quality.astype(np.uint8)
        self._queue.append(Block(self._base + first, values, now, quality))

    def post_rows(self, group: str, records: NDArray[np.void]) -> None:
        """Leave rows of a group beside the scan (`FastRows`); the array is not changed later."""
        self._queue.append(FastRows(group, records))

    def confirm(self, index: int, now: int) -> None:
        """Say that the last value of a reading still holds: its age restarts, nothing is new."""
        self._queue.append((self._base + index, math.nan, now, _OK))

    def mark(self, quality: Quality, now: int) -> None:
        """Give all readings of the instrument a quality, without a new value."""
        for index in range(len(self.readings)):
            self._queue.append((self._base + index, math.nan, now, quality))


class Report(Protocol):
    """Takes what an instrument has to say: level (``info``, ``warning``, ``error``), message."""

    def __call__(self, level: str, source: str, message: Message) -> None:
        """Take one message for the event list."""
        ...


def no_fast_groups(options: Any) -> tuple[FastGroup, ...]:
    """Return nothing: all that the instrument reads enters the scan."""
    del options
    return ()


@dataclass(frozen=True)
class Port:
    """What an instrument is given to talk to the core."""

    connection: Connection
    """Its configuration."""
    mailbox: Mailbox
    """Where its readings go."""
    report: Report
    """Where its messages go (connected, lost, its own errors)."""
    clock: Clock
    """The time."""


class ArmedBy(Enum):
    """How it is known that a watchdog is armed."""

    ALWAYS = "always"
    """The manual knows no way to switch it off."""
    SETUP = "setup"
    """The driver sets it after each connection and reads it back; setup fails otherwise."""


@dataclass(frozen=True)
class Watchdog:
    """What an instrument does by itself when the bench falls silent."""

    name: str
    """What its manual calls it: ``demand lost``."""
    timeout: float
    """Silence after which it acts, s; where the rig sets it, the value as delivered."""
    effect: Message
    """What happens then."""
    armed_by: ArmedBy
    """How it is known that it is armed."""
    reading: str = ""
    """Reading that is 1 while it is armed; empty: the instrument tells no more than setup."""


@dataclass(frozen=True)
class Driver:
    """One instrument model, as a data sheet reads."""

    name: str
    """Name in rigs: ``keysight-daq970a``."""
    title: str
    """Maker, model and what it is."""
    link: LinkKind
    """Family of wire."""
    readings: Callable[[Any], tuple[Reading, ...]]
    """What it reads, given its options."""
    demands: Callable[[Any], tuple[Demand, ...]]
    """What it takes, given its options."""
    build: Callable[[Port], Any]
    """Make the instrument; what it returns belongs to the opener of its link family."""
    actions: tuple[Action, ...] = ()
    """What it can do that takes time."""
    fast_groups: Callable[[Any], tuple[FastGroup, ...]] = no_fast_groups
    """What it samples faster than the scan, given its options."""
    incident_action: str = ""
    """Action that keeps what led to an incident: begun when one opens; empty: it has none."""
    options: type[Any] | None = None
    """Pydantic model of its own settings in a rig."""
    shortest_period: float = 0.0
    """Shortest poll or broadcast period it allows, s."""
    longest_demand_gap: float = math.inf
    """Longest time between two scans its control loops and watchdogs bear as delivered, s."""
    watchdog: Watchdog | None = None
    """What watches the bench inside the instrument; None: the manual has none."""
    watchdog_timeout: Callable[[Any], float] | None = None
    """Timeout of its watchdog given its options, s; None: as delivered."""
    scanned: Callable[[Any, float], Any] | None = None
    """Its options in virtual time, given those of the rig and the time between two scans, s: what
    instrument and driver agree on bears such a scan. None: as in the rig."""
