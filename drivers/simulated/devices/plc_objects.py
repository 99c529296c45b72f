"""What the simulated safety PLC switches for each kind of test object, and how it makes it safe.

From its manual (drivers/canbus/dbc/README.md, "Object").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bench.clock import SECOND


@dataclass(frozen=True)
class ObjectSet:
    """The parameter set of one kind of test object."""

    code: int
    """In the status frame."""
    switched: tuple[str, str, str, str]
    """Outputs by their place in the request frame; the first one is the fuel valve."""
    watched: frozenset[str]
    """Outputs that must not stay on without the bench."""
    free: str
    """The one output that needs no permit."""
    is_exclusive: bool
    """Whether that one and the fuel valve exclude each other."""
    at_once: Mapping[str, int]
    """What a trip does."""
    later: tuple[tuple[int, str, int], ...]
    """What it does after so many ns: output and state."""
    kept: frozenset[str]
    """What stays as it is when the trip is reset."""
    powered_up: frozenset[str] = frozenset()
    """What is on when the PLC powers up: valves that are open without power."""


OBJECTS: Mapping[str, ObjectSet] = MappingProxyType(
    {
        "hydrogen-engine": ObjectSet(
            code=0,
            switched=("fuel_valve", "ignition", "injection", "nitrogen_purge"),
            watched=frozenset(("fuel_valve", "ignition", "injection", "nitrogen_purge")),
            free="nitrogen_purge",
            is_exclusive=True,
            at_once=MappingProxyType({"fuel_valve": 0, "injection": 0, "nitrogen_purge": 0}),
            later=(
                (2 * SECOND, "ignition", 0),
                (2 * SECOND, "nitrogen_purge", 1),
                (12 * SECOND, "nitrogen_purge", 0),
            ),
            kept=frozenset(),
        ),
        "solid-oxide": ObjectSet(
            code=1,
            switched=("fuel_valve", "load_contactor", "heater", "safety_gas"),
            watched=frozenset(("fuel_valve", "load_contactor", "heater")),
            free="safety_gas",
            is_exclusive=False,
            at_once=MappingProxyType(
                {"fuel_valve": 0, "load_contactor": 0, "heater": 0, "safety_gas": 1}
            ),
            later=(),
            kept=frozenset(("safety_gas",)),
            powered_up=frozenset(("safety_gas",)),
        ),
    }
)
"""By the name that the rig gives."""
