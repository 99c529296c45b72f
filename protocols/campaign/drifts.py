"""Drift of every quantity over the life, and what it will be at the target."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from analysis.deterioration import deterioration
from analysis.drift import DriftFit, NoDriftCause, NoDriftError, at, fit
from analysis.drift_laws import EXTRAPOLATION_LIMIT, LifeBound, laws_of_wear, life_bound
from bench.messages import Message
from bench.units import significant
from protocols.campaign.axis import JOULE_PER_KWH, Axis
from protocols.campaign.life_points import LifePoint
from protocols.campaign.oil import Oil
from protocols.campaign.part_results import Measured
from protocols.campaign.quantities import DRIFTING, REFERENCE_POINT, Drifting
from protocols.campaign.results import DriftBreak, DriftPoint, DriftRow, LedgerEvent
from protocols.tables import decimals
from protocols.wording import Text

CONFIDENCE: Final = 0.95
"""One-sided, of bounds that no criterion asks for."""
DECISIVE: Final = 1.0
"""Cook's distance above which a single test decides the line."""
OIL: Final = "oil_consumption"
"""Quantity that is weighed, not measured at reference tests."""
BAND_POINTS: Final = 41
"""Points of the band that is drawn."""


@dataclass(frozen=True, eq=False)
class Drift:
    """A quantity, and the fit behind what is told of it."""

    row: DriftRow
    """What is told."""
    fitted: DriftFit | None
    """None: the row says why."""

    def bound(self, kilometres: float, confidence: float) -> LifeBound:
        """Return what one more reference test at a distance will show, whatever the law of wear.

        Raises:
            ValueError: there is no fit.
        """
        return self._life(kilometres, confidence, self.row.systematic, None)

    def ratio(self, kilometres: float, confidence: float) -> LifeBound:
        """Return the same as a share of the value at the first test, 1.

        Raises:
            ValueError: there is no fit, or the first value is not above zero.
        """
        return self._life(kilometres, confidence, 0.0, self.row.first_kilometres)

    def least_uncertainty(self, *, is_relative: bool) -> float:
        """Return what one more test has at least, however close the few tests happen to lie.

        It is their own random uncertainty, as the windows of each show it, of the next test and of
        the line through those there are; of a share of the first test, that of two tests.
        """
        counted = [point for point in self.row.points if point.counted]
        if not counted:
            return math.inf
        variances = [p.standard_uncertainty**2 - p.common_uncertainty**2 for p in counted]
        random = math.sqrt(max(0.0, sum(variances) / len(counted)))
        if is_relative:
            return math.sqrt(2.0) * random / abs(self.row.first) if self.row.first else math.inf
        return math.hypot(random * math.sqrt(1.0 + 1.0 / len(counted)), self.row.systematic)

    def _life(
        self, kilometres: float, confidence: float, systematic: float, relative_to: float | None
    ) -> LifeBound:
        if self.fitted is None:
            raise ValueError(self.row.name)
        counted = [point for point in self.row.points if point.counted]
        return life_bound(
            kilometres=[point.kilometres for point in counted],
            values=[point.value for point in counted],
            series=[point.series for point in counted],
            end=kilometres,
            relative_to=relative_to,
            confidence=confidence,
            systematic=systematic,
            # a target far below what was run must not make steep laws endless
            others=laws_of_wear(max(kilometres, self.fitted.reach)),
            extrapolation_limit=self.row.extrapolation_limit,
        )


def drifts_of(
    axis: Axis,
    tested: Sequence[LifePoint],
    oil: Oil,
    events: Sequence[LedgerEvent],
    target: float,
) -> tuple[Drift, ...]:
    """Return the drift of every quantity that was measured.

    Args:
        axis: of the counted runs.
        tested: reference tests, valid or not.
        oil: what the balance shows.
        events: the ledger, which says where series are broken.
        target: kilometres of the prediction.
    """
    found: list[Drift] = []
    for wanted in DRIFTING:
        points = list(_oil_points(axis, tested, oil) if wanted.name == OIL
                      else _points(wanted, tested))  # fmt: skip
        is_weighed = wanted.name == OIL and oil.weighed is not None
        if is_weighed or any(math.isfinite(point.value) for point in points):
            drift = _drift(wanted, points, events, target)
            found.append(_with_total(drift, oil) if wanted.name == OIL else drift)
    return tuple(found)


