"""Pipes end at the edge of what they join."""

from __future__ import annotations

from collections.abc import Sequence

from gui.state.screens.process_picture import Equipment, Point


def clipped(points: Sequence[Point], joined: Sequence[Equipment]) -> tuple[Point, ...]:
    """Return a polyline without the parts of its two ends that lie inside equipment.

    Args:
        points: Corners; each stretch runs across or upright.
        joined: Equipment that may hide an end.
    """
    found = list(points)
    found[0] = _edge(found[0], found[1], joined)
    found[-1] = _edge(found[-1], found[-2], joined)
    return tuple(found)


def _edge(end: Point, before: Point, joined: Sequence[Equipment]) -> Point:
    """Return where the stretch from `before` enters the equipment that holds its end."""
    x, y = end
    for each in joined:
        left, top, right, bottom = box_of(each)
        if not (left <= x <= right and top <= y <= bottom):
            continue
        from_x, from_y = before
        if left <= from_x <= right and top <= from_y <= bottom:
            continue
        if abs(from_y - y) < abs(from_x - x):
            return (left if from_x < x else right), y
        return x, (top if from_y < y else bottom)
    return end


def box_of(equipment: Equipment) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom of equipment."""
    (x, y), (width, height) = equipment.at, equipment.extent
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2
