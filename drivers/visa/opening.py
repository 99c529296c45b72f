"""Connects text instruments to their VISA resources."""

from __future__ import annotations

from collections.abc import Sequence

import pyvisa

from bench.device import Connection, Wanted, Wiring
from drivers.visa.instrument import TextInstrument
from drivers.visa.link import VisaLink
from drivers.visa.port import MessageLink
from drivers.visa.wiring import wire_up

BACKEND = "@py"
"""PyVISA-py: nothing to install beside the program."""


def open_links(wanted: Wanted, connections: Sequence[Connection]) -> Wiring:
    """Return instruments on their VISA resources; sessions open in the workers' first steps.

    The resource manager is one per process and is never closed here: closing it would close
    every session of the process (PyVISA#742).
    """
    manager = pyvisa.ResourceManager(BACKEND)

    def make_link(instrument: TextInstrument) -> MessageLink:
        return VisaLink(
            manager,
            instrument.port.connection.link,
            instrument=instrument.name,
            clock=wanted.clock,
            wire=instrument.wire,
        )

    return wire_up(wanted, connections, make_link)
