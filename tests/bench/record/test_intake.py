"""Rows and records go in without waiting, and come out as frames in the order of the calls."""

import dataclasses
import threading
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.channel import FRESH, Channel, Kind
from bench.clock import SECOND
from bench.messages import Message
from bench.record import intake as intakes
from bench.record.intake import MOST_RECORDS, Intake
from bench.record.port import (
    ClockMark,
    Ending,
    Event,
    Header,
    RateGroup,
    StoredChannel,
)
from bench.record.records import decode_record
from bench.record.rows import QUALITY, TIME, RowLayout, groups_of
from bench.record.wal.frames import FrameKind
from bench.units import unit

SCAN_CHANNELS = (
    Channel("speed", Kind.MEASURED, unit("rpm")),
    Channel("oil", Kind.MEASURED, unit("degC")),
    Channel("demand", Kind.DEMANDED, unit("kW")),
)
FAST = RateGroup(
    "daq",
    (
        StoredChannel(Channel("pressure", Kind.MEASURED), "<u2", 0.5),
        StoredChannel(Channel("b", Kind.MEASURED), "<f4"),
    ),
    Fraction(SECOND, 1000),
)  # fmt: skip
CYCLES = RateGroup("cycles", (StoredChannel(Channel("trace", Kind.MEASURED), "<f4", width=7200),))
HEADER = Header(
    title="", rig_name="", rig_text="", protocol_name="", texts={}, parameters={}, object_kind="",
    object_serial="", operator="", seed=0, simulated=True, plant={}, channels=SCAN_CHANNELS,
    scan_period_ns=SECOND // 100, start_utc_ns=0, groups=(FAST, CYCLES),
)  # fmt: skip
LAYOUTS = [RowLayout(group) for group in groups_of(HEADER)]
MARKS = np.full(3, FRESH, np.uint8)


def block(rows, first=0):
    made = LAYOUTS[1].empty(rows)
    made["values_u2"][:, 0] = np.arange(first, first + rows)
    return made


def cycles(times):
    made = LAYOUTS[2].empty(len(times))
    made[TIME] = times
    made["trace_0"][:, 5] = times
    return made


def content(frame):
    """The rows of a frame, or its record."""
    if frame.kind is FrameKind.RECORD:
        return decode_record(bytes(frame.payload))
    return np.frombuffer(frame.payload, LAYOUTS[frame.group].dtype)


def test_a_scan_leaves_in_the_unit_and_element_type_of_each_channel():
    intake = Intake(HEADER)
    intake.row(7, np.array([100.0 * np.pi, 373.15, 5000.0]), np.array([0x80, 2, 3], np.uint8))
    intake.row(9, np.array([np.nan, np.inf, -np.inf]), MARKS)
    (frame,) = intake.drain()
    assert (frame.group, frame.sequence, frame.first_row, frame.rows, frame.time_ns) == (
        0,
        1,
        0,
        2,
        7,
    )
    rows = content(frame)
    assert rows[TIME].tolist() == [7, 9]
    assert rows["values_f4"].dtype == np.float32
    np.testing.assert_allclose(rows["values_f4"][0], [3000.0, 100.0], rtol=1e-6)
    np.testing.assert_allclose(rows["values_f8"][0], [5.0], rtol=1e-15)
    np.testing.assert_array_equal(rows["values_f4"][1], np.array([np.nan, np.inf], np.float32))
    assert rows[QUALITY].tolist() == [[0x80, 2, 3], [FRESH] * 3]


def test_arrays_may_be_used_again_at_once():
    intake = Intake(HEADER)
    values, records = np.zeros(3), block(2)
    intake.row(0, values, MARKS)
    intake.rows("daq", 0, records)
    values[:] = 9.0
    records["values_u2"] = 9
    scan, daq = intake.drain()
    assert content(scan)["values_f8"].tolist() == [[0.0]]
    assert content(daq)["values_u2"].tolist() == [[0], [1]]


