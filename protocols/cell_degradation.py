"""Degradation of a fuel cell from its recorded minutes: hourly medians, taken apart and judged."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analysis.degradation import degradation
from analysis.degradation_rate import Degradation, Note, Rate
from analysis.uncertainty import rectangular_standard_uncertainty
from analysis.voltage_series import (
    HOUR,
    KILOHOUR,
    Allowances,
    Drift,
    ReferencePoint,
    Sensitivities,
)
from bench.channel import Channel
from bench.messages import Message
from bench.units import unit
from protocols.cell_object import CellObject
from protocols.cell_operation import KINDS, Operation
from protocols.cell_quantities import FARADAY, RATES, SAFETY_GAS_HYDROGEN
from protocols.cell_results import LifeResult, RateRow
from protocols.cell_stream import Minutes
from protocols.criteria import Asked
from protocols.estimates import NotKnown
from protocols.results import Result
from protocols.wording import Text

VOLTAGE, CURRENT, TEMPERATURE = "cell.voltage", "stack.current", "stack.temperature"
FLOWS = ("fuel.flow", "hydrogen.flow", "safety_gas.flow")
SPREAD = 0.05
"""1. Share by which the current of a steady minute may differ from the usual one. Engineering
default."""
FEWEST_MINUTES = 20
"""Steady minutes that an hour needs to count, where the scan does not stretch."""
SEED = 62282
"""Of bootstrap and drift, fixed so that every analysis gives the same."""
ONE_SIDED = 1.6448536269514722
"""Factor of a one-sided bound with 95 %."""

Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Hours:
    """Steady hours; SI, all (n,)."""

    times: Numbers
    voltages: Numbers
    temperatures: Numbers
    densities: Numbers
    utilisations: Numbers


@dataclass(frozen=True, eq=False)
class Life:
    """What a series says of the degradation."""

    found: Degradation
    """The series taken apart."""
    result: LifeResult
    """The same for people."""


def life_of(
    *,
    minutes: Minutes,
    operation: Operation,
    cells: CellObject,
    asked: Asked,
    channels: Mapping[str, Channel],
    electrons: float,
) -> Life:
    """Return the degradation of a series.

    Args:
        minutes: the series by the minute, without what must not be used.
        operation: when it ran.
        cells: how its cells are joined.
        asked: settings of the judge.
        channels: of the run, for what their sensors may drift.
        electrons: that a molecule of the fuel line gives.

    Raises:
        NotKnown: there is too little steady data, or a channel is missing; it is named.
        UnitError: a setting is of another dimension.
    """
    hours = _hours(minutes, operation, cells, electrons)
    reference = _reference(hours, asked)
    try:
        found = degradation(
            times=hours.times,
            voltages=hours.voltages,
            temperatures=hours.temperatures,
            current_densities=hours.densities,
            fuel_utilisations=hours.utilisations,
            reference=reference,
            sensitivities=_sensitivities(asked),
            generator=np.random.default_rng(SEED),
            events=operation.events,
            allowances=_allowances(channels, hours, asked),
        )
    except ValueError as error:
        told = {"hours": f"{len(hours.times)}", "reason": str(error)}
        raise NotKnown(Message("cell.too-short", told)) from error
    return Life(found, _result(found, reference))


def rate_results(life: Life, asked_of: Mapping[str, str], confidence: float) -> Iterator[Result]:
    """Yield the rates and the share that came back, with their uncertainty.

    Args:
        life: the degradation.
        asked_of: result → name of the point it is asked at; others have none.
        confidence: of the interval, 1.
    """
    parts = _parts(life.found)
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
    share = life.found.reversible_share
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

    Scatter of a slope falls with the power 1.5 of the time, drift with its first power.

    Args:
        rate: what was found.
        loss: its loss, V/s.
        limit: allowed loss, V/s.

    Returns:
        Hours in all; infinite where the loss lies on the limit.
    """
    margin = abs(limit - loss)
    lasted = rate.end - rate.begin
    if margin <= 0.0 or lasted <= 0.0:
        return math.inf
    low, high = 1.0, 1.0
    scale = rate.one_sided_half_width / max(math.hypot(rate.scatter, rate.drift), 1e-300)

    def width(times: float) -> float:
        return scale * math.hypot(rate.scatter / times**1.5, rate.drift / times)

    while width(high) > margin and high < 1e6:
        high *= 2.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if width(middle) > margin else (low, middle)
    return high * lasted / HOUR


def rate_named(life: Life, name: str) -> Rate | None:
    """Return the rate behind a result; None: it is none."""
    return _parts(life.found).get(RATES[name][0]) if name in RATES else None


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


