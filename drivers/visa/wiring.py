"""Puts text instruments and their links together: the same for real and simulated links."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from bench.device import Connection, Instrument, Mailbox, Port, Worker
from bench.opener import Wanted, Wiring
from drivers.visa.instrument import TextInstrument
from drivers.visa.port import MessageLink
from drivers.visa.worker import TextWorker

MakeLink = Callable[[TextInstrument], MessageLink]
"""Makes the link of an instrument; nothing is opened yet."""


def wire_up(wanted: Wanted, connections: Sequence[Connection], make_link: MakeLink) -> Wiring:
    """Return instruments, each with its link and worker."""
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
