"""What load cycles have used of a life: Miner's sum, and the life Coffin and Manson give a cycle.

Both are one law with different names: life falls with a power of the range. Miner adds up the
shares of life, whatever the order of the cycles.
"""

from collections.abc import Sequence

from numpy.typing import ArrayLike

from analysis.checks import (
    FloatArray,
    as_samples,
    require_finite,
    require_not_negative,
    require_positive,
)
from analysis.rainflow import RainflowCounts


def require_exponents(**exponents: float) -> None:
    """Raise ValueError, naming the exponent, unless each is a number above zero."""
    for name, exponent in exponents.items():
        require_finite(**{name: float(exponent)})
        if exponent <= 0.0:
            message = f"{name} is an exponent of damage and must be above zero, got {exponent}"
            raise ValueError(message)


def cycles_to_failure(
    *, cycle_range: float, reference_range: float, reference_cycles: float, exponent: float
) -> float:
    """Return how many cycles of a range make a life: N = N_ref (S / S_ref) ** -m.

    With a stress or a load and m = 3..8 it is the line of Basquin; with a temperature range and
    q = 2..2.5 that of Coffin and Manson.

    Args:
        cycle_range: S, in the unit of the reference range.
        reference_range: S_ref, of which the life is known.
        reference_cycles: N_ref, life at that range.
        exponent: m or q.

    Raises:
        ValueError: unless all are finite and above zero.
    """
    require_positive(
        cycle_range=cycle_range, reference_range=reference_range, reference_cycles=reference_cycles
    )
    require_exponents(exponent=exponent)
    return reference_cycles * float((cycle_range / reference_range) ** -exponent)


def load_spectrum_damage(
    *, ranges: ArrayLike, counts: ArrayLike, reference_range: float, exponent: float
) -> float:
    """Return the damage of a spectrum, in cycles of the reference range: sum n (S / S_ref) ** m.

    Divided by the cycles to failure at the reference range it is Miner's sum.

    Args:
        ranges: S, shape (n,), not negative.
        counts: n, shape (n,), not negative; halves are possible.
        reference_range: S_ref, in the same unit.
        exponent: m.

    Raises:
        ValueError: if a value is no number, or negative, or the shapes differ.
    """
    widths, numbers = as_samples("ranges", ranges), as_samples("counts", counts)
    if widths.shape != numbers.shape:
        message = f"ranges has {widths.size} values, counts has {numbers.size}"
        raise ValueError(message)
    require_not_negative(ranges=widths, counts=numbers)
    require_positive(reference_range=float(reference_range))
    require_exponents(exponent=exponent)
    relative: FloatArray = widths / reference_range
    return float((numbers * relative**exponent).sum())


def counted_damage(
    counts: RainflowCounts, *, exponents: Sequence[float], reference_range: float
) -> tuple[float, ...]:
    """Return the damage of counted cycles, one per exponent, in cycles of the reference range.

    Args:
        counts: of the record.
        exponents: those it was counted with, in that order.
        reference_range: S_ref, in the unit of the load.

    Raises:
        ValueError: if the exponents are not those of the counts, or the reference is not above 0.
    """
    require_positive(reference_range=float(reference_range))
    if len(exponents) != len(counts.damage):
        message = f"{len(exponents)} exponents for {len(counts.damage)} sums of damage"
        raise ValueError(message)
    return tuple(
        damage / reference_range**exponent
        for damage, exponent in zip(counts.damage, exponents, strict=True)
    )


def miner_sum(*, counts: ArrayLike, cycles_to_failure: ArrayLike) -> float:
    """Return the share of life used: sum n / N; 1 is the end of life.

    Args:
        counts: n, cycles of each kind, shape (n,), not negative.
        cycles_to_failure: N of each kind, shape (n,), above zero.

    Raises:
        ValueError: if a value is no number or out of its range, or the shapes differ.
    """
    numbers = as_samples("counts", counts)
    lives = as_samples("cycles_to_failure", cycles_to_failure)
    if numbers.shape != lives.shape:
        message = f"counts has {numbers.size} values, cycles_to_failure has {lives.size}"
        raise ValueError(message)
    require_not_negative(counts=numbers)
    require_positive(cycles_to_failure=lives)
    return float((numbers / lives).sum())
