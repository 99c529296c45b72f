"""How long a safe sequence still takes, as far as can be said from here.

The estimates of a plan know nothing of where the object is: a cool-down at a gradient takes as long
as the object is hot. So a sequence is gone through with what is demanded and measured now.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from bench.control.sequencer import Sequencer
from bench.control.stage import Stage
from bench.plan import Node, RampNode, RepeatNode, SequenceNode, SetNode, Value


def seconds_left(running: Sequencer, stage: Stage) -> float:
    """Return how long a sequence that runs still takes, s."""
    place = running.place
    node, walk = place.node, _Walk(stage)
    now = 0.0
    if isinstance(node, RampNode):
        now = walk.ramp(node, place.elapsed)
    elif node is not None:
        now = max(node.head.estimate.seconds - place.elapsed, 0.0)
    return now + walk.all(place.ahead)


def seconds_of(root: SequenceNode, stage: Stage) -> float:
    """Return how long a sequence would take if it began now, s."""
    return _Walk(stage).all(root.body)


class _Walk:
    """Goes through steps, and remembers what they demand."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._values = list(stage.demands.values)

    def all(self, nodes: Iterable[Node]) -> float:
        """Return how long steps take one after the other, s."""
        return sum(self._one(node) for node in nodes)

    def ramp(self, node: RampNode, elapsed: float = 0.0) -> float:
        """Return how long a ramp takes, s; of one within a time so much is over."""
        longest = max((node.over or 0.0) - elapsed, 0.0)
        for target in node.targets:
            start, end = self._values[target.demand], self._value(target.to)
            if math.isnan(start):
                start = self._stage.measured(target.demand)
            if target.gradient and not math.isnan(start - end):
                longest = max(longest, abs(end - start) / target.gradient)
            self._values[target.demand] = end
        return longest

    def _one(self, node: Node) -> float:
        when = node.head.when
        if when is not None and not self._stage.holds(when):
            return 0.0
        if isinstance(node, SetNode):
            for demand, value in node.values:
                self._values[demand] = self._value(value)
            return 0.0
        if isinstance(node, RampNode):
            return self.ramp(node)
        if isinstance(node, SequenceNode | RepeatNode):
            times = node.times if isinstance(node, RepeatNode) else 1
            return times * self.all(node.body)
        return node.head.estimate.seconds

    def _value(self, value: Value) -> float:
        """Return a value as it would be now, SI; nan: what it depends on is not known."""
        return self._stage.value(value) if self._stage.is_known(value) else math.nan
