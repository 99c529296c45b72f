"""Builds the nodes of a rig: the same for real and simulated buses."""

from __future__ import annotations

from collections.abc import Sequence

from bench.device import Connection, Mailbox, Port
from bench.opener import Wanted
from drivers.canbus.port import CanNode


def build_nodes(wanted: Wanted, connections: Sequence[Connection]) -> dict[str, list[CanNode]]:
    """Return the nodes of a rig by bus; nothing is opened."""
    by_bus: dict[str, list[CanNode]] = {}
    for connection in connections:
        node: CanNode = connection.driver.build(_port(connection, wanted))
        by_bus.setdefault(connection.link, []).append(node)
    return by_bus


def _port(connection: Connection, wanted: Wanted) -> Port:
    readings = connection.driver.readings(connection.options)
    mailbox = Mailbox(readings, wanted.bases[connection.name], wanted.queue)
    return Port(connection, mailbox, wanted.report, wanted.clock)
