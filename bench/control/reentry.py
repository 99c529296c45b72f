"""Whether and how a run that was cut off goes on.

The object is brought from safe to running by the protocol's ``re-entry``, the demands are taken
to where they were, and the sequence goes on. A run that had energised nothing needs none of it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bench.control.runners import runner
from bench.control.saved import Saved, located, unreadable
from bench.errors import Refused
from bench.model import DemandPoint
from bench.plan import Plan, SequenceNode, SetNode, walk


@dataclass(frozen=True)
class Resumption:
    """Where a run goes on, and how it gets there."""

    saved: Saved
    """Where the sequence goes on: where it was, or at the begin of a recovery point."""
    demands: Mapping[str, float]
    """Demand → value to take it to before, SI."""
    re_entry: SequenceNode | None
    """What brings the object from safe to running; None: nothing had been energised."""


def resumption(
    plan: Plan, points: Sequence[DemandPoint], saved: Saved, demands: Mapping[str, float]
) -> Resumption:
    """Return how a run goes on; nothing moves.

    Args:
        plan: The plan, of the same texts as that of the run.
        points: Demands of the bench.
        saved: Where its sequence was.
        demands: What was demanded then, SI.

    Raises:
        Refused: it cannot go on from there; says why.
    """
    _, running = located(plan.root, saved)
    if not saved.frames:
        raise Refused("resume.through", protocol=plan.name)
    if running is not None:
        try:
            runner(running).restore(saved.work)
        except (KeyError, TypeError, ValueError) as error:
            raise unreadable(error) from error
    saved, demands = _recovered(saved, demands)
    energised = [
        point
        for point in _meant(points, demands)
        if not math.isnan(point.safe) and demands[point.name] != point.safe
    ]
    if not energised:
        return Resumption(saved, demands, None)
    if plan.re_entry is None:
        shown = ", ".join(f"{each.name} = {each.shown(demands[each.name])}" for each in energised)
        raise Refused("resume.no-re-entry", protocol=plan.name, demands=shown)
    _check_running(plan.re_entry, points, saved, demands)
    return Resumption(saved, demands, plan.re_entry)


def _recovered(saved: Saved, demands: Mapping[str, float]) -> tuple[Saved, Mapping[str, float]]:
    """Go back to the begin of the pass under way of the innermost recovery point.

    Not from a planned stop: nothing was cut off there.
    """
    if saved.planned_stop:
        return saved, demands
    for depth in range(len(saved.frames), 0, -1):
        frame = saved.frames[depth - 1]
        if frame.demands is not None:
            frames = (*saved.frames[: depth - 1], replace(frame, child=0))
            return replace(saved, frames=frames, step="", work={}), frame.demands
    return saved, demands


def _meant(points: Sequence[DemandPoint], demands: Mapping[str, float]) -> list[DemandPoint]:
    """Return the demands that meant something in the modes of then."""
    return [
        point
        for point in points
        if point.name in demands
        and all(demands.get(name) in allowed for name, allowed in point.requires.items())
    ]


def _check_running(
    re_entry: SequenceNode,
    points: Sequence[DemandPoint],
    saved: Saved,
    demands: Mapping[str, float],
) -> None:
    """Find an object that did not run yet, or no longer: taking it back there is no restoring."""
    ends: dict[str, float] = {}
    for node in walk(re_entry):
        if isinstance(node, SetNode):
            values = [(index, value) for index, value in node.values if isinstance(value, float)]
            ends |= {points[index].name: value for index, value in values}
    for point in points:
        wanted, end = demands.get(point.name), ends.get(point.name)
        if point.choices and wanted == point.safe and end is not None and end != point.safe:
            step = saved.step or saved.frames[-1].id
            shown = point.shown(point.safe)
            raise Refused("resume.not-running", step=step, demand=point.name, value=shown)
