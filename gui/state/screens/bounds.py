"""Where the limits of a bench lie on the scale of a channel."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from bench.expression import Resolved
from bench.expression.operations import Channel, Operation, Tree, Value
from bench.model import BenchModel
from bench.safeguard import Limit
from gui.state.console.numbers import Numbers

_UPPER = frozenset({">", ">="})
_LOWER = frozenset({"<", "<="})


@dataclass(frozen=True)
class Bound:
    """A limit that compares a channel, or its amount, with a constant or with other channels."""

    limit: str
    """Limit it belongs to."""
    value: float
    """Where it lies, SI; nan: it moves with other channels."""
    is_upper: bool
    """Whether values above it violate it; else those below."""
    priority: int
    """1 (at once) to 3 (soon)."""
    valid_while: Resolved | None = None
    """It is judged only while this holds."""
    moving: Resolved | None = None
    """Where it lies, of other channels; None: it stays."""

    def level(self, numbers: Numbers) -> float:
        """Return where it lies now, SI; nan: that is not known."""
        return self.value if self.moving is None else numbers.of(self.moving)

    def is_judged(self, numbers: Numbers) -> bool:
        """Return whether it is judged now."""
        return self.valid_while is None or bool(numbers.holds(self.valid_while))

    def is_passed(self, value: float, level: float) -> bool:
        """Return whether a value lies beyond it, when it is at a level."""
        return value > level if self.is_upper else value < level


def bounds_of(model: BenchModel) -> Mapping[str, tuple[Bound, ...]]:
    """Return channel → the limits of the bench that are lines on its scale.

    Those that stay come first, the lowest first; then those that move.
    """
    found: dict[str, list[Bound]] = {}
    for limit in model.limits:
        for condition in limit.members or (limit.condition,):
            for channel, bound in _lines(condition, limit):
                found.setdefault(channel, []).append(bound)
    return {name: tuple(sorted(each, key=_order)) for name, each in found.items()}


def _order(bound: Bound) -> tuple[bool, float]:
    return (True, 0.0) if bound.moving is not None else (False, bound.value)


def _lines(condition: Resolved, limit: Limit) -> Iterator[tuple[str, Bound]]:
    """Yield the lines of ``channel > level``, ``level < channel`` and ``abs(channel) > level``."""
    tree = condition.tree
    if not isinstance(tree, Operation) or tree.name not in _UPPER | _LOWER:
        return
    measured, level = tree.operands
    is_upper = tree.name in _UPPER
    if isinstance(measured, Value):
        measured, level, is_upper = level, measured, not is_upper
    match measured:
        case Channel(name=name) if name not in _channels(level):
            yield name, _bound(limit, condition, level, is_upper=is_upper)
        case Operation(name="abs", operands=(Channel(name=name),)) if is_upper:
            if isinstance(level, Value):
                yield name, _bound(limit, condition, level, is_upper=True)
                yield name, _bound(limit, condition, Value(-float(level.value)), is_upper=False)
        case _:
            return


def _bound(limit: Limit, condition: Resolved, level: Tree, *, is_upper: bool) -> Bound:
    stays = isinstance(level, Value)
    return Bound(
        limit=limit.id,
        value=float(level.value) if stays else math.nan,
        is_upper=is_upper,
        priority=int(limit.priority),
        valid_while=limit.valid_while,
        moving=None
        if stays
        else replace(condition, tree=level, names=_channels(level), is_condition=False),
    )


def _channels(tree: Tree) -> frozenset[str]:
    match tree:
        case Channel(name=name):
            return frozenset({name})
        case Operation(operands=operands):
            return frozenset[str]().union(*(_channels(each) for each in operands))
        case _:
            return frozenset()
