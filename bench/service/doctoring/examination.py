"""All that the doctor looks at, one after the other."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from bench.clock import Clock
from bench.config.catalogue import Catalogue
from bench.errors import BenchError, Refused
from bench.service.address import ServerLock, find
from bench.service.client import RemoteBench
from bench.service.doctoring.diagnosis import Diagnosis, mend, ok, warning
from bench.service.doctoring.links import examine_links, of_server
from bench.service.doctoring.machine import examine_machine
from bench.service.doctoring.rig import examine_rig, known_identities
from bench.service.order import Order
from bench.service.orders import Orders


def examine(rig: str, folder: Path, *, name: str, clock: Clock) -> Iterator[Diagnosis]:
    """Yield what is found of the machine, and of a rig and its links.

    Args:
        rig: Name or file; empty: the machine alone.
        folder: Where run files go.
        name: Who asks, if a server runs.
        clock: The machine's time.
    """
    yield from examine_machine(folder, clock)
    if not rig:
        return
    try:
        orders = Orders.of_rig(rig, Catalogue.shipped(), folder=folder, operator=name, wall=clock)
    except BenchError as error:
        for line in error.text().splitlines():
            yield mend("doctor.said", said=line.strip())
        return
    yield from examine_rig(orders.model, folder, clock)
    if find(orders.model.name) is None:
        yield from _unserved(orders, folder)
    else:
        yield from _served(orders.model.name, name, clock)


def _served(rig: str, name: str, clock: Clock) -> Iterator[Diagnosis]:
    """Yield what the server says; its links are left alone."""
    try:
        with RemoteBench.connect(rig, name=name, clock=clock) as bench:
            state = bench.state()
    except Refused as error:
        yield mend("doctor.said", said=error.message)
        return
    yield from of_server(state)


def _unserved(orders: Orders, folder: Path) -> Iterator[Diagnosis]:
    """Open the links, with the server's lock held, and yield what answers."""
    yield ok("doctor.not-served", rig=orders.model.name)
    known = known_identities(orders.model, folder)
    try:
        with ServerLock(orders.model.name), tempfile.TemporaryDirectory(prefix="h2bench-") as own:
            found = list(examine_links(_into(orders.watching(), Path(own)), known))
    except BenchError as error:
        yield warning("doctor.said", said=error.message)
        return
    yield from found


def _into(order: Order, folder: Path) -> Order:
    return replace(order, folder=folder)
