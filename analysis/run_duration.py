"""How long must a run be until a degradation target could be shown?

Scatter of a slope falls with the duration to the power 3/2. What a drifting sensor feigns falls
only with the duration itself, from when the class of the sensor and not its rate is the limit: a
reference stable within 1 mV feigns 0.12 %/kh of 0.83 V over 1,000 h and 0.04 %/kh over 3,000 h.
"""

import math
from typing import Final

from analysis.checks import require_not_negative, require_positive
from analysis.voltage_series import HOUR, KILOHOUR, Drift

LONGEST: Final = 200_000.0 * HOUR
"""Longer than any cell lives: what is not shown by then is never shown."""
STEP: Final = 1.01


def feigned_rate(*, drift: Drift, duration: float, voltage: float) -> float:
    """Return the half width of the rate that a drifting voltage reference feigns, %/kh.

    Args:
        drift: of the voltage, V.
        duration: of the run, s.
        voltage: denominator, V.

    Raises:
        ValueError: if duration or voltage is not above zero.
    """
    require_positive(duration=float(duration), voltage=float(voltage))
    return 100.0 * drift.over(duration) / voltage * KILOHOUR / duration


def hours_needed(
    *,
    target: float,
    loss: float,
    scatter: float,
    duration: float,
    drift: Drift,
    voltage: float,
) -> float:
    """Return the hours of operation until a target is shown as met or missed; inf if never.

    The half width is 1.645 standard uncertainties of scatter, scaled from a run as long as
    `duration` or a guess for it, with 95 % of the feigned rate, added in quadrature.

    Args:
        target: largest allowed loss, %/kh.
        loss: expected, %/kh; a value at the target can never be shown.
        scatter: standard uncertainty of the loss in a run of `duration`, %/kh.
        duration: s.
        drift: of the corrected voltage, V; of all sensors together.
        voltage: denominator, V.

    Raises:
        ValueError: if target, duration or voltage are not above zero, the scatter is negative or
            the loss is no number.
    """
    require_positive(target=float(target), duration=float(duration), voltage=float(voltage))
    require_not_negative(scatter=float(scatter), difference=abs(float(target - loss)))
    tried = 24.0 * HOUR
    while tried < LONGEST:
        noise = 1.645 * scatter * (duration / tried) ** 1.5
        feigned = 0.95 * feigned_rate(drift=drift, duration=tried, voltage=voltage)
        if math.hypot(noise, feigned) < abs(target - loss):
            return tried / HOUR
        tried *= STEP
    return math.inf
