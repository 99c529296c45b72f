"""What each step of a chain of run files costs, and what follows for a longer one."""

from __future__ import annotations

import cProfile
import pstats
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from bench.clock import SECOND, SystemClock
from bench.plan import HoldNode, Node, Plan, PlannedStopNode, RepeatNode, SequenceNode
from bench.service.server import BenchServer
from protocols import chain, hosting
from protocols.chain import FinishedChain, carry_out_chain, is_chained
from protocols.console import Console
from protocols.execution import Wish, carry_out, ordered

HOUR = 3600.0
OUTSIDE = "start, safe"
"""Block of what stands in no step of the protocol: preflight, re-entry, safe sequences."""


@dataclass(frozen=True)
class Asked:
    """A chain to carry out."""

    protocol: str
    parameters: Mapping[str, str]
    folder: Path
    scan: str
    """Scan period."""
    leaps: bool
    """Whether time leaps in holds."""
    faults: Path | None = None
    """What goes wrong, with the protocol's own; None: nothing does, not even those."""
    profile: str = ""
    """Order of the profile; empty: none."""


@dataclass
class Cost:
    """What scans have cost."""

    scans: int = 0
    seconds: float = 0.0
    """Bench time, s."""
    processor: float = 0.0
    """Processor time, s."""

    @property
    def hours(self) -> float:
        """Bench time, h."""
        return self.seconds / HOUR

    @property
    def each(self) -> float:
        """Processor time of a scan, us."""
        return 1e6 * self.processor / max(self.scans, 1)

    def add(self, other: Cost) -> None:
        """Take another one in."""
        self.scans += other.scans
        self.seconds += other.seconds
        self.processor += other.processor


@dataclass
class Costs:
    """What a chain has cost."""

    dense: dict[str, Cost] = field(default_factory=lambda: defaultdict(Cost))
    """Step → scans of ordinary length."""
    leaping: dict[str, Cost] = field(default_factory=lambda: defaultdict(Cost))
    """Step → leaps, each with the scan behind it."""
    passes: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """Step → how often it began, or went on behind a stop."""
    files: int = 0
    around: float = 0.0
    """Processor time to open and close benches, and to judge, s."""
    wall: float = 0.0
    """Time that elapsed, s."""
    size: int = 0
    """Bytes of the run files."""
    ending: str = ""

    @property
    def whole(self) -> Cost:
        """All scans."""
        whole = Cost()
        for each in (*self.dense.values(), *self.leaping.values()):
            whole.add(each)
        return whole


class MeasuredServer(BenchServer):
    """A bench that notes what each scan costs."""

    def __init__(self, costs: Costs, *given: Any, **named: Any) -> None:
        """Open the bench; see `BenchServer`."""
        self._costs = costs
        self._place: tuple[object, ...] = ()
        costs.files += 1
        super().__init__(*given, **named)

    def step(self) -> None:
        """Do one scan."""
        position = self.loop.position
        place = (position.id, position.turns)
        if place != self._place:
            self._place = place
            self._costs.passes[position.id] += 1
        before, begun = self.clock.now(), time.process_time()
        try:
            super().step()
        finally:
            processor = time.process_time() - begun
            passed = self.clock.now() - before
            is_leap = passed > 1.5 * self.order.scan_period
            costs = self._costs.leaping if is_leap else self._costs.dense
            costs[position.id].add(Cost(1, passed / SECOND, processor))


def carried_out(asked: Asked) -> Costs:
    """Carry a protocol out, as a chain where it has planned stops; return what it has cost."""
    costs, wall = Costs(), SystemClock()
    wish = Wish(
        protocol=asked.protocol,
        rig=None,
        parameters=asked.parameters,
        is_simulated=True,
        plant={},
        seed=1,
        folder=asked.folder,
        operator="",
        answers_prompts=True,
        faults=asked.faults,
        does_every_scan=not asked.leaps,
        scan=asked.scan,
    )
    order = ordered(wish, wall)
    if asked.faults is None:
        order = replace(order, faults=())
    server = partial(MeasuredServer, costs)
    profile = cProfile.Profile() if asked.profile else nullcontext()
    begun, processor = time.monotonic(), time.process_time()
    quiet = Console("en", is_quiet=True)
    with (
        patch.object(chain, "BenchServer", server),
        patch.object(hosting, "BenchServer", server),
        profile,
    ):
        if is_chained(order):
            finished = carry_out_chain(wish, order, quiet, wall=wall)
        else:
            finished = carry_out(wish, quiet, wall=wall, order=order)
    costs.wall = time.monotonic() - begun
    costs.around = time.process_time() - processor - costs.whole.processor
    costs.size = sum(each.stat().st_size for each in asked.folder.iterdir())
    costs.ending = finished.ending.state
    if isinstance(finished, FinishedChain) and finished.halt is not None:
        costs.ending += f": {finished.halt.text('en')}"
    if isinstance(profile, cProfile.Profile):
        pstats.Stats(profile).sort_stats(asked.profile).print_stats(45)
    return costs


