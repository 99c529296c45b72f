"""Reference tests of a run: which windows belong together, and what they show."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np

from analysis.uncertainty import Budget, Contribution, budget
from bench.channel import Channel
from bench.clock import SECOND
from bench.messages import Message
from bench.record.port import Point
from bench.runs import Run
from bench.units import unit
from protocols.campaign.part_results import Measured, PointReading
from protocols.campaign.quantities import (
    DRIFTING,
    LONGEST_PAUSE,
    POINTS,
    REFERENCE_POINT,
    TOLERANCES,
    Drifting,
)
from protocols.criteria import Asked
from protocols.engine_drift import ZERO_POINT, drifts_around
from protocols.engine_efficiency import doubts_about
from protocols.engine_full_load import CORRECTED_POWER
from protocols.engine_points import EngineWindow, engine_windows
from protocols.engine_quantities import BY_NAME, UNITS
from protocols.engine_uncertainty import estimate, repeats_of
from protocols.estimates import NotKnown, stated_parts
from protocols.windows import MeasuredRun, Window
from protocols.wording import Text

Test = tuple[Point, ...]
"""Points of one reference test, in time."""


def tests_of(points: Sequence[Point]) -> tuple[Test, ...]:
    """Return the reference tests among the points of a run, in time."""
    wanted = sorted(
        (each for each in points if each.name in POINTS and each.approach > 0),
        key=lambda each: each.start_ns,
    )
    tests: list[list[Point]] = []
    for point in wanted:
        is_near = tests and point.start_ns - tests[-1][-1].end_ns <= LONGEST_PAUSE * SECOND
        if is_near:
            tests[-1].append(point)
        else:
            tests.append([point])
    return tuple(tuple(each) for each in tests)


class _Chosen(MeasuredRun):
    """A run of which only some windows are read."""

    def __init__(self, run: Run, points: Sequence[Point]) -> None:
        super().__init__(run, UNITS)
        self._points = points

    @cached_property
    def windows(self) -> tuple[Window, ...]:
        """The chosen windows, in time."""
        return tuple(self._window(point) for point in self._points)


def readings_of(run: Run, asked: Asked, test: Test) -> Iterator[PointReading]:
    """Yield what each point of a reference test shows.

    Raises:
        RunFileError: the file is damaged there.
    """
    measured = _Chosen(run, _with_zeros(run.points, test))
    windows = engine_windows(measured, asked)
    for name in POINTS:
        own = [window for window in windows if window.name == name]
        if own:
            yield _reading(measured, name, own)


def _with_zeros(points: Sequence[Point], test: Test) -> list[Point]:
    """Return a test's points with the zeros right before and right after it."""
    zeros = [each for each in points if each.name == ZERO_POINT]
    before = [each for each in zeros if each.end_ns <= test[0].start_ns]
    after = [each for each in zeros if each.start_ns >= test[-1].end_ns]
    return [*before[-1:], *test, *after[:1]]


def _reading(measured: MeasuredRun, name: str, all_windows: list[EngineWindow]) -> PointReading:
    windows = [window for window in all_windows if window.is_valid]
    first, last = all_windows[0].window.point, all_windows[-1].window.point
    return PointReading(
        point=name,
        start_ns=first.start_ns,
        end_ns=last.end_ns,
        windows=len(windows),
        conditions=_conditions(windows),
        measured=tuple(_all_measured(measured, name, windows)),
        reasons=tuple(_reasons(measured, name, windows)),
    )


def _conditions(windows: Sequence[EngineWindow]) -> Mapping[str, float]:
    found: dict[str, float] = {}
    for tolerance in TOLERANCES:
        means = [window.window.mean(tolerance.channel) for window in windows]
        known = [mean for mean in means if mean is not None]
        if known and len(known) == len(windows):
            found[tolerance.channel] = float(np.mean(known))
    return found


def _reasons(measured: MeasuredRun, name: str, windows: Sequence[EngineWindow]) -> Iterator[Text]:
    """Yield why the windows of a point cannot be used."""
    if not windows:
        yield Message("campaign.no-window", {"point": name})
        return
    if name == REFERENCE_POINT:  # three approaches; full load is measured once
        inputs = BY_NAME["brake_thermal_efficiency"].inputs
        start = measured.header.start_utc_ns
        yield from doubts_about(windows, measured.channels, inputs, start)
    for tolerance in TOLERANCES:
        for window in windows:
            seen = window.window.of(tolerance.channel)
            if name not in tolerance.points or seen is None:
                continue
            if abs(seen.drift) > tolerance.width(seen.mean):
                shown = unit(tolerance.unit)
                told = {
                    "what": tolerance.title,
                    "drift": f"{seen.drift / shown.factor:+.2f} {shown.label}",
                }
                yield Message("campaign.not-steady", told)
                break


def _all_measured(
    measured: MeasuredRun, name: str, windows: Sequence[EngineWindow]
) -> Iterator[Measured]:
    if not windows:
        return
    first, last = windows[0].window.point, windows[-1].window.point
    drifts = drifts_around(measured, first.start_ns, last.end_ns).drifts
    for wanted in DRIFTING:
        if wanted.point != name:
            continue
        if wanted.channel and wanted.channel not in measured.channels:
            continue
        try:
            if wanted.quantity:
                quantity = BY_NAME.get(wanted.quantity, CORRECTED_POWER)
                found = estimate(quantity, windows, measured.channels, drifts).budget
            else:
                found = _of_channel(wanted, windows, measured.channels)
        except NotKnown as error:
            yield Measured(wanted.name, math.nan, math.nan, math.nan, (error.reason,))
        else:
            yield _in_unit(wanted, found)


def _in_unit(wanted: Drifting, found: Budget) -> Measured:
    shown = unit(wanted.unit)
    common = math.hypot(*(line.contribution for line in found.lines if line.common))
    return Measured(
        name=wanted.name,
        value=shown.from_si(found.value),
        standard_uncertainty=found.standard_uncertainty / shown.factor,
        common_uncertainty=common / shown.factor,
    )


def _of_channel(
    wanted: Drifting, windows: Sequence[EngineWindow], channels: Mapping[str, Channel]
) -> Budget:
    """Return the mean of a channel over the windows, with what is stated of it and its scatter."""
    channel = channels[wanted.channel]
    if not channel.unit.converts_to(unit(wanted.unit)):
        told = {"channel": channel.name, "unit": wanted.unit}
        raise NotKnown(Message("judge.channel-unit", told))
    groups: list[float] = []
    for group in repeats_of(windows):
        means = [window.window.mean(channel.name) for window in group]
        known = [mean for mean in means if mean is not None]
        if len(known) < len(means):
            raise NotKnown(Message("judge.few-samples", {"channel": channel.name}))
        groups.append(float(np.mean(known)))
    value = float(np.mean(groups))
    parts = list(itertools.chain(stated_parts("x", value, channel, value, 1.0)))
    exact = Contribution(name="x", value=value, standard_uncertainty=0.0)
    return budget(model=lambda x: x["x"], contributions=parts or [exact], repeats={"x": groups})
