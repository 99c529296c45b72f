"""Where the limits of a bench lie on the scale of a channel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bench.expression import Resolved
from bench.expression.operations import Channel, Operation, Tree, Value
from bench.model import BenchModel
from bench.safeguard import Limit

_UPPER = frozenset({">", ">="})
_LOWER = frozenset({"<", "<="})


@dataclass(frozen=True)
class Bound:
    """A limit of the form ``channel > constant``, ``channel < constant``, or of its amount."""

    limit: str
    """Limit it belongs to."""
    value: float
    """Where it lies, SI."""
    is_upper: bool
    """Whether values above it violate it; else those below."""
    priority: int
    """1 (at once) to 3 (soon)."""
    valid_while: Resolved | None = None
    """It is judged only while this holds."""

    def is_passed(self, value: float) -> bool:
        """Return whether a value lies beyond it."""
        return value > self.value if self.is_upper else value < self.value


def bounds_of(model: BenchModel) -> Mapping[str, tuple[Bound, ...]]:
    """Return channel → the limits of the bench that are lines on its scale, the lowest first."""
    found: dict[str, list[Bound]] = {}
    for limit in model.limits:
        for condition in limit.members or (limit.condition,):
            for channel, bound in _lines(condition.tree, limit):
                found.setdefault(channel, []).append(bound)
    return {name: tuple(sorted(each, key=lambda b: b.value)) for name, each in found.items()}


def _lines(tree: Tree, limit: Limit) -> Iterator[tuple[str, Bound]]:
    match tree:
        case Operation(name=sign, operands=(measured, Value(value=value))):
            is_upper = sign in _UPPER
        case Operation(name=sign, operands=(Value(value=value), measured)):
            is_upper = sign in _LOWER
        case _:
            return
    if sign not in _UPPER | _LOWER:
        return
    line = _bound(limit, float(value), is_upper=is_upper)
    match measured:
        case Channel(name=name):
            yield name, line
        case Operation(name="abs", operands=(Channel(name=name),)) if is_upper:
            yield name, line
            yield name, _bound(limit, -float(value), is_upper=False)
        case _:
            return


def _bound(limit: Limit, value: float, *, is_upper: bool) -> Bound:
    return Bound(limit.id, value, is_upper, int(limit.priority), limit.valid_while)
