"""Frames: no extreme is lost on the way from the scan to a screen, and garbage is refused."""

import contextlib
import dataclasses
from itertools import accumulate

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from bench.errors import Refused
from bench.scan import Row
from bench.service import gate as gate_module
from bench.service import wire
from bench.service.client import Access, LiveBench
from bench.service.gate import Gate
from bench.service.keys import new_keys
from bench.service.live import Frame, Framing, joined
from bench.service.port import BenchState
from tests.bench.service.serving import CLOCK, Served, until

NUMBERS = st.floats(width=64)


@st.composite
def frames(draw, width=None):
    count = draw(st.integers(0, 5)) if width is None else width
    values, low, high = (draw(arrays.arrays(np.float64, count, elements=NUMBERS)) for _ in range(3))
    quality = draw(arrays.arrays(np.uint8, count, elements=st.integers(0, 3)))
    times = st.integers(-(2**63), 2**63 - 1)
    return Frame(draw(st.text(max_size=9)), draw(times), draw(times), values, low, high, quality)


def row_of(values, time=0):
    row = Row(len(values) + 1)  # one hidden column
    row.time = time
    row.values[:-1] = row.low[:-1] = row.high[:-1] = values
    row.quality[:] = 0
    return row


def parts(frame):
    return [getattr(frame, each.name) for each in dataclasses.fields(frame)]


def are_same(one, other):
    """Return whether two frames are equal to the last bit, those of nan included."""
    return all(map(is_same, parts(one), parts(other)))


def is_same(one, other):
    is_array = isinstance(one, np.ndarray)
    return one.tobytes() == other.tobytes() if is_array else one == other


def packed(**changed):
    whole = {"version": wire.VERSION, "file": "run.h5", "time_ns": 1, "utc_ns": 2}
    whole |= {"values": bytes(8), "low": bytes(8), "high": bytes(8), "quality": b"\0"}
    return msgspec.msgpack.encode(whole | changed)


@settings(max_examples=50, deadline=None)
@given(
    scans=st.lists(
        st.lists(st.floats(-10, 10) | st.just(np.nan), min_size=3, max_size=3), min_size=1
    )
)
def test_a_frame_shows_the_newest_value_and_the_extremes_of_all_scans_since_the_last(scans):
    framing = Framing()
    framing.taken(row_of([99.0, 99.0, 99.0]), 3, file="a", utc_ns=0)  # it does not count
    for time, values in enumerate(scans[:-1]):
        framing.add(row_of(values, time))
    frame = framing.taken(row_of(scans[-1], 7), 3, file="run.h5", utc_ns=9)
    assert (frame.file, frame.time_ns, frame.utc_ns) == ("run.h5", 7, 9)
    assert np.array_equal(frame.values, scans[-1], equal_nan=True)
    for found, extreme in ((frame.low, np.fmin), (frame.high, np.fmax)):
        expected = list(accumulate(map(np.array, scans), extreme))[-1]
        assert np.array_equal(found, expected, equal_nan=True)


def test_a_frame_does_not_change_with_the_row_it_was_taken_of():
    row, framing = row_of([1.0, 2.0]), Framing()
    frame = framing.taken(row, 2, file="", utc_ns=0)
    row.values[:] = row.low[:] = row.high[:] = 5.0
    assert frame.values.tolist() == frame.low.tolist() == frame.high.tolist() == [1.0, 2.0]


def test_a_row_of_another_width_begins_anew():
    framing = Framing()
    framing.add(row_of([1.0, 1.0, 1.0]))
    assert framing.taken(row_of([2.0]), 1, file="", utc_ns=0).low.tolist() == [2.0]


@settings(max_examples=50, deadline=None)
@given(older=frames(width=2), newer=frames(width=2))
def test_two_frames_joined_lose_no_extreme(older, newer):
    older = dataclasses.replace(older, file=newer.file)
    found = joined(older, newer)
    assert np.array_equal(found.low, np.fmin(older.low, newer.low), equal_nan=True)
    assert np.array_equal(found.high, np.fmax(older.high, newer.high), equal_nan=True)
    assert (id(found.values), found.time_ns) == (id(newer.values), newer.time_ns)


def test_frames_of_two_files_are_not_joined():
    one, other = (Framing().taken(row_of([x]), 1, file=name, utc_ns=0) for name, x in ("a1", "b2"))
    assert joined(one, other) is other


@settings(max_examples=50, deadline=None)
@given(frame=frames())
def test_every_frame_arrives_as_it_was(frame):
    assert are_same(wire.decode_frame(wire.encode_frame(frame)), frame)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"garbage",
        packed()[:-1],
        packed(version=wire.VERSION + 1),
        packed(values=bytes(7)),
        packed(low=bytes(16)),
        packed(quality=b"\0\0"),
        packed(quality=b"\4"),
        packed(file=3),
        packed(more=1),
        packed(values="12345678"),
    ],
)
def test_what_is_no_frame_is_refused_with_a_sentence(data):
    with pytest.raises(Refused) as refused:
        wire.decode_frame(data)
    assert refused.value.text("en")


@settings(max_examples=100, deadline=None)
@given(data=st.binary(max_size=60))
def test_no_bytes_break_the_reading_of_a_frame(data):
    with contextlib.suppress(Refused):
        assert wire.decode_frame(data).values.dtype == np.float64


def frame_at(time, value):
    one = np.array([value])
    return Frame("run.h5", time, time, one, one, one, np.zeros(1, dtype=np.uint8))


def test_frames_reach_who_wants_them_in_their_order_and_nobody_else(tmp_path):
    found = []

    def sees(bench, time):
        bench.step()
        found.extend(bench.frames())
        return any(each.time_ns == time for each in found)

    with Served(tmp_path) as served, served.connect() as plain:
        access = Access("cell", "mk@here", served.keys, tmp_path)
        with LiveBench(access, CLOCK) as live:
            # a subscription takes effect some time after the connection
            until(lambda: served.gate.publish_frame(frame_at(1, 5.0)) or sees(live, 1))
            for time in range(10, 20):
                served.gate.publish_frame(frame_at(time, 1.0))
            until(lambda: sees(live, 19))
        assert [each.time_ns for each in found if each.time_ns > 1] == list(range(10, 20))
        served.gate.publish(BenchState(rig="cell", protocol="seen"))
        until(lambda: plain.step() or plain.state().protocol == "seen")
        assert not plain._line.frames


def test_frames_that_nobody_has_sent_yet_are_joined_not_lost():
    gate = Gate(new_keys(), clock=CLOCK)  # closed: nothing leaves it
    for time in range(100):
        gate.publish_frame(frame_at(time, float(time == 60)))
    waiting = list(gate._frames)
    assert len(waiting) == 25
    assert max(each.high[0] for each in waiting) == 1.0
    assert waiting[-1].time_ns == 99


def test_garbage_in_place_of_a_frame_is_refused_with_a_sentence(tmp_path):
    with Served(tmp_path) as served:
        access = Access("cell", "mk@here", served.keys, tmp_path)
        with pytest.MonkeyPatch.context() as patch, LiveBench(access, CLOCK) as live:
            patch.setattr(gate_module, "encode_frame", lambda _: b"garbage")
            with pytest.raises(Refused, match="cannot be read"):
                until(lambda: served.gate.publish_frame(frame_at(1, 1.0)) or live.step())
