"""Where a sequence is among its steps, and what comes next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bench.control.stabilising import Judged
from bench.expression import Resolved
from bench.messages import Bilingual
from bench.plan import Node, RepeatNode, SequenceNode, steps_of


@dataclass(frozen=True)
class Inside:
    """A container under way."""

    node: SequenceNode | RepeatNode
    """Which."""
    child: int
    """Place of the child after the one under way, or after the last one that was."""
    turn: int
    """Pass, from 1."""


@dataclass(frozen=True)
class Place:
    """Where a sequence is."""

    node: Node | None
    """The running step; None: none runs."""
    elapsed: float
    """Time in it, s."""
    inside: tuple[Inside, ...]
    """The containers around it, the outermost first."""
    found: tuple[Judged, ...] = ()
    """What was found of each criterion, where it waits until channels are steady."""

    @property
    def ahead(self) -> Iterator[Node]:
        """The steps and containers after the running one; what is left of a loop pass by pass."""
        for each in reversed(self.inside):
            body = each.node.body
            yield from body[each.child :]
            for _ in range(_turns(each.node) - each.turn):
                yield from body

    @property
    def number(self) -> int:
        """Place of the running step among all, from 1, each pass of a loop anew; 0: none runs."""
        if self.node is None:
            return 0
        return 1 + sum(
            (each.turn - 1) * steps_of(each.node.body) + steps_of(each.node.body[: each.child - 1])
            for each in self.inside
        )

    @property
    def count(self) -> int:
        """How many steps there are, each pass of a loop anew; 0: none."""
        return self.inside[0].node.steps if self.inside else 0

    def next(self, holds: Callable[[Resolved], bool]) -> tuple[Bilingual, float] | None:
        """Return what people call the step after the running one, and its expected time, s.

        Args:
            holds: Whether the condition of a step holds now: it may not when its turn comes.
        """
        return _first(self.ahead, Bilingual(""), holds)


def _first(
    nodes: Iterator[Node], title: Bilingual, holds: Callable[[Resolved], bool]
) -> tuple[Bilingual, float] | None:
    for node in nodes:
        head = node.head
        if head.when is not None and not holds(head.when):
            continue
        own = head.title if head.title.en else title
        if not isinstance(node, SequenceNode | RepeatNode):
            return own if own.en else Bilingual(head.id), head.estimate.seconds
        found = _first(iter(node.body), own, holds)
        if found is not None:
            return found
    return None


def _turns(node: SequenceNode | RepeatNode) -> int:
    return node.times if isinstance(node, RepeatNode) else 1
