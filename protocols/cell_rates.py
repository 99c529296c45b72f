"""Rates of degradation as results and rows, and how long a series must be to show one."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from analysis.degradation_rate import Degradation, Note, Rate
from analysis.run_duration import hours_needed
from analysis.voltage_series import HOUR, KILOHOUR, Drift, Event, ReferencePoint
from bench.messages import Message
from bench.units import unit
from protocols.cell_operation import KINDS
from protocols.cell_quantities import RATES
from protocols.cell_results import LifeResult, RateRow
from protocols.drawn import EventMark, VoltageSeries
from protocols.results import Result
from protocols.wording import Text

ONE_SIDED = 1.6448536269514722
"""Factor of a one-sided bound with 95 %."""


def rate_results(
    found: Degradation, asked_of: Mapping[str, str], confidence: float
) -> Iterator[Result]:
    """Yield the rates and the share that came back, with their uncertainty.

    Args:
        found: the degradation.
        asked_of: result → name of the point it is asked at; others have none.
        confidence: of the interval, 1.
    """
    parts = _parts(found)
    for name, (part, shown) in RATES.items():
        rate = parts.get(part)
        if rate is None:
            continue
        value, width = _shown(rate, rate.value, shown), _shown(rate, rate.half_width, shown)
        spread = abs(_shown(rate, rate.one_sided_half_width, shown)) / ONE_SIDED
        factor = unit(shown).factor
        yield Result(
            name=name,
            title=_TITLES[part],
            unit=shown,
            at=asked_of.get(name, "reference"),
            value=-value if shown != _RESISTANCE else value,
            standard_uncertainty=spread,
            lower=(-value if shown != _RESISTANCE else value) - abs(width),
            upper=(-value if shown != _RESISTANCE else value) + abs(width),
            confidence=confidence,
            degrees_of_freedom=math.inf,
            value_si=(-value if shown != _RESISTANCE else value) * factor,
            standard_uncertainty_si=spread * factor,
        )
    share = found.reversible_share
    yield Result(
        name="reversible_share",
        title=Message("cell.reversible-share"),
        unit="%",
        at=asked_of.get("reversible_share", "reference"),
        value=100.0 * share,
        value_si=share,
    )


def hours_to_show(rate: Rate, loss: float, limit: float) -> float:
    """Return how long a series must be for a one-sided bound to leave a limit, h.

    Args:
        rate: what was found.
        loss: its loss, V/s.
        limit: allowed loss, V/s.

    Returns:
        Hours in all, not fewer than there were; infinite where no cell lives so long.
    """
    lasted = rate.end - rate.begin
    if lasted <= 0.0 or limit <= 0.0:
        return math.inf
    # a drift equally likely within its half width has a standard uncertainty of 1/sqrt(3) of it
    half_width = math.sqrt(3.0) * rate.drift * lasted
    hours = hours_needed(
        target=rate.percent_per_kilohour(limit),
        loss=rate.percent_per_kilohour(loss),
        scatter=rate.percent_per_kilohour(rate.scatter),
        duration=lasted,
        drift=Drift(limit=half_width),
        voltage=rate.reference_voltage,
    )
    return max(hours, lasted / HOUR)


def rate_named(found: Degradation, name: str) -> Rate | None:
    """Return the rate behind a result; None: it is none."""
    return _parts(found).get(RATES[name][0]) if name in RATES else None


def as_voltage(rate: Rate, name: str, value: float) -> float:
    """Return a loss in the SI unit of a result as V/s per cell."""
    _, shown = RATES[name]
    per_unit = abs(_shown(rate, 1.0, shown)) * unit(shown).factor
    return value / per_unit


_RESISTANCE = "mohm*cm^2/kh"
_TITLES = {
    "continuous": Message("cell.continuous"),
    "event": Message("cell.events"),
    "irreversible": Message("cell.irreversible"),
}


def _parts(found: Degradation) -> dict[str, Rate]:
    """Return the rates by part; events together are the difference of the other two."""
    parts = {"continuous": found.continuous, "irreversible": found.irreversible}
    if len(found.events) == 1:
        return parts | {"event": found.events[0].rate}
    total = sum(each.rate.value for each in found.events)
    base = found.irreversible if not found.events else found.events[0].rate
    roots = [[each.rate.scatter, each.rate.drift, each.rate.half_width,
        each.rate.one_sided_half_width] for each in found.events]  # fmt: skip
    scatter, drift, half, one = (
        math.sqrt(sum(row[place] ** 2 for row in roots)) for place in range(4)
    )
    return parts | {
        "event": replace(base, value=total, scatter=scatter, drift=drift, half_width=half,
            one_sided_half_width=one)
    }  # fmt: skip


def _shown(rate: Rate, value: float, shown: str) -> float:
    if shown == "%/kh":
        return rate.percent_per_kilohour(value)
    if shown == "mV/kh":
        return rate.millivolt_per_kilohour(value)
    return rate.milliohm_square_centimetre_per_kilohour(value)


def life_result(
    found: Degradation, reference: ReferencePoint, events: Sequence[Event] = ()
) -> LifeResult:
    """Return the degradation in people's units; losses are positive."""
    rows = [_row(name, _TITLES[name], rate, 0) for name, rate in _parts(found).items()]
    rows += [
        _row(f"event:{each.kind}", _kind(each.kind), each.rate, each.count) for each in found.events
    ]
    per = 100.0 * KILOHOUR / found.reference_voltage
    return LifeResult(
        rates=tuple(rows),
        reference_voltage=found.reference_voltage,
        reference_time=found.reference_time / HOUR,
        reference_temperature=reference.temperature - 273.15,
        reference_current_density=reference.current_density / 1e4,
        reference_utilisation=100.0 * reference.fuel_utilisation,
        initial=-1e3 * found.initial,
        reversible=1e3 * abs(found.reversible),
        reversible_share=100.0 * found.reversible_share,
        two_point=-per * found.simple.two_point,
        line=-per * found.simple.line,
        theil_sen=-per * found.simple.theil_sen,
        residual=1e3 * found.residual,
        hours=float(found.rows),
        notes=tuple(_told(note) for note in found.notes),
        series=VoltageSeries(
            hours=tuple(time / HOUR for time in found.times),
            corrected=found.corrected,
            fitted=found.fitted,
            events=tuple(
                EventMark(time=each.time / HOUR, title=_kind(each.kind)) for each in events
            ),
        ),
    )


def _kind(name: str) -> Message:
    return KINDS.get(name, Message("judge.named", {"name": name}))


def _row(name: str, title: Message, rate: Rate, count: int) -> RateRow:
    ends = (rate.value, rate.upper, rate.lower)  # a loss: the upper end of the rate is its lower
    return RateRow(
        name=name,
        title=title,
        count=count,
        percent=_three([-rate.percent_per_kilohour(each) for each in ends]),
        millivolt=_three([-rate.millivolt_per_kilohour(each) for each in ends]),
        resistance=_three([rate.milliohm_square_centimetre_per_kilohour(each) for each in ends]),
        begin=rate.begin / HOUR,
        end=rate.end / HOUR,
    )


def _three(values: Sequence[float]) -> tuple[float, float, float]:
    value, lower, upper = values
    return value, lower, upper


def _told(note: Note) -> Text:
    """Return a finding of the analysis in words."""
    arguments = {
        "time": "–" if math.isnan(note.time) else f"{note.time / HOUR:.0f} h",
        "kind": KINDS.get(note.kind, note.kind),
        "size": "–" if math.isnan(note.size) else f"{1e3 * note.size:+.2f} mV",
    }
    return Message(f"cell.note-{note.finding.value.replace(' ', '-')}", arguments)
