"""Least squares, typed: linear ones of numpy, and what is used of scipy.optimize.

scipy.optimize is loaded here alone and when first wanted: it takes 0.3 s, which no start of a run
has to wait for.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Minimum:
    """Where a search for the least squares ended."""

    place: Vector
    """Parameters, shape (p,)."""
    is_converged: bool
    """Whether it ended at a minimum, and not at the number of tries."""


def least_squares_solution(matrix: Vector, wanted: Vector) -> Vector:
    """Return x, shape (p,), that makes |matrix x - wanted| least; the shortest one of many.

    Args:
        matrix: shape (n, p).
        wanted: shape (n,).
    """
    linear: Any = np.linalg
    return np.asarray(linear.lstsq(matrix, wanted, rcond=1e-12)[0], dtype=np.float64)


def least_squares_within(
    residuals: Callable[[Vector], Vector],
    jacobian: Callable[[Vector], Vector],
    *,
    start: Vector,
    lower: Vector,
    upper: Vector,
    tries: int = 200,
) -> Minimum:
    """Return the parameters that make the squares of the residuals least, within bounds.

    Args:
        residuals: parameters (p,) → residuals (n,).
        jacobian: parameters (p,) → derivatives (n, p).
        start: where to begin, strictly within the bounds.
        lower: bounds, shape (p,).
        upper: bounds, shape (p,).
        tries: how often the residuals may be computed.

    Raises:
        ValueError: the start lies outside the bounds.
    """
    optimize: Any = import_module("scipy.optimize")
    found = optimize.least_squares(
        residuals,
        start,
        jac=jacobian,
        bounds=(lower, upper),
        x_scale="jac",
        xtol=1e-10,
        ftol=1e-10,
        gtol=1e-10,
        max_nfev=tries,
    )
    return Minimum(np.asarray(found.x, dtype=np.float64), bool(found.status > 0))


def non_negative_least_squares(matrix: Vector, wanted: Vector) -> Vector:
    """Return x ≥ 0, shape (p,), that makes |matrix x - wanted| least (Lawson, Hanson).

    Args:
        matrix: shape (n, p).
        wanted: shape (n,).

    Raises:
        RuntimeError: no end was found.
    """
    optimize: Any = import_module("scipy.optimize")
    found, _ = optimize.nnls(matrix, wanted, maxiter=20 * matrix.shape[1])
    return np.asarray(found, dtype=np.float64)
