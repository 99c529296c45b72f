from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.channel import FRESH, Quality
from bench.clock import MILLISECOND, SECOND
from bench.errors import RunFileError
from bench.messages import Message
from bench.record.port import ClockMark, Ending, Event, Point, StepBegun, StepRecord
from bench.runs import open_run
from bench.runs.repairing.repair import repair
from tests.bench.runs.run_maker import RunMaker, fast_group, header_of, measured

PERIOD = 10 * MILLISECOND
ROWS = 1200
START = 5 * SECOND


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A closed run of scans, a regular group of whole numbers, and traces; its bytes."""
    path = tmp_path_factory.mktemp("whole") / "run.h5"
    scan = tuple(
        measured(*about).channel for about in (("a.torque",), ("b.speed", "rpm"), ("c.t", "degC"))
    )
    counts = measured("adc", "bar", "<i2", scale=0.5, offset=-3.0)
    floats = measured("fast", "V", "<f8")
    trace = measured("cylinder", "bar", "<u2", width=36, axis=(0.0, 10.0, "deg"))
    header = header_of(
        fast_group(counts, floats, interval_ns=Fraction(SECOND, 150)),
        fast_group(trace, interval_ns=None, name="cycles", has_quality=True),
        channels=scan,
    )
    maker = RunMaker(path, header)
    fill(maker)
    maker.record(Ending("completed", None, START + ROWS * PERIOD))
    maker.finish()
    return Whole(path.read_bytes())


class Whole(bytes):
    """The bytes of a file, without showing them all."""

    __slots__ = ()

    def __repr__(self):
        return f"<{len(self)} bytes>"


class Contents(tuple):
    """What a run holds, without showing it all."""

    __slots__ = ()

    def __repr__(self):
        return "<contents>"


def fill(maker):
    rng = np.random.default_rng(7)
    for first in range(0, ROWS, 200):
        now = START + first * PERIOD
        step = f"step-{first}"
        maker.record(StepBegun(step, step, now))
        maker.record(ClockMark(now, header_utc(maker, now) + first * 40_000))
        times = now + PERIOD * np.arange(200, dtype=np.int64)
        marks = np.where(rng.random((200, 3)) < 0.05, Quality.BAD, FRESH).astype(np.uint8)
        maker.scans(times, rng.normal(size=(200, 3)), marks)
        pause = SECOND if first == 800 else 0
        rows, at = (150, now + pause) if pause else (300, now)
        maker.scalars(
            "fast", at, rng.integers(-9000, 9000, rows).astype(np.int16), rng.normal(size=rows)
        )
        cycles = maker.layouts[2].empty(60)
        cycles["time_ns"] = now + 30 * MILLISECOND * np.arange(60)
        cycles["trace_0"] = rng.integers(0, 60000, (60, 36))
        cycles["quality"] = FRESH
        maker.rows("cycles", now, cycles)
        maker.record(Event(now, now, "info", "test", Message("document.empty")))
        maker.record(StepRecord(step, "hold", step, now, now + 199 * PERIOD, "done"))
        maker.record(Point("best", 1, 1, now, now + SECOND, valid=True, step_id=step))
        maker.seal()


def header_utc(maker, now):
    return maker.header.start_utc_ns + now - maker.header.start_ns


def contents(path):
    with open_run(path) as run:
        found = {}
        for name in run.names:
            channel = run.channel(name)
            samples = channel.values_si()
            found[name] = (
                samples.times_ns, samples.values, samples.qualities, samples.fresh,
                channel.as_stored.dtype,
            )  # fmt: skip
        return Contents((found, run.steps, run.points, run.events, run.ending, run.header))


@pytest.fixture(scope="module")
def original(whole, tmp_path_factory):
    path = tmp_path_factory.mktemp("original") / "run.h5"
    path.write_bytes(whole)
    return contents(path)


def damaged_and_repaired(folder, data):
    damaged, output = folder / "damaged.h5", folder / "repaired.h5"
    output.unlink(missing_ok=True)
    damaged.write_bytes(data)
    try:
        return repair(damaged, output)
    except RunFileError as error:
        if error.message.id not in {"repair.nothing", "repair.no-rows", "runs.not-a-run"}:
            raise
        return None
    finally:
        assert damaged.read_bytes() == data
        assert sorted(path.name for path in folder.iterdir()) in (
            ["damaged.h5"], ["damaged.h5", "repaired.h5"],
        )  # fmt: skip


def check_saved(done, original):
    """Every sample of the new file is one of the original, or marked; as many as promised."""
    values, steps, points, events, ending, header = original
    saved, new_steps, new_points, new_events, new_ending, new_header = contents(done.path)
    for each in done.channels:
        assert each.name in values
        times, numbers, qualities, fresh, _ = saved[each.name]
        old_times, old_numbers, old_qualities, old_fresh, _ = values[each.name]
        # Rows of a regular group behind a gap are counted anew, from a whole nanosecond.
        off = int(each.group == "fast")
        place = np.searchsorted(old_times, times - off)
        assert np.abs(old_times[place] - times).max(initial=0) <= off
        lost = (qualities == Quality.BAD) & np.isnan(numbers).all(
            axis=tuple(range(1, numbers.ndim))
        )
        assert np.count_nonzero(~lost) == each.saved
        np.testing.assert_array_equal(old_numbers[place][~lost], numbers[~lost])
        np.testing.assert_array_equal(old_qualities[place][~lost], qualities[~lost])
        np.testing.assert_array_equal(old_fresh[place][~lost], fresh[~lost])
        assert each.rows in {0, len(old_times)}
    assert set(new_steps) <= set(steps)
    assert set(new_points) <= set(points)
    assert {event.message.id for event in new_events} <= {"document.empty", "repair.repaired"}
    assert {e.time_ns for e in new_events[:-1]} <= {e.time_ns for e in events}
    assert new_ending in {None, ending}
    for name in ("title", "rig_text", "object_kind", "operator"):
        assert getattr(new_header, name) in {"", getattr(header, name)}
    assert (new_header.start_utc_ns, new_header.start_ns) == (header.start_utc_ns, header.start_ns)


def test_of_a_whole_file_everything_is_saved(whole, original, tmp_path):
    done = damaged_and_repaired(tmp_path, whole)
    assert done.missing_bytes == 0
    assert all(each.lost == 0 for each in done.channels)
    check_saved(done, original)
    again = contents(done.path)
    for name, (_, _, _, _, dtype) in original[0].items():
        assert again[0][name][4] == dtype
    assert again[1:3] == original[1:3]
    assert again[3][:-1] == original[3]
    assert again[4] == original[4]
    assert again[5] == original[5]


def test_statistics_of_steps_and_steps_of_the_clock_are_saved(whole, tmp_path):
    done = damaged_and_repaired(tmp_path, whole)
    with open_run(tmp_path / "damaged.h5") as old, open_run(done.path) as new:
        assert new.state == "recovered"
        assert new.clock_steps == old.clock_steps
        assert len(new.gaps) == len(old.gaps)
        for step in old.steps:
            assert new.channel("b.speed").statistics(step) == old.channel("b.speed").statistics(
                step
            )


@pytest.mark.parametrize("percent", [5, 20, 35, 50, 65, 80, 90, 95, 99])
def test_what_stands_before_a_cut_is_saved(whole, original, tmp_path, percent):
    done = damaged_and_repaired(tmp_path, whole[: len(whole) * percent // 100])
    if done is not None:
        check_saved(done, original)
    if percent >= 40:
        saved = sum(each.saved for each in done.channels)
        assert saved > 0.6 * percent / 100 * sum(each.rows for each in done.channels)


@settings(max_examples=12, deadline=None)
@given(place=st.floats(0, 1))
def test_a_cut_anywhere_leaves_no_wrong_number(whole, original, tmp_path_factory, place):
    folder = tmp_path_factory.mktemp("cut")
    done = damaged_and_repaired(folder, whole[: int(len(whole) * place)])
    if done is not None:
        check_saved(done, original)


@settings(max_examples=8, deadline=None)
@given(place=st.floats(0, 1), length=st.sampled_from([1, 512, 4096, 65536]))
def test_a_flipped_stretch_anywhere_leaves_no_wrong_number(
    whole, original, tmp_path_factory, place, length
):
    data = bytearray(whole)
    first = 48 + int(place * (len(data) - 49))
    data[first : first + length] = bytes(byte ^ 0xA5 for byte in data[first : first + length])
    done = damaged_and_repaired(tmp_path_factory.mktemp("flipped"), bytes(data))
    if done is not None:
        check_saved(done, original)


def test_without_its_superblock_nothing_is_saved(whole, tmp_path):
    for data in (b"", b"\0" * len(whole), b"\0" * 48 + whole[48:], b"time;torque\n1;2\n"):
        assert damaged_and_repaired(tmp_path, data) is None


def test_a_file_that_exists_is_not_overwritten(whole, tmp_path):
    damaged = tmp_path / "damaged.h5"
    damaged.write_bytes(whole)
    with pytest.raises(RunFileError, match="exists"):
        repair(damaged, damaged)
    assert damaged.read_bytes() == whole


def test_a_missing_file_is_a_sentence(tmp_path):
    with pytest.raises(RunFileError, match="there is no run file"):
        repair(tmp_path / "none.h5", tmp_path / "new.h5")
