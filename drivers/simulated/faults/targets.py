"""What of a rig can suffer which fault; what is written is checked here, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.clock import SECOND
from bench.device import LinkKind
from bench.errors import ConfigError, did_you_mean
from bench.findings import part
from bench.opener import Wanted
from bench.step import Scalar
from bench.units import Unit, UnitError, quantity, unit
from drivers.simulated.faults.fault import Family, Fault
from drivers.simulated.faults.kind import Kind, Parameter
from drivers.simulated.faults.kinds import KINDS

PLANT, MACHINE, BENCH = "plant", "machine", "bench"
"""Where faults of the test object, of the computer and of the whole bench happen."""
OPERATED: Mapping[str, tuple[str, ...]] = {
    "safety-plc": (
        "emergency_stop",
        "reset",
        "bump_test",
        "acknowledge",
        "mains",
        "ups_charge",
        "doors_closed",
        "nitrogen_pressure",
    ),
}
"""Driver → terminals that people and the mains act on, wired to the plant or not."""
CELL_MONITORS = frozenset({"cell-voltage-monitor"})
"""Drivers whose instruments tell of groups of cells."""

_LONGEST = 10 * 365 * 86400.0


@dataclass(frozen=True)
class Targets:
    """What can suffer faults in one rig."""

    places: Mapping[Family, frozenset[str]]
    """Family → names."""
    units: Mapping[str, Unit] = field(default_factory=dict[str, Unit])
    """``instrument.reading`` → the unit its faults are written in."""

    def family(self, kind: Kind, where: str) -> Family:
        """Return where a kind of fault happens at a place.

        Raises:
            ConfigError: nothing of that name can suffer it.
        """
        for family in kind.families:
            if where in self.places.get(family, ()):
                return family
        known = self._known(kind)
        raise ConfigError(
            "fault.no-place", where=where, what=kind.name, hint=did_you_mean(where, known)
        )

    def only(self, kind: Kind) -> str:
        """Return the only place where a kind of fault can happen; empty: none, or several."""
        match self._known(kind):
            case [only]:
                return only
            case _:
                return ""

    def _known(self, kind: Kind) -> list[str]:
        return sorted({name for each in kind.families for name in self.places.get(each, ())})


def targets_of(wanted: Wanted) -> Targets:
    """Return what can suffer faults in the rig an opener is given."""
    text = {each.name for each in wanted.connections if each.driver.link is LinkKind.VISA}
    nodes = {each.name for each in wanted.connections} - text
    used = {each.link for each in wanted.connections if each.driver.link is LinkKind.CAN}
    simulation = wanted.simulation
    wiring: Mapping[str, Mapping[str, Any]] = {} if simulation is None else simulation.wiring
    cables = {source for source in wiring if source.partition(".")[0] in text | nodes}
    cylinders = {source for source in cables if wiring[source].get("cycles") is not None}
    wires = cables - cylinders
    panels = {each.name: OPERATED.get(each.driver.name, ()) for each in wanted.connections}
    operated = {f"{name}.{terminal}" for name, names in panels.items() for terminal in names}
    units = {
        f"{each.name}.{reading.name}": reading.unit
        for each in wanted.connections
        for reading in each.driver.readings(each.options)
    }
    wired = {source.partition(".")[0] for source in wires}
    places = {
        Family.TEXT: text,
        Family.NODE: nodes,
        Family.GROUPS: {
            each.name for each in wanted.connections if each.driver.name in CELL_MONITORS
        },
        Family.BUS: used,
        Family.SENSOR: wires | wired,
        Family.CYLINDER: cylinders,
        Family.INPUT: wires | operated,
        Family.PANEL: {name for name, names in panels.items() if names},
        Family.PLANT: {PLANT},
        Family.MACHINE: {MACHINE},
        Family.BENCH: {BENCH},
    }
    return Targets({family: frozenset(names) for family, names in places.items()}, units)


def checked_fault(
    targets: Targets,
    what: str,
    where: str,
    *,
    given: Mapping[str, Scalar],
    at: Scalar = 0,
    lasts: Scalar | None = None,
    name: str = "",
) -> Fault:
    """Return a fault as written, in SI; without a place, at the only one that can suffer it.

    Raises:
        ConfigError: unknown kind, place or parameter, or a value that cannot be.
    """
    kind = KINDS.get(what)
    if kind is None:
        with part("what"):
            raise ConfigError("fault.no-kind", what=what, hint=did_you_mean(what, KINDS))
    where = where or targets.only(kind)
    with part("where"):
        family = targets.family(kind, where)
    for written in given:
        if written not in kind.named:
            with part("with", written):
                hint = did_you_mean(written, kind.named)
                raise ConfigError("fault.no-parameter", what=what, name=written, hint=hint)
    values: dict[str, float | str] = {}
    for parameter in kind.parameters:
        with part("with", parameter.name):
            values[parameter.name] = _value(
                kind, parameter, given.get(parameter.name), targets.units.get(where)
            )
    with part("at"):
        begins = _seconds(at)
    with part("lasts"):
        lasting = None if lasts is None else _seconds(lasts)
    return Fault(what, where, begins, lasting, values, name, family)


def _value(
    kind: Kind, parameter: Parameter, given: Scalar | None, reading: Unit | None
) -> float | str:
    if given is None:
        if parameter.default is None:
            raise ConfigError("fault.missing", what=kind.name, name=parameter.name)
        return parameter.default
    if parameter.choices:
        if given not in parameter.choices:
            words = ", ".join(parameter.choices)
            raise ConfigError("fault.no-word", name=parameter.name, value=given, words=words)
        return str(given)
    value = _number(parameter, given, reading)
    low, high = parameter.range
    if not low <= value <= high:
        raise ConfigError("fault.out-of-range", name=parameter.name, value=given)
    return value


def _number(parameter: Parameter, given: Scalar, reading: Unit | None) -> float:
    written = quantity(given)
    if parameter.unit is None and reading is None:
        return written.value
    wanted = unit(parameter.unit) if parameter.unit is not None else reading
    assert wanted is not None  # noqa: S101 - one of the two is there
    if parameter.per:
        exponents = unit(f"1/{parameter.per}").dimension
        dimension = tuple(a + b for a, b in zip(wanted.dimension, exponents, strict=True))
        fits = written.unit.dimension == dimension or written.value == 0.0
        shown = f"{wanted.label or '1'}/{parameter.per}"
    else:
        fits, shown = written.unit.dimension == wanted.dimension, wanted.label
    if not fits:
        raise UnitError("fault.unit", name=parameter.name, value=given, unit=shown)
    is_difference = parameter.unit is None and parameter.name != "value"
    return written.difference if is_difference else written.value


def _seconds(given: Scalar) -> int:
    written = quantity(given)
    is_zero = written.value == 0.0 and not written.unit.label
    if not is_zero and written.unit.dimension != unit("s").dimension:
        raise UnitError("fault.unit", name="time", value=given, unit="s")
    if not 0.0 <= written.value <= _LONGEST:
        raise ConfigError("fault.out-of-range", name="time", value=given)
    return round(written.value * SECOND)
