"""Checks of demands against the bench and against one another."""

from __future__ import annotations

from bench.config.quantities import per_second
from bench.expression import Resolved
from bench.findings import Where
from bench.model import DemandPoint
from bench.plan import Value
from bench.planning.context import Context
from bench.planning.place import Place
from bench.step import Scalar


def demanded(
    context: Context, name: str, written: Scalar, named: Place, place: Place
) -> tuple[int, Value] | None:
    """Return demand index and value of what is written; None where it cannot be understood.

    Args:
        context: What planning needs.
        name: Name of the demand.
        written: Its value.
        named: Place of the entry with that name.
        place: Place of the value.
    """
    with context.findings.at(named.section.key_mark):
        index, demand = context.demand(name)
        with context.at(place):
            value = context.texts(place).demand(written, demand)
            take(context, demand, value, place.section)
            return index, value
    return None


def take(context: Context, demand: DemandPoint, value: Value, where: Where) -> None:
    """Check a new value of a demand and remember it."""
    check_requirements(context, demand, where)
    if isinstance(value, Resolved):
        context.course.remember(demand.name, None)
        return
    check_range(context, demand, value, where)
    context.course.remember(demand.name, value)


def check_requirements(context: Context, demand: DemandPoint, where: Where) -> None:
    """Find a demand that means nothing in the mode in which it comes."""
    for name, allowed in demand.requires.items():
        current = context.course.demands.get(name)
        if current is None or current in allowed:
            continue
        _, selector = context.demand(name)
        context.findings.add(
            where,
            "plan.impossible-pair",
            demand=demand.name,
            selector=name,
            current=selector.shown(current),
            allowed=", ".join(selector.shown(value) for value in sorted(allowed)),
        )


def check_range(context: Context, demand: DemandPoint, value: float, where: Where) -> None:
    """Find a value outside what bench and object allow."""
    if demand.choices or demand.range.holds(value):
        return
    context.findings.add(
        where,
        "plan.demand-out-of-range",
        demand=demand.name,
        value=demand.shown(value),
        low=demand.shown(demand.range.low),
        high=demand.shown(demand.range.high),
    )


def check_steepness(context: Context, demand: DemandPoint, gradient: float, where: Where) -> None:
    """Find a change (SI per second) that is steeper than the bench allows."""
    if gradient <= demand.gradient * (1 + 1e-9):
        return
    unit = per_second(demand.unit)
    context.findings.add(
        where,
        "plan.too-steep",
        demand=demand.name,
        gradient=unit.shown(gradient),
        limit=unit.shown(demand.gradient),
    )
