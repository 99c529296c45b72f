"""A series as a line with an initial transient, steps, recoveries and bends, by least squares.

Two time constants enter in a way that is not linear: those of the initial transient and of the
recovery after a step. They are chosen from a grid, so that every fit is a linear one, and the
thousands of fits of a bootstrap are one product of matrices each.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Final

import numpy as np

from analysis.checks import FloatArray
from analysis.voltage_series import HOUR, KILOHOUR

INITIAL_TIMES: Final = tuple(HOUR * value for value in (100.0, 150.0, 220.0, 330.0, 500.0))
"""tau_0 that are tried, s. Published initial losses take 200..500 h (engineering default)."""
RECOVERY_TIMES: Final = tuple(HOUR * value for value in (15.0, 30.0, 60.0, 120.0, 240.0))
"""tau_r that are tried, s (engineering default)."""


class Shape(Enum):
    """What a term of the model looks like."""

    LEVEL = auto()
    """1."""
    LINE = auto()
    """Time since the begin, in kh."""
    INITIAL = auto()
    """1 - exp(-t / tau_0)."""
    STEP = auto()
    """How many of its times are past."""
    RECOVERY = auto()
    """The same, each dying away with tau_r."""
    BEND = auto()
    """Time since its time in kh, 0 before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One column of the model."""

    shape: Shape
    """What it looks like."""
    times: tuple[float, ...] = ()
    """Where it begins, s; several share one size."""
    kind: str = ""
    """Of the events that caused it."""
    count: int = 0
    """How many events it stands for."""
    is_sensor_swap: bool = False
    """Belongs to the bench, not to the cell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A fitted model."""

    terms: tuple[Term, ...]
    """Its terms, in the order of the sizes."""
    sizes: FloatArray
    """Of the terms, unit of the series; of lines and bends per kh; shape (p,)."""
    initial_time: float
    """tau_0, s."""
    recovery_time: float
    """tau_r, s."""
    fitted: FloatArray
    """The model at the times, shape (n,)."""
    residual: FloatArray
    """Series less model, shape (n,)."""
    solver: FloatArray
    """Sizes = solver @ series at these time constants, shape (p, n)."""

    def sizes_of(self, shape: Shape) -> list[tuple[Term, float]]:
        """Return the terms of a shape with their sizes."""
        return [
            (term, float(size))
            for term, size in zip(self.terms, self.sizes, strict=True)
            if term.shape is shape
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepModel:
    """Terms over given times, ready to be fitted to many series."""

    times: FloatArray
    """s, increasing, shape (n,)."""
    terms: tuple[Term, ...]
    """The columns."""

    def with_term(self, term: Term) -> "StepModel":
        """Return the model widened by a term."""
        return replace(self, terms=(*self.terms, term))

    def design(self, initial_time: float, recovery_time: float) -> FloatArray:
        """Return the columns of the model, shape (n, p)."""
        return np.column_stack(
            [column(term, self.times, initial_time, recovery_time) for term in self.terms]
        )

    def time_constants(self) -> list[tuple[float, float]]:
        """Return the pairs of time constants worth trying."""
        shapes = {term.shape for term in self.terms}
        return [
            (initial, recovery)
            for initial in (INITIAL_TIMES if Shape.INITIAL in shapes else INITIAL_TIMES[:1])
            for recovery in (RECOVERY_TIMES if Shape.RECOVERY in shapes else RECOVERY_TIMES[:1])
        ]

    def fit(self, series: FloatArray) -> Fit:
        """Return the best fit to a series of shape (n,) over all time constants."""
        best: Fit | None = None
        for initial, recovery in self.time_constants():
            design = self.design(initial, recovery)
            solver = solver_of(design)
            sizes = solver @ series
            fitted = design @ sizes
            residual = series - fitted
            if best is None or residual @ residual < best.residual @ best.residual:
                best = Fit(
                    terms=self.terms,
                    sizes=sizes,
                    initial_time=initial,
                    recovery_time=recovery,
                    fitted=fitted,
                    residual=residual,
                    solver=solver,
                )
        assert best is not None  # noqa: S101 - the grid is never empty
        return best

    def sizes_of_many(self, series: FloatArray) -> FloatArray:
        """Return the sizes for many series of shape (n, m), each at its best constants: (p, m)."""
        power = np.einsum("nm,nm->m", series, series)
        smallest = np.full(series.shape[1], np.inf)
        sizes = np.zeros((len(self.terms), series.shape[1]))
        for initial, recovery in self.time_constants():
            design = self.design(initial, recovery)
            tried = solver_of(design) @ series
            left = power - np.einsum("pm,pm->m", tried, design.T @ series)
            better = left < smallest
            smallest[better] = left[better]
            sizes[:, better] = tried[:, better]
        return sizes


def column(term: Term, times: FloatArray, initial_time: float, recovery_time: float) -> FloatArray:
    """Return a term's column at the times (s), shape (n,)."""
    begin = times[0]
    match term.shape:
        case Shape.LEVEL:
            return np.ones_like(times)
        case Shape.LINE:
            return (times - begin) / KILOHOUR
        case Shape.INITIAL:
            return 1.0 - np.exp(-(times - begin) / initial_time)
        case Shape.STEP:
            return np.searchsorted(np.sort(term.times), times, side="right").astype(np.float64)
        case Shape.RECOVERY:
            return _recovery(term.times, times, recovery_time)
        case Shape.BEND:
            return np.maximum(times - term.times[0], 0.0) / KILOHOUR


