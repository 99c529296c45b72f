"""What the bench's own devices send: numbers in steps, and their checksums."""

from __future__ import annotations

import math
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.canbus.checksum import crc8, start_for
from drivers.simulated.devices.bench_device import Guarded, in_steps, looked
from drivers.simulated.port import Signal


@given(st.floats(-1e9, 1e9), st.sampled_from([0.001, 0.005, 0.25, 1.0, 1000.0]))
@settings(max_examples=100, deadline=None)
def test_a_value_stands_in_the_nearest_step_or_at_the_end_of_its_field(
    shown: float, step: float
) -> None:
    assert in_steps(shown, step, 1000, 0x3FF) == min(max(round(shown / step), 0), 1000)


@pytest.mark.parametrize(
    ("shown", "raw"),
    [(None, 0x3FF), (math.nan, 0x3FE), (math.inf, 1000), (-math.inf, 0), (0.0, 0), (1000.0, 1000)],
)
def test_nothing_and_a_fault_have_numbers_of_their_own(shown: float | None, raw: int) -> None:
    assert in_steps(shown, 1.0, 1000, 0x3FF) == raw


@given(st.integers(0, 0x7FF), st.integers(0, 255), st.integers(0, 0xFFFF))
@settings(max_examples=50, deadline=None)
def test_a_guarded_frame_bears_the_checksum_that_the_bench_expects(
    frame_id: int, first: int, second: int
) -> None:
    frame = Guarded(frame_id, "<BH").frame(first, second)
    data = struct.pack("<BH", first, second)
    assert frame == (frame_id, data + bytes((crc8(data, start_for(frame_id)),)), False)


def test_a_terminal_that_is_wired_later_is_seen_from_then_on() -> None:
    signals: dict[str, Signal] = {"door": lambda now: 1.0 * now}
    terminals = (("door", 1.0), ("key", None))
    assert looked(signals, terminals, 5) == [5.0, None]
    signals["key"] = lambda now: 2.0 * now
    assert looked(signals, terminals, 6) == [6.0, 12.0]
