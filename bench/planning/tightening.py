"""Limits only tighten: what a narrower scope loosens is refused, what it repeats is remarked.

A limit of a protocol or step on the same channel as a wider one, to the same side, that never
acts before it or harder than it, only loosens: whoever wrote it believes that the bench now allows
more, and it does not. Where it says the same, or adds a condition, it has no effect and no harm.
An object kind is shared by cells that allow less than the object bears, so that its limits behind
those of the facility are nothing wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bench.expression.operations import Channel, Operation, Tree, Value
from bench.findings import Findings
from bench.safeguard import Limit


def check_tightening(limits: Iterable[Limit], wider: Iterable[Limit], findings: Findings) -> None:
    """Tell of limits behind which a wider one acts no later and no less.

    Args:
        limits: Limits of a protocol or step.
        wider: Limits of facility, object and what encloses them.
        findings: Takes a problem for each that only loosens, a remark for each without effect.
    """
    known = list(wider)
    for limit in limits:
        stronger = [other for other in known if _covers(other, limit)]
        if not stronger or limit.mark is None:
            continue
        loosened = next((other for other in stronger if _is_looser(limit, other)), None)
        other = loosened or stronger[0]
        told = {"limit": limit.id, "text": limit.text, "other": other.id, "other_text": other.text}
        if loosened is None:
            findings.remark(limit.mark, "plan.no-effect", **told)
        else:
            findings.add(limit.mark, "limit.loosens", **told)


def _covers(wide: Limit, narrow: Limit) -> bool:
    """Return whether the wide limit acts whenever the narrow one does, as early and as hard."""
    return (
        wide.valid_while is None
        and (not wide.members or wide.votes == 1)
        and wide.is_indicated_only <= narrow.is_indicated_only
        and wide.reaction >= narrow.reaction
        and wide.persistence <= narrow.persistence
        and wide.persistence + wide.delay <= narrow.persistence + narrow.delay
        and any(
            given.implies(wanted)
            for given in _comparisons(narrow.condition.tree, "and")
            for wanted in _comparisons(wide.condition.tree, "or")
        )
    )


def _is_looser(narrow: Limit, wide: Limit) -> bool:
    """Return whether a limit that is covered is the wide one over again, only weaker."""
    own = list(_comparisons(narrow.condition.tree, ""))
    if not own or narrow.members:
        return False
    is_as_tight = any(each == own[0] for each in _comparisons(wide.condition.tree, "or"))
    return not is_as_tight or _weight(narrow) != _weight(wide)


def _weight(limit: Limit) -> tuple[float, ...]:
    return limit.reaction, limit.persistence, limit.delay, limit.is_indicated_only


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
