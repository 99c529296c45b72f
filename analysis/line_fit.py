"""Weighted linear least squares with what each point does to the result.

Leverage, Cook's distance and the sizes without a point follow from one solution (Cook 1977;
Belsley, Kuh, Welsch 1980): nothing is fitted again.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from analysis.checks import FloatArray

ROUNDING: Final = 1e-12
"""Part of the largest value below which a residual is rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Influence:
    """What one point does to the fit."""

    residual: float
    """Value less line, unit of the values."""
    leverage: float
    """0..1: how much the point draws the line to itself; 1: alone in its series."""
    cooks_distance: float
    """How far all fitted values move without it; above 1 it decides the result; 0 if alone."""
    slope_without: float
    """Slope that the other points give, unit per km."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Solution:
    """Sizes of the columns with what belongs to them; n points, p columns."""

    sizes: FloatArray
    """Of the columns, shape (p,)."""
    inverse: FloatArray
    """Inverse of the normal matrix, shape (p, p)."""
    scatter: float
    """Standard deviation of a point of weight 1; 0 if there are no more points than columns."""
    residual: FloatArray
    """Value less fit, shape (n,)."""
    rows: FloatArray
    """Columns times the root of the weight, shape (n, p)."""
    weighted: FloatArray
    """Residual times the root of the weight, shape (n,)."""

    def leverages(self) -> FloatArray:
        """Return the leverages, shape (n,); what only rounding keeps from 1 is 1."""
        found = np.einsum("np,pq,nq->n", self.rows, self.inverse, self.rows)
        return np.where(found > 1.0 - 1e-9, 1.0, found)

    def influences(self, *, slope: int, unit: float) -> tuple[Influence, ...]:
        """Return what each point does.

        Args:
            slope: place of the slope among the columns.
            unit: what the slope's column counts in, km.
        """
        leverage = self.leverages()
        alone = leverage == 1.0
        left = np.where(alone, 1.0, 1.0 - leverage)
        push = np.where(alone, 0.0, (self.rows @ self.inverse[slope]) * self.weighted / left)
        distance = np.zeros_like(leverage)
        if self.scatter > 0.0:
            scale = self.sizes.size * self.scatter**2
            distance = np.where(alone, 0.0, self.weighted**2 * leverage / (scale * left**2))
        return tuple(
            Influence(
                residual=float(residual),
                leverage=float(lever),
                cooks_distance=float(cook),
                slope_without=float(without),
            )
            for residual, lever, cook, without in zip(
                self.residual,
                leverage,
                distance,
                (self.sizes[slope] - push) / unit,
                strict=True,
            )
        )


def solve(columns: FloatArray, values: FloatArray, weights: FloatArray) -> Solution:
    """Return the sizes that make the weighted squares of the residuals least.

    Args:
        columns: shape (n, p), of full rank, each of the order of 1.
        values: shape (n,).
        weights: above zero, shape (n,).
    """
    root = np.sqrt(weights)
    rows = columns * root[:, None]
    inverse = np.asarray(np.linalg.inv(rows.T @ rows), dtype=np.float64)
    sizes = inverse @ (rows.T @ (values * root))
    # Once more on what is left: normal equations lose digits of a large level.
    sizes = sizes + inverse @ (rows.T @ ((values - columns @ sizes) * root))
    residual = values - columns @ sizes
    weighted = residual * root
    freedom = values.size - columns.shape[1]
    squares = float(weighted @ weighted)
    is_exact = bool(np.abs(residual).max() <= ROUNDING * np.abs(values).max())
    return Solution(
        sizes=sizes,
        inverse=inverse,
        scatter=0.0 if is_exact or freedom == 0 else math.sqrt(squares / freedom),
        residual=residual,
        rows=rows,
        weighted=weighted,
    )
