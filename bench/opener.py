"""What an opener is given, and what it returns: the way from a rig's text to an open bench."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from bench.channel import Calibration, Range, Uncertainty
from bench.clock import Clock
from bench.device import Connection, Instrument, Report, SampleQueue, Worker


@dataclass(frozen=True)
class Stated:
    """What the rig states of one reading; a simulated sensor draws its errors from it."""

    uncertainty: Uncertainty | None
    """Stated uncertainty."""
    range: Range
    """Stated range, SI."""
    calibration: Calibration = field(default_factory=Calibration)
    """Certificate."""


@dataclass(frozen=True)
class Simulation:
    """The ``simulation:`` block of a rig: which plant, and how it is cabled."""

    plant: str
    """Plant model, by name."""
    parameters: Mapping[str, float] = field(default_factory=dict[str, float])
    """Plant parameters that differ from the model's own, SI."""
    wiring: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    """``instrument.reading`` → plant quantity, terminal, noise, lag."""
    scan: int = 100_000_000
    """Scan period in virtual time, ns."""
    stretch: int = 0
    """Longest leap of virtual time between two scans while nothing happens, ns; 0: none."""
    settling: int = 120_000_000_000
    """Time after any change in which every scan is done, before virtual time leaps, ns."""
    periods: Mapping[str, int] = field(default_factory=dict[str, int])
    """Instrument → how often it is polled, or broadcasts, in virtual time, ns; others as on the
    bench."""


@dataclass
class Power:
    """The power of a simulated bench: a fault can cut it, whoever does the scans looks."""

    is_on: bool = True
    """Whether the bench's computer has power."""
    away: int | None = None
    """How long it stays away, ns; None: nobody has said."""


@dataclass(frozen=True)
class Before:
    """What went before this opening of a simulated cell, in the same chain of run files."""

    openings: int = 0
    """How often it was open: what is calibrated stays, noise and drift are drawn anew."""
    time: int = 0
    """How long ago the times of its schedule of faults began, ns."""
    mended: int = 0
    """Time of the schedule up to which every fault that has begun was put right, ns."""


@dataclass(frozen=True)
class Wanted:
    """All an opener needs to know."""

    connections: Sequence[Connection]
    """The instruments."""
    queue: SampleQueue
    """Where samples go; an instrument's first channel index is in `bases`."""
    bases: Mapping[str, int]
    """Instrument → channel index of its first reading."""
    report: Report
    """Where messages go."""
    clock: Clock
    """The time of the wires: in virtual time it stands still while the bench's leaps."""
    stated: Mapping[str, Stated] = field(default_factory=dict[str, Stated])
    """``instrument.reading`` → what the rig states."""
    gas: Mapping[str, tuple[float, float]] = field(default_factory=dict[str, tuple[float, float]])
    """Species → certified mole fraction and its standard uncertainty."""
    buses: Mapping[str, Mapping[str, object]] = field(
        default_factory=dict[str, Mapping[str, object]]
    )
    """CAN bus → settings of its interface, as python-can names them."""
    simulation: Simulation | None = None
    """The rig's simulation block."""
    seed: int = 0
    """Seed of everything that is drawn."""
    faults: Sequence[Any] = ()
    """Faults that simulated instruments are to suffer, as their opener takes them."""
    before: Before = field(default_factory=Before)
    """What went before in a chain of run files; instruments that are not simulated ignore it."""
    power: Power | None = None
    """What a simulated power cut switches off; None: it cannot be cut."""


@dataclass(frozen=True)
class Wiring:
    """An open bench: its instruments and who serves their links."""

    instruments: Mapping[str, Instrument]
    """By name."""
    workers: Sequence[Worker]
    """One per physical link; in simulation also the twins."""
    is_simulated: bool
    """Whether all of it is simulated."""
    truth: Any = None
    """The simulated plant, for tests; nothing that judges may read it."""
    faults: Any = None
    """Where faults of simulated instruments begin and end; None: there is no such place."""
    leap: Callable[[int], int] | None = None
    """Has what is simulated behind the wires go on by so many ns at once, as far as it is calm and
    nothing is due; returns by how many. None: it cannot."""
    memory: Callable[[], Mapping[str, float]] | None = None
    """What the simulated test object remembers: with these among `Simulation.parameters` one that
    is opened later goes on ageing where this one is. None: nothing is simulated."""


class Opener(Protocol):
    """Connects the instruments of a rig."""

    def __call__(self, wanted: Wanted) -> Wiring:
        """Return the wiring; links open in the workers' first steps. No output changes."""
        ...
