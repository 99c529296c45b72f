"""The ledger: sums over all counted runs, and what happened, in time."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench.messages import Message
from bench.record.layout.iso_time import iso
from protocols.campaign.axis import Axis
from protocols.campaign.breaks import BY_SERVICE, broken_by
from protocols.campaign.claims import NOMINAL
from protocols.campaign.oil import Oil
from protocols.campaign.part_results import Happening
from protocols.campaign.results import LedgerEvent, LedgerTotal
from protocols.campaign.run_reading import RunReading
from protocols.engine_mechanisms import sums
from protocols.mechanism_table import THERMAL_SHOCK
from protocols.run_series import HOUR

LEAST_OIL = 0.01
"""kg. Less on the balance is not listed."""


@dataclass(frozen=True)
class Ledger:
    """Sums and events."""

    totals: tuple[LedgerTotal, ...]
    """Sums."""
    events: tuple[LedgerEvent, ...]
    """Events, in time."""
    remarks: tuple[Message, ...]
    """What to keep in mind."""


def ledger_of(axis: Axis, oil: Oil) -> Ledger:
    """Return the ledger of counted runs.

    Args:
        axis: of the runs.
        oil: what the balance shows.
    """
    events = [*_happened(axis), *_calibrated(axis), *_topped_up(axis, oil)]
    unknown = sorted(
        {
            str(each.text.arguments.get("service", ""))
            for each in events
            if each.kind == "service" and isinstance(each.text, Message)
        }
        - set(BY_SERVICE)
        - {""}
    )
    remarks = [Message("campaign.unknown-service", {"service": each}) for each in unknown]
    return Ledger(
        totals=tuple(_totals(axis, oil)),
        events=tuple(sorted(events, key=lambda each: (each.hours, each.utc))),
        remarks=tuple(remarks),
    )


def _totals(axis: Axis, oil: Oil) -> Iterator[LedgerTotal]:
    if axis.total is None:
        return
    total = sums(axis.total)
    shocks = total.damage.get(THERMAL_SHOCK.name, (math.nan, math.nan, math.nan))
    rows = (
        ("hours", total.running / HOUR, "h"),
        ("starts", total.starts, "1"),
        ("cold_starts", total.cold_starts, "1"),
        ("thermal_cycles", shocks[NOMINAL], "1"),
        ("energy", total.energy / 3.6e9, "MWh"),
        ("fuel", total.fuel, "kg"),
        ("revolutions", total.revolutions / 1e6, "10^6"),
    )
    for name, value, unit in rows:
        yield LedgerTotal(name=name, title=_title(name), value=float(value), unit=unit)
    oiled = oil.weighed
    mass, uncertainty = (math.nan,) * 2 if oiled is None else (oiled.mass, oiled.uncertainty)
    yield LedgerTotal(
        name="oil", title=_title("oil"), value=mass, unit="kg", uncertainty=uncertainty
    )


def _title(name: str) -> Message:
    return Message(f"campaign.total-{name.replace('_', '-')}")


def _event(axis: Axis, run: int, found: Happening) -> LedgerEvent:
    facts = axis.runs[run].facts
    hours = axis.hours(run, found.time_ns)
    return LedgerEvent(
        kind=found.kind,
        title=Message(f"campaign.kind-{found.kind}"),
        text=found.text,
        utc="" if facts is None else iso(facts.utc_ns(found.time_ns)),
        hours=hours,
        kilometres=axis.kilometres(hours),
        file=axis.runs[run].name,
        breaks=broken_by(found.kind, found.about),
    )


def _happened(axis: Axis) -> Iterator[LedgerEvent]:
    for number, run in enumerate(axis.runs):
        for each in run.happenings:
            yield _event(axis, number, each)


def _calibrated(axis: Axis) -> Iterator[LedgerEvent]:
    """Yield where a channel has another calibration than in the run before."""
    for place, (before, run) in enumerate(itertools.pairwise(axis.runs), 1):
        changed = list(_changed(before, run))
        if changed and run.facts is not None:
            text = Message("campaign.calibrated", {"channels": ", ".join(changed)})
            found = Happening(run.facts.first_ns, "recalibration", text, tuple(changed))
            yield _event(axis, place, found)


def _changed(before: RunReading, run: RunReading) -> Iterator[str]:
    if before.facts is None or run.facts is None:
        return
    known = before.facts.calibrations
    for channel, number in run.facts.calibrations.items():
        if known.get(channel, number) != number:
            yield channel


def _topped_up(axis: Axis, oil: Oil) -> Iterator[LedgerEvent]:
    for step in oil.fillings:
        if abs(step.mass) < LEAST_OIL:
            continue
        text = Message("campaign.oil-added", {"mass": f"{step.mass:+.2f} kg"})
        yield _event(axis, step.run, Happening(step.time_ns, "top-up", text))


def failures_in(events: Sequence[LedgerEvent]) -> tuple[LedgerEvent, ...]:
    """Return the failures of the test object among events."""
    return tuple(each for each in events if each.kind == "failure")
