"""The bench as one object: its channels and demands by index, its limits, its test object.

Everything here is frozen and resolved: texts have become numbers in SI, names indices. It is
built by `bench.config` from a rig, an object kind and the drivers' declarations, before anything
is opened.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from typing import Any

from bench.channel import Channel, Kind, Range
from bench.device import Action, Connection, Simulation, Stated
from bench.document import Document, Mark
from bench.expression import Resolved
from bench.messages import Bilingual
from bench.units import Unit


class Reaction(IntEnum):
    """What a limit does; a higher one pre-empts a lower."""

    LOG = 0
    """Write it down."""
    WARN = 1
    """Tell the operator."""
    FLAG = 2
    """Mark what is being measured as invalid."""
    HOLD = 3
    """Hold the sequence until the operator continues."""
    SOFT_STOP = 6
    """Run the object's soft-stop sequence."""
    HARD_STOP = 7
    """Run the object's hard-stop sequence at once."""


class Scope(Enum):
    """Whose limit it is; a narrower one may only tighten."""

    FACILITY = "facility"
    OBJECT = "object"
    PROTOCOL = "protocol"
    STEP = "step"


@dataclass(frozen=True)
class Limit:
    """A condition that must not hold, and what follows when it does."""

    id: str
    """Stable name."""
    condition: Resolved
    """Violated while this holds."""
    text: str
    """The condition as written."""
    reaction: Reaction
    """What follows."""
    persistence: float = 0.0
    """How long it must hold without a break, s."""
    valid_while: Resolved | None = None
    """Judged only while this holds."""
    scope: Scope = Scope.FACILITY
    """Whose limit it is."""
    beside: str = ""
    """Which hardwired effect stands beside it."""
    advice: Bilingual = field(default_factory=lambda: Bilingual(""))
    """Cause, consequence and what to do."""
    mark: Mark | None = None
    """Where it is written."""


class OnHold(Enum):
    """What a demand does while the sequence is held."""

    STAY = "stay"
    """Keep its value."""
    SAFE = "safe"
    """Ramp to its safe value."""


@dataclass(frozen=True)
class DemandPoint:
    """A demand of the test object, with all that bounds it."""

    name: str
    """Name in protocols: ``engine.speed``."""
    instrument: str
    """Who carries it out."""
    at: int
    """Index among the instrument's demands."""
    channel: int
    """Index of the channel that records it."""
    unit: Unit
    """Unit for people."""
    range: Range
    """What object and instrument both allow, SI."""
    choices: tuple[str, ...] = ()
    """Words of a selector."""
    safe: float = 0.0
    """Safe value, SI."""
    on_hold: OnHold = OnHold.STAY
    """What it does in HOLDING."""
    gradient: float = float("inf")
    """Steepest allowed ramp, SI per s."""
    requires: Mapping[str, frozenset[float]] = field(default_factory=dict[str, frozenset[float]])
    """Selector demand → values in which this demand means anything."""

    def shown(self, value: float) -> str:
        """Return a value (SI) as text."""
        if self.choices and 0 <= value < len(self.choices) and value == int(value):
            return self.choices[int(value)]
        return self.unit.shown(value)


@dataclass(frozen=True)
class Computed:
    """A column of the row that is computed from others."""

    index: int
    """Where the result goes."""
    formula: Resolved
    """What to compute."""


@dataclass(frozen=True)
class GasLot:
    """The fuel gas as certified."""

    lot: str
    """Number of the certificate."""
    date: str
    """ISO 8601 date of the certificate."""
    fractions: Mapping[str, tuple[float, float]]
    """Species → mole fraction and its standard uncertainty; hydrogen is the balance."""
    reference_temperature: float = 298.15
    """Combustion reference temperature of the heating value, K."""


@dataclass(frozen=True)
class TestObject:
    """What is being tested."""

    __test__ = False  # pytest: no test class

    kind: str
    """Object kind: ``hydrogen-engine``."""
    serial: str
    """Serial number."""
    data: Mapping[str, float] = field(default_factory=dict[str, float])
    """Numbers of this object the judging needs (displacement), SI."""


@dataclass(frozen=True)
class BenchModel:
    """A rig with its test object, resolved."""

    name: str
    """Name of the rig."""
    title: Bilingual
    """What people call it."""
    object: TestObject
    """What is being tested."""
    connections: tuple[Connection, ...]
    """The instruments."""
    bases: Mapping[str, int]
    """Instrument → channel index of its first reading."""
    channels: tuple[Channel, ...]
    """Every recorded channel, in row order."""
    index: Mapping[str, int]
    """Channel name → index."""
    max_age: tuple[float, ...]
    """Age at which each channel is stale, s; infinite where age means nothing."""
    computed: tuple[Computed, ...]
    """Computed channels, in an order that works."""
    demands: tuple[DemandPoint, ...]
    """All demands."""
    limits: tuple[Limit, ...]
    """Facility and object limits."""
    scan_period: int
    """Scan period in real time, ns."""
    stated: Mapping[str, Stated]
    """``instrument.reading`` → stated uncertainty."""
    gas: GasLot | None
    """The fuel gas lot."""
    soft_stop: Sequence[Any] = ()
    """Steps of the object's soft stop (parsed, not yet planned)."""
    hard_stop: Sequence[Any] = ()
    """Steps of the object's hard stop."""
    fuel_estimate: Resolved | None = None
    """Hydrogen flow from the demands, for estimates, kg/s."""
    heartbeat: tuple[str, int] | None = None
    """Instrument and demand index that shows the safety chain we are alive."""
    key_channels: tuple[str, ...] = ()
    """Channels of the progress display."""
    simulation: Simulation | None = None
    """How the rig is simulated."""
    buses: Mapping[str, Mapping[str, object]] = field(default_factory=dict[str, Mapping[str, Any]])
    """CAN buses by name."""
    texts: Mapping[str, str] = field(default_factory=dict[str, str])
    """File name → text of the rig and object files."""
    rig_source: Document | None = None
    """The rig file, for the places of findings."""
    object_source: Document | None = None
    """The object kind's file, for the places of findings."""

    def is_named(self, channel: Channel) -> bool:
        """Return whether the rig names a channel; others keep ``instrument.reading``."""
        return channel.name != channel.source

    def demand_named(self, name: str) -> DemandPoint | None:
        """Return the demand of that name."""
        return next((demand for demand in self.demands if demand.name == name), None)

    def actions_of(self, instrument: str) -> tuple[Action, ...]:
        """Return what an instrument can do that takes time."""
        for connection in self.connections:
            if connection.name == instrument:
                return connection.driver.actions
        return ()

    def unit_of(self, name: str) -> Unit | None:
        """Return the unit of a channel; None where there is no such channel."""
        position = self.index.get(name)
        return None if position is None else self.channels[position].unit

    def choices_of(self, name: str) -> tuple[str, ...]:
        """Return the words of a selector channel."""
        position = self.index.get(name)
        if position is None:
            return ()
        for demand in self.demands:
            if demand.channel == position or demand.name == name:
                return demand.choices
        return ()

    @property
    def measured(self) -> tuple[Channel, ...]:
        """The channels instruments read."""
        return tuple(channel for channel in self.channels if channel.kind is Kind.MEASURED)
