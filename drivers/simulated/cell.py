"""A simulated cell: one plant, its sensors with their errors, and a twin per instrument.

Calibration errors are drawn from what the rig *states* of each channel, the gas from what its
certificate states: the seed decides, nothing that judges knows.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.metadata import entry_points
from typing import Any

from bench.device import Connection, LinkKind
from bench.errors import ConfigError
from bench.opener import Simulation, Wanted
from drivers.simulated.cables import Cables, Source, profile_of, response_of, signal_of
from drivers.simulated.cycle_cable import CylinderSensor
from drivers.simulated.cycles import Cycles
from drivers.simulated.faults.board import FaultBoard
from drivers.simulated.faults.fault import Family, Site
from drivers.simulated.faults.node_seat import MakeTwin, NodeSeat
from drivers.simulated.faults.plant_site import PlantSite
from drivers.simulated.faults.targets import OPERATED, PLANT, targets_of
from drivers.simulated.faults.text_seat import TextSeat
from drivers.simulated.faults.wire import Panel, Terminal, Wire, WireGroup
from drivers.simulated.plant import PlantHost, PlantModel
from drivers.simulated.port import (
    Actuator,
    Profile,
    Response,
    SendFrame,
    Signal,
    Terminals,
    TextTwin,
)

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
        faults.attach(Family.GROUPS, name, made)
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
    signals, profiles = Cables[Signal](name), Cables[Profile](name)
    responses, cycles = Cables[Response](name), Cables[Cycles](name)
    wires: dict[str, Wire] = {}

    def leapt() -> int:
        return host.leapt

    by_terminal: dict[str, Wire | Terminal] = {}
    for source, cable in simulation.wiring.items():
        instrument, _, reading = source.partition(".")
        if instrument == name:
            chance = random.Random(f"{wanted.seed}/{source}/fault")  # noqa: S311 - seeded simulation
            wire = wires[source] = Wire(chance, leapt)
            terminal = str(cable["terminal"] or reading)
            if cable["cycles"] is not None:
                cycles[terminal] = sensor = CylinderSensor(
                    Source(source, cable, wanted, host, wire)
                )
                faults.attach(Family.CYLINDER, source, sensor.wire)
                del wires[source]
                continue
            carried = Source(source, cable, wanted, host, wire)
            if cable["profile"] is not None:
                profiles[terminal] = profile_of(carried)
            elif cable["response"] is not None:
                responses[terminal] = response_of(carried)
            else:
                signals[terminal] = signal_of(carried)
            by_terminal[terminal] = wire
            faults.attach(Family.SENSOR, source, wire)
            faults.attach(Family.INPUT, source, wire)
    if wires:
        faults.attach(Family.SENSOR, name, WireGroup(wires.values()))
    for terminal in OPERATED.get(connection.driver.name, ()):
        chance = random.Random(f"{wanted.seed}/{name}.{terminal}/fault")  # noqa: S311 - seeded simulation
        free = by_terminal.setdefault(terminal, Terminal(signals, terminal, chance, leapt))
        faults.attach(Family.INPUT, f"{name}.{terminal}", free)
    if connection.driver.name in OPERATED:
        faults.attach(Family.PANEL, name, Panel(by_terminal))
    chance = random.Random(f"{wanted.seed}/{name}")  # noqa: S311 - seeded simulation
    actuators = {each: _actuator(each, host) for each in host.plant.actuators()}
    return Terminals(
        signals,
        actuators,
        connection.options,
        profiles,
        responses,
        cycles,
        random=chance.random,
        leapt=leapt,
        period=simulation.periods.get(name, 0),
    )


def _actuator(name: str, host: PlantHost) -> Actuator:
    def act(value: float, now: int) -> None:
        host.act(name, value, now)

    return act
