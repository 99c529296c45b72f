"""One function for many expressions: source made of our own operations, compiled once.

Interpreting fifty trees takes a millisecond of Python; compiled, they take some microseconds,
a hundred times a second. The source holds nothing a user wrote: numbers go in as `repr` of a
float, channels as an index, operations from a table.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, cast

from bench.expression.operations import FAILURES, OPERATIONS, Channel, Operation, Tree, Value
from bench.expression.resolve import Resolved


class Cells(Protocol):
    """Values one by one: a list, or a view into an array."""

    def __getitem__(self, index: int, /) -> float:
        """Return one."""
        ...

    def __setitem__(self, index: int, value: float, /) -> None:
        """Set one."""
        ...


RowFunction = Callable[[Cells], None]

_INFIX = {"+", "-", "*", "/", "<", "<=", ">", ">=", "==", "and", "or"}
_PREFIX = {"neg": "-", "not": "not "}


def compile_row(items: Sequence[tuple[int, Resolved]], index: Callable[[str], int]) -> RowFunction:
    """Return a function that evaluates expressions in order, in place, on one row of values.

    Args:
        items: position in the row where each result goes, and the expression.
        index: position of a channel in the row. It may be that of an earlier result.

    Returns:
        A function of the whole row (SI; inputs, and slots for results). A result that is no
        number (division by zero, overflow, root of a negative) is nan, and the others go on.
    """
    lines = ["def evaluate(row):", "    pass"]
    for position, resolved in items:
        value = _source(resolved.tree, index)
        if resolved.is_condition:
            value = f"1.0 if {value} else 0.0"
        else:
            value = f"value if -LARGEST <= (value := {value}) <= LARGEST else nan"
        lines += [
            "    try:",  # costs nothing as long as nothing is raised
            f"        row[{position:d}] = {value}",
            "    except FAILURES:",
            f"        row[{position:d}] = nan",
        ]
    namespace: dict[str, Any] = dict(_NAMESPACE)
    code = compile("\n".join(lines), "<computed channels>", "exec")
    exec(code, namespace)  # noqa: S102 - the source is built from our own nodes only, see above
    return cast("RowFunction", namespace["evaluate"])


_NAMESPACE: Mapping[str, object] = {
    **{name: function for name, function in OPERATIONS.items() if name.isidentifier()},
    "FAILURES": FAILURES,
    "LARGEST": sys.float_info.max,
    "nan": math.nan,
    "__builtins__": {},
}


def _source(tree: Tree, index: Callable[[str], int]) -> str:
    match tree:
        case Value(value=bool(value)):
            return repr(value)
        case Value(value=value):
            return f"({float(value)!r})"
        case Channel(name=name):
            return f"row[{index(name):d}]"
        case Operation(name=name, operands=operands):
            return _operation(name, [_source(operand, index) for operand in operands])


def _operation(name: str, operands: list[str]) -> str:
    if name in _INFIX:
        return f"({operands[0]} {name} {operands[1]})"
    if name in _PREFIX:
        return f"({_PREFIX[name]}{operands[0]})"
    if name == "if":
        return f"({operands[1]} if {operands[0]} else {operands[2]})"
    return f"{name}({', '.join(operands)})"
