"""One row per interval, against reckoning it sample by sample."""

from fractions import Fraction

import numpy as np
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import runs
from bench.channel import FRESH, Channel, Kind, Quality
from bench.clock import MILLISECOND, SECOND
from bench.errors import RunFileError
from bench.runs.export import Wish, export_run, grid
from bench.units import unit
from tests.bench.runs.run_maker import RunMaker, fast_group, header_of, measured

START = 5 * SECOND
CHANNELS = (
    Channel("flow", Kind.MEASURED, unit("kg/h")),
    Channel("demand", Kind.DEMANDED, unit("rpm")),
)
FAST = fast_group(
    measured("counts", "bar", "<i2", scale=0.25, offset=-1.0),
    measured("word", "", "<u2"),
    measured("slow", "K", "<f8"),
    interval_ns=Fraction(7 * MILLISECOND),
)


def on_grid(run, every_ns, start_ns=None, end_ns=None):
    """Interval → channel → (value, samples), reckoned sample by sample."""
    origin = START if start_ns is None else start_ns
    found = {}
    for name in run.names:
        channel = run.channel(name)
        samples, stored = channel.values_si(start_ns, end_ns), channel.stored(start_ns, end_ns)
        holds = name in {"demand", "word"}
        for time_ns, value, quality, fresh in zip(
            samples.times_ns.tolist(), stored, samples.qualities, samples.fresh, strict=True
        ):
            cell = found.setdefault((time_ns - origin) // every_ns, {}).setdefault(name, [])
            if quality == Quality.OK and not np.isnan(value) and (fresh or holds):
                cell.append(value)
    return found, origin


def value_of(name, cell):
    if not cell:
        return None
    if name in {"demand", "word"}:
        return cell[-1]
    mean = np.float64(sum(float(value) for value in cell)) / len(cell)
    return mean * 0.25 - 1.0 if name == "counts" else mean


def table_of(run, path, **wish):
    export_run(run, Wish(path, is_forced=True, has_quality=True, **wish))
    return pyarrow.parquet.read_table(path).to_pylist()


def check(run, path, every, every_ns, window=(None, None), **wish):
    rows = table_of(run, path, every=every, **wish)
    found, origin = on_grid(run, every_ns, *window)
    times = [k * every_ns + origin - START for k in sorted(found)]
    assert [row["time_ns"] for row in rows] == times
    for row, interval in zip(rows, sorted(found), strict=True):
        for name in run.names:
            cell = found[interval].get(name, [])
            assert row[f"{name} samples"] == len(cell)
            value = value_of(name, cell)
            if value is None or name in {"demand", "word"}:
                assert row[name] == value
            else:
                assert row[name] == pytest.approx(value, rel=1e-6, abs=1e-12)


def record(maker, seed, rows=500, gap_ns=0):
    rng = np.random.default_rng(seed)
    times = START + 10 * MILLISECOND * np.arange(rows)
    times[rows // 2 :] += gap_ns
    values = rng.normal(0.0, 9.0, (rows, 2))
    values[rng.random((rows, 2)) < 0.1] = np.nan
    marks = rng.choice(
        np.array([FRESH, 0, FRESH | Quality.BAD, Quality.STALE], np.uint8),
        (rows, 2), p=[0.6, 0.2, 0.1, 0.1],
    )  # fmt: skip
    maker.scans(times[: rows // 2], values[: rows // 2], marks[: rows // 2])
    maker.scans(times[rows // 2 :], values[rows // 2 :], marks[rows // 2 :])
    slow = np.where(rng.random(rows) < 0.5, np.nan, rng.normal(0.0, 1.0, rows))
    maker.scalars("fast", START, rng.integers(-3000, 3000, rows), rng.integers(0, 9, rows), slow)


@given(
    seed=st.integers(0, 2**32),
    every_ms=st.sampled_from([1, 3, 10, 33, 500, 10_000]),
    gap_s=st.sampled_from([0, 1, 60]),
    slab=st.sampled_from([16, 4 * 65_536]),
)
@settings(max_examples=8, deadline=None)
def test_a_grid_holds_means_and_last_values(tmp_path_factory, seed, every_ms, gap_s, slab):
    path = tmp_path_factory.mktemp("grid") / "run.h5"
    maker = RunMaker(path, header_of(FAST, channels=CHANNELS))
    record(maker, seed, rows=120, gap_ns=gap_s * SECOND)
    maker.seal()
    maker.close()
    with pytest.MonkeyPatch.context() as patch, runs.open(path) as run:
        patch.setattr(grid, "_SLAB_ROWS", slab)
        check(run, path.with_suffix(".parquet"), f"{every_ms} ms", every_ms * MILLISECOND)


@pytest.fixture
def run(make, path):
    maker = make(path, header_of(FAST, channels=CHANNELS))
    record(maker, 1, gap_ns=3600 * SECOND)
    maker.finish()
    with runs.open(path) as opened:
        yield opened


def test_the_grid_begins_where_the_window_begins(run, tmp_path):
    window = (START + 55 * MILLISECOND, START + 1234 * MILLISECOND)
    check(run, tmp_path / "a.parquet", "0.1 s", SECOND // 10, window, start="55 ms", end="1234 ms")


def test_no_row_is_made_up_in_an_hour_without_rows(run, tmp_path):
    rows = table_of(run, tmp_path / "a.parquet", every="1 s")
    assert len(rows) == 4 + 3
    assert rows[4]["time_ns"] == 3602 * SECOND


def test_an_empty_run_has_an_empty_grid(make, path, tmp_path):
    maker = make(path, header_of(FAST, channels=CHANNELS))
    maker.finish()
    with runs.open(path) as run:
        assert table_of(run, tmp_path / "a.parquet", every="1 s") == []


@pytest.mark.parametrize("every", ["", "1", "0 s", "-1 s", "1 m", "0.1 ns", "soon", "inf s"])
def test_what_is_no_duration_is_refused(run, tmp_path, every):
    with pytest.raises(RunFileError, match="is no duration"):
        table_of(run, tmp_path / "a.parquet", every=every)


def test_few_intervals_at_a_time_still_are_stored_together(run, tmp_path, monkeypatch):
    monkeypatch.setattr(grid, "_SLAB_ROWS", 1)
    path = tmp_path / "a.parquet"
    export_run(run, Wish(path, every="1 s"))
    assert pyarrow.parquet.ParquetFile(path).num_row_groups == 1
