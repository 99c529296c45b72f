"""How long the recorder holds up a scan of 120 channels: `pytest --benchmark-only`.

Rates of whole runs, sizes and peers: ``python -m tests.benchmarks.run_files``.
"""

import itertools

import numpy as np
import pytest

from bench.channel import FRESH, Channel, Kind
from bench.record.intake import Intake
from bench.record.port import Ending, Header
from bench.record.recorder import RunWriter
from bench.runs import open_run
from bench.units import unit

CHANNELS = tuple(Channel(f"group.channel{n}", Kind.MEASURED, unit("degC")) for n in range(120))
PERIOD = 10_000_000
HEADER = Header(
    title="speed", rig_name="", rig_text="", protocol_name="", texts={}, parameters={},
    object_kind="", object_serial="", operator="", seed=0, simulated=True, plant={},
    channels=CHANNELS, scan_period_ns=PERIOD, start_utc_ns=0,
)  # fmt: skip
DONE = Ending("completed", None, 0)
MARKS = np.full(120, FRESH, np.uint8)


def level():
    return np.random.default_rng(1).normal(size=120)


@pytest.mark.benchmark(group="record")
def test_speed_of_a_row_on_a_bench(benchmark):
    intake, values, times = Intake(HEADER), level(), itertools.count(step=PERIOD)

    def row():
        now = next(times)
        intake.row(now, values, MARKS)
        if now % (500 * PERIOD) == 0:
            intake.drain()

    benchmark(row)


@pytest.mark.benchmark(group="record")
def test_speed_of_a_row_in_virtual_time_with_its_share_of_the_file(benchmark, tmp_path):
    writer = RunWriter(tmp_path / "run.h5", HEADER)
    values, times = level(), itertools.count(step=PERIOD)
    benchmark(lambda: writer.row(next(times), values, MARKS))
    writer.close(DONE)


@pytest.mark.benchmark(group="record")
def test_speed_of_starting_and_ending_a_run(benchmark, tmp_path):
    numbers = itertools.count()
    benchmark(lambda: RunWriter(tmp_path / f"{next(numbers)}.h5", HEADER).close(DONE))


@pytest.mark.benchmark(group="record")
def test_speed_of_reading_one_window_of_one_channel(benchmark, tmp_path):
    writer = RunWriter(tmp_path / "run.h5", HEADER)
    values = level()
    for row in range(20_000):
        writer.row(row * PERIOD, values + row, MARKS)
    writer.close(DONE)
    with open_run(tmp_path / "run.h5") as run:
        channel = run.channel("group.channel7")
        samples = benchmark(channel.good, PERIOD * 1000, PERIOD * 2000)
    assert len(samples) > 0