def _recovery(begins: Sequence[float], times: FloatArray, recovery_time: float) -> FloatArray:
    total = np.zeros_like(times)
    for begin in begins:
        since = times - begin
        total += np.where(since >= 0.0, np.exp(-np.maximum(since, 0.0) / recovery_time), 0.0)
    return total


def solver_of(design: FloatArray) -> FloatArray:
    """Return the matrix that gives the sizes of a series; what cannot be told apart stays small."""
    scale = np.linalg.norm(design, axis=0)
    scale[scale == 0.0] = 1.0
    # The normal matrix of scaled columns is small (p by p); inverted without its smallest values.
    scaled = design / scale
    values, vectors = np.linalg.eigh(scaled.T @ scaled)
    inverted = np.where(values > 1e-10 * values[-1], 1.0 / np.maximum(values, 1e-300), 0.0)
    return ((vectors * inverted) @ vectors.T @ scaled.T) / scale[:, None]


def correlation_inflation(residual: FloatArray) -> float:
    """Return how many neighbouring residuals are worth one independent one, at least 1.

    Integrated autocorrelation, cut where a pair of lags turns negative (Geyer 1992).
    """
    size = residual.size
    power = float(residual @ residual)
    if power <= 0.0 or size < 4:
        return 1.0
    spectrum = np.fft.rfft(residual, 2 * size)
    correlation = np.fft.irfft(np.abs(spectrum) ** 2, 2 * size)[:size] / power
    pairs = correlation[: size // 2 * 2].reshape(-1, 2).sum(axis=1)
    negative = np.flatnonzero(pairs <= 0.0)
    kept = pairs[: negative[0]] if negative.size else pairs
    return max(1.0, 2.0 * float(kept.sum()) - 1.0)


def bootstrapped(*, fit: Fit, block: int, draws: int, generator: np.random.Generator) -> FloatArray:
    """Return series as the fit with residuals drawn anew in moving blocks, shape (n, draws).

    Args:
        fit: whose residuals are drawn.
        block: rows per block, 1..n.
        draws: how many series.
        generator: randomness.
    """
    size = fit.residual.size
    blocks = -(-size // block)
    starts = generator.integers(0, size - block + 1, (blocks, draws))
    rows = (starts[:, None, :] + np.arange(block)[None, :, None]).reshape(-1, draws)[:size]
    centred = fit.residual - fit.residual.mean()
    return fit.fitted[:, None] + centred[rows]
