"""Cycles that an indicating system has recorded in full, analysed capture by capture.

Nothing but the recorded traces is read: not what the instrument computed of them. A capture
belongs to the point that was measured meanwhile, else to the one measured next to it, so that a
reference test finds its combustion whichever of both its protocol does first.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.combustion.capture import analyse_capture
from analysis.combustion.capture_results import Capture
from analysis.combustion.traces import traces
from analysis.efficiency import brake_mean_effective_pressure
from bench.clock import SECOND
from bench.messages import Message
from bench.record.port import Point, RateGroup, StoredChannel
from bench.runs import Run
from protocols.combustion_numbers import (
    left_out_cycles,
    rates_of,
    single_cycles_of,
    values_of_capture,
)
from protocols.combustion_results import CombustionRow, SingleCycles
from protocols.combustion_settings import geometry_of, options_of, settings_of
from protocols.judgement import overdue_calibrations
from protocols.row_reading import good_rows, values_of
from protocols.wording import Text

GROUP: Final = ".cycles"
"""How the groups of indicating systems end; the instrument's name stands before it."""
NEEDED: Final = ("cylinder", "capture", "cycle", "speed", "pressure")
TORQUE: Final = "engine.torque"
NEAR_NS: Final = 300 * SECOND
"""So near a point a capture belongs to it (engineering default)."""
TOP_DEAD_CENTRE_DEG: Final = 0.8
"""From here on it is told that the compression shows another top dead centre (engineering
default)."""
LEAST_EXPONENT, LARGEST_EXPONENT = 1.27, 1.40
"""Of a compression; beyond them the absolute level is dubious (engineering default)."""
FEWEST: Final = 200
"""With fewer cycles it is told how well their variation is known: 10 % at 200 (95 %)."""


def combustion_rows(run: Run) -> tuple[CombustionRow, ...]:
    """Return every capture of a run, in time.

    Raises:
        RunFileError: the file is damaged.
    """
    return tuple(row for group in cycle_groups(run) for row in _rows_of(run, group))


def cycle_groups(run: Run) -> tuple[RateGroup, ...]:
    """Return the groups of a run that hold cycles with their pressure."""
    return tuple(
        group
        for group in run.header.groups
        if group.name.endswith(GROUP) and all(_stored(group, name) for name in NEEDED)
    )


def _stored(group: RateGroup, name: str) -> StoredChannel | None:
    wanted = f"{group.name}.{name}"
    return next((each for each in group.channels if each.channel.name == wanted), None)


@dataclass(frozen=True, eq=False)
class _Recorded:
    """Consecutive rows of a group that are one capture."""

    run: Run
    group: RateGroup
    options: Mapping[str, float]
    rows: slice

    def column(self, name: str) -> NDArray[np.float64]:
        """Return a channel of the group, SI."""
        return values_of(self.run.channel(f"{self.group.name}.{name}"), self.rows)

    def first(self, name: str) -> int:
        """Return the whole number that all cycles share."""
        return int(self.column(name)[0])

    def has(self, name: str) -> bool:
        """Return whether the group has a channel."""
        return _stored(self.group, name) is not None

    def times_ns(self) -> NDArray[np.int64]:
        """Return the ends of the cycles."""
        timeline = self.run.channel(f"{self.group.name}.capture").rows.timeline
        return timeline.read(self.rows)


def _rows_of(run: Run, group: RateGroup) -> Iterator[CombustionRow]:
    """Yield the captures of a group."""
    total = len(run.channel(f"{group.name}.capture"))
    if not total:
        return
    options = options_of(run.header, group.name.removesuffix(GROUP))
    whole = _Recorded(run, group, options, slice(0, total))
    names = [name for name in ("capture", "cylinder", "is_incident") if whole.has(name)]
    marks = np.stack([whole.column(name) for name in names])
    changes = np.flatnonzero((np.diff(marks, axis=1) != 0.0).any(axis=0)) + 1
    borders = [0, *changes.tolist(), total]
    for first, last in pairwise(borders):
        yield _row(replace(whole, rows=slice(first, last)))


def _row(recorded: _Recorded) -> CombustionRow:
    """Return what one capture says."""
    times = recorded.times_ns()
    header = recorded.run.header
    speeds, sparks = recorded.column("speed"), _sparks(recorded)
    found, problem = _analysed(recorded, speeds, sparks)
    remarks = _missing_cycles(recorded)
    if problem is not None:
        remarks.append(problem)
    if found is not None:
        remarks += _notes(found)
    return CombustionRow(
        instrument=recorded.group.name.removesuffix(GROUP),
        capture=recorded.first("capture"),
        cylinder=recorded.first("cylinder"),
        at=_place(recorded.run, int(times[0]), int(times[-1])),
        is_incident=recorded.has("is_incident") and recorded.first("is_incident") > 0,
        start=(int(times[0]) - header.start_ns) / SECOND,
        end=(int(times[-1]) - header.start_ns) / SECOND,
        cycles=len(times),
        used=0 if found is None else found.used,
        left_out=() if found is None else left_out_cycles(found),
        speed=float(np.mean(speeds)) * 30.0 / math.pi,
        spark=math.nan if sparks is None else float(np.mean(np.degrees(sparks))),
        values=() if found is None else values_of_capture(found),
        rates=() if found is None else rates_of(found),
        remarks=tuple(remarks),
        single_cycles=SingleCycles() if found is None else single_cycles_of(found),
        doubts=_overdue(recorded),
    )


