"""A simulated cell: one plant, its sensors with their errors, and a twin per instrument.

Calibration errors are drawn from what the rig *states* of each channel, the gas from what its
certificate states: the seed decides, nothing that judges knows.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import entry_points
from typing import Any

from bench.channel import Distribution, Range, Uncertainty
from bench.device import Connection, LinkKind, Simulation, Wanted
from bench.errors import ConfigError
from drivers.simulated.faults.board import FaultBoard
from drivers.simulated.faults.fault import Family, Site
from drivers.simulated.faults.node_seat import MakeTwin, NodeSeat
from drivers.simulated.faults.plant_site import PlantSite
from drivers.simulated.faults.targets import OPERATED, PLANT, targets_of
from drivers.simulated.faults.text_seat import TextSeat
from drivers.simulated.faults.wire import Panel, Terminal, Wire, WireGroup
from drivers.simulated.plant import PlantHost, PlantModel
from drivers.simulated.port import Actuator, SendFrame, Signal, Terminals, TextTwin
from drivers.simulated.sensors import Sensor

MakeSeat = Callable[[SendFrame], NodeSeat]
"""Makes a CAN twin, on a seat where faults can happen, that sends by what it is given."""


@dataclass(frozen=True)
class Cell:
    """A simulated cell, not yet on any wire."""

    host: PlantHost
    """The plant."""
    text_twins: Mapping[str, TextSeat]
    """Instrument → twin that speaks bytes."""
    can_twins: Mapping[str, Mapping[str, MakeSeat]]
    """Bus → instrument → maker of its node."""
    faults: FaultBoard
    """What is wrong with it; buses are attached by who makes them."""


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
    sites: dict[tuple[Family, str], Site] = {(Family.PLANT, PLANT): PlantSite(host)}
    faults = FaultBoard(targets_of(wanted), sites, start=wanted.clock.now())
    text_twins: dict[str, TextSeat] = {}
    can_twins: dict[str, dict[str, MakeSeat]] = {}
    for connection in wanted.connections:
        name = connection.name
        terminals = _terminals(connection, wanted, simulation, host, faults)
        make = _entry("twins", connection.driver.name)
        if connection.driver.link is LinkKind.VISA:
            chance = random.Random(f"{wanted.seed}/{name}/line")  # noqa: S311 - seeded simulation
            text_twins[name] = TextSeat(partial(_text_twin, make, terminals), chance)
            faults.attach(Family.TEXT, name, text_twins[name])
        else:
            bus = can_twins.setdefault(connection.link, {})
            bus[name] = _seat_maker(name, partial(make, terminals), faults)
    return Cell(host, text_twins, can_twins, faults)


def _text_twin(make: Callable[[Terminals], TextTwin], terminals: Terminals) -> TextTwin:
    return make(terminals)


def _seat_maker(name: str, make: MakeTwin, faults: FaultBoard) -> MakeSeat:
    def seat(send: SendFrame) -> NodeSeat:
        made = NodeSeat(make, send)
        faults.attach(Family.NODE, name, made)
        return made

    return seat


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
    connection: Connection,
    wanted: Wanted,
    simulation: Simulation,
    host: PlantHost,
    faults: FaultBoard,
) -> Terminals:
    name = connection.name
    signals = _Cables(name)
    wires: dict[str, Wire] = {}
    by_terminal: dict[str, Wire | Terminal] = {}
    for source, cable in simulation.wiring.items():
        instrument, _, reading = source.partition(".")
        if instrument == name:
            chance = random.Random(f"{wanted.seed}/{source}/fault")  # noqa: S311 - seeded simulation
            wire = wires[source] = Wire(chance)
            terminal = str(cable["terminal"] or reading)
            signals[terminal] = _signal(source, cable, wanted, host, wire)
            by_terminal[terminal] = wire
            faults.attach(Family.SENSOR, source, wire)
            faults.attach(Family.INPUT, source, wire)
    if wires:
        faults.attach(Family.SENSOR, name, WireGroup(wires.values()))
    for terminal in OPERATED.get(connection.driver.name, ()):
        chance = random.Random(f"{wanted.seed}/{name}.{terminal}/fault")  # noqa: S311 - seeded simulation
        free = by_terminal.setdefault(terminal, Terminal(signals, terminal, chance))
        faults.attach(Family.INPUT, f"{name}.{terminal}", free)
    if connection.driver.name in OPERATED:
        faults.attach(Family.PANEL, name, Panel(by_terminal))
    chance = random.Random(f"{wanted.seed}/{name}")  # noqa: S311 - seeded simulation
    actuators = {each: _actuator(each, host) for each in host.plant.actuators()}
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


def _signal(
    source: str, cable: Mapping[str, Any], wanted: Wanted, host: PlantHost, wire: Wire
) -> Signal:
    """Return what an instrument sees of a quantity: through its sensor, its wire, a transmitter."""
    quantity = host.plant.quantity(str(cable["quantity"]))
    stated = wanted.stated.get(source)
    uncertainty = Uncertainty() if stated is None else stated.uncertainty or Uncertainty()
    span = (Range() if stated is None else stated.range).span
    sensor = Sensor.drawn(
        reading_part=uncertainty.reading / uncertainty.divisor,
        absolute_part=((uncertainty.span * span) ** 2 + uncertainty.absolute**2) ** 0.5
        / uncertainty.divisor,
        common_share=uncertainty.common,
        resolution=uncertainty.resolution,
        noise=float(cable["noise"]),
        lag=float(cable["lag"]),
        distribution=Distribution(uncertainty.distribution).value,
        rng=random.Random(f"{wanted.seed}/{source}"),  # noqa: S311 - seeded simulation
    )
    points: Sequence[tuple[float, float]] = cable["transmitter"]
    (x0, y0), (x1, y1) = points or ((0.0, 0.0), (1.0, 1.0))
    slope = (y1 - y0) / (x1 - x0)
    if sensor.is_exact and not points:

        def look_at_truth(now: int) -> float:
            value = quantity(host.state if now < host.next else host.at(now))
            return wire.disturbed(value, now) if wire.is_disturbed else value

        return look_at_truth
    read = sensor.read
    seen_at, seen = -1, 0.0

    def look(now: int) -> float:
        nonlocal seen_at, seen
        if now != seen_at:
            state = host.state if now < host.next else host.at(now)
            value = read(quantity(state), now / 1e9)
            if wire.is_disturbed:
                value = wire.disturbed(value, now)
            seen_at, seen = now, y0 + slope * (value - x0)
        return seen

    return look
