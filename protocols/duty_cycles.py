"""Duty cycles: normalised tables turned into demands from what was measured on this engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from analysis.cycles import denormalise, normalised_cycle
from analysis.full_load import FullLoadCurve
from bench.cycle import CycleTable
from bench.errors import Refused
from bench.units import unit


def denormalised(
    *, table: CycleTable, points: Sequence[Mapping[str, float]], data: Mapping[str, float]
) -> CycleTable:
    """Return WHSC or WHTC demands from a full-load curve (UN R49 Annex 4).

    Args:
        table: Columns ``speed`` and ``torque``, normalised.
        points: Means per full-load point; ``engine.speed`` and ``engine.torque`` are used.
        data: Numbers of the object; ``idle_speed`` is used.

    Raises:
        Refused: the curve does not reach far enough down or up to be denormalised.
    """
    curve = full_load_curve(points, data["idle_speed"])
    try:
        cycle = normalised_cycle(
            times=np.array(table.times),
            speed=np.array(table.columns["speed"]),
            torque=np.array(table.columns["torque"]),
        )
        reference = denormalise(cycle=cycle, curve=curve)
    except ValueError as error:
        raise Refused("judge.no-full-load-curve", reason=str(error)) from error
    return replace(
        table,
        columns={"speed": tuple(reference.speed), "torque": tuple(reference.torque)},
        units={"speed": unit("rad/s"), "torque": unit("N*m")},
    )


def full_load_curve(points: Sequence[Mapping[str, float]], idle_speed: float) -> FullLoadCurve:
    """Return the full-load curve from measured points.

    Raises:
        Refused: too few points.
    """
    pairs = sorted((point["engine.speed"], point["engine.torque"]) for point in points)
    if len(pairs) < 4:
        raise Refused("judge.no-full-load-curve", reason=f"{len(pairs)} points")
    speed, torque = (np.array(values) for values in zip(*pairs, strict=True))
    if idle_speed < speed[0] < 1.02 * idle_speed:
        speed[0] = idle_speed  # the lowest point was meant to be at idle speed
    try:
        return FullLoadCurve(speed=speed, torque=torque, idle_speed=idle_speed)
    except ValueError as error:
        raise Refused("judge.no-full-load-curve", reason=str(error)) from error
