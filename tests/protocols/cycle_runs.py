"""Run files with captures of cycles whose burn angles are known, written with the real recorder."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.channel import FRESH, Channel, Kind, Stored
from bench.clock import SECOND, VIRTUAL_EPOCH
from bench.record.port import Ending, Header, Point, StepRecord
from bench.record.recorder import RunWriter
from bench.record.rows import TIME, RowLayout, fast_group
from bench.units import unit
from drivers.visa.indicating_cycles import CYCLES, INTAKE_COUNT, PRESSURE_COUNT, columns_of
from tests.analysis.synthetic_cycles import ENGINE

Array = NDArray[np.float64]

RPM = 1200.0
BAR = 1e5
PERIOD = SECOND // 10
INSTRUMENT = "indicating"
RIG = f"""\
rig: made
instruments:
  {INSTRUMENT}:
    driver: indicating-system
    options: {{stroke: 158 mm, rod: 267.5 mm, compression: {ENGINE.ratio}}}
"""
DATA = {"displacement": 6.0 * ENGINE.swept, "cylinders": 6.0, "bore": ENGINE.bore, "rod": 0.2}
"""The rod is wrong: what the rig sets in the instrument comes first."""


def counter(name: str) -> Channel:
    return Channel(name, Kind.MEASURED, unit("1"), source=name, storage=Stored.FLOAT64)


CHANNELS = (
    Channel("engine.speed", Kind.MEASURED, unit("rpm"), source="s", storage=Stored.FLOAT64),
    Channel("engine.torque", Kind.MEASURED, unit("N*m"), source="t", storage=Stored.FLOAT64),
    counter("cylinder.cycles"),
    counter("cylinder.knocks"),
    counter("cylinder.misfires"),
)


@dataclass
class Kept:
    """One capture: pressures over the cylinder and in the intake, Pa."""

    pressure: Array
    begin: float
    """Since the begin of the run, s."""
    intake: Array | None = None
    is_incident: bool = False
    number: int = 1
    cylinder: int = 1
    skipped: int = 0
    """Cycles that are lost before the last one."""


@dataclass
class CycleRun:
    """What to write."""

    captures: list[Kept]
    seconds: int = 60
    points: list[tuple[str, float, float]] = field(default_factory=list)
    steps: list[tuple[str, float, float]] = field(default_factory=list)
    torque: float = 2000.0
    counters: dict[str, Array] = field(default_factory=dict)
    """Channel → value at every scan."""
    channels: tuple[Channel, ...] = CHANNELS
    data: dict[str, object] = field(default_factory=lambda: dict(DATA))
    rig: str = RIG
    manifold: float = 2.2 * BAR

    def write(self, path: Path) -> Path:
        group = fast_group(INSTRUMENT, CYCLES)
        layout = RowLayout(group)
        writer = RunWriter(path, replace(self._header(), groups=(group,)))
        waiting = sorted(self.captures, key=lambda each: each.begin)
        for row in range(self.seconds * SECOND // PERIOD):
            time = row * PERIOD
            while waiting and waiting[0].begin * SECOND <= time:
                writer.rows(group.name, 0, layout.filled(self._columns(group.name, waiting.pop(0))))
            values = np.array([self._value(item.name, row) for item in self.channels])
            writer.row(time, values, np.full(len(values), FRESH, np.uint8))
        for name, begin, end in self.points:
            writer.record(Point(name, 1, 1, int(begin * SECOND), int(end * SECOND), valid=True))
        for name, begin, end in self.steps:
            first, last = int(begin * SECOND), int(end * SECOND)
            writer.record(StepRecord(name, "perform", name, first, last, "done"))
        writer.close(Ending("completed", None, self.seconds * SECOND))
        return path

    def _value(self, name: str, row: int) -> float:
        if name in self.counters:
            return float(self.counters[name][row])
        return {"engine.speed": RPM * math.pi / 30.0, "engine.torque": self.torque}.get(name, 0.0)

    def _columns(self, group: str, kept: Kept) -> dict[str, object]:
        count = len(kept.pressure)
        intake = kept.intake
        if intake is None:
            intake = np.full(kept.pressure.shape, self.manifold)
        numbers = np.arange(1, count + 1)
        numbers[-1] += kept.skipped
        records = np.zeros(
            count,
            [("cycle", "<u4"), ("speed", "<f4"), ("spark", "<f4"),
             ("pressure", "<i2", (7200,)), ("intake", "<i2", (7200,))],
        )  # fmt: skip
        records["cycle"], records["speed"], records["spark"] = numbers, RPM, -15.0
        counts = np.rint(kept.pressure / BAR / PRESSURE_COUNT)
        records["pressure"] = np.clip(counts, -32767, 32767)
        records["intake"] = np.rint(intake / BAR / INTAKE_COUNT)
        columns = columns_of(
            records,
            group=group,
            cylinder=kept.cylinder,
            capture=kept.number,
            is_incident=kept.is_incident,
        )
        ends = kept.begin * SECOND + np.arange(1, count + 1) * (120.0 / RPM * SECOND)
        return {TIME: ends.astype(np.int64), **columns}

    def _header(self) -> Header:
        return Header(
            title="made", rig_name="made", rig_text=self.rig,
            protocol_name="hydrogen-engine/made", texts={}, parameters={},
            object_kind="hydrogen-engine", object_serial="E-1", operator="", seed=1,
            simulated=True, plant={}, channels=self.channels, scan_period_ns=PERIOD,
            start_utc_ns=VIRTUAL_EPOCH, object_data=self.data,
        )  # fmt: skip
