"""What happened to a cell in thousands of hours: segments, starts, stops, trips, cycles, faults.

Found from time, current, temperature and gas alone, so that what nobody wrote down is found as
well. Whole runs need not fit into memory: `OperatingStream` (analysis.operating_stream) eats
chunks; `detect_events` is the same for arrays.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from analysis.checks import require_positive
from analysis.hourly_medians import HourlyMedians
from analysis.voltage_series import Event

CELSIUS: Final = 273.15


class EventKind(StrEnum):
    """What can happen."""

    START = "start"
    """Current begins to flow."""
    STOP = "stop"
    """Current is taken down."""
    TRIP = "trip"
    """Current breaks off within seconds."""
    FULL_CYCLE = "full thermal cycle"
    """From operation below 100 °C and back to current."""
    PARTIAL_CYCLE = "partial thermal cycle"
    """From operation below 500 °C, not below 100, and back to current."""
    REDOX = "redox suspicion"
    """Hot without fuel and without safety gas: nickel may have oxidised."""
    LOAD_CHANGE = "load change"
    """The current went to another level and stayed."""
    REFERENCE = "reference visit"
    """Marked rows at the reference point."""
    GAP = "gap"
    """No rows."""
    CLOCK_BACK = "clock back"
    """Time ran backwards; these rows are left out."""
    DUPLICATE = "duplicate rows"
    """The time of the row before; left out."""
    FROZEN_TEMPERATURE = "frozen temperature"
    """The same temperature to the last digit for too long."""
    ZERO_FLOW = "zero flow with current"
    """Current without fuel: meter or cell is in trouble."""
    NEGATIVE_FLOW = "negative flow"
    """A flow that cannot be."""


class SegmentKind(StrEnum):
    """What the cell was doing."""

    STEADY = "steady"
    """Current flows and stays."""
    TRANSITION = "transition"
    """Between two loads."""
    START = "start"
    """From off to steady."""
    STOP = "stop"
    """From steady to off."""
    TRIP = "trip"
    """The same, in an emergency."""
    OFF = "off"
    """No current."""
    GAP = "gap"
    """No rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatingLimits:
    """What tells one state from another; engineering defaults."""

    rated_current: float
    """A; shares below are of it."""
    idle: float = 0.02
    """No more current than this share counts as none."""
    steadiness: float = 0.02
    """A minute is steady if its current keeps within this share."""
    level: float = 0.1
    """A change of load is larger than this share."""
    trip_time: float = 5.0
    """A faster fall from more than half of the load to none is a trip, s."""
    gap: float = 300.0
    """A longer pause between rows is a gap, s."""
    cold: float = 100.0 + CELSIUS
    """Below it a thermal cycle is a full one, K."""
    cool: float = 500.0 + CELSIUS
    """Below it a thermal cycle is a partial one, K."""
    redox: float = 350.0 + CELSIUS
    """Above it nickel oxidises without reducing gas, K."""
    no_flow: float = 1e-6
    """A smaller flow is none, mol/s."""
    redox_time: float = 60.0
    """Without gas for longer is suspect, s."""
    no_flow_time: float = 10.0
    """Current without fuel for longer is told, s."""
    frozen_time: float = 1800.0
    """The same temperature for longer is told, s."""

    def __post_init__(self) -> None:
        """Refuse limits that are not above zero."""
        require_positive(**{name: float(getattr(self, name)) for name in self.__slots__})


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatingEvent:
    """Something that happened."""

    kind: EventKind
    """What."""
    time: float
    """When it began, s."""
    end: float
    """When it ended, s; the same for what takes no time."""
    first_row: int
    """Number of the row it began with."""
    last_row: int
    """Number of the row it ended with."""
    count: int = 1
    """How many rows or times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A stretch of time in one state."""

    kind: SegmentKind
    """Which."""
    begin: float
    """s."""
    end: float
    """s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatingHistory:
    """All that was found."""

    segments: tuple[Segment, ...]
    """In order of time, to the minute."""
    events: tuple[OperatingEvent, ...]
    """In order of time."""
    hours: HourlyMedians
    """Medians of the steady rows of each hour."""
    rows: int
    """How many rows were eaten."""
    loaded_time: float
    """With current, s; gaps left out."""

    @property
    def counts(self) -> Mapping[EventKind, int]:
        """How often each kind happened."""
        found = Counter(event.kind for event in self.events)
        return {kind: found[kind] for kind in EventKind}

    @property
    def load_cycles(self) -> int:
        """Two changes of load make a cycle."""
        return self.counts[EventKind.LOAD_CHANGE] // 2

    def degradation_events(self) -> tuple[Event, ...]:
        """Return what may have cost voltage for good, at the return to the operating point.

        A stop or trip is placed at the next start; a thermal cycle or redox suspicion in between
        takes its name. Stops without a later start are left out.
        """
        chosen: list[Event] = []
        pending: EventKind | None = None
        for event in self.events:
            if event.kind in _GRAVITY:
                pending = max((pending or event.kind, event.kind), key=_GRAVITY.index)
            if event.kind is EventKind.START and pending is not None:
                chosen.append(Event(time=event.time, kind=pending.value))
                pending = None
        return tuple(_with_cycles(chosen, self.events))


_GRAVITY: Final = (EventKind.STOP, EventKind.TRIP, EventKind.REDOX)
_CYCLES: Final = frozenset({EventKind.FULL_CYCLE, EventKind.PARTIAL_CYCLE})


def _with_cycles(starts: list[Event], events: tuple[OperatingEvent, ...]) -> list[Event]:
    """Return the starts; one that ends a thermal cycle is named after it, unless it was worse."""
    cycles = {event.time: event.kind.value for event in events if event.kind in _CYCLES}
    return [
        Event(time=start.time, kind=cycles[start.time])
        if start.time in cycles and start.kind == EventKind.STOP.value
        else start
        for start in starts
    ]
