"""The step that follows a time table."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from bench.config.catalogue import extension
from bench.cycle import CycleTable, Transform, load_cycle
from bench.document import Section
from bench.errors import ConfigError, did_you_mean
from bench.model import DemandPoint
from bench.plan import CycleNode, Estimate, Head, Node
from bench.planning.context import Context
from bench.planning.counting import counted
from bench.planning.demands import check_range, check_requirements, check_steepness
from bench.planning.place import Place
from bench.step import CycleBody, CycleGrammar


def plan_cycle(context: Context, step: CycleGrammar, head: Head, place: Place) -> Node | None:
    """Plan demands that follow a time table, as it is or transformed."""
    body = step.cycle
    if place.protocol is None:
        raise ConfigError("plan.no-cycle-here")
    transform = _transform(context, body, place)
    _check_points(context, body, place)
    if body.name is not None:
        context.course.measure(body.name)
    with context.at(place / "table"):
        table = load_cycle(context.catalogue.cycle(body.table, place.protocol.path))
        context.course.texts[f"cycles/{Path(body.table).name}"] = table.text
        columns = _columns(context, body, table, place)
        head = replace(head, estimate=_estimate(context, table, columns, transform))
        for column, index in columns.items():
            demand, section = context.model.demands[index], (place / "table").section
            check_requirements(context, demand, section)
            if transform is None:
                _check_column(context, table, column, demand, section)
            else:
                context.course.remember(demand.name, None)
        counts = counted(context, step.counts, place)
        return CycleNode(head, table, columns, transform, body.points, body.name, counts)
    return None


def _transform(context: Context, body: CycleBody, place: Place) -> Transform | None:
    if body.transform is not None:
        with context.at(place / "transform"):
            transform: Transform = extension("cycles", body.transform)
            return transform
    return None


def _check_points(context: Context, body: CycleBody, place: Place) -> None:
    points = context.course.points
    if body.points is not None and body.points not in points:
        hint = did_you_mean(body.points, points)
        where = (place / "points").section
        context.findings.add(where, "plan.no-point", name=body.points, hint=hint)


def _columns(context: Context, body: CycleBody, table: CycleTable, place: Place) -> dict[str, int]:
    """Return column → demand index."""
    renamed = place / "columns"
    for column in body.columns.keys() - table.columns.keys():
        where = (renamed / column).section.key_mark
        hint = did_you_mean(column, table.columns)
        context.findings.add(where, "plan.no-column", column=column, hint=hint)
    columns: dict[str, int] = {}
    for column in table.columns:
        with context.at(renamed / column if column in body.columns else place / "table"):
            columns[column], demand = context.demand(body.columns.get(column, column))
            if demand.choices:
                raise ConfigError("plan.sweep-selector", name=demand.name)
    return columns


def _estimate(
    context: Context, table: CycleTable, columns: dict[str, int], transform: Transform | None
) -> Estimate:
    """Return duration, and hydrogen: of the rows, or of the state in which the cycle begins."""
    if transform is not None or context.model.fuel_estimate is None:
        return Estimate(table.duration, table.duration, table.duration * context.flow)
    hydrogen = 0.0
    flows: list[float] = []
    for row in range(len(table.times)):
        for column, index in columns.items():
            context.course.remember(context.model.demands[index].name, table.columns[column][row])
        flows.append(context.flow)
    for position, (before, after) in enumerate(pairwise(table.times)):
        hydrogen += (after - before) * (flows[position] + flows[position + 1]) / 2
    return Estimate(table.duration, table.duration, hydrogen)


def _check_column(
    context: Context, table: CycleTable, column: str, demand: DemandPoint, section: Section
) -> None:
    """Find a column in another unit, out of range or too steep."""
    unit, values = table.units[column], table.columns[column]
    if not unit.converts_to(demand.unit):
        shown = demand.unit.label or "1"
        context.findings.add(
            section, "plan.column-dimension", column=column, unit=unit.label or "1", wanted=shown
        )
        return
    for value in (min(values), max(values)):
        check_range(context, demand, value, section)
    steepest = max(
        abs(after - before) / (later - now)
        for (before, after), (now, later) in zip(
            pairwise(values), pairwise(table.times), strict=True
        )
    )
    check_steepness(context, demand, steepest, section)
    context.course.remember(demand.name, values[-1])
