"""What was recorded is what is read: sealed, still in the log, or half and half."""

import dataclasses
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import runs
from bench.channel import FRESH, Channel, Kind, Quality
from bench.clock import MILLISECOND, SECOND
from bench.errors import RunFileError
from bench.messages import Bilingual, Message
from bench.record.port import ClockMark, Ending, Event, Identity, Point, StepRecord
from bench.runs.reader import Run
from bench.runs.run_source import RunSource
from bench.units import unit
from tests.bench.runs.run_maker import RunMaker, fast_group, header_of, measured

START = 5 * SECOND
CHANNELS = (
    Channel("oil.temperature", Kind.MEASURED, unit("degC")),
    Channel("engine.torque", Kind.DEMANDED, unit("N*m")),
)
COUNTS = measured("cylinder.pressure", "bar", "<u2", scale=-0.5, offset=3.0)
GROUP = fast_group(measured("fuel.flow", "kg/h"), COUNTS, interval_ns=Fraction(10**9, 3))


def viewed(path):
    """Open without recovery."""
    return Run(RunSource(path))


def scans(rows, first=0):
    times = START + (first + np.arange(rows)) * 10 * MILLISECOND
    numbers = np.arange(first, first + rows, dtype=float)
    return times, np.column_stack([numbers % 97, 2 * numbers])


STAGES = ("logged", "sealed", "partial", "finished")


def brought_to(maker, stage):
    if stage in {"sealed", "partial"}:
        maker.seal(partial=stage == "partial")
    if stage == "finished":
        maker.record(Ending("completed", None, START))
        maker.finish()


@pytest.mark.parametrize("stage", STAGES)
def test_values_times_and_qualities_come_back_at_every_stage(make, path, stage):
    maker = make(path, header_of(GROUP, channels=CHANNELS))
    times, values = scans(700)
    marks = np.where(np.arange(700) % 3 == 0, FRESH, Quality.STALE).astype(np.uint8)
    maker.scans(times, values, np.column_stack([marks, marks]))
    flow = np.arange(600, dtype=np.float32) / 7
    flow[[5, 599]] = np.nan
    maker.scalars("fast", START + 1, flow, np.arange(600))
    brought_to(maker, stage)
    with viewed(path) as run:
        assert len(run) == 700
        assert run.groups == ("scan", "fast")
        found = run.channel("oil.temperature").values_si()
        np.testing.assert_array_equal(found.times_ns, times)
        np.testing.assert_array_equal(found.values, values[:, 0] + 273.15)
        np.testing.assert_array_equal(found.qualities, marks & 0x7F)
        np.testing.assert_array_equal(found.fresh, marks >= FRESH)
        assert len(run.channel("engine.torque").good()) == 234
        fast = run.channel("fuel.flow").values_si()
        law = [START + 1 + (2 * k * 10**9 + 3) // 6 for k in range(600)]
        assert fast.times_ns.tolist() == law
        assert np.flatnonzero(fast.qualities == Quality.BAD).tolist() == [5, 599]
        assert np.flatnonzero(~fast.fresh).tolist() == [5, 599]
        np.testing.assert_allclose(fast.values * 3600, flow, rtol=1e-12)
        raw = run.channel("cylinder.pressure")
        assert raw.stored(law[10], law[12]).tolist() == [10, 11, 12]
        np.testing.assert_allclose(raw.values_si().values, (3.0 - np.arange(600) / 2) * 1e5)
        whole = raw.envelope(pixels=2)
        np.testing.assert_allclose(whole.maximum[0], 3e5)
        np.testing.assert_allclose(whole.minimum[1], (3.0 - 599 / 2) * 1e5)


@pytest.mark.parametrize("stage", STAGES)
def test_records_come_back_at_every_stage(make, path, stage):
    maker = make(path, header_of(channels=CHANNELS))
    event = Event(START, 7, "warning", "dyno", Message("word.none"))
    step = StepRecord("s1", "measure", "0/measure", START, START + SECOND, "done")
    point = Point("p", 1, 1, START, START + SECOND, valid=True, step_id="s1")
    for record in (event, step, point, Identity("daq", "ACME")):
        maker.record(record)
    maker.scans(*scans(300))
    brought_to(maker, stage)
    with viewed(path) as run:
        assert (run.events, run.steps, run.points) == ((event,), (step,), (point,))
        assert run.header.identities == {"daq": "ACME"}
        assert dataclasses.replace(run.header, identities={}) == maker.header
        assert run.texts == {"a.yaml": "a: 1\n"}
        assert run.gas == {"lot": "L"}
        assert run.state == ("closed" if stage == "finished" else "recording")
        assert not run.is_growing
        assert (run.ending is None) == (stage != "finished")
        assert run.during("s1") == run.during(step) == (START, START + SECOND)
        assert run.around(event, 2, 3) == (START - 2, START + 3)


def test_a_commit_while_a_run_is_open_changes_nothing_of_what_it_shows(make, path):
    maker = make(path, header_of(channels=CHANNELS))
    step = StepRecord("s1", "measure", "0/measure", START, START + SECOND, "done")
    maker.scans(*scans(1000))
    maker.record(step)
    with viewed(path) as run:
        torque = run.channel("engine.torque")
        before, counted = torque.values_si(), torque.statistics()
        maker.scans(*scans(2000, 1000))
        maker.seal(partial=True)
        np.testing.assert_array_equal(torque.values_si().values, before.values)
        assert (len(run), run.steps) == (1000, (step,))
        assert counted.count == 1000
        assert torque.envelope(pixels=3).maximum[-1] == 2 * 999
        run.refresh()
        assert len(run) == 3000
        assert run.channel("engine.torque").values_si().values[-1] == 2 * 2999
        assert run.channel("engine.torque").statistics().maximum == 2 * 2999
        assert run.steps == (step,)
        maker.record(Ending("completed", None, START))
        maker.finish()
        run.refresh()
        assert (len(run), run.state) == (3000, "closed")


@settings(max_examples=8, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 700), st.sampled_from(["seal", "partial", "log"])),
                min_size=1, max_size=6))  # fmt: skip
