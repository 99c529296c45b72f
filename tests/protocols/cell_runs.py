"""Run files of a short stack with a known truth, written in blocks of a minute a row."""

from dataclasses import dataclass, field

import numpy as np

from bench.channel import (
    FRESH,
    Calibration,
    Channel,
    Distribution,
    Kind,
    Range,
    Stored,
    Uncertainty,
)
from bench.clock import SECOND, VIRTUAL_EPOCH
from bench.record.port import Ending, Header, Point, Provenance
from bench.record.rows import RowLayout, groups_of
from bench.runs.building import RunBuilder
from bench.units import unit

PROTOCOL = """\
protocol: solid-oxide/made
object: solid-oxide
steps:
  - id: point
    measure: {{for: 10 min, as: reference}}
{judge}
{verdict}
"""
DATA = {"cells": 10.0, "stacks": 1.0, "groups": 4.0, "strings": 1.0, "active_area": 0.0144,
    "rated_power": 300.0, "rated_current": 43.2}  # fmt: skip
METHANE = {"lot": "L-0", "date": "2026-01-01", "fractions": {}, "fuel": "CH4",
    "reference_temperature": 298.15}  # fmt: skip
MINUTE = 60
FARADAY = 96485.33212
FUEL = 10 * 43.2 / (8 * FARADAY * 0.6)
"""mol/s of methane: 60 % are used at 43.2 A."""


def certain(reading=0.0, absolute=0.0):
    return Uncertainty(reading=reading, absolute=absolute, distribution=Distribution.NORMAL)


def channel(name, text, low, high, uncertainty=None):
    shown = unit(text)
    return Channel(
        name, Kind.MEASURED, shown, range=Range(shown.to_si(low), shown.to_si(high)),
        uncertainty=uncertainty, calibration=Calibration("C-1", "2027-01-01"),
        source=f"daq.{name}", storage=Stored.FLOAT64,
    )  # fmt: skip


CHANNELS = (
    channel("stack.voltage", "V", 0, 15, certain(0.001)),
    channel("stack.current", "A", 0, 100, certain(0.001)),
    channel("cell.voltage", "V", 0, 1.5, certain(absolute=1e-4)),
    channel("cell.voltage_min", "V", 0, 1.5, certain(absolute=1e-4)),
    channel("stack.temperature", "degC", 0, 1000, certain(absolute=0.2)),
    channel("stack.hottest", "degC", 0, 1000, certain(absolute=0.2)),
    channel("ac.power", "W", 0, 1000, certain(0.002)),
    channel("auxiliary.power", "W", 0, 1000, certain(0.01)),
    channel("fuel.flow", "mol/s", 0, 2 * FUEL, certain(0.005)),
    channel("hydrogen.flow", "mol/s", 0, 0.01, certain(0.005)),
    channel("steam.flow", "mol/s", 0, 0.01, certain(0.01)),
    channel("air.flow", "mol/s", 0, 0.1, certain(0.01)),
    *(channel(f"cvm.group_{n}", "V", 0, 1.5, certain(absolute=1e-3)) for n in range(1, 5)),
)
FRA = tuple(channel(f"fra.{name}", text, -1e6, 1e6) for name, text in
    (("point", "1"), ("frequency", "Hz"), ("real", "ohm"), ("imaginary", "ohm")))  # fmt: skip
STEADY = {
    "stack.voltage": 8.3, "stack.current": 43.2, "cell.voltage": 0.83, "cell.voltage_min": 0.82,
    "stack.temperature": 1023.15, "stack.hottest": 1043.15, "ac.power": 340.0,
    "auxiliary.power": 20.0, "fuel.flow": FUEL, "hydrogen.flow": 0.0, "steam.flow": 2.5 * FUEL,
    "air.flow": 0.02, "cvm.group_1": 0.831, "cvm.group_2": 0.825, "cvm.group_3": 0.840,
    "cvm.group_4": 0.824, "fra.point": 0.0, "fra.frequency": 0.0, "fra.real": 0.0,
    "fra.imaginary": 0.0,
}  # fmt: skip
NOISE = {"cell.voltage": 2e-4, "stack.temperature": 0.1, "stack.hottest": 0.1,
    "stack.current": 0.02}  # fmt: skip


