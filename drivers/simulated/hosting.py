"""Serves a simulated cell on loopback sockets and CAN hubs, in real time.

Every instrument answers at the address the rig gives for it, so that the bench drives the
simulated cell by the very drivers, sessions and buses that drive a real one. Each server has a
thread of its own, which alone calls its twins; the plant behind them is shared and locked.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

from bench.clock import MILLISECOND, Clock
from bench.device import Connection, LinkKind
from bench.errors import ConfigError, LinkClosed
from bench.messages import Message
from bench.model import BenchModel
from bench.opener import Wanted
from drivers.simulated.addresses import (
    CanAddress,
    GpibAddress,
    can_address,
    gpib_address,
    visa_port,
)
from drivers.simulated.can_hub import CanHub
from drivers.simulated.cell import Cell, MakeSeat, build_cell
from drivers.simulated.faults.board import FaultBoard
from drivers.simulated.faults.bus_site import BusSite
from drivers.simulated.faults.fault import Family
from drivers.simulated.gpib_hub import GpibHub
from drivers.simulated.loopback import Closing
from drivers.simulated.plant import PlantHost
from drivers.simulated.socket_server import SocketServer

PLANT_STEP = 10 * MILLISECOND
"""Grid of the plant in real time: the dynamometer's loops are ten times slower."""

Server = TypeVar("Server", SocketServer, GpibHub, CanHub)


@dataclass(frozen=True)
class Endpoint:
    """Where one instrument, or one bus, is served."""

    name: str
    """Instrument, or bus."""
    address: str
    """VISA resource string, or host, port and bus of the socketcand server."""
    serves: str
    """Driver of the instrument, or the instruments on the bus."""


@dataclass(frozen=True)
class _Servers:
    sockets: dict[str, SocketServer] = field(default_factory=dict[str, SocketServer])
    """Instrument → its server."""
    adapters: dict[str, GpibHub] = field(default_factory=dict[str, GpibHub])
    """GPIB adapter, as the rig writes it → hub."""
    hubs: dict[int, CanHub] = field(default_factory=dict[int, CanHub])
    """Port in the rig → hub."""


