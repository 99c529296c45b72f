"""Rates of degradation as they are stated: with interval, denominator, window and findings."""

import math
from dataclasses import dataclass, field, replace
from enum import StrEnum

from analysis.checks import require_positive
from analysis.verdict import Judgement, Reason, Verdict, judge
from analysis.voltage_series import KILOHOUR


class Finding(StrEnum):
    """What the reader of a rate has to be told."""

    UNLOGGED_STEP = "unlogged step"
    """A step at a time without an event; counted as degradation of kind "unlogged"."""
    SLOPE_CHANGE = "slope change"
    """The rate changed; the continuous rate is its mean over the window."""
    EVENTS_MERGED = "events merged"
    """No steady data between events: their steps cannot be told apart."""
    STEP_HIDDEN_BY_SWAP = "step hidden by sensor swap"
    """An event coincides with a sensor swap: what it cost is not known and not counted."""
    EVENTS_SHARED = "events share one step"
    """So many events of a kind that one loss per event is fitted for all of them."""
    EVENTS_WITHIN_RATE = "events within the rate"
    """Events so regular that what they cost is part of the continuous rate."""
    EVENT_OUTSIDE = "event outside"
    """Before the first or after the last steady row: it has no step."""
    INITIAL_NOT_SEPARABLE = "initial loss not separable"
    """The run is too short to tell the initial loss from the continuous one."""
    FEW_BLOCKS = "few blocks"
    """The run is so short that the blocks of the bootstrap had to be shorter than asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A finding with its place and size."""

    finding: Finding
    """What it is."""
    time: float = math.nan
    """s; NaN where it has no time."""
    kind: str = ""
    """Of the events concerned."""
    size: float = math.nan
    """Step in V, or change of slope in V/s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A rate with its interval, its denominator and its window."""

    value: float
    """V/s per cell; negative is a loss."""
    scatter: float
    """Standard uncertainty from the bootstrap, V/s."""
    drift: float
    """Standard uncertainty from drifting sensors and uncertain sensitivities, V/s."""
    half_width: float
    """Of the two-sided 95 % interval, V/s."""
    one_sided_half_width: float
    """From the value to a one-sided 95 % bound, V/s."""
    reference_voltage: float
    """Denominator of a relative rate: the fitted voltage at the reference time, V."""
    current_density: float
    """At which an area specific resistance is stated, A/m2."""
    begin: float
    """Of the window, s."""
    end: float
    """Of the window, s."""

    @property
    def lower(self) -> float:
        """Lower end of the two-sided interval, V/s."""
        return self.value - self.half_width

    @property
    def upper(self) -> float:
        """Upper end of the two-sided interval, V/s."""
        return self.value + self.half_width

    def percent_per_kilohour(self, value: float | None = None) -> float:
        """Return a rate (default: the value) in % of the reference voltage per 1,000 h."""
        rate = self.value if value is None else value
        return 100.0 * rate * KILOHOUR / self.reference_voltage

    def millivolt_per_kilohour(self, value: float | None = None) -> float:
        """Return a rate (default: the value) in mV per 1,000 h and cell."""
        return 1e3 * (self.value if value is None else value) * KILOHOUR

    def milliohm_square_centimetre_per_kilohour(self, value: float | None = None) -> float:
        """Return a rate (default: the value) as gain of resistance, mOhm cm2 per 1,000 h."""
        rate = self.value if value is None else value
        return -1e7 * rate * KILOHOUR / self.current_density

    def judged(self, *, target: float) -> Judgement:
        """Judge the loss in %/kh against the largest allowed, one-sided with 95 %.

        Pass only if the upper bound of the rate's magnitude keeps the target: a voltage that
        seems to rise faster than the target is no pass either. Fail if the lower bound of the
        loss exceeds it.

        Args:
            target: largest allowed loss, %/kh, above zero.

        Raises:
            ValueError: if the target is not above zero.
        """
        require_positive(target=float(target))
        factor = judge(value=0.0, standard_uncertainty=0.0, at_most=1.0).factor
        equivalent = self.percent_per_kilohour(self.one_sided_half_width) / factor
        loss = -self.percent_per_kilohour()
        judgement = judge(value=loss, standard_uncertainty=equivalent, at_most=target)
        if judgement.verdict is Verdict.PASS and -(loss - factor * equivalent) > target:
            return replace(
                judgement, verdict=Verdict.NOT_SHOWN, reason=Reason.LIMIT_WITHIN_UNCERTAINTY
            )
        return judgement


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLoss:
    """What the events of one kind cost."""

    kind: str
    """Their kind; "unlogged" for steps nobody logged."""
    count: int
    """How many."""
    step: float
    """Sum of their steps, V; negative is a loss."""
    rate: Rate
    """Sum of their steps over the window."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimpleRates:
    """Rates as older reports state them, for comparison; V/s, without an interval of worth."""

    two_point: float
    """Last day less first day, corrected voltages."""
    line: float
    """Ordinary least squares line."""
    line_standard_error: float
    """As the formula for independent residuals says; far too small for logged data."""
    theil_sen: float
    """Median of slopes between pairs (of at most 500 means)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Degradation:
    """A voltage series taken apart."""

    continuous: Rate
    """Mean slope b over the window after the initial loss has settled."""
    events: tuple[EventLoss, ...]
    """By kind, in the order of first appearance; rates over the whole series."""
    irreversible: Rate
    """Continuous rate plus all steps over the whole series: the number to judge."""
    initial: float
    """c: what of the initial loss is left after the conditioning, V; negative is a loss."""
    initial_time: float
    """tau_0, s."""
    reversible: float
    """Sum of what came back after events, V; negative: a loss that healed."""
    reversible_share: float
    """Part of what events cost that came back: sum |r| / (sum |r| + sum |s|); 0 without."""
    recovery_time: float
    """tau_r, s."""
    simple: SimpleRates
    """Two points, a line, Theil-Sen."""
    reference_time: float
    """Middle of the first steady day after conditioning, s."""
    reference_voltage: float
    """Fitted corrected voltage at the reference time, V."""
    final_rate: float
    """Slope at the end of the series, V/s; the continuous rate unless the slope changed."""
    residual: float
    """Standard deviation of what the model leaves over, V."""
    block: float
    """Length of the blocks of the bootstrap, s."""
    rows: int
    """How many rows were used."""
    notes: tuple[Note, ...]
    """What the reader has to be told."""
    times: tuple[float, ...] = field(repr=False)
    """Of the rows used, s; for a plot."""
    corrected: tuple[float, ...] = field(repr=False)
    """Corrected voltages, V."""
    fitted: tuple[float, ...] = field(repr=False)
    """What the model says, V."""
