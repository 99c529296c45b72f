"""How a protocol wants to be simulated: its scan, its leaps, and what goes wrong."""

from __future__ import annotations

from collections.abc import Mapping

from bench.clock import SECOND
from bench.config.protocol import Protocol
from bench.plan import Simulated
from bench.planning.context import Context
from bench.planning.place import Place
from bench.units import Quantity


def simulated_of(
    context: Context, protocol: Protocol, parameters: Mapping[str, Quantity]
) -> Simulated:
    """Return the ``simulated:`` block of a protocol; kinds of faults are known to who opens."""
    written = protocol.file.simulated
    if written is None:
        return Simulated()
    place = Place(protocol.document.section("simulated"), parameters, protocol)
    scan = stretch = None
    if written.scan is not None:
        seconds = context.positive_seconds(written.scan, place / "scan")
        scan = None if seconds is None else round(seconds * SECOND)
    if written.stretch is not None:
        stretch = round(context.seconds(written.stretch, place / "stretch") * SECOND)
    faults = protocol.document.excerpt(("simulated",), "faults") if written.faults else None
    return Simulated(scan, stretch, faults)
