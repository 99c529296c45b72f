"""The recorded cycles of a point as samples with bounds, or why they carry no number.

Those of the variation of the mean effective pressure are chi-square (`variation_bounds`), those of
shares exact (`share_bounds`), those of amplitude and lowest cycles are order statistics
(`quantile_bounds`). What is abnormal says the recorded pressure, not the counters of the
instrument.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Final

import numpy as np

from analysis.combustion.bounds import Bounds, variation_bounds
from analysis.combustion.quantiles import quantile_bounds
from analysis.combustion.rates import cycles_without_event, share_bounds
from analysis.distributions import normal_quantile
from analysis.verdict import BoundsJudgement
from bench.messages import Message
from bench.units import unit
from protocols.combustion_results import CombustionRow
from protocols.engine_quantities import AMPLITUDE, COMBUSTION_SHARES, LOWEST, VARIATION
from protocols.wording import Text

FEWEST: Final = 100
"""Usable cycles that a variation is judged by: they know it to 14 % (95 %). Engineering default."""
MOST: Final = 0.98
"""1. Share of the cycles that amplitude and work are told of: the 98th percentile is usual."""
MOST_LEFT_OUT: Final = 0.05
"""1. Share of a capture that may be no measurements; with more, what is left may not be what the
engine did. Engineering default."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Cycles that are judged together."""

    value: float
    """Estimate, SI."""
    bounds: Callable[[float], Bounds]
    """Confidence of each bound → bounds, SI."""
    cycles: int
    """How many."""
    captures: int
    """In how many captures."""
    found: Message
    """What was found, in words."""
    needed: Callable[[BoundsJudgement, float], int]
    """Judgement, confidence → cycles that are needed at least to keep its limit."""
    standard_uncertainty: float = math.nan
    """Of the value, SI; NaN: it follows from the bounds."""
    degrees_of_freedom: float = math.inf
    """Of that uncertainty."""


def samples_of(name: str, rows: Sequence[CombustionRow]) -> list[Sample]:
    """Return what fired captures show of a result, at least one of them.

    Args:
        name: in `COMBUSTION_RESULTS`.
        rows: captures of one point of which `missing_in` says nothing.
    """
    if name in COMBUSTION_SHARES:
        return list(_shares(name, rows))
    return [_OF_CAPTURE[name](row) for row in rows]


def missing_in(name: str, point: str, rows: Sequence[CombustionRow]) -> Iterator[Text]:
    """Yield why captures of a point carry no number for a verdict on a result."""
    if not rows:
        yield Message("combustion.no-capture", {"point": point})
        return
    for row in rows:
        if not row.values:
            yield from row.remarks or [Message("combustion.none-used", {"cycles": row.cycles})]
        elif row.cycles - row.used > MOST_LEFT_OUT * row.cycles:
            yield _left_out(row)
    known = [row for row in rows if row.values]
    fired = [row for row in known if row.is_fired]
    if known and not fired:
        yield Message("combustion.not-fired", {"point": point})
    for row in fired:
        if name == VARIATION and row.used < FEWEST:
            yield Message("combustion.too-few-cycles", {"used": row.used, "needed": FEWEST})
        elif name in {VARIATION, LOWEST} and not row.value("imep_cov") >= 0.0:
            yield Message("combustion.no-work", {"point": point})
        kind = COMBUSTION_SHARES.get(name)
        if kind is not None and kind not in {rate.name for rate in row.rates}:
            told = {"kind": Message(f"combustion.{kind.replace('_', '-')}")}
            yield Message("combustion.not-seen", told)


def _left_out(row: CombustionRow) -> Text:
    told = {
        "count": row.cycles - row.used,
        "cycles": row.cycles,
        "most": f"{MOST_LEFT_OUT:.0%}",
        "reason": max(row.left_out, key=lambda each: each.count).title,
    }
    return Message("combustion.many-left-out", told)


def _variation(row: CombustionRow) -> Sample:
    """Return the variation of a capture."""
    percent = row.value("imep_cov")
    variation = percent / 100.0
    told = {"value": f"{percent:.2f} %", "cycles": row.used, "cylinder": row.cylinder}
    return Sample(
        value=variation,
        bounds=lambda confidence: variation_bounds(
            variation=variation, cycles=row.used, confidence=confidence
        ),
        cycles=row.used,
        captures=1,
        found=Message("combustion.found-variation", told),
        needed=lambda _judgement, _confidence: FEWEST,
        standard_uncertainty=variation / math.sqrt(2.0 * (row.used - 1)),
        degrees_of_freedom=row.used - 1.0,
    )


