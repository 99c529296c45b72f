"""Opens a rig on simulated instruments, in this process and in virtual time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from bench.clock import SECOND, Clock
from bench.device import Connection, Instrument, LinkHealth, LinkKind, Worker
from bench.errors import ConfigError
from bench.opener import Simulation, Wanted, Wiring
from drivers.canbus.nodes import build_nodes
from drivers.simulated.can_bus import SimulatedCanBus
from drivers.simulated.cell import Cell, build_cell
from drivers.simulated.faults.bench_site import BenchSite
from drivers.simulated.faults.bus_site import BusSite
from drivers.simulated.faults.fault import Family
from drivers.simulated.faults.targets import BENCH
from drivers.simulated.port import TextTwin
from drivers.simulated.text_link import InProcessLink
from drivers.visa.instrument import TextInstrument
from drivers.visa.port import MessageLink
from drivers.visa.wiring import wire_up


def open_simulated(wanted: Wanted) -> Wiring:
    """Return the wiring of a rig whose every instrument is a twin; the ``simulated`` opener.

    Raises:
        ConfigError: the rig cannot be simulated as it is described.
    """
    if wanted.simulation is None:
        raise ConfigError("simulated.no-simulation")
    scan = wanted.simulation.scan
    wanted = replace(wanted, connections=_in_virtual_time(wanted.connections, wanted.simulation))
    cell = build_cell(wanted, step=scan)

    def make_link(instrument: TextInstrument) -> MessageLink:
        name = instrument.name
        return InProcessLink(
            cell.text_twins[name],
            instrument=name,
            clock=wanted.clock,
            wire=instrument.wire,
            name=instrument.port.connection.link,
        )

    connections = wanted.connections
    of_kind = {
        kind: [each for each in connections if each.driver.link is kind] for kind in LinkKind
    }
    text = wire_up(wanted, of_kind[LinkKind.VISA], make_link)
    instruments: dict[str, Instrument] = dict(text.instruments)
    workers: list[Worker] = list(text.workers)
    for bus, nodes in build_nodes(wanted, of_kind[LinkKind.CAN]).items():
        instruments.update({node.name: node for node in nodes})
        simulated = SimulatedCanBus(bus, nodes, cell.can_twins[bus])
        cell.faults.attach(Family.BUS, bus, BusSite(partial(_cut, simulated)))
        workers.append(simulated)
    workers += [_TwinWorker(name, twin) for name, twin in cell.text_twins.items()]
    if wanted.power is not None:
        cell.faults.attach(Family.BENCH, BENCH, BenchSite(wanted.power))
    cell.faults.arm(wanted.faults, wanted.before)
    return Wiring(
        instruments,
        (cell.faults, *workers),
        is_simulated=True,
        truth=cell.host,
        faults=cell.faults,
        leap=partial(_leap, cell, wanted.clock, scan),
        memory=cell.host.memory,
    )


def _in_virtual_time(connections: Sequence[Connection], simulation: Simulation) -> list[Connection]:
    """Return connections as drivers and twins know them in virtual time.

    With the periods that the rig states for it, but none shorter than a scan: frames that nobody
    looks at take most of the time of a long run.
    """
    periods = simulation.periods
    return [
        replace(each, period=periods.get(each.name, each.period)).scanned(simulation.scan)
        for each in connections
    ]


def _leap(cell: Cell, clock: Clock, step: int, wished: int) -> int:
    """Let the plant and the schedule of the faults go on while the wires stand still.

    Args:
        cell: The simulated cell.
        clock: The time of the wires.
        step: Grid of the plant, ns: so many of it are leapt.
        wished: How far, ns.

    Returns:
        How far it came: at most until a fault is due, or the plant is not calm any more; ns.
    """
    now, host = clock.now(), cell.host
    state = host.at(now)
    room = min(wished, cell.faults.room(now))
    if room > step:
        room = min(room, int(host.plant.calm(state, host.inputs) * SECOND))
    done = host.leap(room // step * step)
    cell.faults.leap(done)
    return done


def _cut(bus: SimulatedCanBus, is_cut: bool) -> None:  # noqa: FBT001 - what a cable can be
    bus.is_cut = is_cut


class _TwinWorker:
    """Lets a text twin do what its instrument does by itself, at its own due times."""

    def __init__(self, instrument: str, twin: TextTwin) -> None:
        self.name = f"inside {instrument}"
        self.patience = SECOND
        self.health = LinkHealth()
        self.step = twin.step
        """Let the twin act until a time (ns); return when it next wants to (ns)."""

    def close(self) -> None:
        """Nothing is held."""