def test_records_keep_their_place_among_the_rows():
    intake = Intake(HEADER)
    event = Event(1, 2, "info", "x", Message("a.b", {"n": 1}))
    for time_ns in (1, 2):
        intake.row(time_ns, np.zeros(3), MARKS)
    intake.record(event)
    intake.rows("daq", 3 * SECOND, block(5))
    intake.row(3, np.zeros(3), MARKS)
    intake.row(4, np.zeros(3), MARKS)
    intake.record(ClockMark(5, 6))
    frames = intake.drain()
    assert [frame.sequence for frame in frames] == [1, 2, 3, 4, 5]
    assert [(f.kind, f.group, f.first_row, f.rows, f.time_ns) for f in frames] == [
        (FrameKind.ROWS, 0, 0, 2, 1),
        (FrameKind.RECORD, 0, 0, 0, 1),
        (FrameKind.ROWS, 1, 0, 5, 3 * SECOND),
        (FrameKind.ROWS, 0, 2, 2, 3),
        (FrameKind.RECORD, 0, 0, 0, 5),
    ]
    assert content(frames[1]) == event
    assert content(frames[4]) == ClockMark(5, 6)
    assert intake.drain() == []


def test_blocks_that_go_on_share_a_frame_and_a_jump_in_time_begins_another():
    intake = Intake(HEADER)
    for start in (0, 100, 200):  # ms
        intake.rows("daq", start * 1_000_000 + 300_000 * (start == 200), block(100, first=start))
    intake.rows("daq", 400 * 1_000_000, block(100, first=300))
    frames = intake.drain()
    assert [(f.first_row, f.rows, f.time_ns) for f in frames] == [
        (0, 300, 0), (300, 100, 400_000_000),
    ]  # fmt: skip
    assert content(frames[0])["values_u2"][:, 0].tolist() == list(range(300))


def test_a_large_block_is_cut_into_frames_that_know_their_times():
    intake = Intake(HEADER)
    count = 2 * intakes.FRAME_BYTES // LAYOUTS[1].dtype.itemsize // 100 * 100
    space = intake.free("daq")
    intake.rows("daq", 0, block(min(space, count)))
    most = intakes.FRAME_BYTES // LAYOUTS[1].dtype.itemsize
    for frame in intake.drain():
        assert frame.rows <= most
        assert frame.time_ns == frame.first_row * 1_000_000


def test_rows_that_do_not_fit_are_counted_and_told():
    intake = Intake(HEADER, seconds=1.0)
    capacity = intake.free("daq")
    assert intake.rows("daq", 0, block(capacity - 1)) == capacity - 1
    assert intake.take_losses() == ()
    assert intake.rows("daq", 5 * SECOND, block(10)) == 1
    assert intake.rows("daq", 6 * SECOND, block(10)) == 0
    assert intake.is_filling
    (loss,) = intake.take_losses()
    assert (loss.group, loss.rows, loss.first_ns, loss.last_ns) == (
        "daq", 19, 5 * SECOND, 6 * SECOND,
    )  # fmt: skip
    assert intake.take_losses() == ()
    assert sum(frame.rows for frame in intake.drain()) == capacity
    assert intake.rows("daq", 7 * SECOND, block(10)) == 10
    (frame,) = intake.drain()
    assert (frame.first_row, frame.time_ns) == (capacity, 7 * SECOND)


def test_a_scan_that_does_not_fit_is_counted_too():
    intake = Intake(HEADER, seconds=1.0)
    for time_ns in range(5000):
        intake.row(time_ns, np.zeros(3), MARKS)
    (loss,) = intake.take_losses()
    taken = sum(frame.rows for frame in intake.drain())
    assert taken + loss.rows == 5000
    assert (loss.group, loss.first_ns, loss.last_ns) == ("scan", taken, 4999)


def test_records_beyond_the_bound_are_counted_too():
    intake = Intake(HEADER)
    for time_ns in range(MOST_RECORDS + 3):
        intake.record(ClockMark(time_ns, 0))
    (loss,) = intake.take_losses()
    assert (loss.group, loss.rows, loss.first_ns) == ("", 3, MOST_RECORDS)
    assert len(intake.drain()) == MOST_RECORDS


def test_what_is_no_row_of_the_group_is_refused_and_not_taken():
    intake = Intake(HEADER)
    with pytest.raises(KeyError):
        intake.rows("dac", 0, block(1))
    with pytest.raises(ValueError, match="u2"):
        intake.rows("daq", 0, cycles([1]))
    with pytest.raises(ValueError, match="3"):
        intake.row(0, np.zeros(2), MARKS)
    with pytest.raises(ValueError, match="3"):
        intake.row(0, np.zeros(3), MARKS[:2])
    assert intake.drain() == []


