"""What a resolved expression computes: a small tree of plain operations, and its interpreter."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

FAILURES = (ZeroDivisionError, ValueError, OverflowError)
"""What arithmetic raises where a result is not a number."""


@dataclass(frozen=True)
class Value:
    """A constant, SI; conditions are bool."""

    value: float | bool
    """The constant."""


@dataclass(frozen=True)
class Channel:
    """The value of a channel, SI."""

    name: str
    """Dotted name."""


@dataclass(frozen=True)
class Operation:
    """An operation on what its operands yield."""

    name: str
    """Key of `OPERATIONS`, or ``and``, ``or``, ``if``, which look at one side only."""
    operands: tuple[Tree, ...]
    """Its operands."""


Tree = Value | Channel | Operation


def least(*values: float) -> float:
    """Return the smallest value; nan where any is nan."""
    return math.nan if any(map(math.isnan, values)) else min(values)


def lesser(left: float, right: float) -> float:
    """Return the smaller of two, faster than `least`; nan where one is nan."""
    return left if left <= right else right if right < left else math.nan


def greater(left: float, right: float) -> float:
    """Return the larger of two, faster than `greatest`; nan where one is nan."""
    return left if left >= right else right if right > left else math.nan


def greatest(*values: float) -> float:
    """Return the largest value; nan where any is nan."""
    return math.nan if any(map(math.isnan, values)) else max(values)


WHOLE = 1e-9
"""Part of a number by which it may miss a whole one and still be it."""


def ceiling(value: float) -> float:
    """Return the smallest whole number not below; 25.000000001 from rounding is 25.

    Raises:
        ValueError, OverflowError: it is no number, or infinite.
    """
    return float(math.ceil(value - WHOLE * math.fabs(value)))


def differs(left: float, right: float) -> bool:
    """Return whether two numbers differ; not where one is nan."""
    return left < right or left > right


_OF_TWO: Mapping[str, Callable[[float, float], float | bool]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "differs": differs,
    "pow": math.pow,
    "lesser": lesser,
    "greater": greater,
}
_OF_ONE: Mapping[str, Callable[[float], float | bool]] = {
    "neg": lambda a: -a,
    "not": lambda a: not a,
    "abs": math.fabs,
    "sqrt": math.sqrt,
    "exp": math.exp,
    "log": math.log,
    "sin": math.sin,
    "cos": math.cos,
    "ceil": ceiling,
}
OPERATIONS: Mapping[str, Callable[..., float | bool]] = {
    **_OF_TWO,
    **_OF_ONE,
    "least": least,
    "greatest": greatest,
}
"""Name → function; `and`, `or` and `if` are not here, as they may skip an operand."""


def compute(tree: Tree, values: Mapping[str, float]) -> float | bool:
    """Return what a tree yields; raises one of `FAILURES` where that is no number."""
    match tree:
        case Value(value=value):
            return value
        case Channel(name=name):
            return float(values[name])
        case Operation(name="and", operands=(left, right)):
            return compute(left, values) and compute(right, values)
        case Operation(name="or", operands=(left, right)):
            return compute(left, values) or compute(right, values)
        case Operation(name="if", operands=(condition, chosen, other)):
            return compute(chosen if compute(condition, values) else other, values)
        case Operation(name=name, operands=operands):
            return OPERATIONS[name](*[compute(operand, values) for operand in operands])


def folded(tree: Operation) -> Tree:
    """Return the operation, or the constant it comes to."""
    first = tree.operands[0]
    if tree.name == "if" and isinstance(first, Value):
        return tree.operands[1] if first.value else tree.operands[2]
    if not all(isinstance(operand, Value) for operand in tree.operands):
        return tree
    try:
        value = compute(tree, {})
    except FAILURES:
        return tree
    return Value(value) if math.isfinite(value) else tree