def test_however_rows_are_cut_and_committed_the_same_is_read(tmp_path_factory, pieces):
    path = tmp_path_factory.mktemp("r") / "run.h5"
    maker = RunMaker(path, header_of(GROUP, channels=CHANNELS))
    row = 0
    with viewed(path) as run:
        for rows, action in pieces:
            times, values = scans(rows, row)
            maker.scans(times, values)
            numbers = np.arange(row, row + rows)
            begin = START + (2 * row * 10**9 + 3) // 6
            maker.scalars("fast", begin, numbers, numbers % 4096)
            row += rows
            if action != "log":
                maker.seal(partial=action == "partial")
            run.refresh()
            everything = np.arange(row, dtype=float)
            found = run.channel("engine.torque").values_si()
            np.testing.assert_array_equal(found.values, 2 * everything)
            np.testing.assert_array_equal(found.times_ns, scans(row)[0])
            assert (
                run.channel("cylinder.pressure").stored().tolist() == (everything % 4096).tolist()
            )
            assert len(run.channel("fuel.flow").times_ns()) == row
            assert run.channel("engine.torque").statistics().count == row
            assert run.gaps == ()
            peak = np.fmax.reduce(run.channel("engine.torque").envelope(pixels=7).maximum)
            assert peak == 2 * (row - 1)
    maker.close()


@pytest.mark.parametrize("stage", STAGES)
def test_gaps_and_clock_steps_are_told(make, path, stage):
    maker = make(path, header_of(GROUP, channels=CHANNELS))
    times, values = scans(300)
    maker.scans(times, values)
    maker.scalars("fast", START, np.arange(300), np.arange(300))
    later = times + 100 * SECOND
    utc = maker.header.start_utc_ns - START + int(later[0])
    maker.record(ClockMark(int(later[0]), utc + 3600 * SECOND))
    maker.scans(later, values)
    maker.scalars("fast", START + 500 * SECOND, np.arange(10), np.arange(10))
    brought_to(maker, stage)
    with viewed(path) as run:
        scan, fast = run.gaps
        assert scan[:2] == (times[-1], later[0])
        assert (scan.group, scan.why.text()) == ("scan", "rows of 'scan' are missing")
        assert fast[:2] == (START + 100 * SECOND, START + 500 * SECOND)
        (step,) = run.clock_steps
        assert step.step_ns == 3600 * SECOND
        assert abs(step.time_ns - later[0]) < 10 * MILLISECOND
        empty = run.channel("engine.torque").envelope(int(times[0]), int(later[-1]), 10)
        assert np.isnan(empty.minimum[1:9]).all()
        assert empty.rows.tolist() == [300, *[0] * 8, 300]


