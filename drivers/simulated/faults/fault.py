"""A fault as data: what happens, where, when, and how much of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol


class Family(Enum):
    """Where faults of a kind happen."""

    TEXT = "text instrument"
    """A VISA instrument and its line: where: ``daq``."""
    NODE = "CAN node"
    """A CAN instrument and its connector: where: ``dyno``."""
    GROUPS = "cell voltage monitor"
    """The groups of cells that a CAN instrument tells of: where: ``cvm``."""
    BUS = "CAN bus"
    """A whole bus: where: ``can0``."""
    SENSOR = "sensor"
    """A wire from the plant to an instrument: where: ``daq.oil``; all of ``daq``."""
    CYLINDER = "cylinder"
    """Sensors and encoder of an indicating system: where: ``indicating.pressure``."""
    INPUT = "input"
    """A terminal of an instrument, wired or not: where: ``plc.emergency_stop``."""
    PANEL = "operator panel"
    """What people and the mains do to an instrument: where: ``plc``."""
    PLANT = "plant"
    """The test object and its cell: where: ``plant``."""
    MACHINE = "machine"
    """The computer of the bench: where: ``machine``; only where a test offers it."""
    BENCH = "bench"
    """The whole bench with its computer: where: ``bench``; only in a chain of run files."""


@dataclass(frozen=True)
class Fault:
    """One fault, checked against a rig."""

    what: str
    """Kind: ``hang``."""
    where: str
    """What suffers it: an instrument, a bus, ``instrument.reading``, ``plant``, ``machine`` or
    ``bench``."""
    at: int = 0
    """When it begins, ns after the cell was opened."""
    lasts: int | None = None
    """How long, ns; None: until it is cleared."""
    values: Mapping[str, float | str] = field(default_factory=dict[str, float | str])
    """Its parameters, SI; words as they are."""
    id: str = ""
    """What it is cleared by; empty: the board numbers it."""
    family: Family = Family.PLANT
    """Where it happens, as its kind and its place decide."""

    def number(self, name: str) -> float:
        """Return a parameter that is a number, SI."""
        return float(self.values[name])

    def word(self, name: str) -> str:
        """Return a parameter that is a word."""
        return str(self.values[name])


@dataclass(frozen=True)
class Active:
    """A fault that is there now."""

    id: str
    """What it is cleared by."""
    fault: Fault
    """The fault."""
    since: int
    """When it began, ns on the cell's clock."""
    until: int | None
    """When it ends by itself, ns; None: it does not."""


class Site(Protocol):
    """A place where faults can happen."""

    def begin(self, name: str, fault: Fault, now: int) -> None:
        """Let a fault happen from a time (ns) on."""
        ...

    def end(self, name: str, now: int) -> None:
        """Let it be over."""
        ...
