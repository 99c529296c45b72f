"""A protocol planned for one bench: a tree of steps in SI, with estimates. Nothing moves.

Texts have become numbers, names indices, called protocols part of the tree. What depends on
values at run time (``set: {engine.speed: engine.speed}``) stays an expression.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from bench.cycle import CycleTable, Transform
from bench.document import Document, Mark
from bench.expression import Resolved
from bench.messages import Bilingual
from bench.model import Counter
from bench.safeguard import Limit
from bench.units import Quantity

CAMPAIGN = "campaign"
"""Name that stands for all run files of an object, where a criterion names the point it is of."""

Value = float | Resolved
"""A demand: a number (SI), or an expression evaluated when the step begins."""


@dataclass(frozen=True)
class Estimate:
    """What a step takes."""

    seconds: float = 0.0
    """Expected duration, s."""
    at_most: float = 0.0
    """Longest duration before a timeout, s; infinite where a person is waited for."""
    hydrogen: float = 0.0
    """Expected hydrogen, kg."""

    def __add__(self, other: Estimate) -> Estimate:
        return Estimate(
            self.seconds + other.seconds,
            self.at_most + other.at_most,
            self.hydrogen + other.hydrogen,
        )

    def times(self, count: int) -> Estimate:
        """Return what it takes so many times."""
        return Estimate(self.seconds * count, self.at_most * count, self.hydrogen * count)


@dataclass(frozen=True)
class Head:
    """What every planned step has."""

    id: str
    """Stable id: own ids joined with those of calling steps."""
    kind: str
    """Kind of step."""
    title: Bilingual
    """What people call it."""
    mark: Mark
    """Where it is written."""
    when: Resolved | None = None
    """Left out if this does not hold."""
    limits: tuple[Limit, ...] = ()
    """Limits while it runs."""
    estimate: Estimate = field(default_factory=Estimate)
    """What it takes."""
    is_recovery_point: bool = False
    """Whether a run that was cut off within it goes back to its begin, or that of the pass."""


@dataclass(frozen=True)
class SetNode:
    """Give demands new values at once."""

    head: Head
    values: tuple[tuple[int, Value], ...]
    """Demand index and value, in the order written."""


@dataclass(frozen=True)
class RampTargetNode:
    """Where one demand goes."""

    demand: int
    """Demand index."""
    to: Value
    """Final value, SI."""
    gradient: float | None
    """Change per second, SI; None: the ramp's common time."""


@dataclass(frozen=True)
class RampNode:
    """Take demands to new values evenly."""

    head: Head
    targets: tuple[RampTargetNode, ...]
    over: float | None
    """Common time, s."""


@dataclass(frozen=True)
class HoldNode:
    """Keep all demands for a time."""

    head: Head
    duration: float
    """s."""
    is_skippable: bool = False
    """Whether an order ends it before its time."""


@dataclass(frozen=True)
class Criterion:
    """When one channel is steady; None: not asked for."""

    channel: int
    """Channel index."""
    name: str
    """Channel name."""
    span: float | None = None
    slope: float | None = None
    deviation: float | None = None
    error: float | None = None
    target: Value | None = None
    relative: frozenset[str] = frozenset()
    """Which of them are relative to the mean."""


@dataclass(frozen=True)
class StabiliseNode:
    """Wait until channels are steady."""

    head: Head
    criteria: tuple[Criterion, ...]
    window: float
    within: float
    otherwise: str


@dataclass(frozen=True)
class MeasureNode:
    """Record a point."""

    head: Head
    duration: float
    repeat: int
    name: str


@dataclass(frozen=True)
class WaitNode:
    """Wait until a condition holds."""

    head: Head
    condition: Resolved
    text: str
    within: float
    otherwise: str
    is_skippable: bool = False
    """Whether an order ends it before the condition holds."""


@dataclass(frozen=True)
class SequenceNode:
    """Steps one after the other (protocol, called protocol, one pass of for-each)."""

    head: Head
    body: tuple[Node, ...]

    @cached_property
    def steps(self) -> int:
        """How many steps it is, containers not counted and each pass of a loop anew."""
        return steps_of(self.body)


@dataclass(frozen=True)
class RepeatNode:
    """Run a body several times."""

    head: Head
    times: int
    body: tuple[Node, ...]
    counts: Mapping[str, float] = field(default_factory=dict[str, float])
    """Counter → what each finished pass adds, SI."""

    @cached_property
    def steps(self) -> int:
        """How many steps it is, containers not counted and each pass anew."""
        return self.times * steps_of(self.body)


@dataclass(frozen=True)
class CycleNode:
    """Follow a time table."""

    head: Head
    table: CycleTable
    columns: Mapping[str, int]
    """Column (after the transformation: demand name) → demand index."""
    transform: Transform | None
    points: str | None
    name: str | None
    counts: Mapping[str, float] = field(default_factory=dict[str, float])
    """Counter → what the finished cycle adds, SI."""