def _shares(name: str, rows: Sequence[CombustionRow]) -> Iterator[Sample]:
    """Yield the share of abnormal cycles of each cylinder, all its captures together."""
    for cylinder in dict.fromkeys(row.cylinder for row in rows):
        own = [row for row in rows if row.cylinder == cylinder]
        kind = COMBUSTION_SHARES[name]
        rates = [rate for row in own for rate in row.rates if rate.name == kind]
        events, cycles = sum(rate.events for rate in rates), sum(row.cycles for row in own)
        yield _share(cylinder, events, cycles, cycles - sum(row.used for row in own), len(own))


def _share(cylinder: int, events: int, cycles: int, unknown: int, captures: int) -> Sample:
    """Return a share of recorded cycles; one that is no measurement may have been either."""

    def bounds(confidence: float) -> Bounds:
        bound = partial(share_bounds, cycles=cycles, confidence=confidence)
        return Bounds(lower=bound(events=events).lower, upper=bound(events=events + unknown).upper)

    told = {
        "events": events,
        "cycles": cycles,
        "unknown": unknown,
        "rate": f"{1e3 * events / cycles:.3g}",
        "cylinder": cylinder,
    }
    word = "found-share-of-known" if unknown else "found-share"
    return Sample(
        value=events / cycles,
        bounds=bounds,
        cycles=cycles,
        captures=captures,
        found=Message(f"combustion.{word}", told),
        needed=_needed_for_share,
    )


def _needed_for_share(judgement: BoundsJudgement, confidence: float) -> int:
    """Return how many cycles without an event show the limit of a share."""
    if judgement.sense == "at_least" or not 0.0 < judgement.limit < 1.0:
        return 0
    return cycles_without_event(share=judgement.limit, confidence=confidence)


def _amplitude(row: CombustionRow) -> Sample:
    """Return the knock amplitude that 98 of 100 cycles of a capture keep.

    What all cycles share of its uncertainty, the gain of the sensor, widens both bounds.
    """
    amplitudes = row.single_cycles.mapo

    def bounds(confidence: float) -> Bounds:
        found = quantile_bounds(
            values=amplitudes, share=MOST, confidence=confidence, unknown=row.cycles - row.used
        )
        reach = normal_quantile(share=confidence) * _common_part(row, "mapo")
        return Bounds(lower=found.lower - reach, upper=found.upper + reach)

    return _of_quantile(row, float(np.percentile(amplitudes, 100.0 * MOST)), bounds, "bar")


def _lowest(row: CombustionRow) -> Sample:
    """Return the work that 98 of 100 cycles of a capture exceed, over the mean.

    Of 149 to 235 cycles its lower bound at 95 % is their lowest normalised value (LNV). The gain
    of the sensor cancels.
    """
    works = row.single_cycles.imep_net
    mean = math.fsum(works) / len(works)
    shares = [work / mean for work in works]

    def bounds(confidence: float) -> Bounds:
        return quantile_bounds(
            values=shares, share=1.0 - MOST, confidence=confidence, unknown=row.cycles - row.used
        )

    return _of_quantile(row, float(np.percentile(shares, 100.0 * (1.0 - MOST))), bounds, "%")


def _common_part(row: CombustionRow, name: str) -> float:
    """Return the standard uncertainty of a mean that all cycles share, Pa."""
    found = row.quantity(name)
    if found is None:
        return 0.0
    scatter = found.standard_deviation / math.sqrt(row.used)
    common = found.standard_uncertainty**2 - scatter**2
    return unit(found.unit).to_si(math.sqrt(max(common, 0.0)))


def _of_quantile(
    row: CombustionRow, value: float, bounds: Callable[[float], Bounds], shown: str
) -> Sample:
    told = {
        "value": unit(shown).shown(value, 3),
        "cycles": row.cycles,
        "cylinder": row.cylinder,
        "unknown": row.cycles - row.used,
    }
    word = "found-most-of-known" if row.used < row.cycles else "found-most"
    return Sample(
        value=value,
        bounds=bounds,
        cycles=row.used,
        captures=1,
        found=Message(f"combustion.{word}", told),
        needed=lambda _judgement, confidence: cycles_without_event(
            share=1.0 - MOST, confidence=confidence
        ),
    )


_OF_CAPTURE: Final[Mapping[str, Callable[[CombustionRow], Sample]]] = MappingProxyType(
    {VARIATION: _variation, AMPLITUDE: _amplitude, LOWEST: _lowest}
)
