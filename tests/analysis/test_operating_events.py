"""Made histories, and what is found in them."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.operating_events import EventKind, OperatingLimits, SegmentKind
from analysis.operating_stream import OperatingStream, detect_events

LIMITS = OperatingLimits(rated_current=40.0)
HOUR = 3600


def history(hours=10):
    """Return a steady history, one row a second."""
    draw = np.random.default_rng(3)
    rows = hours * HOUR
    return {
        "times": np.arange(rows, dtype=np.float64),
        "current": 40.0 + draw.normal(0.0, 0.01, rows),
        "temperature": 1023.0 + draw.normal(0.0, 0.1, rows),
        "fuel": np.full(rows, 0.01),
        "safety_gas": np.zeros(rows),
    }


def counted(**rows):
    """Return what happened and how often, without what did not."""
    return {kind: n for kind, n in detect_events(**rows, limits=LIMITS).counts.items() if n}


def test_a_steady_history_is_a_start_and_a_steady_segment():
    found = detect_events(**history(), limits=LIMITS)
    assert [event.kind for event in found.events] == [EventKind.START]
    assert [segment.kind for segment in found.segments] == [SegmentKind.START, SegmentKind.STEADY]
    assert found.loaded_time == pytest.approx(10 * HOUR, abs=2)


def test_a_ramp_down_is_a_stop_and_a_break_is_a_trip():
    rows = history()
    rows["current"][9000:9600] = np.linspace(40.0, 0.0, 600)
    rows["current"][9600:12000] = 0.0
    rows["current"][20000:22000] = 0.0
    found = detect_events(**rows, limits=LIMITS)
    assert [event.kind for event in found.events] == [
        EventKind.START, EventKind.STOP, EventKind.START, EventKind.TRIP, EventKind.START,
    ]  # fmt: skip
    kinds = [segment.kind for segment in found.segments]
    assert SegmentKind.STOP in kinds
    assert SegmentKind.TRIP in kinds
    assert [(event.time, event.kind) for event in found.degradation_events()] == [
        (12000.0, "stop"), (22000.0, "trip"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("coldest", "kind"), [(320.0, EventKind.FULL_CYCLE), (600.0, EventKind.PARTIAL_CYCLE)]
)
def test_cooling_down_between_two_operations_is_a_thermal_cycle(coldest, kind):
    rows = history()
    rows["current"][9000:9600] = np.linspace(40.0, 0.0, 600)
    rows["current"][9600:30000] = 0.0
    half = np.linspace(1023.0, coldest, 10000)
    rows["temperature"][9700:29700] = np.concatenate((half, half[::-1]))
    found = detect_events(**rows, limits=LIMITS)
    assert found.counts[kind] == 1
    assert found.counts[EventKind.FULL_CYCLE] + found.counts[EventKind.PARTIAL_CYCLE] == 1
    assert found.degradation_events()[0].kind == kind.value


def test_hot_without_any_reducing_gas_is_suspected_of_redox():
    rows = history()
    rows["current"][9000:12000] = 0.0
    rows["fuel"][9010:12000] = 0.0
    rows["safety_gas"][9010:12000] = 0.01
    assert EventKind.REDOX not in counted(**rows)
    rows["safety_gas"][10000:10100] = 0.0
    assert counted(**rows)[EventKind.REDOX] == 1


def test_current_without_fuel_and_negative_flow_are_told_with_their_rows():
    rows = history()
    rows["fuel"][5000:5020] = 0.0
    rows["fuel"][6000:6003] = -0.001
    found = detect_events(**rows, limits=LIMITS)
    faults = {event.kind: event for event in found.events}
    assert faults[EventKind.ZERO_FLOW].first_row == 5000
    assert faults[EventKind.ZERO_FLOW].last_row == 5019
    assert faults[EventKind.NEGATIVE_FLOW].count == 3


def test_gaps_jumps_back_and_duplicates_are_told_and_left_out():
    rows = history()
    rows["times"][7200:] += 4000.0
    rows["times"][20000] = rows["times"][19999]
    rows["times"][25000:25010] -= 500.0
    found = detect_events(**rows, limits=LIMITS)
    told = {event.kind: event for event in found.events}
    assert told[EventKind.GAP].time == 7199.0
    assert told[EventKind.GAP].end == 11200.0
    assert told[EventKind.DUPLICATE].first_row == 20000
    assert told[EventKind.CLOCK_BACK].first_row == 25000
    assert told[EventKind.CLOCK_BACK].count == 10
    assert SegmentKind.GAP in [segment.kind for segment in found.segments]


def test_a_frozen_thermocouple_is_told_and_a_still_one_is_not():
    rows = history()
    rows["temperature"][5000:6000] = 1023.0
    assert EventKind.FROZEN_TEMPERATURE not in counted(**rows)
    rows["temperature"][5000:8000] = 1023.0
    assert counted(**rows)[EventKind.FROZEN_TEMPERATURE] == 1


def test_load_changes_and_reference_visits_are_counted():
    rows = history()
    rows["current"][9000:18000] -= 20.0
    rows["marks"] = np.zeros(rows["times"].size)
    rows["marks"][20000:21800] = 1.0
    rows["marks"][30000:31800] = 1.0
    found = detect_events(**rows, limits=LIMITS)
    assert found.load_cycles == 1
    assert found.counts[EventKind.REFERENCE] == 2


def test_hourly_medians_are_of_steady_rows_and_weigh_stretched_rows_by_time():
    times = np.concatenate((np.arange(0.0, 600.0), np.arange(600.0, 7200.0, 60.0)))
    values = np.where(times < 600.0, 1.0, 2.0)[:, None]
    found = detect_events(
        times=times, current=np.full(times.size, 40.0), fuel=np.full(times.size, 0.01),
        temperature=np.full(times.size, 1023.0) + 1e-3 * times, values=values, limits=LIMITS,
    )  # fmt: skip
    assert found.hours.values[:, 0].tolist() == [2.0, 2.0]


@settings(max_examples=8, deadline=None)
@given(st.lists(st.integers(1, 36000), min_size=1, max_size=6))
def test_chunks_say_the_same_as_the_whole(cuts):
    rows = history()
    rows["current"][9000:9600] = np.linspace(40.0, 0.0, 600)
    rows["current"][9600:12000] = 0.0
    rows["current"][20000:22000] = 0.0
    rows["times"][25000] = rows["times"][24999]
    values = rows["temperature"][:, None]
    whole = detect_events(**rows, values=values, limits=LIMITS)
    stream = OperatingStream(LIMITS, channels=1)
    edges = sorted({0, *cuts, 36000})
    for begin, end in itertools.pairwise(edges):
        part = {name: samples[begin:end] for name, samples in rows.items()}
        stream.eat(**part, values=values[begin:end])
    found = stream.finish()
    assert found.events == whole.events
    assert found.segments == whole.segments
    assert found.hours.values == pytest.approx(whole.hours.values, abs=1e-9)


def test_shapes_are_checked():
    stream = OperatingStream(LIMITS, channels=2)
    with pytest.raises(ValueError, match="fuel"):
        stream.eat(times=[0.0, 1.0], current=[1.0, 1.0], temperature=[1.0, 1.0], fuel=[1.0])
    with pytest.raises(ValueError, match="shape"):
        stream.eat(times=[0.0], current=[1.0], temperature=[1.0], fuel=[1.0], values=[[1.0]])
    with pytest.raises(ValueError, match="above zero"):
        OperatingLimits(rated_current=0.0)
