"""The cells behind the terminals: how many, how they are joined, how large."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bench.messages import Message
from protocols.estimates import NotKnown

NEEDED = ("cells", "strings", "groups", "active_area")


@dataclass(frozen=True)
class CellObject:
    """Cells in series within strings, strings in parallel at the terminals; SI."""

    cells: float
    """All of them."""
    strings: float
    """Strings in parallel."""
    groups: int
    """Voltages that the monitor measures."""
    active_area: float
    """Of one cell, m2."""
    rated_power: float = 0.0
    """Net AC, W; 0: not stated."""
    rated_current: float = 0.0
    """At the terminals, A; 0: not stated."""

    @property
    def area_per_current(self) -> float:
        """What turns a terminal current into a current density when it is its divisor, m2."""
        return self.strings * self.active_area

    @property
    def area_per_resistance(self) -> float:
        """What turns a resistance at the terminals into one per cell area when multiplied, m2.

        Each string has cells / strings cells in series, and strings are parallel.
        """
        return self.strings**2 / self.cells * self.active_area


def cell_object(data: Mapping[str, object]) -> CellObject:
    """Return the object from the data recorded with a run.

    Raises:
        NotKnown: a number is missing or not above zero; it is named.
    """
    for name in NEEDED:
        value = data.get(name)
        if not isinstance(value, int | float) or not value > 0.0:
            raise NotKnown(Message("cell.no-object-data", {"name": name}))
    return CellObject(
        cells=_number(data, "cells"),
        strings=_number(data, "strings"),
        groups=round(_number(data, "groups")),
        active_area=_number(data, "active_area"),
        rated_power=_number(data, "rated_power"),
        rated_current=_number(data, "rated_current"),
    )


def _number(data: Mapping[str, object], name: str) -> float:
    value = data.get(name)
    return float(value) if isinstance(value, int | float) else 0.0
