"""Full load: power corrected to standard ambient conditions, beside the power as measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from analysis.checks import FloatArray
from analysis.efficiency import brake_power
from analysis.power_correction import (
    PowerCorrection,
    SaeEdition,
    alpha_a,
    compensated_by_boost_control,
    sae_j1349,
)
from bench.messages import Message
from protocols.criteria import Asked
from protocols.engine_quantities import (
    INTAKE_TEMPERATURE,
    PRESSURE,
    Inputs,
    water_of,
)
from protocols.estimates import Quantity

FULL_LOAD_POINT: Final = "full-load"
"""Name of full-load windows; set ``full_load``."""
POWER_FACTOR: Final = "power_factor"
"""Input: corrected over measured power, 1."""
DEFAULT_METHOD: Final = "iso-1585"
"""Factor of a spark-ignition engine; set ``power_correction``."""

METHODS: Final[Mapping[str, Callable[[float, float], PowerCorrection]]] = {
    DEFAULT_METHOD: lambda p, t: alpha_a(dry_pressure=p, temperature=t),
    "sae-j1349-1990": lambda p, t: sae_j1349(
        dry_pressure=p, temperature=t, edition=SaeEdition.J1349_1990
    ),
    "sae-j1349-2004": lambda p, t: sae_j1349(dry_pressure=p, temperature=t),
    "boost-compensated": lambda _p, _t: compensated_by_boost_control(),
}
"""Word of the setting → correction from dry pressure (Pa) and intake temperature (K)."""


def full_load_name(asked: Asked) -> str:
    """Return the name of the full-load windows."""
    return asked.word("full_load", FULL_LOAD_POINT)


def correction(weather: Mapping[str, float], asked: Asked) -> PowerCorrection:
    """Return the correction of full-load power for the weather in the cell, SI.

    Raises:
        ValueError: a value is impossible, or the protocol names an unknown method.
    """
    word = asked.word("power_correction", DEFAULT_METHOD)
    if word not in METHODS:
        message = f"power_correction must be one of {', '.join(METHODS)}, got {word}"
        raise ValueError(message)
    dry_pressure = weather[PRESSURE] * (1.0 - water_of(weather))
    return METHODS[word](dry_pressure, weather[INTAKE_TEMPERATURE])


def told(found: PowerCorrection) -> Message:
    """Return what to say of a correction: method and factor, and whether it may be used."""
    factor = f"{found.factor:.4f}"
    if found.valid:
        return Message("judge.power-corrected", {"method": found.method, "factor": factor})
    return Message(
        "judge.uncorrected-power",
        {"method": found.method, "condition": found.condition, "factor": factor},
    )


def _corrected_power(x: Inputs) -> FloatArray:
    return x[POWER_FACTOR] * brake_power(speed=x["speed"], torque=x["torque"])


CORRECTED_POWER: Final = Quantity(
    "corrected_power",
    Message("judge.corrected-power"),
    "kW",
    ("speed", "torque", POWER_FACTOR),
    _corrected_power,
)
"""Full-load power at standard ambient conditions."""