@dataclass(frozen=True)
class ZeroNode:
    """Have instruments zero or span themselves."""

    head: Head
    actions: tuple[tuple[str, str, float], ...]
    """Instrument, action, timeout (s)."""


@dataclass(frozen=True)
class PerformNode:
    """Have instruments do something that takes its time."""

    head: Head
    actions: tuple[tuple[str, str, float], ...]
    """Instrument, action, timeout (s)."""
    name: str | None
    """Name of the point that records it."""


@dataclass(frozen=True)
class PromptNode:
    """Ask the operator to do or confirm something."""

    head: Head
    text: Bilingual
    picture: Path | None
    """Picture beside it, absolute."""


@dataclass(frozen=True)
class PlannedStopNode:
    """End the run file; the next one goes on behind it."""

    head: Head
    seconds: float
    """How long it usually takes until it goes on, s."""
    service: tuple[str, ...] = ()
    """What is done to the object meanwhile."""
    text: Bilingual = Bilingual("")  # noqa: RUF009 - it is frozen
    """What to do before it goes on."""


Node = (
    SetNode
    | RampNode
    | HoldNode
    | StabiliseNode
    | MeasureNode
    | WaitNode
    | SequenceNode
    | RepeatNode
    | CycleNode
    | ZeroNode
    | PerformNode
    | PromptNode
    | PlannedStopNode
)
"""One planned step."""


@dataclass(frozen=True)
class Simulated:
    """How a protocol wants to be simulated in virtual time."""

    scan: int | None = None
    """Scan period, ns; None: as the rig says."""
    stretch: int | None = None
    """Longest leap between two scans, ns; None: as the rig says."""
    faults: Document | None = None
    """Schedule of what goes wrong; None: nothing does."""
    settling: int | None = None
    """Time after any change in which every scan is done, ns; None: as the rig says."""
    periods: Mapping[str, int] = field(default_factory=dict[str, int])
    """Instrument → how often it is polled, or broadcasts, ns; others as the rig says."""


@dataclass(frozen=True)
class Plan:
    """A protocol planned for one bench."""

    name: str
    """Name of the protocol."""
    title: Bilingual
    """What people call it."""
    root: SequenceNode
    """Its steps."""
    soft_stop: SequenceNode
    """The object's soft stop."""
    hard_stop: SequenceNode
    """The object's hard stop."""
    unload: SequenceNode
    """How the object gets to idle or least load; without a step where it does not say."""
    limits: tuple[Limit, ...]
    """Limits of the protocol, beside those of the bench."""
    parameters: Mapping[str, Quantity]
    """Parameters as run."""
    texts: Mapping[str, str]
    """File name → text of the protocol, all called ones and their tables."""
    recoveries: Mapping[str, SequenceNode] = field(default_factory=dict[str, SequenceNode])
    """Name → what puts right what a limit found."""
    re_entry: SequenceNode | None = None
    """How the object gets from its safe state to where a run that was cut off can go on."""
    counters: tuple[Counter, ...] = ()
    """What is counted beside the counters of the object."""
    people_first: SequenceNode | None = None
    """The object's stop that protects people at its cost."""
    simulated: Simulated = field(default_factory=Simulated)
    """How it is simulated, as far as it says so itself."""

    @property
    def sequences(self) -> tuple[SequenceNode, ...]:
        """The protocol and all beside it that may run."""
        rare = (each for each in (self.re_entry, self.people_first) if each is not None)
        beside = (self.soft_stop, self.hard_stop, self.unload, *self.recoveries.values())
        return (self.root, *beside, *rare)

    @property
    def planned_stops(self) -> Mapping[str, PlannedStopNode]:
        """Where a run file ends and another goes on, by id of the step."""
        return {n.head.id: n for n in walk(self.root) if isinstance(n, PlannedStopNode)}

    @property
    def estimate(self) -> Estimate:
        """What the whole protocol takes."""
        return self.root.head.estimate

    @property
    def points(self) -> frozenset[str]:
        """Names of the points it measures."""
        return frozenset(
            node.name
            for node in walk(self.root)
            if isinstance(node, MeasureNode | CycleNode | PerformNode) and node.name is not None
        )


def steps_of(nodes: Sequence[Node]) -> int:
    """Return how many steps nodes are, containers not counted and each pass of a loop anew."""
    return sum(node.steps if isinstance(node, SequenceNode | RepeatNode) else 1 for node in nodes)


def walk(node: Node) -> list[Node]:
    """Return a node and all below it, in order."""
    found: list[Node] = [node]
    if isinstance(node, SequenceNode | RepeatNode):
        for child in node.body:
            found.extend(walk(child))
    return found
