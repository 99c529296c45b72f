"""Did anything change that nobody logged? Steps and bends are tried wherever they fit best.

A candidate counts when it explains more than chance would: its gain in squares against the noise
that is left, with the noise's own correlation (hourly values repeat each other), beyond what the
largest of some hundred candidates reaches by chance and what drifting sensors may feign.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from analysis.checks import FloatArray
from analysis.step_regression import (
    Fit,
    Shape,
    StepModel,
    Term,
    column,
    correlation_inflation,
)
from analysis.voltage_series import HOUR

UNLOGGED: Final = "unlogged"
"""Kind of a step that no event explains."""
GAIN: Final = 20.0
"""Squares explained over correlated variance, from which a candidate counts.

The largest of 200 independent chances stays below 15 in 95 of 100 runs; the rest is for the
uncertainty of the correlation itself.
"""
DRIFT_GAIN: Final = 5.0
"""The same against what drift feigns: more than two of its standard uncertainties."""
STEP_CLEARANCE: Final = 96.0 * HOUR
"""A step is not sought nearer to the ends, or to another step."""
BEND_CLEARANCE: Final = 0.12
"""A bend is not sought nearer to the ends, or to another bend: share of the series."""
MOST_CANDIDATES: Final = 240
FINE: Final = 48
"""Steps are placed to the row within so many rows around the best coarse place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    term: Term
    gain: float


def widened(
    model: StepModel, series: FloatArray, errors: FloatArray, *, most: int = 5
) -> tuple[StepModel, Fit]:
    """Return the model with the steps and bends that were found, and its fit.

    Args:
        model: with everything that is known.
        series: shape (n,).
        errors: what drifting sensors may do to it, shape (n, draws): no finding.
        most: how many changes are looked for.
    """
    fit = model.fit(series)
    for _ in range(most):
        best = _best_candidate(model, fit)
        if best is None:
            break
        wider = model.with_term(best.term)
        refit = wider.fit(series)
        gained = float(fit.residual @ fit.residual - refit.residual @ refit.residual)
        noise = float(refit.residual @ refit.residual) / max(1, series.size - len(wider.terms))
        chance = GAIN * noise * correlation_inflation(refit.residual)
        row: FloatArray = refit.solver[-1]
        feigned = DRIFT_GAIN * float(np.mean((row @ errors) ** 2)) / float(row @ row)
        if gained <= chance + feigned:
            break
        model, fit = wider, refit
    return model, fit


def _best_candidate(model: StepModel, fit: Fit) -> _Candidate | None:
    """Return the step or bend that explains most of what the fit leaves over."""
    design = model.design(fit.initial_time, fit.recovery_time)
    basis, _ = np.linalg.qr(design)
    candidates = [
        best
        for shape in (Shape.STEP, Shape.BEND)
        if (best := _best_of(shape, _places(shape, model), model.times, basis, fit.residual))
    ]
    best = max(candidates, key=lambda each: each.gain, default=None)
    if best is None or best.term.shape is Shape.BEND:
        return best
    row = int(np.count_nonzero(model.times < best.term.times[0]))
    near = model.times[max(1, row - FINE) : row + FINE]
    allowed = _clear(near, model, Shape.STEP)
    return _best_of(Shape.STEP, allowed, model.times, basis, fit.residual) or best


def _best_of(
    shape: Shape, places: FloatArray, times: FloatArray, basis: FloatArray, residual: FloatArray
) -> _Candidate | None:
    if not places.size:
        return None
    terms = [Term(shape=shape, times=(float(p),), kind=UNLOGGED, count=1) for p in places]
    columns = np.column_stack([column(term, times, 1.0, 1.0) for term in terms])
    own = columns - basis @ (basis.T @ columns)
    power = np.einsum("nm,nm->m", own, own)
    whole = np.einsum("nm,nm->m", columns, columns)
    told = power > 1e-6 * whole
    gains = np.where(told, (own.T @ residual) ** 2 / np.where(told, power, 1.0), 0.0)
    best = int(np.argmax(gains))
    return _Candidate(term=terms[best], gain=float(gains[best]))


def _places(shape: Shape, model: StepModel) -> FloatArray:
    """Return times of rows where a change may be sought, evenly taken."""
    every = max(1, model.times.size // MOST_CANDIDATES)
    return _clear(model.times[every // 2 :: every], model, shape)


def _clear(places: FloatArray, model: StepModel, shape: Shape) -> FloatArray:
    begin, end = model.times[0], model.times[-1]
    clearance = STEP_CLEARANCE if shape is Shape.STEP else BEND_CLEARANCE * (end - begin)
    taken = [begin, end]
    for term in model.terms:
        if term.shape is shape:
            taken += term.times
    distance = np.abs(places[:, None] - np.asarray(taken)[None, :]).min(axis=1)
    return places[distance >= clearance]
