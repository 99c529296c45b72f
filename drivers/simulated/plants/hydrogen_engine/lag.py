"""Exact answers of first-order loops: the same whether a second is one step or a hundred."""

# ruff: noqa: PLR0917 - keywords lengthen the time of a step

from dataclasses import dataclass
from math import exp


# Slots are read faster than the fields of a named tuple.
@dataclass(frozen=True, slots=True)
class Decays:
    """What remains of a difference after one step, for every loop of constant time constant."""

    boost: float
    """Manifold pressure, 1."""
    boost_area: float
    """Mean of the decaying difference over the step, over its fall during the step, 1."""
    intake: float
    """Intake air temperature, 1."""
    charge_air: float
    """Charge air temperature, 1."""
    fuel: float
    """Hydrogen temperature, 1."""


def limited_lag(
    value: float, target: float, time_constant: float, rise: float, fall: float, dt: float
) -> tuple[float, float]:
    """Value after ``dt`` and mean over ``dt`` of a first-order loop with a limited rate.

    Far from the target the value moves at its limit, then decays into the target.

    Args:
        value: Present value.
        target: Setpoint of the loop.
        time_constant: Of the unlimited loop, s.
        rise: Fastest rise, per s. Negative: the loop is overpowered and the value falls so fast.
        fall: Fastest fall, per s. Negative: the loop is overpowered and the value rises so fast.
        dt: Time step, s.
    """
    error = target - value
    if error == 0.0 and rise >= 0.0 and fall >= 0.0:
        return value, value
    rate = rise if error >= 0.0 else -fall
    if rate * error < 0.0 or rate == 0.0:
        return value + rate * dt, value + 0.5 * rate * dt
    saturated = error / rate - time_constant
    if saturated <= 0.0:
        decay = exp(-dt / time_constant)
        return target - error * decay, target - error * (1.0 - decay) * time_constant / dt
    if dt <= saturated:
        return value + rate * dt, value + 0.5 * rate * dt
    rest = dt - saturated
    decay = exp(-rest / time_constant)
    last = rate * time_constant
    area = (value + 0.5 * rate * saturated) * saturated
    area += target * rest - last * time_constant * (1.0 - decay)
    return target - last * decay, area / dt
