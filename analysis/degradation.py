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

import numpy as np
from numpy.typing import ArrayLike

from analysis.degradation_rate import Degradation, EventLoss, Finding, Note, Rate, SimpleRates
from analysis.voltage_series import (
    HOUR,
    Allowances,
    Drift,
    Event,
    ReferencePoint,
    Sensitivities,
)

__all__ = [
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
    raise NotImplementedError