def _hours(minutes: Minutes, operation: Operation, cells: CellObject, electrons: float) -> Hours:
    """Return medians of the steady minutes of every hour.

    Raises:
        NotKnown: a channel is missing.
    """
    for name in (VOLTAGE, CURRENT, TEMPERATURE):
        if name not in minutes.means:
            raise NotKnown(Message("judge.no-channel", {"channel": name}))
    voltage, current, temperature = (
        minutes.means[name] for name in (VOLTAGE, CURRENT, TEMPERATURE)
    )
    used = _utilisation(minutes, current, cells, electrons)
    usual = operation.usual_current
    whole = np.isfinite(voltage) & np.isfinite(temperature) & np.isfinite(used)
    steady = operation.is_on & whole & (np.abs(current - usual) <= SPREAD * usual)
    hour = (minutes.times // HOUR).astype(np.int64)
    rows = np.flatnonzero(steady)
    columns: list[list[float]] = [[], [], [], [], []]
    if rows.size:
        starts = np.flatnonzero(np.diff(hour[rows], prepend=-1))
        for piece in np.split(rows, starts[1:]):
            if piece.size < FEWEST_MINUTES:
                continue
            middle = (float(minutes.times[piece].mean()), *(
                float(np.median(each[piece])) for each in (voltage, temperature, current, used)
            ))  # fmt: skip
            for column, value in zip(columns, middle, strict=True):
                column.append(value)
    times, voltages, temperatures, currents, utilisations = (np.array(each) for each in columns)
    return Hours(times, voltages, temperatures, currents / cells.area_per_current, utilisations)


def _utilisation(
    minutes: Minutes, current: Numbers, cells: CellObject, electrons: float
) -> Numbers:
    """Return the utilisation of the fuel, by the minute; NaN where no fuel flows."""
    weights = {"fuel.flow": electrons, "hydrogen.flow": 2.0,
        "safety_gas.flow": 2.0 * SAFETY_GAS_HYDROGEN}  # fmt: skip
    given = np.zeros(current.shape)
    for name in FLOWS:
        if name in minutes.means:
            given = given + weights[name] * minutes.means[name]
    taken = current * cells.cells / cells.strings / FARADAY
    return np.divide(taken, given, out=np.full(current.shape, np.nan), where=given > 0.0)


def _reference(hours: Hours, asked: Asked) -> ReferencePoint:
    """Return the point that voltages are corrected to: as asked, else the usual one.

    Raises:
        NotKnown: there is no steady hour.
    """
    if not hours.times.size:
        raise NotKnown(Message("cell.no-steady"))
    usual = [
        float(np.median(each)) for each in (hours.temperatures, hours.densities, hours.utilisations)
    ]
    return ReferencePoint(
        temperature=asked.number("reference_temperature", usual[0], "K"),
        current_density=asked.number("reference_current_density", usual[1], "A/m^2"),
        fuel_utilisation=asked.number("reference_utilisation", usual[2]),
    )


def _sensitivities(asked: Asked) -> Sensitivities:
    """Return how the voltage answers to the operating point; 20 % uncertain unless stated.

    Defaults are engineering defaults of an anode-supported cell at 750 degC and 0.3 A/cm2.
    """
    by_temperature = asked.number("temperature_sensitivity", 0.65e-3, "V/K")
    by_current = asked.number("current_sensitivity", -3.0e-5, "V*m^2/A")
    by_fuel = asked.number("utilisation_sensitivity", -0.21, "V")
    part = asked.number("sensitivity_uncertainty", 0.2)
    return Sensitivities(
        temperature=by_temperature,
        current_density=by_current,
        fuel_utilisation=by_fuel,
        temperature_uncertainty=part * abs(by_temperature),
        current_density_uncertainty=part * abs(by_current),
        fuel_utilisation_uncertainty=part * abs(by_fuel),
    )


def _allowances(channels: Mapping[str, Channel], hours: Hours, asked: Asked) -> Allowances:
    """Return what the sensors may drift: as asked, else within their whole stated uncertainty."""
    flow = next((name for name in FLOWS if name in channels), "")
    voltage = asked.number("voltage_drift", _class(channels.get(VOLTAGE), hours.voltages), "V")
    temperature = asked.number(
        "temperature_drift", _class(channels.get(TEMPERATURE), hours.temperatures), "K"
    )
    return Allowances(
        voltage=Drift(limit=voltage),
        temperature=Drift(limit=temperature),
        current=Drift(limit=asked.number("current_drift", _relative(channels.get(CURRENT)))),
        flow=Drift(limit=asked.number("flow_drift", _relative(channels.get(flow)))),
    )


def _class(channel: Channel | None, values: Numbers) -> float:
    """Return the half width of what is stated of a channel at its usual value, SI."""
    if channel is None or channel.uncertainty is None:
        return 0.0
    usual = float(np.median(values))
    standard = channel.uncertainty.standard(usual, channel.range.span)
    return standard / rectangular_standard_uncertainty(half_width=1.0)


def _relative(channel: Channel | None) -> float:
    """Return the half width of what is stated of a channel, relative, at half its range."""
    if channel is None or channel.uncertainty is None or not channel.range.span:
        return 0.0
    usual = channel.range.low + 0.5 * channel.range.span
    standard = channel.uncertainty.standard(usual, channel.range.span)
    return standard / rectangular_standard_uncertainty(half_width=1.0) / usual if usual else 0.0


def _result(found: Degradation, reference: ReferencePoint) -> LifeResult:
    rows = [_row(name, _TITLES[name], rate, 0) for name, rate in _parts(found).items()]
    for each in found.events:
        title = KINDS.get(each.kind, Message("judge.named", {"name": each.kind}))
        rows.append(_row(f"event:{each.kind}", title, each.rate, each.count))
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
    )


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
