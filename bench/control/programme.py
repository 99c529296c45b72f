"""What a bench carries out and guards at a time: a plan, its limits, and the row that shows both.

All that takes long (compiling formulas) is done when it is prepared, in any thread; a loop only
swaps one programme for the next between two scans.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.control.counters import Counters
from bench.device import SampleQueue
from bench.model import BenchModel
from bench.plan import Plan, walk
from bench.safeguard import Limit
from bench.safety.limits import LimitTable
from bench.scan import Scan


@dataclass(frozen=True)
class Programme:
    """A plan, prepared for one loop: it is loaded once."""

    plan: Plan
    """What to run."""
    scan: Scan
    """The row, with a hidden column for each formula its limits need."""
    limits: LimitTable
    """Limits of the bench, of the protocol, then those of its steps, which are off."""
    places: Mapping[int, int]
    """``id()`` of a step's limit → its place among `limits`."""

    counters: Counters
    """What the object accumulates while it runs."""

    def switch(self, limits: Sequence[Limit], *, is_on: bool) -> None:
        """Switch limits of a step on or off."""
        for limit in limits:
            self.limits.enabled[self.places[id(limit)]] = is_on

    def take_over(self, other: Programme) -> None:
        """Go on where another programme of the same bench is: row, limits of equal id, counts."""
        self.scan.take_over(other.scan)
        self.limits.take_over(other.limits)
        counted = self.counters.values
        counted.update((name, n) for name, n in other.counters.values.items() if name in counted)


def prepare(model: BenchModel, plan: Plan, queue: SampleQueue, *, period: int = 0) -> Programme:
    """Return a plan made ready to be loaded, with scans every so many ns; no bench is touched."""
    always = [*model.limits, *plan.limits]
    of_steps = [
        limit for root in plan.sequences for node in walk(root) for limit in node.head.limits
    ]
    limits = LimitTable([*always, *of_steps], model.index, len(model.channels))
    limits.enabled[len(always) :] = False
    places = {id(limit): place for place, limit in enumerate(of_steps, start=len(always))}
    scan = Scan(model, queue, LimitTable.hidden(limits.limits), period=period)
    counters = Counters((*model.counters, *plan.counters), model.index)
    return Programme(plan, scan, limits, places, counters)
