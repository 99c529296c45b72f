"""Run files of an engine with a known truth, written in blocks, a row every ten seconds."""

import math
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
from bench.clock import SECOND
from bench.messages import Message
from bench.record.port import Bookmark, Ending, Event, Header, Incident, Point, Provenance
from bench.record.rows import RowLayout, groups_of
from bench.runs.building import RunBuilder
from bench.units import unit

RPM = math.pi / 30.0
KG_PER_HOUR = 1.0 / 3600.0
JANUARY = 1_767_225_600 * SECOND
HOUR = 3600
PERIOD = 10
"""s between rows."""
PROTOCOL = """\
protocol: hydrogen-engine/made
object: hydrogen-engine
parameters:
  kilometres: {default: 200000 km}
steps:
  - id: point
    measure: {for: 10 min, as: reference}
verdict:
VERDICT
"""
VERDICT = """\
  efficiency_at_end: {at: campaign, at_least: 43 %, confidence: 95 %}
  kilometres: {at: campaign, at_least: $kilometres}
"""
PURE = {"lot": "L-0", "date": "2026-01-01", "fractions": {}, "reference_temperature": 298.15}


def certain(reading=0.0, absolute=0.0):
    return Uncertainty(reading=reading, absolute=absolute, distribution=Distribution.NORMAL)


def channel(name, text, low, high, uncertainty=None):
    shown = unit(text)
    return Channel(
        name, Kind.MEASURED, shown, range=Range(shown.to_si(low), shown.to_si(high)),
        uncertainty=uncertainty or certain(0.001), calibration=Calibration("C-1", "2028-01-01"),
        source=f"daq.{name}", storage=Stored.FLOAT64,
    )  # fmt: skip


CHANNELS = (
    channel("engine.speed", "rpm", 0, 3000, certain(0.0002)),
    channel("engine.torque", "N*m", -3000, 3000, certain(0.001)),
    channel("fuel.flow", "kg/h", 0, 40, certain(0.001)),
    channel("coolant.temperature", "degC", -40, 200, certain(absolute=0.3)),
    channel("oil.temperature", "degC", -40, 200, certain(absolute=0.3)),
    channel("exhaust.temperature", "degC", -40, 900, certain(absolute=1.5)),
    channel("oil.mass", "kg", 0, 50, certain(absolute=0.02)),
    channel("crankcase.blow_by", "g/s", 0, 20, certain(0.01)),
    channel("cell.humidity", "%", 0, 100, certain(absolute=0.02)),
    channel("intake_air.temperature", "degC", -40, 80, certain(absolute=0.5)),
    channel("cell.temperature", "degC", -40, 80, certain(absolute=0.5)),
    channel("cell.pressure", "kPa", 60, 115, certain(absolute=100.0)),
)
RUNNING = {
    "engine.speed": 1200.0 * RPM, "engine.torque": 2000.0, "fuel.flow": 17.0 * KG_PER_HOUR,
    "coolant.temperature": 361.0, "oil.temperature": 363.0, "exhaust.temperature": 720.0,
    "oil.mass": 30.0, "crankcase.blow_by": 1e-3, "cell.humidity": 0.4,
    "intake_air.temperature": 298.15, "cell.temperature": 298.15, "cell.pressure": 101.3e3,
}  # fmt: skip


