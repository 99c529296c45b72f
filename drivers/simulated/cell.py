"""A simulated cell: one plant, its sensors with their errors, and a twin per instrument.

Calibration errors are drawn from what the rig *states* of each channel, the gas from what its
certificate states: the seed decides, nothing that judges knows.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any

from bench.channel import Distribution, Range, Uncertainty
from bench.device import Connection, LinkKind, Simulation, Wanted
from bench.errors import ConfigError
from drivers.simulated.plant import PlantHost, PlantModel
from drivers.simulated.port import Actuator, CanTwin, SendFrame, Signal, Terminals, TextTwin
from drivers.simulated.sensors import Sensor

MakeCanTwin = Callable[[SendFrame], CanTwin]
"""Makes a CAN twin that sends by what it is given."""


@dataclass(frozen=True)
class Cell:
    """A simulated cell, not yet on any wire."""

    host: PlantHost
    """The plant."""
    text_twins: Mapping[str, TextTwin]
    """Instrument → twin that speaks bytes."""
    can_twins: Mapping[str, Mapping[str, MakeCanTwin]]
    """Bus → instrument → maker of its node."""


def build_cell(wanted: Wanted, *, step: int) -> Cell:
    """Return the simulated cell of a rig; the plant advances on a grid of ``step`` ns.

    Raises:
        ConfigError: the rig has no simulation, or names a plant, quantity, parameter or twin
            that does not exist.
    """
    simulation = wanted.simulation
    if simulation is None:
        raise ConfigError("simulated.no-simulation")
    model: PlantModel = _entry("plants", simulation.plant)
    plant = model.open(simulation.parameters, _true_gas(wanted))
    host = PlantHost(plant, step, wanted.clock.now())
    text_twins: dict[str, TextTwin] = {}
    can_twins: dict[str, dict[str, MakeCanTwin]] = {}
    for connection in wanted.connections:
        terminals = _terminals(connection, wanted, simulation, host)
        make = _entry("twins", connection.driver.name)
        if connection.driver.link is LinkKind.VISA:
            text_twins[connection.name] = make(terminals)
        else:
            bus = can_twins.setdefault(connection.link, {})
            bus[connection.name] = _node_maker(make, terminals)
    return Cell(host, text_twins, can_twins)


def _node_maker(
    make: Callable[[Terminals, SendFrame], CanTwin], terminals: Terminals
) -> MakeCanTwin:
    return lambda send: make(terminals, send)


def _entry(group: str, name: str) -> Any:
    points = entry_points(group=f"h2bench.{group}")
    for point in points:
        if point.name == name:
            return point.load()
    known = ", ".join(sorted(point.name for point in points))
    raise ConfigError("simulated.not-installed", group=group, name=name, known=known)


def _true_gas(wanted: Wanted) -> dict[str, float]:
    draw = random.Random(f"{wanted.seed}/gas")  # noqa: S311 - seeded simulation
    return {
        species: max(draw.gauss(fraction, uncertainty), 0.0)
        for species, (fraction, uncertainty) in sorted(wanted.gas.items())
    }


def _terminals(
    connection: Connection, wanted: Wanted, simulation: Simulation, host: PlantHost
) -> Terminals:
    signals = _Cables(connection.name)
    for source, wire in simulation.wiring.items():
        instrument, _, reading = source.partition(".")
        if instrument == connection.name:
            terminal = str(wire["terminal"] or reading)
            signals[terminal] = _signal(source, wire, wanted, host)
    chance = random.Random(f"{wanted.seed}/{connection.name}")  # noqa: S311 - seeded simulation
    actuators = {name: _actuator(name, host) for name in host.plant.actuators()}
    return Terminals(signals, actuators, connection.options, chance.random)


class _Cables(dict[str, Signal]):
    """The signals at one instrument; what is not connected is named."""

    def __init__(self, instrument: str) -> None:
        super().__init__()
        self._instrument = instrument

    def __missing__(self, terminal: str) -> Signal:
        raise ConfigError(
            "simulated.not-wired",
            instrument=self._instrument,
            terminal=terminal,
            wired=", ".join(sorted(self)) or "-",
        )


def _actuator(name: str, host: PlantHost) -> Actuator:
    def act(value: float, now: int) -> None:
        host.act(name, value, now)

    return act


def _signal(source: str, wire: Mapping[str, Any], wanted: Wanted, host: PlantHost) -> Signal:
    quantity = host.plant.quantity(str(wire["quantity"]))
    stated = wanted.stated.get(source)
    uncertainty = Uncertainty() if stated is None else stated.uncertainty or Uncertainty()
    span = (Range() if stated is None else stated.range).span
    sensor = Sensor.drawn(
        reading_part=uncertainty.reading / uncertainty.divisor,
        absolute_part=((uncertainty.span * span) ** 2 + uncertainty.absolute**2) ** 0.5
        / uncertainty.divisor,
        common_share=uncertainty.common,
        resolution=uncertainty.resolution,
        noise=float(wire["noise"]),
        lag=float(wire["lag"]),
        distribution=Distribution(uncertainty.distribution).value,
        rng=random.Random(f"{wanted.seed}/{source}"),  # noqa: S311 - seeded simulation
    )
    points: Sequence[tuple[float, float]] = wire["transmitter"]
    (x0, y0), (x1, y1) = points or ((0.0, 0.0), (1.0, 1.0))
    slope = (y1 - y0) / (x1 - x0)
    if sensor.is_exact and not points:
        return lambda now: quantity(host.state if now < host.next else host.at(now))
    read = sensor.read
    seen_at, seen = -1, 0.0

    def look(now: int) -> float:
        nonlocal seen_at, seen
        if now != seen_at:
            state = host.state if now < host.next else host.at(now)
            seen_at, seen = now, y0 + slope * (read(quantity(state), now / 1e9) - x0)
        return seen

    return look
