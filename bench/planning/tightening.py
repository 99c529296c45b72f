"""Limits only tighten: one that is looser than a wider one on the same channel has no effect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bench.expression.operations import Channel, Operation, Tree, Value
from bench.findings import Findings
from bench.safeguard import Limit


def remark_loose(limits: Iterable[Limit], wider: Iterable[Limit], findings: Findings) -> None:
    """Tell of limits behind which a wider one acts no later and no less.

    Args:
        limits: Limits of a protocol or step.
        wider: Limits of facility, object and what encloses them.
        findings: Takes the remarks.
    """
    known = list(wider)
    for limit in limits:
        stronger = next((other for other in known if _covers(other, limit)), None)
        if stronger is not None and limit.mark is not None:
            findings.remark(
                limit.mark,
                "plan.no-effect",
                limit=limit.id,
                text=limit.text,
                other=stronger.id,
                other_text=stronger.text,
            )


def _covers(wide: Limit, narrow: Limit) -> bool:
    """Return whether the wide limit acts whenever the narrow one does, as early and as hard."""
    return (
        wide.valid_while is None
        and wide.reaction >= narrow.reaction
        and wide.persistence <= narrow.persistence
        and any(
            given.implies(wanted)
            for given in _comparisons(narrow.condition.tree, "and")
            for wanted in _comparisons(wide.condition.tree, "or")
        )
    )


@dataclass(frozen=True)
class _Comparison:
    """``channel > bound``, or below it."""

    channel: str
    is_above: bool
    is_strict: bool
    bound: float

    def implies(self, other: _Comparison) -> bool:
        """Return whether the other one holds wherever this one does."""
        if (self.channel, self.is_above) != (other.channel, other.is_above):
            return False
        if self.bound == other.bound:
            return self.is_strict or not other.is_strict
        return (self.bound > other.bound) is self.is_above


_MIRRORED = {">": "<", ">=": "<=", "<": ">", "<=": ">="}


def _comparisons(tree: Tree, joined_by: str) -> Iterator[_Comparison]:
    """Yield the comparisons of a channel with a number that a condition is joined from."""
    match tree:
        case Operation(name=name, operands=(left, right)) if name == joined_by:
            yield from _comparisons(left, joined_by)
            yield from _comparisons(right, joined_by)
        case Operation(name=name, operands=(Channel(name=channel), Value(value=bound))):
            yield from _comparison(channel, name, bound)
        case Operation(name=name, operands=(Value(value=bound), Channel(name=channel))):
            yield from _comparison(channel, _MIRRORED.get(name, ""), bound)
        case _:
            return


def _comparison(channel: str, operator: str, bound: float) -> Iterator[_Comparison]:
    if operator in _MIRRORED:
        yield _Comparison(channel, operator[0] == ">", len(operator) == 1, bound)
