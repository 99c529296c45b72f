"""Results of a fuel cell's points: values with uncertainty from all valid windows, judged.

Energies are added up over the windows of a point: inputs are means weighted by the length of the
windows, so that an efficiency is the ratio of the sums and never a mean of ratios. What the
windows differ by is a line of the budget of its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from analysis.gas import HYDROGEN_HEATING_VALUE_RELATIVE_UNCERTAINTY
from analysis.uncertainty import Contribution, budget
from bench.channel import Channel
from bench.messages import Message
from protocols.cell_quantities import (
    CHANNELS,
    FUEL_HEATING_VALUE,
    HYDROGEN_HEATING_VALUE,
    NERNST,
    QUANTITIES,
    SCATTER,
    Inputs,
)
from protocols.cell_windows import CellWindow
from protocols.estimates import Estimate, NotKnown, Quantity, stated_parts
from protocols.judgement import budget_rows, empty_result, unstated, with_budget
from protocols.results import Result, Text

FEWEST_WINDOWS = 1
"""A window of energies is long: one carries a verdict. Engineering default."""
NERNST_TEMPERATURE_SLOPE = 1e-3
"""V/K. Largest slope of the mean Nernst voltage over temperature at a high utilisation."""
NERNST_MODEL = 3e-3
"""V. Half width of what equilibrium along the flow path leaves open. Engineering default."""
NAMED: Mapping[str, Message] = {
    FUEL_HEATING_VALUE: Message("cell.fuel-heating-value"),
    HYDROGEN_HEATING_VALUE: Message("cell.hydrogen-heating-value"),
    NERNST: Message("cell.nernst"),
}
"""What inputs that are no channel are called in a budget."""
SMALLEST_SHARE = 1e-9
"""1. Lines of a budget with less of the variance are not shown: they are exact, or rounding."""


def estimate(
    quantity: Quantity,
    windows: Sequence[CellWindow],
    channels: Mapping[str, Channel],
    confidence: float = 0.95,
) -> Estimate:
    """Return a quantity over windows of one point.

    Raises:
        NotKnown: an input is missing in a window, or the model cannot take what was measured.
    """
    weights = np.array([window.duration for window in windows])
    values = {name: [window.known(name) for window in windows] for name in quantity.inputs}
    means = {name: float(np.average(each, weights=weights)) for name, each in values.items()}
    contributions = [
        part for name in quantity.inputs for part in _sources(name, means[name], windows, channels)
    ]
    contributions += [
        Contribution(name=name, value=means[name], standard_uncertainty=0.0)
        for name in quantity.inputs
        if name not in {each.input for each in contributions}
    ]
    try:
        scatter = _scatter(quantity, values)
        found = budget(
            model=_with_scatter(quantity),
            contributions=[*contributions, scatter],
            confidence=confidence,
        )
    except ValueError as error:
        raise NotKnown(Message("judge.not-computable", {"reason": str(error)})) from error
    whole = replace(quantity, model=_with_scatter(quantity))
    missing = tuple(
        name
        for name in channels_behind(quantity.inputs)
        if name in channels and channels[name].uncertainty is None
    )
    return Estimate(whole, (*contributions, scatter), {}, found, missing)


def channels_behind(inputs: Sequence[str]) -> list[str]:
    """Return the channels inputs stand on."""
    found = [CHANNELS[name] for name in inputs if name in CHANNELS]
    return [*found, CHANNELS["temperature"]] if NERNST in inputs else found


def point_result(
    quantity: Quantity,
    at: str,
    windows: Sequence[CellWindow],
    channels: Mapping[str, Channel],
    *,
    confidence: float = 0.95,
) -> tuple[Result, Estimate | None]:
    """Return a quantity over the valid windows of a point, and the estimate behind it."""
    empty = replace(empty_result(quantity, at), confidence=confidence, windows=len(windows))
    if not windows:
        return replace(empty, reasons=(Message("judge.no-window", {"point": at}),)), None
    try:
        found = estimate(quantity, windows, channels, confidence)
    except NotKnown as error:
        return replace(empty, reasons=(error.reason,)), None
    result = with_budget(empty, found.budget)
    rows = tuple(row for row in budget_rows(found, NAMED) if row.variance_share > SMALLEST_SHARE)
    return replace(result, budget=rows, reasons=unstated(found)), found


def quantities_of(window: CellWindow, channels: Mapping[str, Channel]) -> tuple[Result, ...]:
    """Return what follows from one window; a quantity that is not known says why."""
    point = window.window.point
    return tuple(
        replace(
            point_result(quantity, window.name, [window], channels)[0],
            budget=(),
            approach=point.approach,
            repeat=point.repeat,
        )
        for quantity in QUANTITIES
    )


def needs_load(quantity: Quantity) -> bool:
    """Return whether a quantity says nothing without current."""
    return bool({"current", "ac_power"} & set(quantity.inputs))


def boundary(name: str) -> Text | None:
    """Return what an efficiency counts and what not; None: it is no efficiency."""
    texts = {
        "net_electrical_efficiency": "cell.boundary-net",
        "gross_dc_efficiency": "cell.boundary-gross",
    }
    return Message(texts[name]) if name in texts else None


def _scatter(quantity: Quantity, values: Mapping[str, Sequence[float]]) -> Contribution:
    """Return what the windows differ by, as a source of its own."""
    count = len(next(iter(values.values())))
    spread, freedom = 0.0, math.inf
    if count > 1:
        outputs = quantity.model({name: np.array(each) for name, each in values.items()})
        spread, freedom = float(np.std(outputs, ddof=1)) / math.sqrt(count), count - 1.0
    if not math.isfinite(spread):
        raise ValueError("a window gives no number")
    return Contribution(
        name=SCATTER,
        value=0.0,
        standard_uncertainty=spread,
        degrees_of_freedom=freedom,
        common=False,
        evaluation="A",
    )


def _with_scatter(quantity: Quantity):
    def model(inputs: Inputs):
        return quantity.model(inputs) + inputs[SCATTER]

    return model


def _sources(
    name: str, value: float, windows: Sequence[CellWindow], channels: Mapping[str, Channel]
) -> Iterator[Contribution]:
    """Yield the sources of one input; independent ones count less the more windows there are."""
    if name == NERNST:
        yield from _nernst(value, channels, windows)
    elif name in {FUEL_HEATING_VALUE, HYDROGEN_HEATING_VALUE}:
        yield from _heating_value(name, value, windows)
    elif name in CHANNELS and CHANNELS[name] in channels:
        channel = channels[CHANNELS[name]]
        for part in stated_parts(name, value, channel, value, 1.0):
            width = part.standard_uncertainty / (1.0 if part.common else math.sqrt(len(windows)))
            yield replace(part, standard_uncertainty=width)
        statistics = windows[0].window.of(channel.name)
        if len(windows) == 1 and statistics is not None:
            yield Contribution(
                name=f"{channel.name}/scatter",
                quantity=name,
                value=value,
                standard_uncertainty=statistics.standard_error,
                degrees_of_freedom=statistics.degrees_of_freedom,
                common=False,
                evaluation="A",
            )


def _heating_value(
    name: str, value: float, windows: Sequence[CellWindow]
) -> Iterator[Contribution]:
    widths = {"pure": HYDROGEN_HEATING_VALUE_RELATIVE_UNCERTAINTY * value}
    gases = [window.gas for window in windows if window.gas is not None]
    if name == FUEL_HEATING_VALUE:
        widths = {
            "reference": max(
                (gas.reference_uncertainty * gas.molar_mass for gas in gases), default=0
            ),
            "certificate": max(
                (gas.certificate_uncertainty * gas.molar_mass for gas in gases), default=0
            ),
        }
    for part, width in widths.items():
        yield Contribution(
            name=f"{name}/{part}", quantity=name, value=value, standard_uncertainty=width
        )


def _nernst(
    value: float, channels: Mapping[str, Channel], windows: Sequence[CellWindow]
) -> Iterator[Contribution]:
    """Yield the sources of the Nernst voltage: the temperature, and what the model leaves open."""
    name = CHANNELS["temperature"]
    if name in channels:
        reading = windows[0].inputs["temperature"]
        yield from stated_parts(NERNST, value, channels[name], reading, NERNST_TEMPERATURE_SLOPE)
    yield Contribution(
        name=f"{NERNST}/model",
        quantity=NERNST,
        value=value,
        standard_uncertainty=NERNST_MODEL / math.sqrt(3.0),
        distribution="rectangular",
    )
