"""Dimension, reference and kind of what an expression yields, and the rules that combine them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

from bench.units import DIMENSIONLESS, Dimension, Unit

_SYMBOLS = ("m", "s", "kg", "A", "K", "mol")
_NAMED: dict[Dimension, str] = {
    (-1.0, -2.0, 1.0, 0.0, 0.0, 0.0): "Pa",
    (2.0, -3.0, 1.0, 0.0, 0.0, 0.0): "W",
    (2.0, -2.0, 1.0, 0.0, 0.0, 0.0): "J",
    (1.0, -2.0, 1.0, 0.0, 0.0, 0.0): "N",
    (2.0, -3.0, 1.0, -1.0, 0.0, 0.0): "V",
    (2.0, -3.0, 1.0, -2.0, 0.0, 0.0): "ohm",
    (0.0, 1.0, 0.0, 1.0, 0.0, 0.0): "C",
}


class KindMismatch(ValueError):
    """Two kinds do not combine; the argument is the message id of the reason."""


@dataclass(frozen=True)
class Kind:
    """What sort of value stands at a place of an expression."""

    dimension: Dimension = DIMENSIONLESS
    """Exponents of the base dimensions."""
    reference: str = ""
    """``gauge``, ``LFL`` or empty."""
    is_condition: bool = False
    """Whether it is true or false."""
    point: bool | None = None
    """Of temperatures: True, a point on the scale; False, a difference; None, either."""

    @property
    def is_number(self) -> bool:
        """Whether it is a pure number."""
        return not any(self.dimension) and not self.reference and not self.is_condition

    @property
    def unit(self) -> Unit:
        """Its unit in coherent SI."""
        return Unit(_text(self), self.dimension, 1.0, 0.0, self.reference)

    def fits(self, other: Kind) -> bool:
        """Return whether dimension and reference are the same, and both or none are conditions."""
        return (self.dimension, self.reference, self.is_condition) == (
            other.dimension,
            other.reference,
            other.is_condition,
        )


CONDITION = Kind(is_condition=True)
NUMBER = Kind()


@cache
def of_unit(unit: Unit) -> Kind:
    """Return the kind of values in a unit."""
    is_point = True if unit.offset else None
    return Kind(_rounded(unit.dimension), unit.reference, point=is_point)


def _text(kind: Kind) -> str:
    text = _NAMED.get(kind.dimension) or _product(kind.dimension)
    match kind.reference:
        case "gauge":
            return f"{text}_g"
        case "LFL":
            return f"{text or '1'} LFL"
        case _:
            return text


def _product(dimension: Dimension) -> str:
    parts = [
        symbol if power == 1 else f"{symbol}**{power:g}"
        for symbol, power in zip(_SYMBOLS, dimension, strict=True)
        if power
    ]
    return "*".join(parts)


def _rounded(dimension: Dimension) -> Dimension:
    return tuple(round(power, 9) + 0.0 for power in dimension)


def sum_of(left: Kind, right: Kind) -> Kind:
    """Return the kind of left + right; gauge plus absolute pressure is absolute."""
    if left.fits(right):
        return replace(left, point=_sum_point(left, right))
    if _same_but_gauge(left, right):
        return replace(left, reference="", point=None)
    raise KindMismatch(_reason(left, right))


def difference_of(left: Kind, right: Kind) -> Kind:
    """Return the kind of left - right.

    Two gauge pressures differ by a plain pressure; a gauge pressure less a plain one stays gauge,
    an absolute one less a gauge one absolute. Two points of a scale differ by a difference.
    """
    if left.fits(right):
        reference = "" if left.reference == "gauge" else left.reference
        is_point = left.point if right.point is not True else (False if left.point else None)
        return replace(left, reference=reference, point=is_point)
    if _same_but_gauge(left, right):
        return left
    raise KindMismatch(_reason(left, right))


def comparable(left: Kind, right: Kind) -> Kind:
    """Return the common kind of two values that are compared or chosen from."""
    if not left.fits(right):
        raise KindMismatch(_reason(left, right))
    if {left.point, right.point} == {True, False}:
        raise KindMismatch("expression.temperature-difference")
    return left if left.point is not None else right


def product_of(left: Kind, right: Kind) -> Kind:
    """Return the kind of left * right; a reference survives scaling by a pure number."""
    if left.is_number or right.is_number:
        scaled = right if left.is_number else left
        return replace(scaled, point=None) if left.is_number != right.is_number else NUMBER
    pairs = zip(left.dimension, right.dimension, strict=True)
    return Kind(_rounded(tuple(a + b for a, b in pairs)))


def quotient_of(left: Kind, right: Kind) -> Kind:
    """Return the kind of left / right; a reference survives division by a pure number."""
    if right.is_number:
        return replace(left, point=None)
    return product_of(Kind(left.dimension), power_of(right, -1.0))


def power_of(base: Kind, exponent: float) -> Kind:
    """Return the kind of base ^ exponent."""
    return base if exponent == 1 else Kind(_rounded(tuple(p * exponent for p in base.dimension)))


def _sum_point(left: Kind, right: Kind) -> bool | None:
    """A point plus anything is a point; a difference plus a difference is a difference."""
    if left.point or right.point:
        return True
    return False if left.point is False and right.point is False else None


def _same_but_gauge(left: Kind, right: Kind) -> bool:
    same = left.dimension == right.dimension and left.is_condition == right.is_condition
    return same and {left.reference, right.reference} == {"", "gauge"}


def _reason(left: Kind, right: Kind) -> str:
    if left.is_condition != right.is_condition:
        return "expression.condition-and-number"
    if left.dimension != right.dimension:
        return "expression.dimensions-differ"
    if "LFL" in {left.reference, right.reference}:
        return "expression.lfl"
    return "expression.gauge"
