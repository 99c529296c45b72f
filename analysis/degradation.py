"""How fast does a cell lose voltage, what of it is continuous, and how sure is that?

A straight line through the voltage of a long run mixes four things: what is lost at the beginning
and then no more, what is lost continuously, what each stop, trip or thermal cycle costs, and what
comes back by itself. The corrected voltage V_c is therefore taken apart:

    V_c = a + b t + c (1 - exp(-t / tau_0)) + sum_k [s_k + r_k exp(-(t - t_k) / tau_r)] H(t - t_k)

with the time constants chosen by least squares and H the step function. A step or a change of
slope that nobody logged is looked for in what is left over, the model is widened by it, and the
result says so. A replaced sensor breaks the series with an offset of its own, which is no
degradation.

The uncertainty has two parts. Scatter: the residuals are drawn anew in blocks of seven days
(moving block bootstrap), since hourly values repeat each other. Drift: every sensor may drift
within what it is allowed, and no amount of data shows that. A reference voltage stable within
1 mV gives 0.12 %/kh of 0.83 V after 1,000 h, whatever the scatter is.

Time is s from the beginning of operation, voltage V per cell; a rate is V/s, and negative for a
loss.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from analysis import trend_lines
from analysis.change_points import UNLOGGED, widened
from analysis.checks import FloatArray, as_trace
from analysis.degradation_rate import Degradation, EventLoss, Finding, Note, Rate, SimpleRates
from analysis.event_terms import event_terms, steady_rows
from analysis.rate_spread import RateSpread, Window, spread_of
from analysis.sensor_drift import drift_errors, sensitivity_errors
from analysis.step_regression import Fit, Shape, StepModel, Term
from analysis.voltage_series import (
    HOUR,
    KILOHOUR,
    Allowances,
    Drift,
    Event,
    ReferencePoint,
    Sensitivities,
)

__all__ = [
    "HOUR",
    "KILOHOUR",
    "Allowances",
    "Degradation",
    "Drift",
    "Event",
    "EventLoss",
    "Finding",
    "Note",
    "Rate",
    "ReferencePoint",
    "Sensitivities",
    "SimpleRates",
    "degradation",
]

FEWEST_ROWS: Final = 48
SHORTEST: Final = 240.0 * HOUR
INITIAL_SEPARABLE: Final = 500.0 * HOUR
"""A shorter series cannot tell the initial loss from the continuous one (engineering default)."""
SETTLED: Final = 4.0
"""The continuous rate counts from so many tau_0 on, when 98 % of the initial loss is over."""
REFERENCE_DAY: Final = 24.0 * HOUR


def degradation(
    *,
    times: ArrayLike,
    voltages: ArrayLike,
    temperatures: ArrayLike,
    current_densities: ArrayLike,
    fuel_utilisations: ArrayLike,
    reference: ReferencePoint,
    sensitivities: Sensitivities,
    generator: np.random.Generator,
    events: Sequence[Event] = (),
    allowances: Allowances | None = None,
    conditioning: float = 24.0 * HOUR,
    settling: float = 24.0 * HOUR,
    block: float = 168.0 * HOUR,
    draws: int = 400,
) -> Degradation:
    """Take a steady voltage series apart into continuous, event-caused and initial loss.

    Args:
        times: s, increasing; one row per hour or rarer (hourly medians of steady segments, or
            visits to the reference point); shape (n,).
        voltages: mean cell voltage, V, (n,).
        temperatures: of the stack, K, (n,).
        current_densities: A/m2, (n,).
        fuel_utilisations: 1, (n,).
        reference: what voltages are corrected to.
        sensitivities: coefficients of the correction, with their uncertainties.
        generator: randomness of bootstrap and drift.
        events: what may have changed the voltage; any order.
        allowances: how far sensors may drift; None: not at all, which no bench can claim.
        conditioning: left out at the beginning, s.
        settling: left out after each event, s.
        block: length of the blocks of the bootstrap, s.
        draws: of bootstrap and drift.

    Raises:
        ValueError: if shapes differ, a value is not finite, times do not increase, or fewer than
            48 rows or ten days are left.
    """
    trace = as_trace(
        times=times,
        voltages=voltages,
        temperatures=temperatures,
        current_densities=current_densities,
        fuel_utilisations=fuel_utilisations,
        at_least=FEWEST_ROWS,
    )
    kept = steady_rows(trace[0], events, conditioning=conditioning, settling=settling)
    time, voltage, *operating = (samples[kept] for samples in trace)
    if time.size < FEWEST_ROWS or time[-1] - time[0] < SHORTEST:
        message = f"{time.size} steady rows are too few, or less than ten days, for a rate"
        raise ValueError(message)
    departures = _departures(operating, reference)
    corrected = voltage - sum(
        slope * departure
        for slope, departure in zip(_slopes(sensitivities), departures, strict=True)
    )
    known = event_terms(time, events)
    errors = drift_errors(
        times=time,
        swaps=known.swaps,
        allowances=allowances or Allowances(),
        reference=reference,
        sensitivities=sensitivities,
        draws=draws,
        generator=generator,
    ) + sensitivity_errors(
        departures=departures,
        uncertainties=_uncertainties(sensitivities),
        draws=draws,
        generator=generator,
    )
    model, fit = widened(_model(time, known.terms), corrected, errors)
    spread = spread_of(
        model=model, fit=fit, errors=errors, block=block, draws=draws, generator=generator
    )
    notes = (*known.notes, *_found(fit), *_short(time, spread.block, block))
    return _taken_apart(
        _Fitted(
            fit=fit,
            spread=spread,
            times=time,
            corrected=corrected,
            current_density=reference.current_density,
        ),
        notes,
    )


def _slopes(sensitivities: Sensitivities) -> tuple[float, float, float]:
    return (
        sensitivities.temperature,
        sensitivities.current_density,
        sensitivities.fuel_utilisation,
    )


def _uncertainties(sensitivities: Sensitivities) -> tuple[float, float, float]:
    return (
        sensitivities.temperature_uncertainty,
        sensitivities.current_density_uncertainty,
        sensitivities.fuel_utilisation_uncertainty,
    )


def _departures(operating: Sequence[FloatArray], reference: ReferencePoint) -> list[FloatArray]:
    points = (reference.temperature, reference.current_density, reference.fuel_utilisation)
    return [samples - point for samples, point in zip(operating, points, strict=True)]


def _model(times: FloatArray, terms: Sequence[Term]) -> StepModel:
    base = [Term(shape=Shape.LEVEL), Term(shape=Shape.LINE)]
    if times[-1] - times[0] >= INITIAL_SEPARABLE:
        base.append(Term(shape=Shape.INITIAL))
    return StepModel(times=times, terms=(*base, *terms))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fitted:
    fit: Fit
    spread: RateSpread
    times: FloatArray
    corrected: FloatArray
    current_density: float

    @property
    def reference_time(self) -> float:
        """Middle of the first steady day, s."""
        begin = self.times[0]
        return float(np.mean(self.times[self.times <= begin + REFERENCE_DAY]))

    @property
    def settled(self) -> float:
        """From when the initial loss is over; at most half of the series, s."""
        begin, end = float(self.times[0]), float(self.times[-1])
        if not self.fit.sizes_of(Shape.INITIAL):
            return begin
        return min(begin + SETTLED * self.fit.initial_time, 0.5 * (begin + end))

    def window(self, begin: float) -> Window:
        """Return the window from a begin to the end of the series."""
        voltage = float(np.interp(self.reference_time, self.times, self.fit.fitted))
        return Window(
            begin=begin,
            end=float(self.times[-1]),
            reference_voltage=voltage,
            current_density=self.current_density,
        )

    def slope_weights(self) -> FloatArray:
        """Return the weights of the mean slope over the settled window, per kh."""
        begin, end = self.settled, float(self.times[-1])
        weights = np.zeros(len(self.fit.terms))
        for place, term in enumerate(self.fit.terms):
            if term.shape is Shape.LINE:
                weights[place] = 1.0
            elif term.shape is Shape.BEND:
                weights[place] = (end - max(term.times[0], begin)) / (end - begin)
        return weights

    def step_weights(self, kind: str | None = None) -> FloatArray:
        """Return the weights of the steps (of a kind, or all but sensors') per kh of series."""
        duration = float(self.times[-1] - self.times[0]) / KILOHOUR
        weights = np.zeros(len(self.fit.terms))
        for place, term in enumerate(self.fit.terms):
            if _is_loss(term) and kind in {None, term.kind}:
                weights[place] = len(term.times) / duration
        return weights


def _is_loss(term: Term) -> bool:
    return term.shape is Shape.STEP and not term.is_sensor_swap


def _taken_apart(fitted: _Fitted, notes: tuple[Note, ...]) -> Degradation:
    fit, spread = fitted.fit, fitted.spread
    whole = fitted.window(float(fitted.times[0]))
    slope = fitted.slope_weights()
    lost = sum(abs(size) * len(term.times) for term, size in _steps(fit))
    returned = [size * len(term.times) for term, size in fit.sizes_of(Shape.RECOVERY)]
    came_back = sum(abs(size) for size in returned)
    initial = fit.sizes_of(Shape.INITIAL)
    final = sum(size for shape in (Shape.LINE, Shape.BEND) for _, size in fit.sizes_of(shape))
    return Degradation(
        continuous=spread.rate(slope, fitted.window(fitted.settled)),
        events=tuple(_event_losses(fitted, whole)),
        irreversible=spread.rate(slope + fitted.step_weights(), whole),
        initial=initial[0][1] if initial else 0.0,
        initial_time=fit.initial_time,
        reversible=sum(returned),
        reversible_share=came_back / (came_back + lost) if came_back else 0.0,
        recovery_time=fit.recovery_time,
        simple=_simple_rates(fitted),
        reference_time=fitted.reference_time,
        reference_voltage=whole.reference_voltage,
        final_rate=final / KILOHOUR,
        residual=float(np.std(fit.residual)),
        block=spread.block,
        rows=fitted.times.size,
        notes=notes,
        times=tuple(fitted.times.tolist()),
        corrected=tuple(fitted.corrected.tolist()),
        fitted=tuple(fit.fitted.tolist()),
    )


def _steps(fit: Fit) -> list[tuple[Term, float]]:
    return [(term, size) for term, size in fit.sizes_of(Shape.STEP) if _is_loss(term)]


def _event_losses(fitted: _Fitted, whole: Window) -> list[EventLoss]:
    steps = _steps(fitted.fit)
    return [
        EventLoss(
            kind=kind,
            count=sum(term.count for term, _ in steps if term.kind == kind),
            step=sum(size * len(term.times) for term, size in steps if term.kind == kind),
            rate=fitted.spread.rate(fitted.step_weights(kind), whole),
        )
        for kind in dict.fromkeys(term.kind for term, _ in steps)
    ]


def _simple_rates(fitted: _Fitted) -> SimpleRates:
    times, values = fitted.times, fitted.corrected
    straight = trend_lines.line(times=times, values=values)
    return SimpleRates(
        two_point=trend_lines.two_point(times=times, values=values),
        line=straight.slope,
        line_standard_error=straight.standard_error,
        theil_sen=trend_lines.theil_sen(times=times, values=values),
    )


def _found(fit: Fit) -> list[Note]:
    """Return what the widening of the model found."""
    steps = [
        Note(finding=Finding.UNLOGGED_STEP, time=term.times[0], kind=UNLOGGED, size=size)
        for term, size in fit.sizes_of(Shape.STEP)
        if term.kind == UNLOGGED
    ]
    bends = [
        Note(finding=Finding.SLOPE_CHANGE, time=term.times[0], size=size / KILOHOUR)
        for term, size in fit.sizes_of(Shape.BEND)
    ]
    return steps + bends


def _short(times: FloatArray, used: float, wished: float) -> list[Note]:
    """Return what the shortness of the series costs."""
    notes: list[Note] = []
    if times[-1] - times[0] < INITIAL_SEPARABLE:
        notes.append(Note(finding=Finding.INITIAL_NOT_SEPARABLE))
    if used < 0.9 * wished:
        notes.append(Note(finding=Finding.FEW_BLOCKS))
    return notes
