"""Small run files with a known truth: constant channels, written with the real recorder."""

import math
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from bench.channel import (
    FRESH,
    Calibration,
    Channel,
    Distribution,
    Kind,
    Quality,
    Range,
    Stored,
    Uncertainty,
)
from bench.clock import SECOND, VIRTUAL_EPOCH
from bench.messages import Message
from bench.record.port import Ending, Event, Header, Point
from bench.record.recorder import RunWriter
from bench.runs import open_run
from bench.units import unit
from protocols.verdicts import judge

RPM = math.pi / 30.0
KG_PER_HOUR = 1.0 / 3600.0

PROTOCOL = """\
protocol: hydrogen-engine/made
object: hydrogen-engine
steps:
  - id: point
    measure: {{for: 10 s, as: best-point}}
{judge}
verdict:
{verdict}
"""
VERDICT = "  brake_thermal_efficiency: {at: best-point, at_least: 43 %, confidence: 95 %}\n"


def certain(reading, **more):
    return Uncertainty(reading=reading, distribution=Distribution.NORMAL, **more)


def channel(name, text, low, high, uncertainty, *, source=None):
    shown = unit(text)
    return Channel(
        name, Kind.MEASURED, shown, range=Range(shown.to_si(low), shown.to_si(high)),
        uncertainty=uncertainty, calibration=Calibration("C-1", "2027-01-01"),
        source=source or f"daq.{name}",
        storage=Stored.FLOAT64,  # the arithmetic is judged here, not the digits of run files
    )  # fmt: skip


CHANNELS = (
    channel("engine.speed", "rpm", 0, 3000, certain(0.0002)),
    channel("engine.torque", "N*m", -3000, 3000, certain(0.002)),
    channel("fuel.flow", "kg/h", 0, 40, certain(0.002)),
    channel("air.flow", "kg/h", 0, 2500, certain(0.005)),
    channel("exhaust.oxygen", "%", 0, 25, certain(0.004), source="analyser.o2"),
    channel("exhaust.nox", "ppm", 0, 500, certain(0.02), source="analyser.nox"),
    channel("exhaust.hydrogen", "ppm", 0, 5000, certain(0.02), source="analyser.h2"),
    channel("cell.humidity", "%", 0, 100, certain(0.0, absolute=0.02)),
    channel("intake_air.temperature", "degC", -40, 80, certain(0.0, absolute=0.5)),
    channel("cell.temperature", "degC", -40, 80, certain(0.0, absolute=0.5)),
    channel("cell.pressure", "kPa", 60, 115, certain(0.0, absolute=100.0)),
    channel("fuel.pressure", "bar", 0, 60, certain(0.001)),
    channel("fuel.temperature", "degC", -40, 200, certain(0.0, absolute=0.3)),
)

LAMBDA = 2.5
DRY_AIR_OXYGEN = 0.20946
FUEL = 17.53 * KG_PER_HOUR
# Wet exhaust per mol of hydrogen: (lambda - 1)/2 of oxygen in 0.5 + lambda 0.5/0.20946 (reference
# arithmetic of a complete lean combustion in dry air; the stored table gives 13.72 % of dry gas).
OXYGEN = 0.5 * (LAMBDA - 1.0) / (0.5 + LAMBDA * 0.5 / DRY_AIR_OXYGEN)

RUNNING = {
    "engine.speed": 1200.0 * RPM,
    "engine.torque": 2000.0,
    "fuel.flow": FUEL,
    "air.flow": LAMBDA * 34.298 * FUEL,
    "exhaust.oxygen": OXYGEN,
    "exhaust.nox": 20e-6,
    "exhaust.hydrogen": 0.0,
    "cell.humidity": 0.0,
    "intake_air.temperature": 298.15,
    "cell.temperature": 298.15,
    "cell.pressure": 101.3e3,
    "fuel.pressure": 30e5,
    "fuel.temperature": 298.15,
}
"""1200 rpm, 2000 N·m, 17.53 kg/h: 251.3 kW, 43.025 % on 119.96 MJ/kg."""

STOPPED = {
    **RUNNING, "engine.speed": 0.0, "engine.torque": 0.0, "fuel.flow": 0.0, "air.flow": 0.0,
    "exhaust.oxygen": DRY_AIR_OXYGEN, "exhaust.nox": 0.0,
}  # fmt: skip

PURE = {"lot": "L-0", "date": "2026-01-01", "fractions": {}, "reference_temperature": 298.15}