def _with_total(drift: Drift, oil: Oil) -> Drift:
    """Return the drift of the oil with what weighings give for the whole campaign.

    Where there is no line, that is all there is, and it is told before the reason.
    """
    weighed = oil.weighed
    rate = None if weighed is None else weighed.rate
    if weighed is None or rate is None:
        return drift
    told = {
        "mass": _with_u(weighed.mass * 1e3, weighed.uncertainty * 1e3, "g"),
        "energy": f"{weighed.energy:,.0f} kWh",
        "rate": _with_u(rate.value, rate.uncertainty, "g/kWh"),
        "weighings": weighed.weighings,
        "scale": f"{significant(weighed.largest * 1e3, 2)} g",
    }
    row = replace(drift.row, mean=rate.value, mean_uncertainty=rate.uncertainty)
    if drift.fitted is None:
        word = "oil-total" if weighed.is_stated else "oil-total-assumed"
        row = replace(row, reasons=(Message(f"campaign.{word}", told), *row.reasons))
    return replace(drift, row=row)


def _with_u(value: float, uncertainty: float, unit: str) -> str:
    """Return a value with its standard uncertainty, both to two digits of it."""
    places = decimals(uncertainty)
    return f"({value:.{places}f} ± {uncertainty:.{places}f}) {unit}"


def _points(wanted: Drifting, tested: Sequence[LifePoint]) -> Iterator[DriftPoint]:
    for each in tested:
        measured = next((m for m in each.reading.measured if m.name == wanted.name), None)
        if measured is not None:
            yield _point(each, measured)


def _point(tested: LifePoint, measured: Measured) -> DriftPoint:
    test = tested.test
    is_known = math.isfinite(measured.value) and math.isfinite(test.kilometres)
    return DriftPoint(
        test=test.number,
        kilometres=test.kilometres,
        hours=test.hours,
        value=measured.value,
        standard_uncertainty=measured.standard_uncertainty,
        common_uncertainty=measured.common_uncertainty,
        counted=test.valid and is_known,
        reasons=(*test.reasons, *measured.reasons),
    )


def _oil_points(axis: Axis, tested: Sequence[LifePoint], oil: Oil) -> Iterator[DriftPoint]:
    """Yield the consumption between each two reference tests, in the middle of them."""
    if not oil.readings:
        return
    marks = [each for each in tested if each.test.point == REFERENCE_POINT]
    for before, after in itertools.pairwise(marks):
        energies = [
            axis.energy(each.run, each.reading.start_ns) / JOULE_PER_KWH for each in (before, after)
        ]
        rate = oil.rate(*energies)
        if rate is None:
            continue
        hours = (before.test.hours + after.test.hours) / 2.0
        kilometres = axis.kilometres(hours)
        yield DriftPoint(
            test=0,
            kilometres=kilometres,
            hours=hours,
            value=rate.value,
            standard_uncertainty=rate.uncertainty,
            common_uncertainty=0.0,
            counted=math.isfinite(kilometres),
        )


def _drift(
    wanted: Drifting, points: Sequence[DriftPoint], events: Sequence[LedgerEvent], target: float
) -> Drift:
    breaking = [each for each in events if wanted.name in each.breaks]
    numbered = [
        replace(point, series=sum(event.hours <= point.hours for event in breaking))
        for point in points
    ]
    counted = [point for point in numbered if point.counted]
    common = [point.common_uncertainty for point in counted]
    row = DriftRow(
        name=wanted.name,
        title=wanted.title,
        unit=wanted.unit,
        point=wanted.point,
        correction=wanted.correction,
        points=tuple(numbered),
        breaks=tuple(_breaks(breaking, counted)),
        target=target,
        confidence=CONFIDENCE,
        systematic=float(np.mean(common)) if common else math.nan,
        extrapolation_limit=EXTRAPOLATION_LIMIT,
    )
    try:
        fitted = fit(
            kilometres=[point.kilometres for point in counted],
            values=[point.value for point in counted],
            series=[point.series for point in counted],
        )
    except NoDriftError as error:
        missing = max(error.needed - error.tests, 1)
        return Drift(replace(row, reasons=(_no_line(error),), values_missing=missing), None)
    return Drift(_told(row, fitted, counted), fitted)