def test_time_never_runs_backwards_in_a_group():
    intake = Intake(HEADER)
    intake.row(5, np.zeros(3), MARKS)
    with pytest.raises(ValueError, match="4"):
        intake.row(4, np.zeros(3), MARKS)
    intake.rows("daq", 5, block(1))
    with pytest.raises(ValueError, match="4"):
        intake.rows("daq", 4, block(1))
    intake.rows("cycles", 0, cycles([3, 5]))
    for times in ([4], [6, 5]):
        with pytest.raises(ValueError, match="5"):
            intake.rows("cycles", 9, cycles(times))
    intake.rows("cycles", 0, cycles([5]))
    assert sum(frame.rows for frame in intake.drain()) == 5


calls = st.lists(
    st.one_of(
        st.just("row"), st.just("record"), st.just("drain"),
        st.tuples(st.just("daq"), st.integers(1, 700)),
        st.tuples(st.just("cycles"), st.integers(1, 40)),
    ),
    max_size=60,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(calls)
def test_whatever_the_calls_everything_taken_leaves_once_and_in_order(made):
    header = dataclasses.replace(HEADER, scan_period_ns=SECOND)
    intake = Intake(header, seconds=0.5)
    frames, put = [], {"scan": 0, "daq": 0, "cycles": 0}
    expected: list[tuple[int, ...]] = []
    for time_ns, call in enumerate(made, 1):
        match call:
            case "row":
                intake.row(time_ns, np.full(3, float(time_ns)), MARKS)
                put["scan"] += 1
            case "record":
                intake.record(ClockMark(time_ns, 0))
                expected.append((time_ns, *put.values()))
            case "drain":
                frames += intake.drain()
            case ("daq", rows):
                put["daq"] += intake.rows("daq", time_ns, block(rows, first=put["daq"]))
            case (_, rows):
                put["cycles"] += intake.rows("cycles", 0, cycles([time_ns] * rows))
    frames += intake.drain()
    assert [frame.sequence for frame in frames] == list(range(1, len(frames) + 1))
    seen, order = [0, 0, 0], []
    for frame in frames:
        if frame.kind is FrameKind.RECORD:
            order.append((content(frame).time_ns, *seen))
        else:
            assert frame.first_row == seen[frame.group]
            seen[frame.group] += frame.rows
            if frame.group == 1:
                assert content(frame)["values_u2"][0, 0] == frame.first_row
    assert order == expected
    assert seen == list(put.values())


def contents(frames, group):
    return [content(f) for f in frames if f.kind is FrameKind.ROWS and f.group == group]


def check_scans_before_records(frames):
    """Each mark was taken after the scan of its time and before the next."""
    scans = 0
    for frame in frames:
        if frame.kind is FrameKind.RECORD:
            assert scans == content(frame).time_ns + 1
        elif frame.group == 0:
            scans += frame.rows


def test_threads_that_fill_while_another_drains_lose_and_mix_nothing():
    intake = Intake(HEADER, seconds=40.0)

    def scan():
        for time_ns in range(3000):
            intake.row(time_ns, np.full(3, float(time_ns)), MARKS)
            if time_ns % 10 == 0:
                intake.record(ClockMark(time_ns, 0))

    def acquire():
        for time_ns in range(300):
            intake.rows("daq", time_ns * 50_000_000, block(50, first=time_ns * 50))

    threads = [threading.Thread(target=work) for work in (scan, acquire)]
    for thread in threads:
        thread.start()
    frames = []
    while any(thread.is_alive() for thread in threads):
        frames += intake.drain()
    frames += intake.drain()
    assert intake.take_losses() == ()
    rows = [np.concatenate(contents(frames, group)) for group in (0, 1)]
    assert rows[0][TIME].tolist() == list(range(3000))
    assert rows[1]["values_u2"][:, 0].tolist() == list(range(15000))
    check_scans_before_records(frames)


def test_an_ending_is_a_record():
    intake = Intake(HEADER)
    ending = Ending("completed", Message("a.b"), 5)
    intake.record(ending)
    (frame,) = intake.drain()
    assert content(frame) == ending
