"""The CAN instruments of a rig and the workers of their buses."""

from __future__ import annotations

from collections.abc import Iterable

from bench.device import Connection, LinkKind, Mailbox, Port, Wanted
from bench.errors import ConfigError
from drivers.canbus.bus import OpenBus, PythonCanBus
from drivers.canbus.port import CanNode
from drivers.canbus.pump import CanBusWorker


def build_nodes(wanted: Wanted) -> dict[str, dict[str, CanNode]]:
    """Return the nodes of a rig by bus and name; nothing is opened."""
    by_bus: dict[str, dict[str, CanNode]] = {}
    for connection in wanted.connections:
        if connection.driver.link is LinkKind.CAN:
            node: CanNode = connection.driver.build(_port(connection, wanted))
            by_bus.setdefault(connection.link, {})[connection.name] = node
    return by_bus


def open_buses(
    wanted: Wanted, open_bus: OpenBus = PythonCanBus
) -> tuple[dict[str, CanNode], list[CanBusWorker]]:
    """Return the CAN instruments by name and one worker per bus; buses open in their steps.

    Raises:
        ConfigError: an instrument is linked to a bus the rig does not describe.
    """
    by_bus = build_nodes(wanted)
    for bus, nodes in by_bus.items():
        if bus not in wanted.buses:
            raise _no_such_bus(next(iter(nodes)), bus, wanted.buses)
    workers = [
        CanBusWorker(
            bus,
            wanted.buses[bus],
            list(nodes.values()),
            clock=wanted.clock,
            report=wanted.report,
            open_bus=open_bus,
        )
        for bus, nodes in by_bus.items()
    ]
    return {name: node for nodes in by_bus.values() for name, node in nodes.items()}, workers


def _port(connection: Connection, wanted: Wanted) -> Port:
    readings = connection.driver.readings(connection.options)
    mailbox = Mailbox(readings, wanted.bases[connection.name], wanted.queue)
    return Port(connection, mailbox, wanted.report, wanted.clock)


def _no_such_bus(node: str, bus: str, known: Iterable[str]) -> ConfigError:
    return ConfigError("can.no-such-bus", node=node, bus=bus, known=", ".join(known) or "–")
