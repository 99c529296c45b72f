"""Results of an engine point: values with uncertainty, in people's units, and their verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from bench.channel import Channel
from bench.messages import Message
from protocols.engine_drift import Drift
from protocols.engine_full_load import CORRECTED_POWER, POWER_FACTOR
from protocols.engine_points import EngineWindow
from protocols.engine_quantities import HEATING_VALUE, QUANTITIES
from protocols.engine_uncertainty import channels_behind, estimate
from protocols.estimates import Estimate, NotKnown, Quantity
from protocols.judgement import (
    budget_rows,
    empty_result,
    overdue_calibrations,
    unstated,
    with_budget,
)
from protocols.results import Result, Text

FEWEST_WINDOWS = 2
"""A result stands on two consecutive readings or more (ISO 1585)."""
SPEED_SPREAD = 0.02
"""1. Windows of one point differ by less in speed, ±1 %. Engineering default."""
TORQUE_SPREAD = 0.04
"""1. And by less in torque, ±2 %. Engineering default."""
NAMED = {HEATING_VALUE: Message("judge.heating-value")}
"""What inputs that are no channel are called in a budget."""


def quantities_of(
    window: EngineWindow, channels: Mapping[str, Channel], drifts: Sequence[Drift]
) -> tuple[Result, ...]:
    """Return what follows from one window; a quantity that is not known says why."""
    if not window.runs:
        return ()
    results: list[Result] = []
    full_load = [CORRECTED_POWER] if POWER_FACTOR in window.from_weather else []
    for quantity in (*QUANTITIES, *full_load):
        empty = empty_result(quantity, window.name)
        try:
            result = with_budget(empty, estimate(quantity, [window], channels, drifts).budget)
        except NotKnown as error:
            result = replace(empty, reasons=(error.reason,))
        point = window.window.point
        results.append(replace(result, approach=point.approach, repeat=point.repeat, windows=1))
    return tuple(results)


def point_result(
    quantity: Quantity,
    at: str,
    windows: Sequence[EngineWindow],
    channels: Mapping[str, Channel],
    drifts: Sequence[Drift],
    *,
    confidence: float = 0.95,
) -> tuple[Result, Estimate | None]:
    """Return a quantity over the valid windows of a point, and the estimate behind it."""
    empty = replace(empty_result(quantity, at), confidence=confidence, windows=len(windows))
    if not windows:
        return replace(empty, reasons=(Message("judge.no-window", {"point": at}),)), None
    try:
        found = estimate(quantity, windows, channels, drifts, confidence)
    except NotKnown as error:
        return replace(empty, reasons=(error.reason,)), None
    result = replace(with_budget(empty, found.budget), budget=budget_rows(found, NAMED))
    return replace(result, reasons=unstated(found)), found


def doubts_about(
    windows: Sequence[EngineWindow],
    channels: Mapping[str, Channel],
    inputs: Sequence[str],
    start_utc_ns: int,
) -> list[Text]:
    """Return why windows of a point do not carry a verdict."""
    doubts: list[Text] = []
    if 0 < len(windows) < FEWEST_WINDOWS:  # none at all is said of the point
        doubts.append(Message("judge.few-windows", {"count": len(windows)}))
    for name, largest in (("speed", SPEED_SPREAD), ("torque", TORQUE_SPREAD)):
        values = [window.inputs[name] for window in windows if name in window.inputs]
        if values and max(values) - min(values) > largest * abs(float(np.mean(values))):
            doubts.append(Message("judge.points-differ", {"channel": name}))
    return [*doubts, *overdue_calibrations(channels, channels_behind(inputs), start_utc_ns)]
