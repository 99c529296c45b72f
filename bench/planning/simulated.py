"""How a protocol wants to be simulated: its scan, its leaps, and what goes wrong."""

from __future__ import annotations

from collections.abc import Mapping

from bench.clock import SECOND
from bench.config.protocol import Protocol
from bench.errors import did_you_mean
from bench.plan import Simulated
from bench.planning.context import Context
from bench.planning.place import Place
from bench.step import Scalar
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
    settling = None
    if written.settling is not None:
        settling = round(context.seconds(written.settling, place / "settling") * SECOND)
    faults = protocol.document.excerpt(("simulated",), "faults") if written.faults else None
    periods = _periods(context, written.periods, place / "periods")
    return Simulated(scan, stretch, faults, settling, periods)


def _periods(context: Context, written: Mapping[str, Scalar], place: Place) -> dict[str, int]:
    """Return how often instruments are asked, ns; each has to be one of the rig."""
    known = {connection.name for connection in context.model.connections}
    periods: dict[str, int] = {}
    for name, period in written.items():
        here = place / name
        if name not in known:
            hint = did_you_mean(name, known)
            context.findings.add(here.section.key_mark, "plan.no-instrument", name=name, hint=hint)
        seconds = context.positive_seconds(period, here)
        if seconds is not None:
            periods[name] = round(seconds * SECOND)
    return periods
