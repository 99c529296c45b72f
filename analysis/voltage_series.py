"""What a long voltage series is corrected to, and how far its sensors may have drifted."""

import math
from dataclasses import dataclass
from typing import Final

from analysis.checks import require_positive

HOUR: Final = 3600.0
"""s."""
KILOHOUR: Final = 1000.0 * HOUR
"""s; degradation is stated per 1,000 h."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferencePoint:
    """The operating point that voltages are corrected to."""

    temperature: float
    """Of the stack, K."""
    current_density: float
    """A/m2; 3000 is 0.3 A/cm2."""
    fuel_utilisation: float
    """1."""

    def __post_init__(self) -> None:
        """Refuse what is no operating point."""
        require_positive(
            temperature=float(self.temperature),
            current_density=float(self.current_density),
            fuel_utilisation=float(self.fuel_utilisation),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivities:
    """How the cell voltage answers to the operating point, measured or from a model."""

    temperature: float
    """dV/dT, V/K; 0.65e-3 at 750 °C and 0.3 A/cm2 is an engineering default."""
    current_density: float
    """dV/dj, V m2/A: minus the differential resistance per area."""
    fuel_utilisation: float
    """dV/dUf, V."""
    temperature_uncertainty: float = 0.0
    """Standard uncertainty of dV/dT, V/K."""
    current_density_uncertainty: float = 0.0
    """Standard uncertainty of dV/dj, V m2/A."""
    fuel_utilisation_uncertainty: float = 0.0
    """Standard uncertainty of dV/dUf, V."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """How far a sensor may wander unseen: within its class, and not faster than so much a time.

    The change over a window is taken as equally likely anywhere in ± the smaller of both.
    """

    limit: float = 0.0
    """Half width of the class, unit of the sensor."""
    rate: float = math.inf
    """Half width per s; infinite: only the class limits it."""

    def __post_init__(self) -> None:
        """Refuse negative allowances."""
        if not (self.limit >= 0.0 and self.rate >= 0.0 and math.isfinite(self.limit)):
            message = f"a drift needs a finite limit and a rate, not negative: {self}"
            raise ValueError(message)

    def over(self, duration: float) -> float:
        """Return the half width of the change over a duration (s), unit of the sensor."""
        return min(self.limit, self.rate * duration) if self.limit else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowances:
    """Drift of all sensors the corrected voltage stands on."""

    voltage: Drift = Drift()
    """Of the cell voltage, V."""
    temperature: Drift = Drift()
    """Of the stack temperature, K."""
    current: Drift = Drift()
    """Of the current, relative."""
    flow: Drift = Drift()
    """Of the fuel flow, relative."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that may have changed the voltage for good."""

    time: float
    """s; for a stop or a trip the return to the operating point."""
    kind: str
    """For example "stop", "trip", "thermal cycle": losses are summed by it."""
    is_sensor_swap: bool = False
    """A sensor was replaced or adjusted: the step belongs to the bench, not to the cell."""
