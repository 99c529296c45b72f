"""CSV and Parquet files hold what the reader returns, to the last bit."""

import csv
import json
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from bench import runs
from bench.channel import Channel, Kind, Quality
from bench.clock import SECOND
from bench.errors import RunFileError
from bench.record.layout.iso_time import iso
from bench.record.sealing.sealer import SealPolicy
from bench.runs.export import Wish, arrow, export_run
from tests.bench.runs.run_maker import header_of

START = 5 * SECOND
IN_PARTS = SealPolicy(checkpoint_ns=None, part_ns=4 * SECOND)
FLOAT_KINDS = {"<f4": "<u4", "<f8": "<u8"}


def exported(run, path, **wish):
    export_run(run, Wish(path, **wish))
    return path


def lines_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def expected(run, name):
    """Values of the scan in the channel's unit, where they are OK; element type of the file."""
    channel = run.channel(name)
    values, samples = channel.stored(), channel.values_si()
    is_ok = (samples.qualities == Quality.OK) & ~np.isnan(values)
    return values, is_ok


@pytest.mark.parametrize("moment", ["run", "growing"])
def test_csv_reads_back_the_same_bits_and_is_empty_where_nothing_is_ok(request, tmp_path, moment):
    run = request.getfixturevalue(moment)
    path = exported(run, tmp_path / "a.csv", patterns=("oil.*", "engine.*"))
    lines = lines_of(path)
    titles = ["time [s]", "oil.temperature [°C]", "engine.torque [N*m]", "engine.power [kW]"]
    assert list(lines[0]) == titles
    for name, title in zip(run.names[:3], titles[1:], strict=True):
        values, is_ok = expected(run, name)
        assert [bool(line[title]) for line in lines] == is_ok.tolist()
        read = np.array([line[title] or "nan" for line in lines]).astype(values.dtype)
        np.testing.assert_array_equal(read[is_ok], values[is_ok], strict=True)
    times = [Decimal(line["time [s]"]) * SECOND for line in lines]
    assert times == (run.channel("engine.power").times_ns() - START).tolist()


def test_a_csv_is_understood_by_arrow(run, tmp_path):
    read = pa.csv.read_csv(exported(run, tmp_path / "a.csv", patterns=("fuel.flow",)))
    column = read.column("fuel.flow [kg/h]").cast(pa.float32())
    values = run.channel("fuel.flow").stored()
    assert column.null_count == 2
    np.testing.assert_array_equal(column.to_numpy(), values)


def test_counts_are_exported_in_their_unit(run, tmp_path):
    path = exported(run, tmp_path / "a.csv", patterns=("cylinder.pressure", "valve.word"))
    lines = lines_of(path)
    counts = run.channel("cylinder.pressure").stored()
    assert [float(line["cylinder.pressure [bar]"]) for line in lines] == (
        counts * -0.5 + 3.0
    ).tolist()
    words = [line["valve.word"] for line in lines]
    assert words == [str(word) for word in run.channel("valve.word").stored()]


def test_rows_that_are_missing_stay_missing(run, tmp_path):
    lines = lines_of(exported(run, tmp_path / "a.csv", patterns=("engine.torque",)))
    times = [float(line["time [s]"]) for line in lines]
    assert len(lines) == 700
    assert (times[399], times[400]) == (3.99, 7.0)


def test_the_time_of_day_stands_beside_the_time(run, tmp_path):
    lines = lines_of(exported(run, tmp_path / "a.csv", patterns=("fuel.flow",), has_utc=True))
    times = run.channel("fuel.flow").times_ns() - START
    assert [line["utc"] for line in lines] == [
        iso(t + run.header.start_utc_ns) for t in times.tolist()
    ]


def test_with_quality_every_number_is_there_with_its_quality(run, tmp_path):
    path = exported(run, tmp_path / "a.csv", patterns=("oil.*",), has_quality=True)
    lines = lines_of(path)
    samples = run.channel("oil.temperature").values_si()
    words = [Quality(code).name for code in samples.qualities]
    assert [line["oil.temperature quality"] for line in lines] == words
    assert {"OK", "STALE", "BAD", "DISCONNECTED"} == set(words)
    assert [not line["oil.temperature [°C]"] for line in lines] == np.isnan(samples.values).tolist()


@pytest.mark.parametrize("moment", ["run", "growing"])
def test_parquet_holds_the_same_values_and_nulls(request, tmp_path, moment):
    run = request.getfixturevalue(moment)
    read = pa.parquet.read_table(
        exported(run, tmp_path / "a.parquet", patterns=("oil.*", "engine.*"), has_utc=True)
    )
    times = run.channel("engine.torque").times_ns() - START
    np.testing.assert_array_equal(read.column("time_ns").to_numpy(), times)
    np.testing.assert_array_equal(read.column("time").to_numpy(), times / 1e9)
    utc = read.column("utc").cast(pa.int64()).to_numpy()
    np.testing.assert_array_equal(utc, times + run.header.start_utc_ns)
    for name in run.names[:3]:
        values, is_ok = expected(run, name)
        column = read.column(name).combine_chunks()
        np.testing.assert_array_equal(column.is_valid().to_numpy(zero_copy_only=False), is_ok)
        np.testing.assert_array_equal(column.drop_null().to_numpy(), values[is_ok], strict=True)


