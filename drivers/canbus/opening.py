"""The CAN instruments of a rig and the workers of their buses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bench.device import Connection
from bench.errors import ConfigError
from bench.opener import Wanted, Wiring
from drivers.canbus.bus import OpenBus, PythonCanBus
from drivers.canbus.nodes import build_nodes
from drivers.canbus.pump import CanBusWorker


def open_buses(
    wanted: Wanted, connections: Sequence[Connection], open_bus: OpenBus = PythonCanBus
) -> Wiring:
    """Return the CAN instruments and one worker per bus; buses open in the workers' first steps.

    Raises:
        ConfigError: an instrument is linked to a bus the rig does not describe.
    """
    by_bus = build_nodes(wanted, connections)
    for bus, nodes in by_bus.items():
        if bus not in wanted.buses:
            raise _no_such_bus(nodes[0].name, bus, wanted.buses)
    workers = [
        CanBusWorker(
            bus,
            wanted.buses[bus],
            nodes,
            clock=wanted.clock,
            report=wanted.report,
            open_bus=open_bus,
        )
        for bus, nodes in by_bus.items()
    ]
    instruments = {node.name: node for nodes in by_bus.values() for node in nodes}
    return Wiring(instruments, tuple(workers), is_simulated=False)


def _no_such_bus(node: str, bus: str, known: Iterable[str]) -> ConfigError:
    return ConfigError("can.no-such-bus", node=node, bus=bus, known=", ".join(known) or "–")