class SimulatedCell(Closing):
    """A rig's simulated instruments, listening; use it as a context manager.

    Args:
        wanted: the instruments and what the rig says of them; its clock is the cell's.
        has_free_ports: take any free port instead of those in the rig; see `resources`, `buses`.

    Raises:
        ConfigError: the rig cannot be simulated, or an address is not on this machine.
        LinkClosed: a port is in use.
    """

    def __init__(self, wanted: Wanted, *, has_free_ports: bool = False) -> None:
        self._wanted = wanted
        self._is_free = has_free_ports
        found = {each.name: gpib_address(each) for each in _of_kind(wanted, LinkKind.VISA)}
        self._gpib = {name: at for name, at in found.items() if at is not None}
        ports = {
            each.name: visa_port(each)
            for each in _of_kind(wanted, LinkKind.VISA)
            if each.name not in self._gpib
        }
        used = {each.link for each in _of_kind(wanted, LinkKind.CAN)}
        self._buses = {
            bus: can_address(bus, settings) for bus, settings in wanted.buses.items() if bus in used
        }
        cell = build_cell(wanted, step=PLANT_STEP)
        self.plant: PlantHost = cell.host
        """The plant behind the instruments; nothing that judges may look."""
        self.faults: FaultBoard = cell.faults
        """What is wrong with the cell; `keep_up` lets it begin and end."""
        self._servers = _Servers()
        with ExitStack() as opened:
            self._serve_sockets(cell, ports, opened)
            self._serve_adapters(cell, opened)
            self._serve_buses(cell, opened)
            self.faults.arm(wanted.faults)
            self._opened = opened.pop_all()

    @property
    def resources(self) -> Mapping[str, str]:
        """Instrument → VISA resource, or adapter and resource, that reaches it."""
        found = {name: server.resource for name, server in self._servers.sockets.items()}
        for name, at in self._gpib.items():
            adapter = self._servers.adapters[at.adapter].adapter(at.board)
            found[name] = f"{adapter} {at.behind}"
        return found

    @property
    def buses(self) -> Mapping[str, Mapping[str, object]]:
        """CAN bus → what a rig says under ``buses:`` to reach it."""
        return {
            bus: self._servers.hubs[self._key(bus, at)].settings(at.channel)
            for bus, at in self._buses.items()
        }

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """What listens where, in the order of the rig."""
        found: dict[str, Endpoint] = {}
        resources = self.resources
        for each in self._wanted.connections:
            if each.name in resources:
                found[each.name] = Endpoint(each.name, resources[each.name], each.driver.name)
            elif each.link not in found:
                found[each.link] = self._bus_endpoint(each.link)
        return tuple(found.values())

    def keep_up(self) -> int:
        """Bring plant and faults to the present; return when faults begin or end next (ns).

        Raises:
            LinkClosed: an instrument is not served any more.
        """
        now = self._wanted.clock.now()
        due = self.faults.step(now)
        self.plant.at(now)
        servers = [
            *self._servers.sockets.values(),
            *self._servers.adapters.values(),
            *self._servers.hubs.values(),
        ]
        for server in servers:
            if server.has_failed:
                raise LinkClosed("simulate.ended", port=server.port)
        return due

    def cut(self, name: str) -> None:
        """Cut the cable to one instrument on a socket, an adapter or a bus; its twins go on."""
        if name in self._servers.sockets:
            self._servers.sockets[name].cut()
        elif name in self._gpib:
            self._servers.adapters[self._gpib[name].adapter].cut()
        else:
            self._servers.hubs[self._key(name, self._buses[name])].cut()

    def close(self) -> None:
        """Stop serving and free the ports; the plant stays as it is."""
        self._opened.close()

    def _key(self, bus: str, at: CanAddress) -> int:
        """Return which hub serves a bus: one per port of the rig, one per bus on free ports."""
        return list(self._buses).index(bus) if self._is_free else at.port

    def _serve_sockets(self, cell: Cell, ports: Mapping[str, int], opened: ExitStack) -> None:
        for name, wished in ports.items():
            port = 0 if self._is_free else wished
            make = partial(SocketServer, cell.text_twins[name], self._wanted.clock, port=port)
            server = _listening(make, port=port, name=name)
            self._servers.sockets[name] = opened.enter_context(server)

    def _serve_adapters(self, cell: Cell, opened: ExitStack) -> None:
        behind: dict[str, list[tuple[str, GpibAddress]]] = {}
        for name, at in self._gpib.items():
            behind.setdefault(at.adapter, []).append((name, at))
        for adapter, instruments in behind.items():
            seats = {at.address: cell.text_twins[name] for name, at in instruments}
            port = 0 if self._is_free else instruments[0][1].port
            make = partial(GpibHub, seats, self._wanted.clock, port=port)
            hub = _listening(make, port=port, name=", ".join(name for name, _ in instruments))
            self._servers.adapters[adapter] = opened.enter_context(hub)

    def _serve_buses(self, cell: Cell, opened: ExitStack) -> None:
        hubs: dict[int, dict[str, dict[str, MakeSeat]]] = {}
        for bus, at in self._buses.items():
            channels = hubs.setdefault(self._key(bus, at), {})
            channels.setdefault(at.channel, {}).update(cell.can_twins[bus])
        for key, channels in hubs.items():
            port = 0 if self._is_free else key
            make = partial(CanHub, channels, self._wanted.clock, port=port)
            hub = _listening(make, port=port, name=", ".join(channels))
            self._servers.hubs[key] = opened.enter_context(hub)
        for bus, at in self._buses.items():
            hub = self._servers.hubs[self._key(bus, at)]
            self.faults.attach(Family.BUS, bus, BusSite(partial(hub.part, at.channel)))

    def _bus_endpoint(self, bus: str) -> Endpoint:
        at = self.buses[bus]
        nodes = [each.name for each in self._wanted.connections if each.link == bus]
        address = f"socketcand {at['host']}:{at['port']} {at['channel']}"
        return Endpoint(bus, address, ", ".join(nodes))


def wanted_of(
    model: BenchModel,
    *,
    clock: Clock,
    plant: Mapping[str, float],
    seed: int = 0,
    faults: Sequence[object] = (),
) -> Wanted:
    """Return what a rig's simulated cell needs to know.

    Args:
        model: The bench.
        clock: The cell's time.
        plant: Plant parameters that differ from the rig's, SI.
        seed: Seed of everything that is drawn; with the seed of a run in virtual time the
            instruments have the same errors.
        faults: What goes wrong by itself: faults, or documents that describe them.

    Raises:
        ConfigError: the rig has no simulation.
    """
    if model.simulation is None:
        raise ConfigError("simulated.no-simulation")
    parameters = {**model.simulation.parameters, **plant}
    return Wanted(
        connections=model.connections,
        queue=deque(),
        bases=model.bases,
        report=_unheard,
        clock=clock,
        stated=model.stated,
        gas={} if model.gas is None else model.gas.fractions,
        buses=model.buses,
        simulation=replace(model.simulation, parameters=parameters),
        seed=seed,
        faults=faults,
    )


def _unheard(level: str, source: str, message: Message) -> None:
    """Take what drivers say; there are none on this side of the wire."""
    del level, source, message


def _of_kind(wanted: Wanted, kind: LinkKind) -> list[Connection]:
    return [each for each in wanted.connections if each.driver.link is kind]


def _listening(make: Callable[[], Server], *, port: int, name: str) -> Server:
    try:
        return make()
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise LinkClosed("simulate.port-in-use", port=port, name=name, reason=reason) from error