@dataclass
class EngineRun:
    """What to write: one steady run; the coolant swings, so that there are thermal cycles."""

    hours: float = 2.0
    serial: str = "E-7"
    kind: str = "hydrogen-engine"
    start: float = 0.0
    """h since January."""
    simulated: bool = False
    continues: str = ""
    ending: str = "completed"
    efficiency: float = 0.445
    """At the reference point, at the begin."""
    values: dict = field(default_factory=dict)
    """Channel → SI value, or function of the time (s)."""
    tests: tuple = (0.25,)
    """Hours at which reference tests begin: three windows of two minutes."""
    events: list = field(default_factory=list)
    """(hour, source, message)."""
    incidents: list = field(default_factory=list)
    """(hour, alarm, reaction)."""
    counters: dict = field(default_factory=dict)
    """At the end, SI."""
    verdict: str = VERDICT
    parameters: dict = field(default_factory=lambda: {"kilometres": "200000 km"})
    channels: tuple = CHANNELS
    displacement: float = 0.0128
    uuid: str = ""
    seed: int = 1
    quality: dict = field(default_factory=dict)
    """Channel → (slice of rows, code)."""
    parts: int = 1

    @property
    def rows(self):
        return round(self.hours * HOUR / PERIOD)

    def write(self, path):
        header = self._header()
        layout = RowLayout(groups_of(header)[0])
        rows = layout.empty(self.rows)
        times = np.arange(self.rows, dtype=np.int64) * PERIOD * SECOND
        rows["time_ns"] = times
        columns = self._columns()
        for section in layout.sections:
            rows[section.field] = columns[:, list(section.channels)]
        rows["quality"] = FRESH
        for name, (part, code) in self.quality.items():
            rows["quality"][part, [c.name for c in self.channels].index(name)] = FRESH | code
        end = int(times[-1]) if len(times) else 0
        path.parent.mkdir(parents=True, exist_ok=True)
        with RunBuilder(path, header, Provenance(uuid=self.uuid)) as builder:
            for hour, source, message in self.events:
                at = round(hour * HOUR) * SECOND
                event = Event(at, header.start_utc_ns + at, "info", source, message)
                builder.record(event, 0)
            if len(rows):
                builder.rows(0, 0, rows)
            for approach, (begin, behind) in enumerate(self._windows(), 1):
                builder.record(Point("reference", 1, approach, begin, behind, valid=True), end)
            for number, (hour, alarm, reaction) in enumerate(self.incidents, 1):
                at = round(hour * HOUR) * SECOND
                builder.record(Incident(number, alarm, (alarm,), reaction, at, at, at), end)
            if self.counters:
                builder.record(
                    Bookmark(end, header.start_utc_ns + end, "idle", "", {}, {}, self.counters),
                    end,
                )
            builder.finish(None if self.ending == "open" else Ending(self.ending, None, end))
        return path

    def _windows(self):
        for hour in self.tests:
            for place in range(3):
                begin = round(hour * HOUR) + 240 * place
                yield begin * SECOND, (begin + 120) * SECOND

    def _columns(self):
        times = np.arange(self.rows) * float(PERIOD)
        generator = np.random.default_rng(self.seed)
        power = RUNNING["engine.speed"] * RUNNING["engine.torque"]
        values = {
            **RUNNING,
            "fuel.flow": power / (self.efficiency * 119.96e6),
            # warm while it is tested, and cold once an hour
            "coolant.temperature": lambda t: 361.0 - 70.0 * ((t % HOUR) > 3300.0),
            "engine.torque": lambda t: 2000.0 * ((t % HOUR) < 3300.0),
            **self.values,
        }
        columns = np.empty((self.rows, len(self.channels)))
        for place, item in enumerate(self.channels):
            found = values[item.name]
            found = found(times) if callable(found) else np.full(self.rows, found)
            scatter = 1e-5 * np.abs(found) * generator.standard_normal(self.rows)
            columns[:, place] = (found + scatter - item.unit.offset) / item.unit.factor
        return columns

    def _header(self):
        text = PROTOCOL.replace("VERDICT", self.verdict)
        if not self.verdict:
            text = text.replace("verdict:\n", "")
        return Header(
            title="made", rig_name="made", rig_text="", protocol_name="hydrogen-engine/made",
            texts={"protocols/hydrogen-engine/made.yaml": text}, parameters=self.parameters,
            object_kind=self.kind, object_serial=self.serial, operator="", seed=self.seed,
            simulated=self.simulated, plant={}, channels=self.channels,
            scan_period_ns=PERIOD * SECOND,
            start_utc_ns=JANUARY + round(self.start * HOUR) * SECOND, gas=PURE,
            object_data={"displacement": self.displacement, "idle_speed": 600.0 * RPM},
            continues=self.continues,
        )  # fmt: skip


def note(text):
    return Message("control.note", {"text": text})


def service(name):
    return Message("chain.service", {"service": name})


def life(folder, runs=5, hours=2.0, *, drift=0.0, scatter=0.0, **about):
    """Write runs that follow each other with a stop of an hour; return their paths."""
    generator = np.random.default_rng(3)
    paths = []
    for number in range(runs):
        efficiency = 0.445 - drift * number + scatter * generator.standard_normal()
        run = EngineRun(
            hours=hours, start=number * (hours + 1.0), efficiency=efficiency,
            continues=paths[-1].name if paths else "", seed=number + 1, **about,
        )  # fmt: skip
        paths.append(run.write(folder / f"run{number}.h5"))
    return paths
