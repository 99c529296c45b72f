"""How sure is a rate that a fitted model states: scatter drawn anew, and drift put through it."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from analysis.checks import FloatArray
from analysis.degradation_rate import Rate
from analysis.distributions import two_sided_factor
from analysis.step_regression import Fit, Shape, StepModel, bootstrapped
from analysis.voltage_series import KILOHOUR

FEWEST_BLOCKS: Final = 8
"""A shorter series gets shorter blocks."""
CONFIDENCE: Final = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What a rate refers to."""

    begin: float
    """s."""
    end: float
    """s."""
    reference_voltage: float
    """Denominator, V."""
    current_density: float
    """A/m2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateSpread:
    """Sizes of the model's terms, and how they might have come out."""

    fit: Fit
    """The model."""
    scatter: FloatArray
    """Errors of the sizes from scatter, shape (p, draws)."""
    drift: FloatArray
    """Errors of the sizes from drift, shape (p, draws)."""
    block: float
    """Length of the blocks, s."""

    def rate(self, weights: FloatArray, window: Window) -> Rate:
        """Return weights @ sizes per kilohour as a rate.

        Args:
            weights: of the sizes, for a result per kh, shape (p,).
            window: that the rate is stated for.
        """
        scatter = weights @ self.scatter / KILOHOUR
        drift = weights @ self.drift / KILOHOUR
        off = np.abs(scatter + drift)
        return Rate(
            value=float(weights @ self.fit.sizes) / KILOHOUR,
            scatter=_root_mean_square(scatter),
            drift=_root_mean_square(drift),
            half_width=float(np.quantile(off, CONFIDENCE)),
            one_sided_half_width=float(np.quantile(off, 2.0 * CONFIDENCE - 1.0)),
            reference_voltage=window.reference_voltage,
            current_density=window.current_density,
            begin=window.begin,
            end=window.end,
        )


def spread_of(
    *,
    model: StepModel,
    fit: Fit,
    errors: FloatArray,
    block: float,
    draws: int,
    generator: np.random.Generator,
) -> RateSpread:
    """Return how the sizes of a fitted model scatter and drift.

    Residuals are smaller than errors by what the fit took from them, and few blocks know their
    own scatter badly: the scatter is widened by both.

    Args:
        model: that was fitted.
        fit: its fit.
        errors: of the series from drift, shape (n, draws).
        block: wished length, s.
        draws: of the bootstrap.
        generator: randomness.
    """
    times = model.times
    spacing = float(np.median(np.diff(times)))
    rows = max(1, min(round(block / spacing), times.size // FEWEST_BLOCKS))
    series = bootstrapped(fit=fit, block=rows, draws=draws, generator=generator)
    off = model.sizes_of_many(series) - fit.sizes[:, None]
    blocks = times.size / rows
    slow = {Shape.LEVEL, Shape.LINE, Shape.INITIAL, Shape.BEND}
    taken = sum(term.shape in slow for term in fit.terms)
    freedom = max(3.0, blocks - taken)
    factor = two_sided_factor(confidence=CONFIDENCE, degrees_of_freedom=freedom)
    normal = two_sided_factor(confidence=CONFIDENCE, degrees_of_freedom=math.inf)
    return RateSpread(
        fit=fit,
        scatter=off * math.sqrt(blocks / freedom) * factor / normal,
        drift=fit.solver @ errors,
        block=rows * spacing,
    )


def _root_mean_square(values: FloatArray) -> float:
    return math.sqrt(float(np.mean(values**2)))
