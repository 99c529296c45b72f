"""Between which values an expression lies where its channels lie between bounds.

Interval arithmetic (R. E. Moore, Interval Analysis, 1966): what comes out holds every value that
the expression can take; where one channel stands in it twice, it may be wider than that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench.expression import Resolved
from bench.expression.operations import WHOLE, Channel, Operation, Tree, Value

Floats = NDArray[np.floating[Any]]


class Bounds(NamedTuple):
    """Smallest and largest value per pixel, SI; NaN: none, or no bound."""

    low: Floats
    """Smallest."""
    high: Floats
    """Largest."""


def bounded(resolved: Resolved, columns: Mapping[str, Bounds], count: int) -> Bounds:
    """Return bounds of what an expression yields per pixel, SI; conditions lie in 0 to 1.

    Args:
        resolved: What is computed.
        columns: Each channel it needs → bounds of its values, SI.
        count: Number of pixels.

    Returns:
        Bounds that no value leaves; NaN where a channel has no values, and where a divisor may
        be zero.
    """
    with np.errstate(all="ignore"):
        found = _bounds(resolved.tree, columns, count)
    unknown = ~(np.isfinite(found.low) & np.isfinite(found.high))
    for name in resolved.names:
        unknown |= np.isnan(columns[name].low)
    return Bounds(np.where(unknown, np.nan, found.low), np.where(unknown, np.nan, found.high))


def _bounds(tree: Tree, columns: Mapping[str, Bounds], count: int) -> Bounds:
    match tree:
        case Value(value=value):
            point = np.full(count, float(value))
            return Bounds(point, point)
        case Channel(name=name):
            return columns[name]
        case Operation(name="*", operands=(left, right)) if left == right:
            return _power(_bounds(left, columns, count), 2.0)
        case Operation(name="pow", operands=(base, Value(value=exponent))):
            return _power(_bounds(base, columns, count), float(exponent))
        case Operation(name=name, operands=operands):
            return _OPERATIONS[name](*(_bounds(each, columns, count) for each in operands))


def _hull(*values: Floats) -> Bounds:
    return Bounds(reduce(np.minimum, values), reduce(np.maximum, values))


def _has_zero(given: Bounds) -> NDArray[np.bool_]:
    return (given.low <= 0) & (given.high >= 0)


def _add(left: Bounds, right: Bounds) -> Bounds:
    return Bounds(left.low + right.low, left.high + right.high)


def _subtract(left: Bounds, right: Bounds) -> Bounds:
    return Bounds(left.low - right.high, left.high - right.low)


def _multiply(left: Bounds, right: Bounds) -> Bounds:
    return _hull(
        left.low * right.low, left.low * right.high, left.high * right.low, left.high * right.high
    )


def _divide(left: Bounds, right: Bounds) -> Bounds:
    no_bound = _has_zero(right)
    low = np.where(no_bound, np.nan, 1.0 / right.high)
    return _multiply(left, Bounds(low, 1.0 / right.low))


def _power(base: Bounds, exponent: float) -> Bounds:
    if not exponent.is_integer():
        base = Bounds(np.maximum(base.low, 0.0), base.high)  # a root of a negative is no value
    found = _hull(base.low**exponent, base.high**exponent)
    if exponent < 0:
        no_bound = _has_zero(base)
        return Bounds(np.where(no_bound, np.nan, found.low), found.high)
    if exponent.is_integer() and exponent % 2 == 0:
        return Bounds(np.where(_has_zero(base), 0.0, found.low), found.high)
    return found


def _negative(given: Bounds) -> Bounds:
    return Bounds(-given.high, -given.low)


def _absolute(given: Bounds) -> Bounds:
    found = _hull(np.abs(given.low), np.abs(given.high))
    return Bounds(np.where(_has_zero(given), 0.0, found.low), found.high)


def _root(given: Bounds) -> Bounds:
    return Bounds(np.sqrt(np.maximum(given.low, 0.0)), np.sqrt(given.high))


def _exponential(given: Bounds) -> Bounds:
    return Bounds(np.exp(given.low), np.exp(given.high))


def _logarithm(given: Bounds) -> Bounds:
    return Bounds(np.log(given.low), np.log(given.high))


def _wave(function: Callable[[Floats], Floats]) -> Callable[[Bounds], Bounds]:
    def wave(given: Bounds) -> Bounds:
        is_point = given.low == given.high
        value = function(given.low)
        return Bounds(np.where(is_point, value, -1.0), np.where(is_point, value, 1.0))

    return wave


def _least(*given: Bounds) -> Bounds:
    return Bounds(
        reduce(np.minimum, [each.low for each in given]),
        reduce(np.minimum, [each.high for each in given]),
    )


def _greatest(*given: Bounds) -> Bounds:
    return Bounds(
        reduce(np.maximum, [each.low for each in given]),
        reduce(np.maximum, [each.high for each in given]),
    )


def _ceiling(given: Bounds) -> Bounds:
    low, high = (np.ceil(each - WHOLE * np.abs(each)) for each in (given.low, given.high))
    return Bounds(low, high)


def _not(given: Bounds) -> Bounds:
    return Bounds(1.0 - given.high, 1.0 - given.low)


def _less(left: Bounds, right: Bounds) -> Bounds:
    return Bounds((left.high < right.low) * 1.0, (left.low < right.high) * 1.0)


def _at_most(left: Bounds, right: Bounds) -> Bounds:
    return Bounds((left.high <= right.low) * 1.0, (left.low <= right.high) * 1.0)


def _equal(left: Bounds, right: Bounds) -> Bounds:
    is_sure = (left.low == left.high) & (right.low == right.high) & (left.low == right.low)
    may_be = (left.low <= right.high) & (right.low <= left.high)
    return Bounds(is_sure * 1.0, may_be * 1.0)


def _more(left: Bounds, right: Bounds) -> Bounds:
    return _less(right, left)


def _at_least(left: Bounds, right: Bounds) -> Bounds:
    return _at_most(right, left)


def _differs(left: Bounds, right: Bounds) -> Bounds:
    return _not(_equal(left, right))


def _if(condition: Bounds, chosen: Bounds, other: Bounds) -> Bounds:
    is_sure, may_be = condition.low == 1.0, condition.high == 1.0
    least, most = np.fmin(chosen.low, other.low), np.fmax(chosen.high, other.high)
    low = np.where(is_sure, chosen.low, np.where(may_be, least, other.low))
    high = np.where(is_sure, chosen.high, np.where(may_be, most, other.high))
    return Bounds(low, high)


_OPERATIONS: Mapping[str, Callable[..., Bounds]] = MappingProxyType(
    {
        "+": _add,
        "-": _subtract,
        "*": _multiply,
        "/": _divide,
        "<": _less,
        "<=": _at_most,
        ">": _more,
        ">=": _at_least,
        "==": _equal,
        "differs": _differs,
        "and": _least,
        "or": _greatest,
        "not": _not,
        "if": _if,
        "lesser": _least,
        "least": _least,
        "greater": _greatest,
        "greatest": _greatest,
        "neg": _negative,
        "abs": _absolute,
        "sqrt": _root,
        "exp": _exponential,
        "log": _logarithm,
        "sin": _wave(np.sin),
        "cos": _wave(np.cos),
        "ceil": _ceiling,
    }
)
