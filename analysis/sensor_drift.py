"""What drifting sensors and uncertain sensitivities do to a corrected voltage."""

import itertools
from collections.abc import Sequence
from typing import Final

import numpy as np

from analysis.checks import FloatArray
from analysis.voltage_series import Allowances, Drift, ReferencePoint, Sensitivities

CURVATURES: Final = (0.5, 2.0)
"""Drifts are drawn as powers of time within these: soon at first, or ever faster."""
WALK: Final = 128
"""Nodes of drifts that go to and fro."""
WALK_TIMES: Final = (0.1, 1.0)
"""After which shares of the duration they have forgotten where they were."""


def drift_errors(
    *,
    times: FloatArray,
    swaps: Sequence[float],
    allowances: Allowances,
    reference: ReferencePoint,
    sensitivities: Sensitivities,
    draws: int,
    generator: np.random.Generator,
) -> FloatArray:
    """Return errors of the corrected voltage that drifting sensors cause, V, (n, draws).

    A current read too high by a share overstates density and utilisation by it, a flow read too
    high understates the utilisation. Every sensor begins anew at a swap.
    """
    utilisation = sensitivities.fuel_utilisation * reference.fuel_utilisation
    current = sensitivities.current_density * reference.current_density + utilisation
    sources = (
        (allowances.voltage, 1.0),
        (allowances.temperature, -sensitivities.temperature),
        (allowances.current, -current),
        (allowances.flow, utilisation),
    )
    total = np.zeros((times.size, draws))
    edges = [times[0], *(swap for swap in swaps if times[0] < swap <= times[-1]), np.inf]
    for begin, end in itertools.pairwise(edges):
        rows = (times >= begin) & (times < end)
        if rows.any():
            since = times[rows] - begin
            for drift, sensitivity in sources:
                total[rows] += sensitivity * _wandering(drift, since, draws, generator)
    return total


def _wandering(
    drift: Drift, since: FloatArray, draws: int, generator: np.random.Generator
) -> FloatArray:
    """Return drawn errors of a sensor over the time since it was set, shape (n, draws).

    Half of them go one way, half to and fro.
    """
    duration = float(since[-1])
    if drift.limit == 0.0 or duration <= 0.0:
        return np.zeros((since.size, draws))
    half, limit = draws // 2, drift.over(duration)
    low, high = np.log(CURVATURES)
    powers = np.exp(generator.uniform(low, high, half))
    ends = limit * generator.uniform(-1.0, 1.0, half)
    straight = ends * (since / duration)[:, None] ** powers
    errors = np.column_stack((straight, limit * _to_and_fro(since, draws - half, generator)))
    return generator.permutation(errors, axis=1)


def _to_and_fro(since: FloatArray, draws: int, generator: np.random.Generator) -> FloatArray:
    """Return walks that begin at 0, stay within ±1 and spread as a half, shape (n, draws)."""
    low, high = np.log(WALK_TIMES)
    keep = np.exp(-1.0 / (WALK * np.exp(generator.uniform(low, high, draws))))
    pushes = 0.5 * np.sqrt(1.0 - keep**2) * generator.standard_normal((WALK, draws))
    walks = np.zeros((WALK, draws))
    for place in range(1, WALK):
        walks[place] = np.clip(keep * walks[place - 1] + pushes[place], -1.0, 1.0)
    where = since / since[-1] * (WALK - 1)
    below = np.minimum(where.astype(np.intp), WALK - 2)
    share = (where - below)[:, None]
    return (1.0 - share) * walks[below] + share * walks[below + 1]


def sensitivity_errors(
    *,
    departures: Sequence[FloatArray],
    uncertainties: Sequence[float],
    draws: int,
    generator: np.random.Generator,
) -> FloatArray:
    """Return errors of the corrected voltage that wrong sensitivities cause, V, (n, draws).

    Args:
        departures: of each quantity from its reference, shape (n,) each.
        uncertainties: standard uncertainty of its sensitivity.
        draws: how many.
        generator: randomness.
    """
    total = np.zeros((departures[0].size, draws))
    for departure, uncertainty in zip(departures, uncertainties, strict=True):
        total += np.outer(departure, uncertainty * generator.standard_normal(draws))
    return total