@pytest.mark.parametrize("stage", STAGES)
def test_traces_come_back_with_their_envelope(make, path, stage):
    trace = measured("cylinder.trace", "bar", "<f4", width=90, axis=(0.0, 4.0, "deg"))
    maker = make(path, header_of(fast_group(trace, interval_ns=None, name="cycles")))
    rows = maker.layouts[1].empty(300)
    rows["time_ns"] = START + 40 * MILLISECOND * np.arange(300)
    angles = np.sin(np.arange(90) / 10)
    rows["trace_0"] = np.arange(300)[:, None] * angles[None, :]
    maker.rows("cycles", START, rows)
    brought_to(maker, stage)
    with viewed(path) as run:
        channel = run.channel("cylinder.trace")
        found = channel.values_si(START + SECOND, START + 2 * SECOND)
        assert found.values.shape == (26, 90)
        np.testing.assert_allclose(found.values[0], 25e5 * angles, rtol=1e-6)
        assert channel.as_stored.axis == (0.0, 4.0, "deg")
        shown = channel.envelope(pixels=3)
        np.testing.assert_allclose(shown.maximum[-1], 299e5 * angles.max(), rtol=1e-6)
        np.testing.assert_allclose(shown.minimum[-1], 299e5 * angles.min(), rtol=1e-6)
        assert channel.statistics().count == 300 * 90


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("dtype", ["<f4", "<f8", "<u2", "<i2", "<i4", "<u1", "<i8"])
def test_every_element_type_comes_back_bit_for_bit(make, path, dtype, stage):
    kind = np.dtype(dtype)
    random = np.random.default_rng(7)
    values = np.frombuffer(random.bytes(600 * kind.itemsize), kind).copy()
    if kind.kind == "f":
        values[np.isnan(values)] = np.nan  # quiet ones
        values[:3] = [np.inf, -np.inf, -0.0]
    maker = make(
        path, header_of(fast_group(measured("µ", "µm", dtype), interval_ns=Fraction(1000)))
    )
    rows = maker.layouts[1].empty(600)
    rows[f"values_{dtype[1:]}"][:, 0] = values
    maker.rows("fast", START, rows)
    brought_to(maker, stage)
    with viewed(path) as run:
        found = run.channel("µ").stored()
        assert (found.dtype, found.tobytes()) == (kind, values.tobytes())


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("rows", [0, 1])
def test_no_row_and_one_row_are_a_run(make, path, rows, stage):
    maker = make(path, header_of(GROUP, channels=CHANNELS))
    if rows:
        maker.scans(*scans(1))
    brought_to(maker, stage)
    with viewed(path) as run:
        channel = run.channel("engine.torque")
        assert len(channel.values_si()) == len(run) == rows
        assert len(channel.values_si(0, START - 1)) == 0
        assert channel.envelope(pixels=2).rows.sum() == rows
        assert channel.statistics().count == rows
        assert np.isnan(run.channel("fuel.flow").envelope(0, 9, pixels=2).minimum).all()
        assert np.isnan(run.channel("fuel.flow").statistics().mean)
        with pytest.raises(ValueError, match="0"):
            channel.envelope(9, 8)


def test_statistics_of_a_step_are_those_of_its_samples(make, path):
    maker = make(path, header_of(channels=CHANNELS))
    maker.scans(*scans(1000))
    step = StepRecord("s1", "measure", "0", START + SECOND, START + 2 * SECOND, "done")
    maker.record(step)
    brought_to(maker, "finished")
    with runs.open(path) as run:
        channel = run.channel("oil.temperature")
        values = channel.values_si(START + SECOND, START + 2 * SECOND).values
        found = channel.statistics("s1")
        assert found == channel.statistics(step)
        assert (found.count, found.minimum) == (101, values.min())
        assert found.mean == pytest.approx(values.mean())
        assert found.deviation == pytest.approx(values.std(ddof=1))
        with pytest.raises(RunFileError, match="s1"):
            run.channel("oil.temperature").statistics("s2")


def test_a_wrong_name_tells_the_nearest(make, path):
    make(path, header_of(channels=CHANNELS))
    with viewed(path) as run, pytest.raises(RunFileError, match=r"did you mean.*engine\.torque"):
        run.channel("engine.torqe")


@pytest.mark.parametrize("name", ['{"name":"x"', 'a\\"b', "\\", "]", "温度 °C", "time", "a/b", "."])
def test_any_name_leads_to_its_channel(make, path, name):
    channels = (Channel(name, Kind.COMPUTED, unit("N*m"), title=Bilingual('{"name":"y"}')),)
    maker = make(path, header_of(GROUP, channels=channels))
    maker.scans(*[part[:, :1] if part.ndim > 1 else part for part in scans(300)])
    brought_to(maker, "finished")
    with viewed(path) as run:
        assert run.names == (name, "fuel.flow", "cylinder.pressure")
        assert run.channel(name).channel == channels[0]
        assert len(run.channel(name).values_si()) == 300
