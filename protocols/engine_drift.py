"""How far instruments moved between the checks before and after a point."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from bench.messages import Message
from bench.record.port import Event
from protocols.engine_quantities import CHANNELS
from protocols.results import Text
from protocols.windows import MeasuredRun, Window

ZERO_POINT = "zero"
"""Name of the windows in which flange and meter show their zero."""
ZEROED = ("torque", "fuel_flow")
"""Inputs whose zero those windows show."""
ANALYSED = ("nox", "oxygen", "hydrogen")
"""Inputs an analyser checks with zero and span gas."""


@dataclass(frozen=True)
class Drift:
    """One movement of one input; the half width of where its error may lie, SI."""

    input: str
    """Input of the models."""
    part: str
    """``zero`` or ``span``."""
    half_width: float
    """SI."""


@dataclass(frozen=True)
class Drifts:
    """All movements around a point, and what to say of them."""

    drifts: tuple[Drift, ...]
    """Those that are known."""
    warnings: tuple[Text, ...]
    """Checks that are missing."""
    remarks: tuple[Text, ...]
    """Offsets that were seen."""


def drifts_around(measured: MeasuredRun, start_ns: int, end_ns: int) -> Drifts:
    """Return what moved between the checks before and after a stretch of time."""
    drifts: list[Drift] = []
    warnings: list[Text] = []
    remarks: list[Text] = []
    zeros = measured.named(ZERO_POINT)
    before = [window for window in zeros if window.point.end_ns <= start_ns]
    after = [window for window in zeros if window.point.start_ns >= end_ns]
    if not before:
        warnings.append(Message("judge.no-zero-before"))
    if not after:
        warnings.append(Message("judge.no-zero-after"))
    if before and after:
        for name in ZEROED:
            drifts += _zero_drift(name, before[-1], after[0])
    for window in (*before[-1:], *after[:1]):
        remarks += _offsets(measured, window)
    for name in ANALYSED:
        drifts += _analyser_drifts(measured, name, end_ns)
    return Drifts(tuple(drifts), tuple(warnings), tuple(remarks))


def _zero_drift(name: str, before: Window, after: Window) -> list[Drift]:
    first, last = before.mean(CHANNELS[name]), after.mean(CHANNELS[name])
    if first is None or last is None:
        return []
    return [Drift(name, "zero", abs(last - first))]


def _offsets(measured: MeasuredRun, window: Window) -> list[Text]:
    """Return a remark per offset that is beyond its own noise and half its stated uncertainty."""
    remarks: list[Text] = []
    for name in ZEROED:
        channel = measured.channels.get(CHANNELS[name])
        statistics = window.statistics.get(CHANNELS[name])
        if channel is None or statistics is None:
            continue
        known = channel.uncertainty
        stated = 0.0 if known is None else known.standard(0.0, channel.range.span)
        if abs(statistics.mean) > max(2.0 * statistics.standard_error, 0.5 * stated):
            arguments = {
                "channel": channel.name,
                "offset": channel.shown_unit.shown(statistics.mean, 2),
                "time": f"{(window.point.start_ns - measured.header.start_ns) / 1e9:.0f} s",
            }
            remarks.append(Message("judge.zero-offset", arguments))
    return remarks


def _analyser_drifts(measured: MeasuredRun, name: str, end_ns: int) -> list[Drift]:
    """Return what zero and span gas showed after a point, before the analyser was adjusted.

    The deviation at the span gas counts in full, whatever the reading: the safe side.
    """
    channel = measured.channels.get(CHANNELS[name])
    if channel is None:
        return []
    instrument, _, reading = channel.source.partition(".")
    drifts: list[Drift] = []
    for action in ("zero", "span"):
        results = _first_results(measured.run.events, instrument, action, end_ns)
        deviation = results.get(f"{reading}.before")
        if deviation is not None and math.isfinite(deviation):
            drifts.append(Drift(name, action, abs(deviation)))
    return drifts


def _first_results(
    events: Sequence[Event], instrument: str, action: str, from_ns: int
) -> Mapping[str, float]:
    for event in events:
        said = event.message.arguments
        if (
            event.message.id == "control.action-done"
            and event.time_ns >= from_ns
            and (said.get("instrument"), said.get("action")) == (instrument, action)
        ):
            return cast("Mapping[str, float]", said.get("results", {}))
    return {}
