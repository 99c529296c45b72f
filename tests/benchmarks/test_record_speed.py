"""How long the recorder holds up a scan of 150 channels: `pytest --benchmark-only`."""

import itertools

import numpy as np
import pytest

from bench.channel import FRESH, Channel, Kind
from bench.clock import SystemClock
from bench.record.background import BackgroundRecorder
from bench.record.intake import Intake
from bench.record.port import Ending, Header, Provenance
from bench.record.recorder import RunWriter
from bench.runs import open_run
from bench.units import unit

WIDTH = 150
CHANNELS = tuple(Channel(f"group.channel{n}", Kind.MEASURED, unit("degC")) for n in range(WIDTH))
PERIOD = 10_000_000
HEADER = Header(
    title="speed", rig_name="", rig_text="", protocol_name="", texts={}, parameters={},
    object_kind="", object_serial="", operator="", seed=0, simulated=True, plant={},
    channels=CHANNELS, scan_period_ns=PERIOD, start_utc_ns=0,
)  # fmt: skip
DONE = Ending("completed", None, 0)
MARKS = np.full(WIDTH, FRESH, np.uint8)


def values(rows):
    rng = np.random.default_rng(1)
    return rng.normal(size=WIDTH) + np.round(rng.normal(size=(rows, WIDTH)), 2)


@pytest.mark.benchmark(group="record")
def test_speed_of_a_row_in_line_with_log_and_sealing(benchmark, tmp_path):
    writer = RunWriter(tmp_path / "run.h5", HEADER)
    lines, rows = values(64), itertools.count()

    def take():
        row = next(rows)
        writer.row(row * PERIOD, lines[row % 64], MARKS)

    benchmark(take)
    writer.close(DONE)


@pytest.mark.benchmark(group="record")
def test_speed_of_a_row_on_a_bench(benchmark, tmp_path):
    clock = SystemClock()
    recorder = BackgroundRecorder(tmp_path / "run.h5", HEADER, Provenance(), clock)
    line = values(1)[0]
    benchmark(lambda: recorder.row(clock.now(), line, MARKS))
    recorder.close(DONE)


@pytest.mark.benchmark(group="record")
def test_speed_of_writing_rows_out(benchmark):
    intake, lines, rows = Intake(HEADER), values(1000), itertools.count()

    def fill():
        for line in lines:
            intake.row(next(rows), line, MARKS)

    benchmark.pedantic(intake.drain, setup=fill, rounds=20)


@pytest.mark.benchmark(group="record")
def test_speed_of_starting_a_run(benchmark, tmp_path):
    numbers = itertools.count()
    made = []
    benchmark(lambda: made.append(RunWriter(tmp_path / f"{next(numbers)}.h5", HEADER)))
    for writer in made:
        writer.close(DONE)


@pytest.mark.benchmark(group="record")
def test_speed_of_reading_one_window_of_one_channel(benchmark, tmp_path):
    writer = RunWriter(tmp_path / "run.h5", HEADER)
    lines = values(64)
    for row in range(50_000):
        writer.row(row * PERIOD, lines[row % 64], MARKS)
    writer.close(DONE)
    with open_run(tmp_path / "run.h5") as run:
        channel = run.channel("group.channel7")
        samples = benchmark(channel.good, PERIOD * 1000, PERIOD * 2000)
    assert len(samples) > 0
