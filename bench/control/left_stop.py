"""A safe sequence that ended with the program that ran it, and how it is gone on with.

Nothing is energised again that the stop had not demanded itself: the fuel of an engine that was
cooling down stays shut.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bench.control.saved import Saved, located
from bench.model import DemandPoint
from bench.plan import Node, RampNode, RepeatNode, SequenceNode, SetNode, walk


@dataclass(frozen=True)
class LeftStop:
    """A safe sequence that was broken off."""

    phase: str
    """Which: ``soft-stop`` or ``hard-stop``."""
    saved: Saved
    """Its position."""
    demands: Mapping[str, float]
    """Demand → value then, SI."""


def demands_of_stop(
    root: SequenceNode, left: LeftStop, points: Sequence[DemandPoint]
) -> dict[str, float]:
    """Return what a stop itself had demanded before its present step: demand → value then, SI.

    A selector counts only at a value that one of those steps gives it, or at its safe value: the
    step that would have moved it may have been skipped.

    Args:
        root: The stop.
        left: Where it was.
        points: Demands of the bench.

    Raises:
        Refused: the position belongs to another plan.
    """
    given: dict[int, set[float]] = {}
    for node in _through(root, left.saved):
        if isinstance(node, SetNode):
            for index, value in node.values:
                given.setdefault(index, set()).update({value} if isinstance(value, float) else ())
        elif isinstance(node, RampNode):
            for target in node.targets:
                given.setdefault(target.demand, set())
    found: dict[str, float] = {}
    for index, values in given.items():
        point, value = points[index], left.demands.get(points[index].name)
        if value is not None and (not point.choices or value in {point.safe, *values}):
            found[point.name] = value
    return found


def _through(root: SequenceNode, saved: Saved) -> Iterator[Node]:
    """Yield the steps that had ended."""
    containers, running = located(root, saved)
    for number, (container, frame) in enumerate(zip(containers, saved.frames, strict=True)):
        is_inside = number + 1 < len(containers) or running is not None
        is_again = isinstance(container, RepeatNode) and frame.turn > 1
        ended = container.body if is_again else container.body[: frame.child - is_inside]
        for child in ended:
            yield from walk(child)
