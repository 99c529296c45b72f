"""What is read of cyclic frames that stay nearly the same."""

from __future__ import annotations

import math
from collections import deque
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.channel import Quality, Range
from bench.device import Mailbox, Reading
from drivers.canbus.cyclic import Readout
from drivers.canbus.layout import layouts

FIELDS = list(layouts("safety_plc.dbc")["PlcStatus"].fields.values())
WORDS = st.lists(st.integers(0, (1 << 64) - 1), min_size=1, max_size=8)


@given(WORDS, st.lists(st.integers(0, 63), max_size=8))
@settings(max_examples=50, deadline=None)
def test_whatever_changes_from_frame_to_frame_all_is_read_as_of_the_last(
    words: list[int], flips: list[int]
) -> None:
    for bit in flips:  # frames that differ in one bit only
        words.append(words[-1] ^ 1 << bit)
    queue: deque[Any] = deque()
    readings = [Reading(field.name, range=Range(0.0, 1e6)) for field in FIELDS]
    readout = Readout(Mailbox(readings, 0, queue), FIELDS, 0)
    for word in words:
        expected = [field.value(word) for field in FIELDS]
        assert list(readout.numbers(word)) == pytest.approx(expected, rel=0, abs=0, nan_ok=True)
        readout.post(word, 7)
        posted = [queue.popleft() for _ in FIELDS]
        values = [value for _, value, _, _ in posted]
        assert values == pytest.approx(expected, rel=0, abs=0, nan_ok=True)
        bad = [math.isnan(value) for value in expected]
        assert [quality == Quality.BAD for *_, quality in posted] == bad
