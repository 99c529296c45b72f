"""What a reference test measures, as tables: points, quantities, conditions and tolerances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bench.messages import Message
from protocols.engine_full_load import FULL_LOAD_POINT

REFERENCE_POINT: Final = "reference"
"""Name of the reference point in run files."""
POINTS: Final = (REFERENCE_POINT, FULL_LOAD_POINT)
"""Points of a reference test."""
AS_MEASURED: Final = Message("campaign.as-measured", {})
"""Said of a quantity without a correction."""
LONGEST_PAUSE: Final = 3600.0
"""s. Windows further apart belong to two reference tests. Engineering default."""


@dataclass(frozen=True)
class Drifting:
    """A quantity that is followed over the life."""

    name: str
    """As results and events name it."""
    title: Message
    """What people call it."""
    unit: str
    """For people."""
    point: str
    """Where it is measured."""
    quantity: str = ""
    """Engine quantity behind it; empty: the mean of `channel`."""
    channel: str = ""
    """Channel behind it."""
    correction: Message = AS_MEASURED
    """To which conditions it is corrected."""


DRIFTING: Final = (
    Drifting("efficiency", Message("campaign.efficiency", {}), "%", REFERENCE_POINT,
        quantity="brake_thermal_efficiency",
        correction=Message("campaign.efficiency-as-measured", {})),
    Drifting("power", Message("campaign.power", {}), "kW", FULL_LOAD_POINT,
        quantity="corrected_power", correction=Message("campaign.power-corrected", {})),
    Drifting("blow_by", Message("campaign.blow-by", {}), "kg/h", REFERENCE_POINT,
        channel="crankcase.blow_by"),
    Drifting("crankcase_hydrogen", Message("campaign.crankcase-hydrogen", {}), "%",
        REFERENCE_POINT, channel="crankcase.hydrogen"),
    Drifting("hydrogen_slip", Message("campaign.hydrogen-slip", {}), "%", REFERENCE_POINT,
        quantity="hydrogen_slip"),
    Drifting("oil_consumption", Message("campaign.oil-consumption", {}), "g/kWh", "campaign",
        correction=Message("campaign.oil-between", {})),
    Drifting("nox", Message("campaign.nox", {}), "g/kWh", REFERENCE_POINT,
        quantity="specific_nox_corrected", correction=Message("campaign.nox-corrected", {})),
    Drifting("nox_tailpipe", Message("campaign.nox-tailpipe", {}), "ppm", REFERENCE_POINT,
        channel="exhaust.nox_tailpipe"),
    Drifting("peak_pressure", Message("campaign.peak-pressure", {}), "bar", REFERENCE_POINT,
        channel="cylinder.peak_pressure"),
    Drifting("exhaust_temperature", Message("campaign.exhaust-temperature", {}), "degC",
        REFERENCE_POINT, channel="exhaust.temperature"),
)  # fmt: skip
"""What is followed."""

BY_NAME: Final = {each.name: each for each in DRIFTING}

CHANNELS_BEHIND: Final = {
    "efficiency": ("engine.speed", "engine.torque", "fuel.flow"),
    "power": ("engine.speed", "engine.torque", "cell.pressure", "intake_air.temperature",
        "cell.humidity"),
    "blow_by": ("crankcase.blow_by",),
    "crankcase_hydrogen": ("crankcase.hydrogen",),
    "hydrogen_slip": ("exhaust.hydrogen", "exhaust.oxygen", "air.flow", "fuel.flow"),
    "oil_consumption": ("oil.mass", "engine.torque"),
    "nox": ("exhaust.nox", "exhaust.oxygen", "air.flow", "fuel.flow", "engine.torque"),
    "nox_tailpipe": ("exhaust.nox_tailpipe",),
    "peak_pressure": ("cylinder.peak_pressure",),
    "exhaust_temperature": ("exhaust.temperature",),
}  # fmt: skip
"""Quantity → channels whose recalibration breaks its series."""


@dataclass(frozen=True)
class Tolerance:
    """How far a condition may lie from the other tests', and move within a window."""

    channel: str
    """Which channel."""
    title: Message
    """What people call it."""
    unit: str
    """For people."""
    absolute: float
    """Largest difference, SI."""
    relative: float = 0.0
    """Largest difference as a share of the value, 1; the larger of both counts."""
    points: tuple[str, ...] = POINTS
    """Where it is a condition; elsewhere it is a result."""

    def width(self, reference: float) -> float:
        """Return the largest difference at a value, SI."""
        return max(self.absolute, self.relative * abs(reference))


TOLERANCES: Final = (
    Tolerance("engine.speed", Message("campaign.speed", {}), "rpm", 1.0472, 0.01),
    Tolerance("engine.torque", Message("campaign.torque", {}), "N*m", 20.0, 0.02,
        points=(REFERENCE_POINT,)),
    Tolerance("coolant.temperature", Message("campaign.coolant", {}), "degC", 3.0),
    Tolerance("oil.temperature", Message("campaign.oil", {}), "degC", 5.0),
    Tolerance("intake_air.temperature", Message("campaign.intake", {}), "degC", 5.0),
    Tolerance("charge_air.temperature", Message("campaign.charge-air", {}), "degC", 5.0),
)  # fmt: skip
"""Conditions of a reference test. Speed: ±1 % or ±10 rpm, torque: ±2 % or ±20 N·m, as steady points
of UN R49 and (EU) 2017/2400 have them; temperatures: engineering defaults."""
TOLERANCE_ORIGIN: Final = "engineering default"
