"""What an instrument takes, whatever its wire."""

import math
from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.channel import Range
from bench.clock import VirtualClock
from bench.device import Connection, Demand, Driver, LinkKind, Mailbox, Port
from bench.errors import DemandOutOfRange
from bench.units import unit
from drivers.demand_limits import DemandLimits

CURRENT, MODE = 0, 1
DEMANDS = (Demand("current", unit("A"), Range(0.0, 330.0)), Demand("mode", choices=("off", "on")))
DRIVER = Driver("load", "Load", LinkKind.VISA, lambda _: (), lambda _: DEMANDS, lambda port: port)
ANY = st.floats(allow_nan=False)


def limits(told):
    connection = Connection("sink", DRIVER, "L1", 1)
    port = Port(
        connection,
        Mailbox((), 0, deque()),
        lambda level, source, message: told.append((level, source, message.id)),
        VirtualClock(),
    )
    return DemandLimits(port, DEMANDS)


@given(ANY)
def test_a_demand_passes_exactly_within_its_range(value):
    taken = limits([])
    if 0.0 <= value <= 330.0:
        taken.check(CURRENT, value)
    else:
        with pytest.raises(DemandOutOfRange, match="330"):
            taken.check(CURRENT, value)


@given(ANY)
def test_a_safe_value_is_the_nearest_allowed_and_told_only_if_it_had_to_move(value):
    told = []
    sent = limits(told).limited({CURRENT: value})[CURRENT]
    assert sent == min(max(value, 0.0), 330.0)
    assert told == ([] if sent == value else [("error", "sink", "device.safe-value-limited")])


@pytest.mark.parametrize(("index", "value"), [(CURRENT, math.nan), (MODE, 2.0), (MODE, 0.5)])
def test_what_has_no_nearest_value_is_refused_even_as_a_safe_value(index, value):
    taken = limits([])
    with pytest.raises(DemandOutOfRange):
        taken.check(index, value)
    with pytest.raises(DemandOutOfRange):
        taken.limited({index: value})


def test_a_value_just_beyond_the_limit_is_not_shown_as_the_limit():
    with pytest.raises(DemandOutOfRange, match=r"330\.010 A is outside"):
        limits([]).check(CURRENT, 330.01)
