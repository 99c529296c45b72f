"""Correction of full-load power to standard ambient conditions.

Standard conditions are 99 kPa of dry air and 298 K. The factors are for full-load power and
torque only; brake thermal efficiency is reported as measured. A boosted engine whose closed
boost loop already makes up for the ambient is not corrected.
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from analysis.checks import require_positive

STANDARD_DRY_PRESSURE: Final = 99e3
"""Pa. ISO 1585, UN R85, SAE J1349."""

STANDARD_TEMPERATURE: Final = 298.0
"""K. Same sources."""


class Induction(StrEnum):
    """How a compression-ignition engine breathes."""

    NATURAL = "natural"
    """Naturally aspirated or mechanically supercharged."""
    TURBOCHARGED = "turbocharged"
    """Without charge air cooler or with an air-to-air one."""
    TURBOCHARGED_LIQUID_COOLED = "turbocharged, liquid-cooled charge"
    """With an air-to-liquid charge air cooler."""


class FuelFactorEdition(StrEnum):
    """Which limits the engine factor of a compression-ignition engine has: editions differ."""

    ISO_1585 = "ISO 1585"
    """Also UN R85: 0.3 below 40 mg/(L cycle)."""
    ISO_15550 = "ISO 15550"
    """0.2 below 37.2 mg/(L cycle)."""


class SaeEdition(StrEnum):
    """Which SAE J1349: the mechanical efficiency behind the factor changed."""

    J1349_1990 = "SAE J1349 (1990)"
    """1.18 and 0.18."""
    J1349_2004 = "SAE J1349 (2004)"
    """1.176 and 0.176: mechanical efficiency 0.85."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerCorrection:
    """A factor on measured full-load power, and whether the method allows it."""

    factor: float
    """Corrected power over measured power, 1."""
    valid: bool
    """Whether the ambient lies where the method may be used."""
    method: str
    """The standard and edition."""
    condition: str
    """What the method asks for to be valid."""


def alpha_a(*, dry_pressure: float, temperature: float) -> PowerCorrection:
    """Return the factor of a spark-ignition engine, (99/pd)^1.2 (T/298)^0.6.

    ISO 1585, UN R85. Valid for 0.93..1.07 (engineering default).

    Args:
        dry_pressure: ambient pressure less water vapour, Pa.
        temperature: of the intake air, K.

    Raises:
        ValueError: if a value is not finite or not above zero.
    """
    pressure, warmth = _ratios(dry_pressure, temperature)
    factor = math.pow(pressure, 1.2) * math.pow(warmth, 0.6)
    return PowerCorrection(
        factor=factor,
        valid=0.93 <= factor <= 1.07,
        method="ISO 1585 spark ignition",
        condition="0.93 <= factor <= 1.07",
    )


def alpha_c(
    *,
    dry_pressure: float,
    temperature: float,
    induction: Induction,
    fuel_flow: float,
    speed: float,
    displacement: float,
    boost_ratio: float = 1.0,
    edition: FuelFactorEdition = FuelFactorEdition.ISO_1585,
) -> PowerCorrection:
    """Return the factor of a 4-stroke compression-ignition engine, fa^fm.

    ISO 1585, ISO 15550, UN R85. Valid for 0.9..1.1 (ISO 15550).

    Args:
        dry_pressure: ambient pressure less water vapour, Pa.
        temperature: of the intake air, K.
        induction: how the engine breathes.
        fuel_flow: kg/s.
        speed: angular speed, rad/s.
        displacement: m3.
        boost_ratio: absolute charge pressure over ambient pressure, at least 1.
        edition: whose limits of the engine factor apply.

    Raises:
        ValueError: if a value is not finite or not above zero, or the boost ratio is below 1.
    """
    pressure, warmth = _ratios(dry_pressure, temperature)
    pressure_exponent, warmth_exponent = _ATMOSPHERIC_EXPONENTS[induction]
    atmospheric = math.pow(pressure, pressure_exponent) * math.pow(warmth, warmth_exponent)
    engine = engine_factor(
        fuel_flow=fuel_flow,
        speed=speed,
        displacement=displacement,
        boost_ratio=boost_ratio,
        edition=edition,
    )
    factor = math.pow(atmospheric, engine)
    return PowerCorrection(
        factor=factor,
        valid=0.9 <= factor <= 1.1,
        method=f"{edition.value} compression ignition",
        condition="0.9 <= factor <= 1.1",
    )


