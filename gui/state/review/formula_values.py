"""The values of an expression over whole arrays; as `Resolved.evaluate` has them one by one."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.expression import Resolved
from bench.expression.operations import WHOLE, Channel, Operation, Tree, Value

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class _Column:
    """Values, and where they could not be computed: that spreads, other than NaN, over all."""

    values: NDArray[Any]
    failed: Flags


def evaluated(resolved: Resolved, columns: Mapping[str, Floats], count: int) -> Floats:
    """Return what an expression yields per row, SI; conditions are 1 or 0.

    Args:
        resolved: What is computed.
        columns: Each channel it needs → `count` values, SI; NaN where one may not be used.
        count: Number of rows.

    Returns:
        One value per row; NaN where it is no number (division by zero, root of a negative) or
        where any value it is made of may not be used, as for computed channels of a bench.
    """
    with np.errstate(all="ignore"):
        found = _column(resolved.tree, columns, count)
        values = found.values.astype(np.float64)
    unknown = found.failed | ~np.isfinite(values)
    for name in resolved.names:
        unknown = unknown | np.isnan(columns[name])
    return np.where(unknown, np.nan, values)


def _column(tree: Tree, columns: Mapping[str, Floats], count: int) -> _Column:
    none = np.zeros(count, np.bool_)
    match tree:
        case Value(value=value):
            return _Column(np.full(count, value), none)
        case Channel(name=name):
            return _Column(columns[name], none)
        case Operation(name=name, operands=operands):
            found = [_column(each, columns, count) for each in operands]
            return _LAZY[name](*found) if name in _LAZY else _eager(name, found)


def _eager(name: str, operands: list[_Column]) -> _Column:
    values = _OPERATIONS[name](*(each.values for each in operands))
    failed = _any([each.failed for each in operands])
    if name == "/":
        failed = failed | (operands[1].values == 0)
    elif name in _RAISING:
        given = _any([np.isnan(each.values) for each in operands])
        endless = _any([np.isinf(each.values) for each in operands])
        failed = failed | (np.isnan(values) & ~given) | (np.isinf(values) & ~given & ~endless)
    return _Column(values, failed)


def _any(flags: list[Flags]) -> Flags:
    return np.logical_or.reduce(flags)


def _and(left: _Column, right: _Column) -> _Column:
    failed = left.failed | (left.values & right.failed)
    return _Column(left.values & right.values, failed)


def _or(left: _Column, right: _Column) -> _Column:
    failed = left.failed | (~left.values & right.failed)
    return _Column(left.values | right.values, failed)


def _if(condition: _Column, chosen: _Column, other: _Column) -> _Column:
    failed = np.where(condition.values, chosen.failed, other.failed) | condition.failed
    return _Column(np.where(condition.values, chosen.values, other.values), failed)


def _least(*values: Floats) -> Floats:
    return np.minimum.reduce(values)


def _greatest(*values: Floats) -> Floats:
    return np.maximum.reduce(values)


def _differs(left: Floats, right: Floats) -> Flags:
    return (left < right) | (left > right)


def _ceiling(values: Floats) -> Floats:
    return np.ceil(values - WHOLE * np.abs(values))


_LAZY: Mapping[str, Callable[..., _Column]] = MappingProxyType({"and": _and, "or": _or, "if": _if})
_RAISING = frozenset({"pow", "sqrt", "exp", "log", "sin", "cos", "ceil"})
"""Functions that refuse a number, or overflow, where plain arithmetic goes on with infinity."""
_OPERATIONS: Mapping[str, Callable[..., NDArray[Any]]] = MappingProxyType(
    {
        "+": np.add,
        "-": np.subtract,
        "*": np.multiply,
        "/": np.divide,
        "<": operator.lt,
        "<=": operator.le,
        ">": operator.gt,
        ">=": operator.ge,
        "==": operator.eq,
        "differs": _differs,
        "pow": np.power,
        "lesser": np.minimum,
        "greater": np.maximum,
        "least": _least,
        "greatest": _greatest,
        "neg": np.negative,
        "not": np.logical_not,
        "abs": np.abs,
        "sqrt": np.sqrt,
        "exp": np.exp,
        "log": np.log,
        "sin": np.sin,
        "cos": np.cos,
        "ceil": _ceiling,
    }
)