@dataclass
class Stretch:
    """Ten seconds of constant values, measured as a point."""

    name: str
    values: dict
    approach: int = 1
    valid: bool = True
    qualities: dict = field(default_factory=dict)
    """Channel → (rows, quality, value) that replace the good ones."""
    begins_before: int = 0
    """How many stretches earlier the window begins."""
    trends: dict = field(default_factory=dict)
    """Channel → change over the stretch, SI."""


@dataclass
class MadeRun:
    """What to write."""

    stretches: list
    channels: tuple = CHANNELS
    gas: dict = field(default_factory=lambda: dict(PURE))
    events: list = field(default_factory=list)
    """(index of the stretch it comes before, source, message)."""
    verdict: str = VERDICT
    judge: str = ""
    ending: str = "completed"
    start_utc_ns: int = VIRTUAL_EPOCH
    seed: int = 1
    seconds: int = 10
    period_ns: int = SECOND // 2

    def with_channel(self, name, **changes):
        self.channels = tuple(
            replace(item, **changes) if item.name == name else item for item in self.channels
        )
        return self

    def write(self, path):
        writer = RunWriter(path, self._header())
        time = 0
        for index, stretch in enumerate(self.stretches):
            for before, source, message in self.events:
                if before == index:
                    writer.record(Event(time, VIRTUAL_EPOCH + time, "info", source, message))
            time = self._write_stretch(writer, stretch, time)
        for before, source, message in self.events:
            if before >= len(self.stretches):
                writer.record(Event(time, VIRTUAL_EPOCH + time, "info", source, message))
        writer.close(Ending(self.ending, None, time))
        return path

    def _header(self):
        text = PROTOCOL.format(judge=self.judge, verdict=self.verdict)
        if not self.verdict:
            text = text.replace("verdict:\n", "")
        return Header(
            title="made", rig_name="made", rig_text="", protocol_name="hydrogen-engine/made",
            texts={"protocols/hydrogen-engine/made.yaml": text}, parameters={},
            object_kind="hydrogen-engine", object_serial="E-1", operator="", seed=self.seed,
            simulated=True, plant={}, channels=self.channels, scan_period_ns=self.period_ns,
            start_utc_ns=self.start_utc_ns, gas=self.gas,
            object_data={"displacement": 0.0128, "idle_speed": 600.0 * RPM},
        )  # fmt: skip

    def _write_stretch(self, writer, stretch, time):
        rows = self.seconds * SECOND // self.period_ns
        start = time
        for row in range(rows):
            values, marks = [], []
            for item in self.channels:
                value = stretch.values[item.name]
                value = value(row / rows * self.seconds) if callable(value) else value
                value += stretch.trends.get(item.name, 0.0) * (row / (rows - 1) - 0.5)
                quality = int(Quality.OK)
                for bad_rows, bad, wrong in stretch.qualities.get(item.name, ()):
                    if row in bad_rows:
                        quality, value = int(bad), wrong
                values.append(value)
                marks.append(FRESH | quality)
            writer.row(time, np.array(values, float), np.array(marks, np.uint8))
            time += self.period_ns
        if stretch.name:
            start -= stretch.begins_before * self.seconds * SECOND
            writer.record(
                Point(stretch.name, 1, stretch.approach, start, time, valid=stretch.valid)
            )
        return time


def point(approach=1, **changes):
    """A running stretch; keyword ``engine_torque=`` changes the channel ``engine.torque``."""
    values = {**RUNNING, **{name.replace("__", "."): value for name, value in changes.items()}}
    return Stretch("best-point", values, approach)


def zero(approach=1, **changes):
    values = {**STOPPED, **{name.replace("__", "."): value for name, value in changes.items()}}
    return Stretch("zero", values, approach)


@pytest.fixture(scope="session")
def made():
    """Make a run: three approaches between two zeros unless other stretches are given."""

    def make(*stretches, **more):
        usual = [zero(1), point(1), point(2), point(3), zero(2)]
        return MadeRun(list(stretches) or usual, **more)

    make.point, make.zero, make.stretch = point, zero, Stretch
    make.running, make.channel = RUNNING, channel
    return make


@pytest.fixture
def judged(tmp_path):
    """Write a made run and judge it."""
    counter = iter(range(1000))

    def judge_it(run):
        path = run.write(tmp_path / f"{next(counter)}.h5")
        with open_run(path) as opened:
            return judge(opened)

    return judge_it


def action_done(instrument, action, **results):
    found = {name.replace("__", "."): value for name, value in results.items()}
    return Message(
        "control.action-done", {"instrument": instrument, "action": action, "results": found}
    )


@pytest.fixture(scope="session")
def done():
    return action_done
