"""How long the recorder holds up a scan of 150 channels: `pytest --benchmark-only`."""

import itertools

import numpy as np
import pytest

from bench.channel import FRESH, Channel, Kind
from bench.clock import SystemClock
from bench.record.background import BackgroundRecorder
from bench.record.intake import Intake
from bench.record.port import Bookmark, Ending, Header, Provenance
from bench.record.recorder import RunWriter
from bench.record.records import decode_record, encode_record
from bench.runs import open_run
from bench.units import unit
from tests.bench.runs.run_maker import RunMaker

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


SPOT = Bookmark(
    1, 2, "running", "sequence",
    {"path": ["cycle", 3], "steps": {f"step-{n}": {"left": n / 7} for n in range(20)}},
    {f"demand.{n}": n / 3 for n in range(12)}, {f"counter.{n}": n * 1e6 for n in range(8)},
)  # fmt: skip


@pytest.mark.benchmark(group="bookmark")
def test_speed_of_a_bookmark_for_the_scan(benchmark):
    intake = Intake(HEADER)
    benchmark(lambda: intake.record(SPOT))


@pytest.mark.benchmark(group="bookmark")
def test_speed_of_a_bookmark_on_its_way_into_the_log(benchmark):
    intake = Intake(HEADER)

    def take():
        intake.record(SPOT)
        intake.drain()

    benchmark(take)


@pytest.mark.benchmark(group="bookmark")
def test_speed_of_reading_a_bookmark_out_of_the_log(benchmark):
    data = encode_record(SPOT)
    assert benchmark(lambda: decode_record(data)) == SPOT


@pytest.mark.benchmark(group="bookmark")
@pytest.mark.parametrize("has_bookmark", [False, True])
def test_speed_of_a_commit(benchmark, tmp_path, has_bookmark):
    maker = RunMaker(tmp_path / "run.h5", HEADER)
    rows = itertools.count()

    def chunk():
        times = (next(rows) * 256 + np.arange(256)) * PERIOD
        maker.scans(times, np.zeros((256, WIDTH)))
        if has_bookmark:
            for _ in range(3):
                maker.record(SPOT)

    benchmark.pedantic(maker.seal, setup=chunk, rounds=60, warmup_rounds=3)
    maker.close()
