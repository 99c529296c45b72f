"""How a hydrogen engine wears out: the mechanisms, their exponents, and what these stand on.

No read standard gives an exponent for this engine. They are engineering defaults, so each has a
band, and whoever knows better puts another one in, with its source.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from analysis.equivalence import Exponents
from bench.errors import ConfigError, did_you_mean
from bench.messages import Message
from protocols.wording import Text

BAR: Final = 1e5
ENGINEERING_DEFAULT: Final = Message("mechanism.engineering-default", {})


class MechanismError(ConfigError):
    """Mechanisms, or what is set of them, do not allow kilometres to be told."""


@dataclass(frozen=True)
class Mechanism:
    """One way of wearing out."""

    name: str
    """``torque``, ``thermal_shock``, ..."""
    title: Message
    """What people call it."""
    law: Message
    """What its damage is, in words."""
    exponents: Exponents
    """Nominal exponent with its band, 1; of thermal ageing the reactivity, K."""
    unit: str = "1"
    """Of the exponents."""
    origin: Text = ENGINEERING_DEFAULT
    """Where the exponents come from."""


@dataclass(frozen=True)
class MechanismSettings:
    """All that turns rows into damage; bench and field duty share one."""

    displacement: float
    """Of the engine, m3."""
    mechanisms: tuple[Mechanism, ...]
    """In the order in which they are told."""
    reference_pressure: float = 20.0 * BAR
    """Mean effective pressure whose damage counts as one, Pa; it cancels out."""
    motored_peak: float = 40.0 * BAR
    """Peak cylinder pressure without load, Pa (engineering default)."""
    peak_per_pressure: float = 5.5
    """Peak cylinder pressure per mean effective pressure, 1 (engineering default)."""
    reference_speed: float = 1500.0 * math.pi / 30.0
    """Speed whose damage counts as one, rad/s; it cancels out."""
    reference_range: float = 60.0
    """Temperature range of the coolant whose damage counts as one, K; it cancels out."""
    least_range: float = 5.0
    """Smaller cycles of the coolant temperature count nothing, K (engineering default)."""
    reference_temperature: float = 723.15
    """Exhaust temperature at which a second counts as one, K; it cancels out."""
    running_speed: float = 300.0 * math.pi / 30.0
    """From here on the engine runs, rad/s (engineering default)."""
    cold_oil: float = 318.15
    """A start with colder oil is a cold one, K (engineering default)."""

    def __post_init__(self) -> None:
        """Refuse an engine without a size."""
        if not (math.isfinite(self.displacement) and self.displacement > 0.0):
            raise MechanismError("mechanism.no-displacement", value=self.displacement)

    def mechanism(self, name: str) -> Mechanism:
        """Return a mechanism by name.

        Raises:
            MechanismError: there is none of that name.
        """
        for each in self.mechanisms:
            if each.name == name:
                return each
        hint = did_you_mean(name, [each.name for each in self.mechanisms])
        raise MechanismError("mechanism.unknown", name=name, hint=hint)

    def with_exponents(
        self, name: str, *, low: float, nominal: float, high: float, origin: Text
    ) -> MechanismSettings:
        """Return settings with other exponents of one mechanism.

        Raises:
            MechanismError: no such mechanism, no source, or numbers that are no band: negative,
                zero, none at all, or the nominal one outside.
        """
        old = self.mechanism(name)
        if not origin:
            raise MechanismError("mechanism.no-origin", mechanism=old.title)
        try:
            exponents = Exponents(low=low, nominal=nominal, high=high)
        except ValueError as error:
            raise MechanismError(
                "mechanism.exponents", mechanism=old.title, low=low, nominal=nominal, high=high
            ) from error
        new = replace(old, exponents=exponents, origin=origin)
        return replace(
            self, mechanisms=tuple(new if each is old else each for each in self.mechanisms)
        )


TORQUE: Final = Mechanism(
    "torque",
    Message("mechanism.torque"),
    Message("mechanism.torque-law"),
    Exponents(low=3.0, nominal=5.0, high=8.0),
)
PEAK_PRESSURE: Final = Mechanism(
    "peak_pressure",
    Message("mechanism.peak-pressure"),
    Message("mechanism.peak-pressure-law"),
    Exponents(low=5.0, nominal=6.0, high=8.0),
)
BEARING: Final = Mechanism(
    "bearing",
    Message("mechanism.bearing"),
    Message("mechanism.bearing-law"),
    Exponents(low=2.0, nominal=3.0, high=4.0),
)
THERMAL_SHOCK: Final = Mechanism(
    "thermal_shock",
    Message("mechanism.thermal-shock"),
    Message("mechanism.thermal-shock-law"),
    Exponents(low=2.0, nominal=2.2, high=2.5),
)
VALVE_SEAT: Final = Mechanism(
    "valve_seat",
    Message("mechanism.valve-seat"),
    Message("mechanism.valve-seat-law"),
    Exponents(low=1.0, nominal=2.0, high=3.0),
)
INJECTOR: Final = Mechanism(
    "injector",
    Message("mechanism.injector"),
    Message("mechanism.injector-law"),
    Exponents(low=1.0, nominal=1.0, high=1.0),
)
WEAR: Final = Mechanism(
    "wear",
    Message("mechanism.wear"),
    Message("mechanism.wear-law"),
    Exponents(low=0.7, nominal=1.0, high=1.5),
)
THERMAL_AGEING: Final = Mechanism(
    "thermal_ageing",
    Message("mechanism.thermal-ageing"),
    Message("mechanism.thermal-ageing-law"),
    Exponents(low=17_500.0, nominal=18_500.0, high=19_500.0),
    unit="K",
    origin=Message("mechanism.thermal-ageing-origin"),
)

ENGINE_MECHANISMS: Final = (
    TORQUE,
    PEAK_PRESSURE,
    BEARING,
    THERMAL_SHOCK,
    VALVE_SEAT,
    INJECTOR,
    WEAR,
    THERMAL_AGEING,
)
"""Those of the hydrogen engine."""


EXPONENT_ENDS: Final = ("", "_low", "_high")
"""What follows ``<mechanism>_exponent``: nothing for the nominal one, or the end of its band."""
EXPONENT_ORIGIN: Final = "exponent_origin"
"""Setting that says where the given exponents come from."""
EXPONENT_SETTINGS: Final = (
    *(f"{each.name}_exponent{end}" for each in ENGINE_MECHANISMS for end in EXPONENT_ENDS),
    EXPONENT_ORIGIN,
)
"""What may stand in ``judge:`` of a protocol to give other exponents."""


def engine_settings(displacement: float) -> MechanismSettings:
    """Return the mechanisms of a hydrogen engine of a displacement, m3, at their defaults.

    Raises:
        MechanismError: the displacement is no number above zero.
    """
    return MechanismSettings(displacement=displacement, mechanisms=ENGINE_MECHANISMS)


def settings_from(
    settings: MechanismSettings, given: Mapping[str, float], origin: Text
) -> MechanismSettings:
    """Return settings with exponents as a protocol or a person gives them.

    Args:
        settings: what holds where nothing is given.
        given: ``torque_exponent``, ``torque_exponent_low``, ``torque_exponent_high``, and so on for
            every mechanism. A nominal one given alone widens the band where it lies outside.
        origin: where all of them come from.

    Raises:
        MechanismError: an unknown name, no source, or numbers that are no band.
    """
    known = {
        f"{each.name}_exponent{end}": (each.name, end)
        for each in settings.mechanisms
        for end in EXPONENT_ENDS
    }
    chosen: dict[str, dict[str, float]] = {}
    for key, value in given.items():
        if key not in known:
            raise MechanismError("mechanism.unknown", name=key, hint=did_you_mean(key, known))
        name, end = known[key]
        chosen.setdefault(name, {})[end] = value
    for name, ends in chosen.items():
        old = settings.mechanism(name).exponents
        nominal = ends.get("", old.nominal)
        low = ends.get("_low", min(old.low, nominal))
        high = ends.get("_high", max(old.high, nominal))
        settings = settings.with_exponents(name, low=low, nominal=nominal, high=high, origin=origin)
    return settings