def test_a_parquet_file_says_what_it_holds(run, tmp_path):
    path = exported(run, tmp_path / "a.parquet", patterns=("oil.*",), has_quality=True)
    schema = pa.parquet.read_schema(path)
    about = schema.field("oil.temperature").metadata
    assert (about[b"unit"].decode(), about[b"title_zh"].decode()) == ("°C", "机油")
    assert json.loads(schema.metadata[b"units"]) == {"oil.temperature": "°C"}
    assert json.loads(schema.metadata[b"h2bench"])["object_serial"] == "s"
    assert schema.metadata[b"start"].decode() == iso(run.header.start_utc_ns)
    column = pa.parquet.read_table(path).column("oil.temperature quality")
    codes = run.channel("oil.temperature").values_si().qualities
    assert column.to_pylist() == [Quality(code).name for code in codes]


def test_parquet_takes_traces_as_lists(run, tmp_path):
    read = pa.parquet.read_table(exported(run, tmp_path / "a.parquet", patterns=("cycle.*",)))
    traces = read.column("cycle.pressure").to_pylist()
    values = run.channel("cycle.pressure").stored()
    assert traces[4] is None
    about = read.schema.field("cycle.pressure").metadata
    assert (about[b"axis_first"], about[b"axis_step"], about[b"axis_unit"]) == (
        b"-180.0", b"60.0", b"deg",
    )  # fmt: skip
    assert [each for each in traces if each is not None] == np.delete(values, 4, 0).tolist()


def test_csv_has_no_place_for_traces(run, tmp_path):
    with pytest.raises(RunFileError, match=r"'cycle\.pressure' holds a whole trace per row"):
        exported(run, tmp_path / "a.csv", patterns=("cycle.*",))
    assert list(tmp_path.glob("a.csv*")) == []


def test_channels_of_several_groups_need_a_common_time(run, tmp_path):
    with pytest.raises(RunFileError, match=r"scan \(1\), fast \(1\).*--every"):
        exported(run, tmp_path / "a.csv", patterns=("oil.*", "fuel.*"))


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_any_float_is_read_back_from_its_text(tmp_path_factory, data):
    kind = data.draw(st.sampled_from(sorted(FLOAT_KINDS)))
    bits = data.draw(arrays.arrays(FLOAT_KINDS[kind], st.integers(1, 50)))
    values = bits.view(kind)
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    with path.open("wb") as file:
        stream = arrow.CsvStream(file, [arrow.Field("x", arrow.kind_of(values.dtype))])
        stream.write([arrow.numbers(values)])
        stream.close()
    read = np.array(path.read_text(encoding="ascii").split("\n")[:-1]).astype(kind)
    known = ~np.isnan(values)
    np.testing.assert_array_equal(read[known].view(bits.dtype), bits[known])
    assert np.isnan(read[~known]).all()


@given(st.lists(st.integers(-(2**62), 2**62), min_size=1))
def test_times_as_text_are_exact(times):
    texts = arrow.seconds_as_text(np.array(times, np.int64)).to_pylist()
    assert [Decimal(text) * SECOND for text in texts] == times
    assert all(len(text.partition(".")[2]) == 9 for text in texts)


@given(st.lists(st.integers(0, 2**62), min_size=1))
def test_times_of_day_as_text_are_those_of_the_run_file(times):
    assert arrow.utc_as_text(np.array(times, np.int64)).to_pylist() == [iso(t) for t in times]


def in_parts(maker):
    for first in range(0, 2000, 100):
        numbers = np.arange(first, first + 100)
        maker.scans(START + numbers * SECOND // 100, numbers[:, None].astype(float))
        maker.seal()
    maker.finish()


@pytest.mark.parametrize("is_missing", [False, True])
def test_parts_are_joined_and_a_missing_one_is_missing(make, path, tmp_path, is_missing):
    channels = [Channel("x", Kind.MEASURED)]
    in_parts(make(path, header_of(channels=channels), policy=IN_PARTS))
    with runs.open(path) as run:
        assert len(run.parts) > 2
        second = run.parts[1]
    if is_missing:
        second.unlink()
    with runs.open(path) as run:
        read = pa.parquet.read_table(exported(run, tmp_path / "a.parquet"))
        values, times = run.channel("x").stored(), run.channel("x").times_ns() - START
        assert (len(values) < 2000) == is_missing
        rows = exported(run, tmp_path / "b.parquet", every="50 ms", start="0 s")
    np.testing.assert_array_equal(read.column("x").to_numpy(), values)
    np.testing.assert_array_equal(times, values.astype(np.int64) * SECOND // 100)
    grid = pa.parquet.read_table(rows).column("time_ns").to_pylist()
    assert grid == sorted({t // 50_000_000 * 50_000_000 for t in times.tolist()})