@dataclass
class CellRun:
    """What to write: SI values per minute."""

    minutes: int
    values: dict = field(default_factory=dict)
    """Channel → SI value or array (minutes,)."""
    points: list = field(default_factory=list)
    """(name, first minute, minutes), or with valid as fourth."""
    verdict: str = ""
    judge: str = ""
    serial: str = "S-1"
    kind: str = "solid-oxide"
    start_utc_ns: int = VIRTUAL_EPOCH
    simulated: bool = True
    ending: str = "completed"
    gas: dict = field(default_factory=lambda: dict(METHANE))
    data: dict = field(default_factory=lambda: dict(DATA))
    channels: tuple = CHANNELS
    qualities: dict = field(default_factory=dict)
    """Channel → (slice of minutes, quality)."""
    leave_out: tuple = ()
    """Slices of minutes without rows."""
    noise: dict = field(default_factory=lambda: dict(NOISE))
    events: list = field(default_factory=list)
    """Events of the bench."""
    times: object = None
    """Times of the rows, ns, instead of one each period; (minutes,)."""
    period: int = MINUTE
    seed: int = 1

    def write(self, path):
        header = self._header()
        layout = RowLayout(groups_of(header)[0])
        times = np.arange(self.minutes, dtype=np.int64) * self.period * SECOND
        if self.times is not None:
            times = self.times
        kept = np.ones(self.minutes, bool)
        for part in self.leave_out:
            kept[part] = False
        rows = layout.empty(self.minutes)
        rows["time_ns"] = times
        columns = self._columns()
        for section in layout.sections:
            rows[section.field] = columns[:, list(section.channels)]
        rows["quality"] = FRESH
        for name, (part, quality) in self.qualities.items():
            rows["quality"][part, self._place(name)] = FRESH | int(quality)
        rows = rows[kept]
        with RunBuilder(path, header, Provenance()) as builder:
            for event in self.events:
                builder.record(event, int(times[0]))
            for first in range(0, len(rows), 4096):
                piece = rows[first : first + 4096]
                builder.rows(0, int(piece["time_ns"][0]), piece)
            counts = {}
            for name, first, length, *valid in self.points:
                counts[name] = counts.get(name, 0) + 1
                start, end = (each * self.period * SECOND for each in (first, first + length))
                is_valid = valid[0] if valid else True
                point = Point(name, 1, counts[name], start, end, valid=is_valid)
                builder.record(point, int(times[-1]))
            builder.finish(Ending(self.ending, None, int(times[-1])))
        return path

    def _place(self, name):
        return [item.name for item in self.channels].index(name)

    def _columns(self):
        generator = np.random.default_rng(self.seed)
        columns = np.empty((self.minutes, len(self.channels)))
        for place, item in enumerate(self.channels):
            values = np.broadcast_to(
                self.values.get(item.name, STEADY.get(item.name, 0.0)), self.minutes
            )
            noise = self.noise.get(item.name, 0.0)
            if noise:
                values = values + generator.normal(0.0, noise, self.minutes)
            columns[:, place] = (values - item.unit.offset) / item.unit.factor
        return columns

    def _header(self):
        text = PROTOCOL.format(judge=self.judge, verdict=self.verdict)
        return Header(
            title="made", rig_name="made", rig_text="", protocol_name="solid-oxide/made",
            texts={"protocols/solid-oxide/made.yaml": text}, parameters={}, object_kind=self.kind,
            object_serial=self.serial, operator="", seed=self.seed, simulated=self.simulated,
            plant={}, channels=self.channels, scan_period_ns=self.period * SECOND,
            start_utc_ns=self.start_utc_ns, gas=self.gas, object_data=self.data,
        )  # fmt: skip


def ageing(hours, rate=4.15e-3, *, jumps=(), start=0.83):
    """Return mean cell voltage by the minute: a loss of `rate` V per 1,000 h, and steps."""
    times = np.arange(hours * 60) / 60.0
    voltage = start - rate * times / 1000.0
    for at, step in jumps:
        voltage = voltage - step * (times >= at)
    return voltage
