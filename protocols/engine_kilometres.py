"""Kilometres that bench hours of a hydrogen engine stand for, and the hours that are missing.

The claim is the least of all mechanisms at their nominal exponents. Hours, energy, revolutions and
fuel are told beside: bookkeeping that everybody knows, and no claim.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from analysis.equivalence import Equivalence, Exponents, acceleration_factor, equivalence
from bench.messages import Message
from protocols.engine_mechanisms import MechanismPart, MechanismSums, sums
from protocols.field_duty import FieldDuty
from protocols.mechanism_table import Mechanism, MechanismError, MechanismSettings
from protocols.wording import Text

HOUR: Final = 3600.0


@dataclass(frozen=True, kw_only=True)
class Kilometres:
    """Kilometres of one mechanism, or of one bookkeeping quantity."""

    name: str
    """``torque``, ``thermal_shock``, ..., ``hours``, ``energy``, ``revolutions``, ``fuel``."""
    title: Message
    """What people call it."""
    is_mechanism: bool
    """Whether it limits the claim; False: bookkeeping."""
    kilometres: float
    """At the nominal exponent, km."""
    least: float
    """Fewest at the low, nominal and high exponent, km."""
    most: float
    """Most of the three, km."""
    exponents: Exponents | None = None
    """None: bookkeeping."""
    exponent_unit: str = "1"
    """``K`` of thermal ageing."""
    origin: Text = ""
    """Where the exponents come from."""
    is_governing: bool = False
    """Whether it is the least of the mechanisms: the claim."""
    hours: float = 0.0
    """Running hours that these kilometres stand on, h."""
    unknown_hours: float = 0.0
    """Hours that count for nothing here, since what is needed was not known, h."""
    acceleration: float = 0.0
    """Times quicker than the road, 1; zero: nothing is shown yet."""

    @property
    def kilometres_per_hour(self) -> float:
        """Kilometres per running hour so far, km/h; zero: none was run."""
        return self.kilometres / self.hours if self.hours > 0.0 else 0.0

    def hours_missing(self, target: float) -> float:
        """Return the running hours to a target, km, at the mix so far, h; zero: it is reached.

        Infinite: what was run so far does nothing of this kind, so no hours of it are enough.
        """
        if self.kilometres >= target:
            return 0.0
        rate = self.kilometres_per_hour
        return (target - self.kilometres) / rate if rate > 0.0 else float("inf")


def equivalences(bench: MechanismPart, duty: FieldDuty) -> tuple[Kilometres, ...]:
    """Return kilometres: mechanisms first, the least first, then bookkeeping.

    Raises:
        MechanismError: the field duty does nothing of some kind, so that any distance were shown.
    """
    return equivalences_of(sums(bench), duty, bench.settings)


def equivalences_of(
    worn: MechanismSums, duty: FieldDuty, settings: MechanismSettings
) -> tuple[Kilometres, ...]:
    """Return the same of a bench history that was ended, or scaled.

    Raises:
        MechanismError: as `equivalences`.
    """
    field = duty.worn(settings)
    mechanisms = [_mechanism(each, worn, field, duty) for each in settings.mechanisms]
    mechanisms.sort(key=lambda each: each.kilometres)
    if mechanisms:
        mechanisms[0] = replace(mechanisms[0], is_governing=True)
    booked = [_booked(name, of(worn), of(field), worn, duty) for name, of in _BOOKKEEPING.items()]
    return (*mechanisms, *booked)


def governing(found: Sequence[Kilometres]) -> Kilometres:
    """Return the mechanism whose kilometres are the claim.

    Raises:
        MechanismError: there is no mechanism.
    """
    for each in found:
        if each.is_governing:
            return each
    raise MechanismError("mechanism.none")


def _mechanism(
    mechanism: Mechanism, worn: MechanismSums, field: MechanismSums, duty: FieldDuty
) -> Kilometres:
    found = _kilometres(
        mechanism.name,
        mechanism.title,
        worn.damage[mechanism.name],
        field.damage[mechanism.name],
        duty,
    )
    return Kilometres(
        name=mechanism.name,
        title=mechanism.title,
        is_mechanism=True,
        kilometres=found.kilometres,
        least=found.least,
        most=found.most,
        exponents=mechanism.exponents,
        exponent_unit=mechanism.unit,
        origin=mechanism.origin,
        hours=worn.running / HOUR,
        unknown_hours=worn.unknown[mechanism.name] / HOUR,
        acceleration=_acceleration(found.kilometres, worn, duty),
    )


def _booked(
    name: str, bench: float, field: float, worn: MechanismSums, duty: FieldDuty
) -> Kilometres:
    title = _TITLES[name]
    found = _kilometres(name, title, (bench,), (field,), duty)
    return Kilometres(
        name=name,
        title=title,
        is_mechanism=False,
        kilometres=found.kilometres,
        least=found.least,
        most=found.most,
        hours=worn.running / HOUR,
        acceleration=_acceleration(found.kilometres, worn, duty),
    )


def _kilometres(
    name: str, title: Message, bench: Sequence[float], field: Sequence[float], duty: FieldDuty
) -> Equivalence:
    try:
        return equivalence(
            mechanism=name,
            bench_damage=bench,
            field_damage=field,
            field_kilometres=duty.kilometres,
        )
    except ValueError as error:
        raise MechanismError(
            "mechanism.no-field-damage", mechanism=title, duty=duty.name
        ) from error


def _acceleration(kilometres: float, worn: MechanismSums, duty: FieldDuty) -> float:
    if kilometres <= 0.0 or worn.running <= 0.0:
        return 0.0
    return acceleration_factor(
        kilometres=kilometres, hours=worn.running / HOUR, mean_speed=duty.mean_speed
    )


def _hours(worn: MechanismSums) -> float:
    return worn.running / HOUR


def _energy(worn: MechanismSums) -> float:
    return worn.energy


def _revolutions(worn: MechanismSums) -> float:
    return worn.revolutions


def _fuel(worn: MechanismSums) -> float:
    return worn.fuel


_BOOKKEEPING: Final[Mapping[str, Callable[[MechanismSums], float]]] = {
    "hours": _hours,
    "energy": _energy,
    "revolutions": _revolutions,
    "fuel": _fuel,
}
_TITLES: Final = {
    "hours": Message("mechanism.hours"),
    "energy": Message("mechanism.energy"),
    "revolutions": Message("mechanism.revolutions"),
    "fuel": Message("mechanism.fuel"),
}
