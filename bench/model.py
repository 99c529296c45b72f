"""The bench as one object: its channels and demands by index, its limits, its test object.

Everything here is frozen and resolved: texts have become numbers in SI, names indices. It is
built by `bench.config` from a rig, an object kind and the drivers' declarations, before anything
is opened.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from bench.channel import Channel, Kind, Range
from bench.checklist import Check
from bench.device import Action, Connection
from bench.document import Document
from bench.expression import Resolved
from bench.messages import Bilingual
from bench.opener import Simulation, Stated
from bench.safeguard import Limit, SafetyChain
from bench.units import Quantity, Unit


class CounterKind(Enum):
    """How a counter counts."""

    TIME = "time"
    """Seconds in which its condition holds."""
    EDGES = "edges"
    """How often its condition begins to hold."""
    INTEGRAL = "integral"
    """Integral of its expression over time."""
    SEQUENCE = "sequence"
    """What finished passes of the sequence add."""


@dataclass(frozen=True)
class Counter:
    """What a test object accumulates: hours, starts, cycles, distance, energy, hydrogen."""

    name: str
    """``hours``, ``starts``."""
    kind: CounterKind
    """How it counts."""
    unit: Unit
    """Unit for people; inside it counts in SI."""
    expression: Resolved | None = None
    """Condition or expression; None for `CounterKind.SEQUENCE`."""
    title: Bilingual = field(default_factory=lambda: Bilingual(""))
    """What people call it."""


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
    """Safe value, SI; nan: as it is."""
    on_hold: OnHold = OnHold.STAY
    """What it does in HOLDING."""
    is_kept_after_stop: bool = False
    """Whether what a stop has demanded of it stays at its end, instead of the safe value."""
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
class Rate:
    """A column of the row that says how fast another one changes."""

    index: int
    """Where the result goes."""
    of: int
    """A column that an instrument reads."""
    over: int
    """Time over which the change is looked at, ns."""


@dataclass(frozen=True)
class GasLot:
    """The fuel gas as certified."""

    lot: str
    """Number of the certificate."""
    date: str
    """ISO 8601 date of the certificate."""
    fractions: Mapping[str, tuple[float, float]]
    """Species → mole fraction and its standard uncertainty; the fuel is the balance."""
    reference_temperature: float = 298.15
    """Combustion reference temperature of the heating value, K."""
    fuel: str = "H2"
    """Main component: ``H2`` or ``CH4``."""


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
    units: Mapping[str, Unit] = field(default_factory=dict[str, Unit])
    """Of those numbers, for protocols, which call them ``$object.displacement``."""
    title: Bilingual = field(default_factory=lambda: Bilingual(""))
    """What people call its kind."""

    @property
    def quantities(self) -> Mapping[str, Quantity]:
        """Those numbers as protocols call them."""
        return {
            f"object.{name}": Quantity(self.data[name], measure)
            for name, measure in self.units.items()
            if name in self.data
        }


@dataclass(frozen=True)
class PeopleFirst:
    """A stop that protects people and may destroy the object."""

    costs: Bilingual
    """What it costs, for whoever has to decide."""
    steps: Sequence[Any]
    """Its steps (parsed, not yet planned)."""


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
    people_first: PeopleFirst | None = None
    """How people are protected at the object's cost; None: no stop protects them better."""
    unload: Sequence[Any] = ()
    """Steps that take the object to idle or least load."""
    recoveries: Mapping[str, Sequence[Any]] = field(default_factory=dict[str, Sequence[Any]])
    """Name → steps of a recovery."""
    counters: tuple[Counter, ...] = ()
    """What the object accumulates."""
    preflight: tuple[Check, ...] = ()
    """What is checked before a start."""
    fuel_estimate: Resolved | None = None
    """Hydrogen flow from the demands, for estimates, kg/s."""
    safety: SafetyChain = field(default_factory=SafetyChain)
    """How the bench is tied to the hardwired chain."""
    key_channels: tuple[str, ...] = ()
    """Channels of the progress display."""
    rates: tuple[Rate, ...] = ()
    """Channels that say how fast others change; known before those that are computed."""
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
