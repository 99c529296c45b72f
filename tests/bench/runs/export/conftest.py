from fractions import Fraction

import numpy as np
import pytest

from bench import runs
from bench.channel import FRESH, Channel, Kind, Quality
from bench.clock import MILLISECOND, SECOND
from bench.messages import Bilingual
from bench.record.port import Ending, StepRecord
from bench.runs.reader import Run
from bench.runs.run_source import RunSource
from bench.units import unit
from tests.bench.runs.run_maker import RunMaker, fast_group, header_of, measured

START = 5 * SECOND
SCANS = (
    Channel("oil.temperature", Kind.MEASURED, unit("°C"), title=Bilingual("Oil", "机油")),
    Channel("engine.torque", Kind.DEMANDED, unit("N*m")),
    Channel("engine.power", Kind.COMPUTED, unit("kW")),
)
FAST = fast_group(
    measured("cylinder.pressure", "bar", "<u2", scale=-0.5, offset=3.0),
    measured("fuel.flow", "kg/h"),
    measured("valve.word", "", "<u4"),
    interval_ns=Fraction(10**9, 300),
)
CYCLES = fast_group(
    measured("cycle.pressure", "bar", "<f4", width=6, axis=(-180.0, 60.0, "deg")),
    measured("cycle.speed", "rpm"),
    interval_ns=None, name="cycles",
)  # fmt: skip
ROWS = 700


def fill(maker):
    """Record scans with every quality and a gap, counts, traces; the end stays in the log."""
    rng = np.random.default_rng(3)
    times = START + np.arange(ROWS) * 10 * MILLISECOND
    times[400:] += 3 * SECOND
    values = rng.normal(90.0, 20.0, (ROWS, 3))
    values[7, 0], values[8, 0], values[9, 2] = np.nan, np.inf, -np.inf
    marks = np.full((ROWS, 3), FRESH, np.uint8)
    marks[20:30, 0] = np.arange(10) % 4
    marks[30:40] = FRESH | Quality.BAD
    for first, last in ((0, 300), (300, 400), (400, ROWS)):
        maker.scans(times[first:last], values[first:last], marks[first:last])
    flow = rng.normal(40.0, 3.0, 600).astype("<f4")
    flow[[3, 599]] = np.nan
    counts = rng.integers(0, 2**16, 600).astype("<u2")
    maker.scalars("fast", START, counts, flow, np.arange(600, dtype="<u4") // 7)
    cycles = maker.layouts[2].empty(40)
    cycles["time_ns"] = START + np.arange(40) * 100 * MILLISECOND
    cycles["trace_0"] = rng.normal(50.0, 9.0, (40, 6))
    cycles["trace_0"][4] = np.nan
    cycles["values_f4"] = 1200.0 + np.arange(40)[:, None]
    maker.rows("cycles", START, cycles)
    maker.record(
        StepRecord("warm-up", "hold", "0/hold", START + SECOND, START + 2 * SECOND, "done")
    )


@pytest.fixture(scope="package")
def run(tmp_path_factory):
    """A whole run of three groups, open."""
    maker = RunMaker(path_in(tmp_path_factory), header_of(FAST, CYCLES, channels=SCANS))
    fill(maker)
    maker.record(Ending("completed", None, START + 20 * SECOND))
    maker.finish()
    with runs.open(maker.path) as opened:
        yield opened


@pytest.fixture(scope="package")
def growing(tmp_path_factory):
    """The same run half in the file, half in the log, open."""
    maker = RunMaker(path_in(tmp_path_factory), header_of(FAST, CYCLES, channels=SCANS))
    fill(maker)
    maker.seal()
    with Run(RunSource(maker.path)) as opened:
        yield opened
    maker.close()


def path_in(tmp_path_factory):
    return tmp_path_factory.mktemp("run") / "läuft 跑.h5"
