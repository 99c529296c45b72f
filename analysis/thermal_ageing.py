"""How much older heat makes: Arrhenius, and the bench ageing time of exhaust aftertreatment.

The rate of ageing goes with exp(-R / T). R is the thermal reactivity, an activation energy over the
gas constant: 17,500 K for catalysts of positive ignition engines, 18,500 K for those of diesel
engines (40 CFR 86.1823-08; 692/2008 Annex VII).
"""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from analysis.checks import FloatArray, as_samples, require_not_negative, require_positive

POSITIVE_IGNITION_REACTIVITY: Final = 17_500.0
"""K."""
DIESEL_REACTIVITY: Final = 18_500.0
"""K."""
AGEING_MARGIN: Final = 1.1
"""A of the bench ageing time: what ages beside heat (40 CFR 86.1823-08)."""
BOLTZMANN: Final = 8.617333262e-5
"""eV/K (CODATA 2018)."""


def ageing_rate(
    *, temperatures: FloatArray, reference_temperature: float, reactivity: float
) -> FloatArray:
    """Return how much quicker ageing goes than at the reference: exp(R / T_r - R / T).

    Args:
        temperatures: T, K, any shape.
        reference_temperature: T_r, K.
        reactivity: R, K.

    Raises:
        ValueError: unless all are finite and above zero.
    """
    require_positive(
        temperatures=temperatures,
        reference_temperature=float(reference_temperature),
        reactivity=float(reactivity),
    )
    return np.exp(reactivity / reference_temperature - reactivity / temperatures)


def equivalent_time(
    *,
    times: ArrayLike,
    temperatures: ArrayLike,
    reference_temperature: float,
    reactivity: float,
) -> float:
    """Return the time at the reference temperature that ages as much: sum t exp(R/T_r - R/T).

    Args:
        times: spent at each temperature, any unit of time, shape (n,), not negative.
        temperatures: K, shape (n,).
        reference_temperature: T_r, K.
        reactivity: R, K.

    Raises:
        ValueError: if a value is no number or out of its range, or the shapes differ.
    """
    durations, kelvins = _histogram(times, temperatures)
    rate = ageing_rate(
        temperatures=kelvins, reference_temperature=reference_temperature, reactivity=reactivity
    )
    return float((durations * rate).sum())


def bench_ageing_time(*, equivalent_time: float, margin: float = AGEING_MARGIN) -> float:
    """Return how long the bench is to age at the reference temperature: BAT = A t_e.

    Raises:
        ValueError: if the time is negative, or the margin is not above zero.
    """
    require_not_negative(equivalent_time=float(equivalent_time))
    require_positive(margin=float(margin))
    return margin * equivalent_time


def effective_reference_temperature(
    *, times: ArrayLike, temperatures: ArrayLike, reactivity: float
) -> float:
    """Return the steady temperature, K, that ages as a history does in the same time.

    It solves exp(-R / T_r) = mean of exp(-R / T), weighed by time.

    Args:
        times: spent at each temperature, any unit of time, shape (n,), not all zero.
        temperatures: K, shape (n,).
        reactivity: R, K.

    Raises:
        ValueError: if a value is no number or out of its range, the shapes differ, or no time
            was spent.
    """
    durations, kelvins = _histogram(times, temperatures)
    whole = float(durations.sum())
    if whole <= 0.0:
        raise ValueError("times are all zero: a history takes time")
    # the hottest one as reference, so that nothing underflows
    hottest = float(kelvins.max())
    rate = ageing_rate(temperatures=kelvins, reference_temperature=hottest, reactivity=reactivity)
    mean = float((durations * rate).sum()) / whole
    if mean <= 0.0:
        raise ValueError("no time was spent where anything ages")
    return reactivity / (reactivity / hottest - float(np.log(mean)))


def acceleration_factor(
    *, activation_energy: float, use_temperature: float, test_temperature: float
) -> float:
    """Return how much quicker a test ages than use: exp(E_a / k (1 / T_use - 1 / T_test)).

    Args:
        activation_energy: E_a, eV, above zero.
        use_temperature: K.
        test_temperature: K.

    Raises:
        ValueError: unless all are finite and above zero.
    """
    require_positive(
        activation_energy=activation_energy,
        use_temperature=use_temperature,
        test_temperature=test_temperature,
    )
    difference = 1.0 / use_temperature - 1.0 / test_temperature
    return float(np.exp(activation_energy / BOLTZMANN * difference))


def _histogram(times: ArrayLike, temperatures: ArrayLike) -> tuple[FloatArray, FloatArray]:
    durations, kelvins = as_samples("times", times), as_samples("temperatures", temperatures)
    if durations.shape != kelvins.shape:
        message = f"times has {durations.size} values, temperatures has {kelvins.size}"
        raise ValueError(message)
    require_not_negative(times=durations)
    require_positive(temperatures=kelvins)
    return durations, kelvins
