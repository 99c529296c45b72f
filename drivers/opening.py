"""Connects the instruments of a rig to real wires; the ``real`` opener.

Each family of wire has a module of its own, loaded only when a rig needs it, so that a bench
without CAN loads no CAN library and the other way round.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from bench.device import Connection, Instrument, LinkKind, Worker
from bench.opener import Wanted, Wiring

OpenFamily = Callable[[Wanted, Sequence[Connection]], Wiring]
"""Connects the given instruments, which all sit on one family of wire."""

FAMILIES: Mapping[LinkKind, str] = MappingProxyType(
    {
        LinkKind.VISA: "drivers.visa.opening:open_links",
        LinkKind.CAN: "drivers.canbus.opening:open_buses",
    }
)
"""Family → ``module:function`` of its `OpenFamily`."""


def open_real(wanted: Wanted) -> Wiring:
    """Return the wiring of a real bench; links open in the workers' first steps.

    No output changes.
    """
    instruments: dict[str, Instrument] = {}
    workers: list[Worker] = []
    for kind, target in FAMILIES.items():
        connections = [each for each in wanted.connections if each.driver.link is kind]
        if connections:
            wiring = _family(target)(wanted, connections)
            instruments.update(wiring.instruments)
            workers.extend(wiring.workers)
    return Wiring(instruments, tuple(workers), is_simulated=False)


def _family(target: str) -> OpenFamily:
    module, _, function = target.partition(":")
    return getattr(importlib.import_module(module), function)
