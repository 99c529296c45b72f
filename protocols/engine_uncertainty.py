"""Uncertainty of an engine quantity over the windows of a point: every source a line of its own.

The stated uncertainty of a channel is split by its common share (in variance): what all repeats
share stays, the rest and the resolution average out. Drift between the checks before and after
is common. Scatter between approaches is type A; with a single window, the scatter within it is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from analysis.uncertainty import Contribution, budget
from bench.channel import Channel
from bench.messages import Message
from protocols.engine_drift import Drift
from protocols.engine_full_load import POWER_FACTOR
from protocols.engine_points import EngineWindow
from protocols.engine_quantities import (
    CHANNELS,
    HEATING_VALUE,
    HUMIDITY,
    INTAKE_WATER,
    WEATHER,
)
from protocols.estimates import Estimate, NotKnown, Parts, Quantity, rectangular_part, stated_parts

FROM_WEATHER = (INTAKE_WATER, POWER_FACTOR)
"""Inputs that stand on the `WEATHER` channels."""
LINE_VOLUME_SHARE = 0.5
"""1. Half width of the line volume, as a share of it. Engineering default."""


def estimate(
    quantity: Quantity,
    windows: Sequence[EngineWindow],
    channels: Mapping[str, Channel],
    drifts: Sequence[Drift] = (),
    confidence: float = 0.95,
) -> Estimate:
    """Return a quantity over windows of one point.

    Args:
        quantity: what to compute.
        windows: at least one; the valid ones.
        channels: the channels of the run.
        drifts: what moved between the checks before and after.
        confidence: of the two-sided interval, 1.

    Raises:
        NotKnown: an input is missing in a window, or the model cannot take what was measured.
    """
    for window in windows:
        for name in quantity.inputs:
            if name not in window.inputs:
                raise NotKnown(
                    window.problems.get(name, Message("judge.no-input", {"input": name}))
                )
    groups = repeats_of(windows)
    repeats = {
        name: [_mean([window.inputs[name] for window in group]) for group in groups]
        for name in quantity.inputs
    }
    sources = _Sources(windows, len(groups), channels, drifts)
    contributions = tuple(
        part for name in quantity.inputs for part in sources.of(name, _mean(repeats[name]))
    )
    exact = (Contribution(name=quantity.inputs[0], value=_mean(repeats[quantity.inputs[0]]),
        standard_uncertainty=0.0),)  # fmt: skip
    try:
        found = budget(
            model=quantity.model,
            contributions=contributions or exact,
            repeats=repeats,
            confidence=confidence,
        )
    except ValueError as error:
        raise NotKnown(Message("judge.not-computable", {"reason": str(error)})) from error
    return Estimate(quantity, contributions, repeats, found, sources.unstated(quantity.inputs))


def repeats_of(windows: Sequence[EngineWindow]) -> list[list[EngineWindow]]:
    """Return the windows by approach; one by one where there is a single approach."""
    approaches: dict[int, list[EngineWindow]] = {}
    for window in windows:
        approaches.setdefault(window.approach, []).append(window)
    return list(approaches.values()) if len(approaches) > 1 else [[item] for item in windows]


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))


class _Sources:
    """Names every source of uncertainty of the inputs at a point."""

    def __init__(
        self,
        windows: Sequence[EngineWindow],
        repeats: int,
        channels: Mapping[str, Channel],
        drifts: Sequence[Drift],
    ) -> None:
        self._windows = windows
        self._repeats = repeats
        self._channels = channels
        self._drifts = drifts

    def unstated(self, inputs: Sequence[str]) -> tuple[str, ...]:
        """Return the channels behind inputs of which no uncertainty is stated."""
        return tuple(
            name
            for name in channels_behind(inputs)
            if name in self._channels and self._channels[name].uncertainty is None
        )

    def of(self, name: str, value: float) -> Parts:
        """Yield the sources of one input."""
        if name == HEATING_VALUE:
            yield from self._gas(value)
        elif name in self._windows[0].from_weather:
            yield from self._weather(name, value)
        elif name in CHANNELS and CHANNELS[name] in self._channels:
            channel = self._channels[CHANNELS[name]]
            yield from stated_parts(name, value, channel, value, 1.0)
            yield from self._moved(name, value)
            yield from self._scatter(name, value, channel.name, 1.0)
            if name == "fuel_flow":
                yield from self._line_pack(name, value)

    def _gas(self, value: float) -> Parts:
        gases = [window.gas for window in self._windows if window.gas is not None]
        for part, widths in (
            ("certificate", [gas.certificate_uncertainty for gas in gases]),
            ("reference", [gas.reference_uncertainty for gas in gases]),
        ):
            yield Contribution(
                name=f"{HEATING_VALUE}/{part}",
                quantity=HEATING_VALUE,
                value=value,
                standard_uncertainty=max(widths),
            )

    def _weather(self, name: str, value: float) -> Parts:
        """Yield the sources of an input that follows from the weather, by one-sided differences.

        They look towards the middle of what humidity can be, which may be dry or saturated.
        """
        function = self._windows[0].from_weather[name]
        weather = {
            item: _mean([window.window.mean(item) or 0.0 for window in self._windows])
            for item in WEATHER
        }
        here = function(weather)
        for item, mean in weather.items():
            step = 1e-4 * mean or 1e-6
            step = -step if item == HUMIDITY and mean > 0.5 else step
            slope = (function({**weather, item: mean + step}) - here) / step
            yield from stated_parts(name, value, self._channels[item], mean, slope)
            yield from self._scatter(name, value, item, slope)

    def _moved(self, name: str, value: float) -> Parts:
        for drift in self._drifts:
            if drift.input == name:
                yield rectangular_part(
                    name,
                    CHANNELS[name],
                    f"drift-{drift.part}",
                    value,
                    drift.half_width / math.sqrt(3),
                )

    def _scatter(self, name: str, value: float, channel: str, slope: float) -> Parts:
        """Yield the scatter within a single window; more windows show it by themselves."""
        statistics = self._windows[0].window.of(channel)
        if self._repeats == 1 and statistics is not None:
            yield Contribution(
                name=f"{channel}/scatter",
                quantity=name,
                value=value,
                standard_uncertainty=abs(slope) * statistics.standard_error,
                degrees_of_freedom=statistics.degrees_of_freedom,
                common=False,
                evaluation="A",
            )

    def _line_pack(self, name: str, value: float) -> Parts:
        largest = max(abs(window.line_pack) for window in self._windows)
        if largest > 0.0:
            width = LINE_VOLUME_SHARE * largest / math.sqrt(3.0)
            yield rectangular_part(name, CHANNELS[name], "line-pack", value, width)


def channels_behind(inputs: Sequence[str]) -> list[str]:
    """Return the channels inputs stand on."""
    found: list[str] = []
    for name in inputs:
        found += WEATHER if name in FROM_WEATHER else [CHANNELS[name]] if name in CHANNELS else []
    return found
