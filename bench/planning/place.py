"""Where the planner is in a protocol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bench.config.protocol import Protocol
from bench.document import Section
from bench.units import Quantity


@dataclass(frozen=True)
class Place:
    """A part of a protocol with the parameters that hold there: ``place / "over"``."""

    section: Section
    """The part of the file."""
    parameters: Mapping[str, Quantity]
    """What ``$name`` stands for."""
    protocol: Protocol | None = None
    """The protocol; None: a safe sequence of an object kind."""
    prefix: str = ""
    """What stands before the ids of the steps."""
    depth: int = 0
    """How many protocols have called one another to get here."""

    def __truediv__(self, part: str | int) -> Place:
        section = self.section / part
        return Place(section, self.parameters, self.protocol, self.prefix, self.depth)
