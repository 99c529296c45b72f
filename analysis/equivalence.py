"""To how many kilometres on the road hours on a bench come, mechanism by mechanism.

A kilometre on the road does a certain damage; the bench does another, per hour. Their ratio counts
kilometres, and it is another one for each way of wearing out. The damage of each depends on an
exponent that nobody knows well: the same bench hours may stand for five times the distance. So
kilometres come as a band over the exponent, and the claim is that of the mechanism which has seen
the least.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analysis.checks import require_finite, require_not_negative, require_positive
from analysis.fatigue import require_exponents


@dataclass(frozen=True)
class Exponents:
    """The exponent of one mechanism: the value that counts, and the band it may lie in."""

    low: float
    nominal: float
    high: float

    def __post_init__(self) -> None:
        """Refuse what is no exponent, and a band around something else."""
        require_exponents(low=self.low, nominal=self.nominal, high=self.high)
        if not self.low <= self.nominal <= self.high:
            message = (
                f"the exponent must lie in its band: got low {self.low}, nominal {self.nominal}, "
                f"high {self.high}"
            )
            raise ValueError(message)

    def values(self) -> tuple[float, float, float]:
        """Return low, nominal and high."""
        return (self.low, self.nominal, self.high)


@dataclass(frozen=True)
class Equivalence:
    """Kilometres that a bench history stands for, as far as one mechanism goes."""

    mechanism: str
    kilometres: float
    """At the nominal exponent."""
    least: float
    """Fewest over the band of exponents."""
    most: float
    """Most over the band of exponents."""


def equivalent_kilometres(*, bench_damage: float, field_damage_per_kilometre: float) -> float:
    """Return the kilometres on the road that do what the bench did.

    Args:
        bench_damage: of the whole bench history, any unit; zero gives zero kilometres.
        field_damage_per_kilometre: in the same unit, per km.

    Raises:
        ValueError: if the bench damage is negative, or the field does none: any distance would be
            shown then.
    """
    require_not_negative(bench_damage=float(bench_damage))
    require_positive(field_damage_per_kilometre=float(field_damage_per_kilometre))
    kilometres = float(bench_damage) / float(field_damage_per_kilometre)
    require_finite(kilometres=kilometres)
    return kilometres


def equivalence(
    *,
    mechanism: str,
    bench_damage: Sequence[float],
    field_damage: Sequence[float],
    field_kilometres: float,
) -> Equivalence:
    """Return the kilometres of one mechanism, with the band over its exponents.

    Args:
        mechanism: its name.
        bench_damage: of the bench history, at exponents low, nominal, high (or one for all).
        field_damage: of the field duty, at the same exponents.
        field_kilometres: what the field duty drives.

    Raises:
        ValueError: if one of them is negative, the field does no damage, or drives no distance.
    """
    require_positive(field_kilometres=field_kilometres)
    if len(bench_damage) != len(field_damage) or len(bench_damage) not in {1, 3}:
        message = (
            f"{mechanism}: damage at one exponent or at three, of bench and field alike; got "
            f"{len(bench_damage)} and {len(field_damage)}"
        )
        raise ValueError(message)
    kilometres = [
        equivalent_kilometres(
            bench_damage=bench, field_damage_per_kilometre=field / field_kilometres
        )
        for bench, field in zip(bench_damage, field_damage, strict=True)
    ]
    return Equivalence(
        mechanism, kilometres[len(kilometres) // 2], min(kilometres), max(kilometres)
    )


def hours_needed(
    *, kilometres: float, field_damage_per_kilometre: float, bench_damage_per_hour: float
) -> float:
    """Return the bench hours, h, that stand for a distance.

    Args:
        kilometres: the distance, above zero.
        field_damage_per_kilometre: of the field duty, per km.
        bench_damage_per_hour: of the bench, in the same unit, per h.

    Raises:
        ValueError: unless all are finite and above zero: a bench that does no damage needs no
            number of hours, it needs another test.
    """
    require_positive(
        kilometres=kilometres,
        field_damage_per_kilometre=field_damage_per_kilometre,
        bench_damage_per_hour=bench_damage_per_hour,
    )
    return kilometres * field_damage_per_kilometre / bench_damage_per_hour


def acceleration_factor(*, kilometres: float, hours: float, mean_speed: float) -> float:
    """Return how many times quicker the bench wears than the road: km / (h v).

    Args:
        kilometres: equivalent ones.
        hours: of the bench, h.
        mean_speed: of the field duty, km/h.

    Raises:
        ValueError: unless all are finite and above zero.
    """
    require_positive(kilometres=kilometres, hours=hours, mean_speed=mean_speed)
    return kilometres / (hours * mean_speed)


def governing(equivalences: Iterable[Equivalence]) -> Equivalence:
    """Return the mechanism that has seen the fewest kilometres: its kilometres are the claim.

    Raises:
        ValueError: if there is none.
    """
    found = min(equivalences, key=lambda each: each.kilometres, default=None)
    if found is None:
        raise ValueError("no mechanism, no claim")
    return found
