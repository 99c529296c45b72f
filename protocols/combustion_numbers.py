"""The numbers of an analysed capture in people's units."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from analysis.combustion.capture_results import Capture, CaptureStatistics
from analysis.combustion.rates import EventRate
from analysis.combustion.spread import Spread
from bench.messages import Message
from protocols.combustion_results import (
    AbnormalRate,
    CombustionValue,
    LeftOutCycles,
    SingleCycles,
)

BAR: Final = 1e5
KINDS: Final = ("knock", "misfire", "pre_ignition", "backfire")
"""Ways in which a cycle is abnormal."""


class _Shown(NamedTuple):
    """A quantity of single cycles and how it is shown."""

    name: str
    of: str
    """Name in `analysis.combustion.cycle_values.CycleValues`."""
    unit: str
    factor: float
    """Value of the unit, SI."""


_MEANS: Final = (
    _Shown("imep_net", "imep_net", "bar", BAR),
    _Shown("imep_gross", "imep_gross", "bar", BAR),
    _Shown("pmep", "pmep", "bar", BAR),
    _Shown("heat", "heat", "J", 1.0),
    _Shown("mfb05", "mfb05_deg", "deg", 1.0),
    _Shown("mfb10", "mfb10_deg", "deg", 1.0),
    _Shown("mfb50", "mfb50_deg", "deg", 1.0),
    _Shown("mfb90", "mfb90_deg", "deg", 1.0),
    _Shown("burn_10_90", "rapid_deg", "deg", 1.0),
    _Shown("burn_duration", "duration_deg", "deg", 1.0),
    _Shown("peak_pressure", "peak_pressure", "bar", BAR),
    _Shown("peak_angle", "peak_deg", "deg", 1.0),
    _Shown("pressure_rise", "rise", "bar/deg", BAR),
    _Shown("mapo", "mapo", "bar", BAR),
)


def values_of_capture(found: Capture) -> tuple[CombustionValue, ...]:
    """Return the numbers of a capture; empty where no cycle could be used."""
    if found.statistics is None:
        return ()
    spreads = found.statistics.spreads
    means = [_mean(shown, spreads[shown.of]) for shown in _MEANS]
    others = _others(found.statistics)
    return tuple(each for each in (*means, *others) if math.isfinite(each.value))


def _mean(shown: _Shown, over: Spread) -> CombustionValue:
    return CombustionValue(
        name=shown.name,
        title=_title(shown.name),
        unit=shown.unit,
        value=over.mean / shown.factor,
        standard_uncertainty=over.standard_uncertainty / shown.factor,
        standard_deviation=over.standard_deviation / shown.factor,
    )


def _others(statistics: CaptureStatistics) -> tuple[CombustionValue, ...]:
    """Return what is no mean of single cycles."""
    imep, peak = statistics.spreads["imep_net"], statistics.spreads["peak_pressure"]
    burns = statistics.motored is None
    return (
        _single("imep_cov", "%", 100.0 * imep.variation if burns else math.nan,
                100.0 * imep.variation_uncertainty),
        _single("imep_lnv", "%", 100.0 * imep.lowest_normalised if burns else math.nan),
        _single("fmep", "bar", statistics.fmep / BAR, imep.standard_uncertainty / BAR),
        _single("peak_98", "bar", peak.percentile_98 / BAR),
        _single("peak_three_sigma", "bar", peak.mean_plus_three / BAR),
        _single("peak_highest", "bar", peak.maximum / BAR),
        _single("mapo_98", "bar", statistics.spreads["mapo"].percentile_98 / BAR),
    )  # fmt: skip


def _single(
    name: str, unit: str, value: float, standard_uncertainty: float = math.nan
) -> CombustionValue:
    return CombustionValue(
        name=name,
        title=_title(name),
        unit=unit,
        value=value,
        standard_uncertainty=standard_uncertainty,
    )


def rates_of(found: Capture) -> tuple[AbnormalRate, ...]:
    """Return the abnormal cycles of a capture, of those ways that can be judged."""
    if found.statistics is None:
        return ()
    rates = ((kind, getattr(found.statistics, kind)) for kind in KINDS)
    return tuple(abnormal_rate(kind, rate) for kind, rate in rates if rate is not None)


def abnormal_rate(kind: str, rate: EventRate) -> AbnormalRate:
    """Return a rate with its title; per 1,000 cycles."""
    return AbnormalRate(
        name=kind,
        title=_title(kind),
        events=rate.events,
        cycles=rate.cycles,
        per_thousand=rate.per_thousand,
        lower=rate.lower,
        upper=rate.upper,
        confidence=rate.confidence,
    )


def single_cycles_of(found: Capture) -> SingleCycles:
    """Return work and knock amplitude of every used cycle."""
    values = found.values
    if values is None:
        return SingleCycles()
    return SingleCycles(
        imep_net=tuple(values.imep_net[found.kept].tolist()),
        mapo=tuple(values.mapo[found.kept].tolist()),
    )


def left_out_cycles(found: Capture) -> tuple[LeftOutCycles, ...]:
    """Return why cycles are left out."""
    return tuple(
        LeftOutCycles(
            reason=each.fault.value,
            title=Message(f"combustion.{each.fault.value}"),
            count=each.count,
        )
        for each in found.left_out
    )


def _title(name: str) -> Message:
    return Message(f"combustion.{name.replace('_', '-')}")