def _no_line(error: NoDriftError) -> Message:
    """Return why there is no line through values, for people."""
    if error.cause is NoDriftCause.ONE_DISTANCE:
        return Message("campaign.one-distance", {"tests": error.tests})
    if error.series > 1:
        told = {"tests": error.tests, "needed": error.needed, "series": error.series}
        return Message("campaign.too-few-in-series", told)
    return Message("campaign.too-few", {"tests": error.tests, "needed": error.needed})


def _breaks(breaking: Sequence[LedgerEvent], counted: Sequence[DriftPoint]) -> Iterator[DriftBreak]:
    """Yield the breaks that lie between values."""
    hours = [point.hours for point in counted]
    for event in breaking:
        if hours and min(hours) < event.hours <= max(hours):
            yield DriftBreak(kilometres=event.kilometres, kind=event.kind, text=event.text)


def _told(row: DriftRow, fitted: DriftFit, counted: Sequence[DriftPoint]) -> DriftRow:
    """Return a row with what its fit says."""
    end = at(fitted, kilometres=row.target, confidence=row.confidence)
    band = [
        at(fitted, kilometres=float(km), confidence=row.confidence)
        for km in np.linspace(fitted.nearest, max(row.target, fitted.reach), BAND_POINTS)
    ]
    first = min(range(len(counted)), key=lambda place: counted[place].kilometres)
    told = replace(
        row,
        points=_with_influence(row.points, fitted),
        slope=fitted.slope * 1000.0,
        slope_uncertainty=fitted.slope_uncertainty * 1000.0,
        first=fitted.values[first] - fitted.influences[first].residual,
        first_kilometres=fitted.nearest,
        scatter=fitted.scatter,
        degrees_of_freedom=float(fitted.degrees_of_freedom),
        at_target=end.value,
        lower=end.prediction_one_sided.lower,
        upper=end.prediction_one_sided.upper,
        extrapolation=end.extrapolation,
        band_kilometres=tuple(each.kilometres for each in band),
        band_value=tuple(each.value for each in band),
        band_lower=tuple(each.prediction_one_sided.lower for each in band),
        band_upper=tuple(each.prediction_one_sided.upper for each in band),
        reasons=tuple(_weaknesses(row, fitted, end.extrapolation)),
    )
    if row.target <= fitted.nearest:
        return told
    factors = deterioration(fitted=fitted, useful_life=row.target)
    ratio = math.nan if factors.multiplicative is None else factors.multiplicative
    return replace(told, df_additive=factors.additive, df_multiplicative=ratio)


def _with_influence(points: Sequence[DriftPoint], fitted: DriftFit) -> tuple[DriftPoint, ...]:
    waiting = iter(zip(fitted.values, fitted.influences, strict=True))
    found: list[DriftPoint] = []
    for point in points:
        if not point.counted:
            found.append(point)
            continue
        value, influence = next(waiting)
        found.append(
            replace(
                point,
                fitted=value - influence.residual,
                leverage=influence.leverage,
                influence=influence.cooks_distance,
            )
        )
    return tuple(found)


def _weaknesses(row: DriftRow, fitted: DriftFit, extrapolation: float) -> Iterator[Text]:
    """Yield what weakens a fit."""
    if extrapolation > row.extrapolation_limit:
        told = {"share": f"{extrapolation:.0%}", "limit": f"{row.extrapolation_limit:.0%}"}
        yield Message("campaign.extrapolated", told)
    if fitted.curvature is not None and fitted.curvature.is_hint:
        yield Message("campaign.bent", {"chance": f"{fitted.curvature.chance:.1%}"})
    largest = max(each.cooks_distance for each in fitted.influences)
    if largest > DECISIVE:
        yield Message("campaign.one-test-decides", {"distance": f"{largest:.1f}"})
