"""Degradation of a fuel cell from its recorded rows: hourly medians, taken apart and judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.degradation import FEWEST_ROWS, SHORTEST, degradation
from analysis.degradation_rate import Degradation
from analysis.operating_events import EventKind
from analysis.uncertainty import rectangular_standard_uncertainty
from analysis.voltage_series import (
    HOUR,
    Allowances,
    Drift,
    ReferencePoint,
    Sensitivities,
)
from bench.channel import Channel
from bench.messages import Message
from protocols.cell_object import CellObject
from protocols.cell_operation import Operation
from protocols.cell_quantities import FARADAY, SAFETY_GAS_HYDROGEN
from protocols.cell_rates import life_result
from protocols.cell_results import LifeResult
from protocols.cell_stream import CURRENT, TEMPERATURE, VOLTAGE, Stream
from protocols.criteria import Asked
from protocols.estimates import NotKnown

FLOWS = ("fuel.flow", "hydrogen.flow", "safety_gas.flow")
SPREAD = 0.05
"""1. Share by which the current of a steady hour may differ from the usual one. Engineering
default."""
CONDITIONING = 24.0 * HOUR
"""s. Steady operation at the begin that counts for no rate. Engineering default."""
LEAST_TIME = 1200.0
"""s. Steady time that an hour needs to count. Engineering default."""
SETTINGS = (
    "voltage_drift",
    "temperature_drift",
    "current_drift",
    "flow_drift",
    "temperature_sensitivity",
    "current_sensitivity",
    "utilisation_sensitivity",
    "sensitivity_uncertainty",
    "reference_temperature",
    "reference_current_density",
    "reference_utilisation",
)
"""What may stand in ``judge:`` of a protocol of a solid oxide object."""
SEED = 62282
"""Of bootstrap and drift, fixed so that every analysis gives the same."""

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
    stream: Stream,
    operation: Operation,
    cells: CellObject,
    asked: Asked,
    channels: Mapping[str, Channel],
    electrons: float,
) -> Life:
    """Return the degradation of a series.

    Args:
        stream: what all rows of the series show.
        operation: when it ran.
        cells: how its cells are joined.
        asked: settings of the judge.
        channels: of the run, for what their sensors may drift.
        electrons: that a molecule of the fuel line gives.

    Raises:
        NotKnown: there is too little steady data, or a channel is missing; it is named.
        UnitError: a setting is of another dimension.
    """
    hours = _hours(stream, operation, cells, electrons)
    reference = _reference(hours, asked)
    events = operation.history.degradation_events()
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
            events=events,
            allowances=_allowances(channels, hours, asked),
            conditioning=CONDITIONING,
        )
    except ValueError as error:
        lasted = float(np.ptp(hours.times)) / HOUR
        told = {
            "hours": len(hours.times),
            "lasted": f"{lasted:.0f} h",
            "rows": FEWEST_ROWS,
            "needed": f"{SHORTEST / HOUR:.0f} h",
            "conditioning": f"{CONDITIONING / HOUR:.0f} h",
        }
        raise NotKnown(Message("cell.too-short", told)) from error
    return Life(found, life_result(found, reference, events))


def _hours(stream: Stream, operation: Operation, cells: CellObject, electrons: float) -> Hours:
    """Return medians of the steady hours at the usual current, without what must not be used.

    Raises:
        NotKnown: a channel is missing.
    """
    medians = operation.history.hours
    columns = dict(zip(stream.columns, medians.values.T, strict=True))
    for name in (VOLTAGE, CURRENT, TEMPERATURE):
        if name not in columns:
            raise NotKnown(Message("judge.no-channel", {"channel": name}))
    voltage, current, temperature = (columns[name] for name in (VOLTAGE, CURRENT, TEMPERATURE))
    used = _utilisation(columns, cells, electrons)
    whole = np.isfinite(voltage) & np.isfinite(temperature) & np.isfinite(used)
    whole &= (medians.covered >= LEAST_TIME) & ~_spoilt(medians.times, stream, operation)
    usual = float(np.median(current[whole])) if whole.any() else 0.0
    kept = whole & (np.abs(current - usual) <= SPREAD * usual)
    return Hours(
        times=medians.times[kept],
        voltages=voltage[kept],
        temperatures=temperature[kept],
        densities=current[kept] / cells.area_per_current,
        utilisations=used[kept],
    )


def _spoilt(times: Numbers, stream: Stream, operation: Operation) -> NDArray[np.bool_]:
    """Return which hours hold rows that must not be used."""
    events = operation.history.events
    stretches = [(each.time, each.end) for each in events if each.kind is EventKind.ZERO_FLOW]
    stretches += [
        (flaw.rows.begin, flaw.rows.end)
        for flaw in stream.flaws
        if flaw.channel in {TEMPERATURE, *FLOWS}
    ]
    hour = np.floor(times / HOUR)
    spoilt = np.zeros(times.shape, np.bool_)
    for begin, end in stretches:
        spoilt |= (hour >= begin // HOUR) & (hour <= end // HOUR)
    return spoilt


def _utilisation(columns: Mapping[str, Numbers], cells: CellObject, electrons: float) -> Numbers:
    """Return the utilisation of the fuel in each hour; NaN where no fuel flows."""
    weights = {"fuel.flow": electrons, "hydrogen.flow": 2.0,
        "safety_gas.flow": 2.0 * SAFETY_GAS_HYDROGEN}  # fmt: skip
    current = columns[CURRENT]
    given = np.zeros(current.shape)
    for name in FLOWS:
        if name in columns:
            given = given + weights[name] * columns[name]
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
