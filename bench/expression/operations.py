"""What a resolved expression computes: a small tree of plain operations, and its interpreter."""

from __future__ import annotations

import math
import operator
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
    return math.nan if any(value != value for value in values) else min(values)


def greatest(*values: float) -> float:
    """Return the largest value; nan where any is nan."""
    return math.nan if any(value != value for value in values) else max(values)


def differs(left: float, right: float) -> bool:
    """Return whether two numbers differ; not where one is nan."""
    return left < right or left > right


OPERATIONS: Mapping[str, Callable[..., float | bool]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "==": operator.eq, "differs": differs, "neg": operator.neg, "not": operator.not_,
    "least": least, "greatest": greatest, "abs": abs, "pow": math.pow, "sqrt": math.sqrt,
    "exp": math.exp, "log": math.log, "sin": math.sin, "cos": math.cos,
}  # fmt: skip


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
