"""Connects text instruments to their VISA resources."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import pyvisa

from bench.device import Connection, Instrument, Mailbox, Port, Wanted, Wiring, Worker
from drivers.visa.instrument import TextInstrument
from drivers.visa.link import VisaLink
from drivers.visa.port import MessageLink
from drivers.visa.worker import TextWorker

BACKEND = "@py"
"""PyVISA-py: nothing to install beside the program."""

MakeLink = Callable[[TextInstrument], MessageLink]
"""Makes the link of an instrument; nothing is opened yet."""


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


def wire_up(wanted: Wanted, connections: Sequence[Connection], make_link: MakeLink) -> Wiring:
    """Return instruments, each with its link and worker; the same for real and simulated links."""
    instruments: dict[str, Instrument] = {}
    workers: list[Worker] = []
    for connection in connections:
        readings = connection.driver.readings(connection.options)
        mailbox = Mailbox(readings, wanted.bases[connection.name], wanted.queue)
        port = Port(connection, mailbox, wanted.report, wanted.clock)
        instrument: TextInstrument = connection.driver.build(port)
        jitter = random.Random(f"{wanted.seed} {connection.name}")  # noqa: S311 - spreads retries, no secret
        instruments[connection.name] = instrument
        workers.append(TextWorker(make_link(instrument), instrument, jitter.random))
    return Wiring(instruments, tuple(workers), is_simulated=False)
