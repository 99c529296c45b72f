"""How long the recorder holds up a scan of 120 channels: `pytest --benchmark-only`."""

import itertools

import numpy as np
import pytest

from bench.channel import FRESH, Channel, Kind
from bench.record.block import Block
from bench.record.growing import create
from bench.record.layout import CHUNK_ROWS
from bench.record.port import Ending, Header, Provenance
from bench.record.writer import RunWriter
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


def full_block():
    rng = np.random.default_rng(1)
    block = Block(CHANNELS, CHUNK_ROWS)
    marks = np.full(120, FRESH, np.uint8)
    level = rng.normal(size=120)
    for row in range(CHUNK_ROWS):
        block.add(row * PERIOD, level + np.round(rng.normal(size=120), 2), marks)
    return block


@pytest.mark.benchmark(group="record")
def test_speed_of_a_row_with_its_share_of_the_block(benchmark, tmp_path):
    writer = RunWriter(tmp_path / "run.h5", HEADER)
    values, marks = np.random.default_rng(1).normal(size=120), np.full(120, FRESH, np.uint8)
    times = itertools.count()
    benchmark(lambda: writer.row(next(times), values, marks))
    writer.close(DONE)


@pytest.mark.benchmark(group="record")
def test_speed_of_copying_a_row(benchmark):
    block = Block(CHANNELS, CHUNK_ROWS)
    values, marks = np.random.default_rng(1).normal(size=120), np.full(120, FRESH, np.uint8)

    def copy():
        if block.add(1, values, marks):
            block.clear()

    benchmark(copy)


@pytest.mark.benchmark(group="record")
def test_speed_of_writing_a_block(benchmark, tmp_path):
    file = create(tmp_path / "run.h5", HEADER, Provenance())
    block = full_block()
    benchmark(file.append, block)
    file.finish(DONE)


@pytest.mark.benchmark(group="record")
def test_speed_of_starting_a_run(benchmark, tmp_path):
    numbers = itertools.count()
    benchmark(lambda: RunWriter(tmp_path / f"{next(numbers)}.h5", HEADER).close(DONE))


@pytest.mark.benchmark(group="record")
def test_speed_of_reading_one_window_of_one_channel(benchmark, tmp_path):
    file = create(tmp_path / "run.h5", HEADER, Provenance())
    block = full_block()
    for _ in range(50):
        file.append(block)
    file.finish(DONE)
    with open_run(tmp_path / "run.h5") as run:
        channel = run.channel("group.channel7")
        samples = benchmark(channel.good, PERIOD * 1000, PERIOD * 2000)
    assert len(samples) > 0