def _overdue(recorded: _Recorded) -> tuple[Text, ...]:
    """Return a sentence per channel of the instrument whose calibration was overdue.

    Cycles have no certificate of their own: what the instrument tells of them in the scan has.
    """
    header = recorded.run.header
    source = recorded.group.name.removesuffix(GROUP) + "."
    own = {item.name: item for item in header.channels if item.source.startswith(source)}
    return tuple(overdue_calibrations(own, list(own), header.start_utc_ns))


def _sparks(recorded: _Recorded) -> NDArray[np.float64] | None:
    return recorded.column("spark") if recorded.has("spark") else None


def _analysed(
    recorded: _Recorded, speeds: NDArray[np.float64], sparks: NDArray[np.float64] | None
) -> tuple[Capture | None, Text | None]:
    """Return the analysis of a capture, else why there is none."""
    header, group = recorded.run.header, recorded.group
    pressure, intake = _stored(group, "pressure"), _stored(group, "intake_pressure")
    if pressure is None:
        return None, None
    first, step, _ = pressure.axis
    try:
        geometry = geometry_of(header, recorded.options)
        if geometry is None:
            return None, Message("combustion.no-geometry")
        found = analyse_capture(
            traces=traces(
                angle_deg=first + step * np.arange(pressure.width),
                pressure=recorded.column("pressure"),
                intake=None if intake is None else recorded.column("intake_pressure"),
            ),
            geometry=geometry,
            speed=float(np.mean(speeds)),
            settings=settings_of(recorded.options, pressure, intake),
            spark_deg=None if sparks is None else np.degrees(sparks),
            brake=_brake(recorded),
        )
    except ValueError as error:
        return None, Message("combustion.not-computable", {"reason": str(error)})
    return found, None


def _brake(recorded: _Recorded) -> float | None:
    """Return the brake mean effective pressure meanwhile, Pa; None: not measured."""
    run, times = recorded.run, recorded.times_ns()
    volume = run.header.object_data.get("displacement")
    if TORQUE not in run.names or not isinstance(volume, int | float) or volume <= 0.0:
        return None
    torque = run.channel(TORQUE)
    rows = torque.rows.timeline.window(int(times[0]), int(times[-1]))
    values, good = good_rows(torque, rows)
    if not good.any():
        return None
    mean = float(values[good].mean())
    return brake_mean_effective_pressure(torque=mean, displacement=float(volume))


def _missing_cycles(recorded: _Recorded) -> list[Text]:
    """Return a remark where cycles between the first and the last were not recorded."""
    numbers = recorded.column("cycle")
    missing = int(numbers[-1] - numbers[0]) + 1 - len(numbers)
    return [Message("combustion.cycles-missing", {"count": missing})] if missing > 0 else []


def _notes(found: Capture) -> list[Text]:
    """Return what to keep in mind of the numbers."""
    if found.statistics is None:
        return [Message("combustion.none-used", {"cycles": found.cycles})]
    notes: list[Text] = []
    error = found.statistics.top_dead_centre_deg
    if found.statistics.motored is None and abs(error) > TOP_DEAD_CENTRE_DEG:
        notes.append(Message("combustion.suspect-tdc", {"error": f"{error:+.1f}°"}))
    exponent = found.statistics.exponent
    if not LEAST_EXPONENT <= exponent <= LARGEST_EXPONENT:
        notes.append(Message("combustion.suspect-level", {"exponent": f"{exponent:.3f}"}))
    if found.statistics.motored is not None:
        error = found.statistics.motored.error_by_symmetry_deg
        notes.append(Message("combustion.motored", {"error": f"{error:+.2f}°"}))
    elif found.used < FEWEST:
        share = found.statistics.spreads["imep_net"]
        relative = 200.0 * share.variation_uncertainty / abs(share.variation or math.nan)
        notes.append(
            Message("combustion.few-cycles", {"used": found.used, "share": f"{relative:.0f} %"})
        )
    return notes


def _place(run: Run, start_ns: int, end_ns: int) -> str:
    """Return the point that a capture belongs to, else the step that ran."""

    def distance(point: Point) -> int:
        return max(point.start_ns - end_ns, start_ns - point.end_ns, 0)

    named = [point for point in run.points if point.approach > 0]
    nearest = min(named, key=distance, default=None)
    if nearest is not None and distance(nearest) <= NEAR_NS:
        return nearest.name
    during = [step for step in run.steps if step.start_ns <= start_ns <= step.end_ns]
    innermost = min(during, key=lambda step: step.end_ns - step.start_ns, default=None)
    return "" if innermost is None else innermost.id