def engine_factor(
    *,
    fuel_flow: float,
    speed: float,
    displacement: float,
    boost_ratio: float = 1.0,
    edition: FuelFactorEdition = FuelFactorEdition.ISO_1585,
) -> float:
    """Return fm = 0.036 qc - 1.14 between the limits of the edition, 1.

    qc is the fuel per cycle and displacement over the boost ratio, in mg/(L cycle).

    Args:
        fuel_flow: kg/s.
        speed: angular speed, rad/s.
        displacement: m3.
        boost_ratio: absolute charge pressure over ambient pressure, at least 1.
        edition: whose limits apply.

    Raises:
        ValueError: if a value is not finite or not above zero, or the boost ratio is below 1.
    """
    require_positive(
        fuel_flow=fuel_flow, speed=speed, displacement=displacement, boost_ratio=boost_ratio
    )
    if boost_ratio < 1.0:
        message = f"boost_ratio must be at least 1, got {boost_ratio}"
        raise ValueError(message)
    # kg/m3 per 4-stroke cycle; 1 kg/m3 is 1000 mg/L.
    charge = 1000.0 * 4.0 * math.pi * fuel_flow / (speed * displacement) / boost_ratio
    lower_charge, lower_factor = _ENGINE_FACTOR_FLOOR[edition]
    if charge < lower_charge:
        return lower_factor
    if charge > 65.0:
        return 1.2
    return 0.036 * charge - 1.14


def sae_j1349(
    *,
    dry_pressure: float,
    temperature: float,
    edition: SaeEdition = SaeEdition.J1349_2004,
) -> PowerCorrection:
    """Return the spark-ignition factor of SAE J1349, a (99/pd) sqrt(T/298) - b.

    Valid for 90..105 kPa of dry air and 15..35 °C (engineering default).

    Args:
        dry_pressure: ambient pressure less water vapour, Pa.
        temperature: of the intake air, K.
        edition: 1990 or 2004.

    Raises:
        ValueError: if a value is not finite or not above zero.
    """
    pressure, warmth = _ratios(dry_pressure, temperature)
    friction = _SAE_FRICTION[edition]
    return PowerCorrection(
        factor=(1.0 + friction) * pressure * math.sqrt(warmth) - friction,
        valid=90e3 <= dry_pressure <= 105e3 and 288.15 <= temperature <= 308.15,
        method=edition.value,
        condition="90..105 kPa dry, 15..35 °C",
    )


def compensated_by_boost_control() -> PowerCorrection:
    """Return the factor 1 of an engine whose closed boost loop makes up for the ambient.

    UN R85, supplement 7.
    """
    return PowerCorrection(
        factor=1.0,
        valid=True,
        method="UN R85, boost control compensates",
        condition="boost pressure is controlled in a closed loop and reaches its target",
    )


_ATMOSPHERIC_EXPONENTS: Final = {
    Induction.NATURAL: (1.0, 0.7),
    Induction.TURBOCHARGED: (0.7, 1.5),
    Induction.TURBOCHARGED_LIQUID_COOLED: (0.7, 0.7),
}
"""Exponents of 99/pd and T/298. ISO 1585, UN R85 (engineering default)."""

_ENGINE_FACTOR_FLOOR: Final = {
    FuelFactorEdition.ISO_1585: (40.0, 0.3),
    FuelFactorEdition.ISO_15550: (37.2, 0.2),
}
"""mg/(L cycle) below which the engine factor stays at the second number."""

_SAE_FRICTION: Final = {SaeEdition.J1349_1990: 0.18, SaeEdition.J1349_2004: 0.176}


def _ratios(dry_pressure: float, temperature: float) -> tuple[float, float]:
    require_positive(dry_pressure=dry_pressure, temperature=temperature)
    return STANDARD_DRY_PRESSURE / dry_pressure, temperature / STANDARD_TEMPERATURE