@dataclass
class BlockRow:
    """One block of a campaign."""

    name: str
    measured: Cost = field(default_factory=Cost)
    hours: float = 0.0
    """In the long campaign, h."""
    processor: float = 0.0
    """There, s."""


@dataclass
class _Planned:
    """How often a step stands in a plan."""

    block: str
    times: int = 0
    held: float = 0.0
    """Of a hold: how long in all, s."""
    is_optional: bool = False
    """Whether a condition may leave it out."""


def extrapolated(costs: Costs, long: Plan) -> list[BlockRow]:
    """Return what the blocks cost, and what those of a longer campaign of the same steps would.

    Scans of ordinary length come with each pass of a step; leaps, and every scan of a hold where
    nothing leaps, with the time that is held.
    """
    there = _planned(long)
    rows: dict[str, BlockRow] = {}
    files = (1 + len(long.planned_stops) * _passes(long)) / costs.files
    for step in sorted({*costs.dense, *costs.leaping}):
        dense, leaps = costs.dense.get(step, Cost()), costs.leaping.get(step, Cost())
        own = there.get(step)
        row = rows.setdefault(
            own.block if own else OUTSIDE, BlockRow(own.block if own else OUTSIDE)
        )
        row.measured.add(dense)
        row.measured.add(leaps)
        passes = files if own is None else own.times / costs.passes[step]
        time_held = passes
        if own is not None and own.held:
            seconds = dense.seconds + leaps.seconds
            time_held = own.held / seconds
            if leaps.scans:
                time_held = (own.held - dense.seconds * passes) / leaps.seconds
            else:
                passes = time_held
        row.hours += (dense.seconds * passes + leaps.seconds * time_held) / HOUR
        row.processor += dense.processor * passes + leaps.processor * time_held
    return [*rows.values(), BlockRow("files", processor=costs.around * files)]


def unmeasured(costs: Costs, plan: Plan) -> list[str]:
    """Return the steps with a duration of their own of which nothing was measured."""
    known = {*costs.dense, *costs.leaping}
    held = (step for step, own in _planned(plan).items() if own.held and not own.is_optional)
    return [step for step in held if step not in known]


def _passes(plan: Plan) -> int:
    """Return how often a plan passes its planned stops, each."""
    stops = [each for each in _leaves(plan.root.body) if isinstance(each.node, PlannedStopNode)]
    return max((each.times for each in stops), default=0)


def _planned(plan: Plan) -> dict[str, _Planned]:
    found: dict[str, _Planned] = {}
    for leaf in _leaves(plan.root.body):
        own = found.setdefault(leaf.node.head.id, _Planned(leaf.block))
        own.times += leaf.times
        own.is_optional |= leaf.is_optional
        if isinstance(leaf.node, HoldNode):
            own.held += leaf.times * leaf.node.duration
    return found


class _Leaf(NamedTuple):
    """A step that does something."""

    node: Node
    times: int
    block: str
    """First call, or step, that it belongs to."""
    is_optional: bool


def _leaves(
    nodes: Sequence[Node], times: int = 1, block: str = "", *, is_optional: bool = False
) -> Iterator[_Leaf]:
    for node in nodes:
        optional = is_optional or node.head.when is not None
        if isinstance(node, RepeatNode):
            yield from _leaves(node.body, times * node.times, block, is_optional=optional)
            continue
        name = block or node.head.id.rsplit("/", 1)[-1]
        if isinstance(node, SequenceNode):
            yield from _leaves(node.body, times, name, is_optional=optional)
        else:
            yield _Leaf(node, times, name, optional)
