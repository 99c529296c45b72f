"""Connects text instruments to their VISA resources."""

from __future__ import annotations

from collections.abc import Sequence

import pyvisa

from bench.device import Connection
from bench.opener import Wanted, Wiring
from drivers.visa import gpib_adapter
from drivers.visa.gpib_adapter import GpibAdapter, GpibLink
from drivers.visa.gpib_path import GpibPath, gpib_path
from drivers.visa.instrument import TextInstrument
from drivers.visa.link import VisaLink
from drivers.visa.port import MessageLink
from drivers.visa.wiring import wire_up

BACKEND = "@py"
"""PyVISA-py: nothing to install beside the program."""


def open_links(wanted: Wanted, connections: Sequence[Connection]) -> Wiring:
    """Return instruments on their VISA resources; sessions open in the workers' first steps.

    The resource manager is one per process and is never closed here: closing it would close
    every session of the process (PyVISA#742). Instruments behind one adapter share its session.

    Raises:
        ConfigError: a link that leads nowhere.
    """
    manager = pyvisa.ResourceManager(BACKEND)
    adapters: dict[str, GpibAdapter] = {}

    def adapter_of(path: GpibPath) -> GpibAdapter:
        if path.adapter not in adapters:
            box = VisaLink(
                manager,
                path.resource,
                instrument=path.adapter,
                clock=wanted.clock,
                wire=gpib_adapter.WIRE,
            )
            adapters[path.adapter] = GpibAdapter(box, wanted.clock)
        return adapters[path.adapter]

    def make_link(instrument: TextInstrument) -> MessageLink:
        name, link, wire = instrument.name, instrument.port.connection.link, instrument.wire
        path = gpib_path(name, link)
        if path is None:
            return VisaLink(manager, link, instrument=name, clock=wanted.clock, wire=wire)
        adapter = adapter_of(path)
        adapter.give_ups.append(lambda: instrument.give_up_at)
        return GpibLink(adapter, path.address, instrument=name, name=link, wire=wire)

    return wire_up(wanted, connections, make_link)
