"""What is recorded is what is read."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bench.channel import (
    FRESH,
    Calibration,
    Channel,
    Distribution,
    Kind,
    Quality,
    Range,
    Stored,
    Uncertainty,
)
from bench.messages import Bilingual, Message
from bench.record import json_text
from bench.record.port import Ending, Event, Identity, Point, Provenance, StepRecord
from bench.record.recorder import RunWriter
from bench.record.results import read_results, write_results
from bench.runs import open_run
from bench.units import Unit

BOUNDED = settings(max_examples=12, deadline=None)

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
finite = st.floats(allow_nan=False, allow_infinity=False)
factors = st.floats(1e-6, 1e6)
times = st.integers(-(2**62), 2**62)
units = st.builds(
    Unit, texts, st.tuples(*[st.floats(-3, 3)] * 6), factors, st.floats(-300, 300), texts
)
ranges = st.builds(Range, st.floats(allow_nan=False), st.floats(allow_nan=False))
parts = st.floats(0, 1e3)
uncertainties = st.builds(
    Uncertainty, parts, parts, parts, parts, st.floats(0, 1), st.sampled_from(Distribution), parts
)


def channels_named(names):
    return st.tuples(
        *[
            st.builds(
                Channel, st.just(name), st.sampled_from(Kind), units, st.none() | units, ranges,
                st.none() | uncertainties, st.builds(Calibration, texts, texts),
                st.builds(Bilingual, texts, texts), texts, st.none() | st.sampled_from(Stored),
            )
            for name in names
        ]
    )  # fmt: skip


names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
channels = st.lists(
    names | st.sampled_from(["time", "time_ns", ".", "a/b", "a.b", "%"]), max_size=4, unique=True
).flatmap(channels_named)

scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts
json_values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3)
)
messages = st.builds(Message, texts, st.dictionaries(texts, scalars, max_size=3))


def same(found, expected):
    """Equality in which NaN equals NaN."""
    return repr(found) == repr(expected)


def as_stored(channel, values):
    """Values in SI after they stood in the file: in the channel's unit and element type."""
    with np.errstate(all="ignore"):
        own = (values - channel.unit.offset) / channel.unit.factor
        return own.astype(channel.stored.value).astype(float) * channel.unit.factor + (
            channel.unit.offset
        )


@st.composite
def runs(draw):
    found = draw(channels)
    rows = draw(st.sampled_from([0, 1, 2, 7]))
    shape = (rows, len(found))
    values = draw(hnp.arrays(np.float64, shape, elements=st.floats(-1e9, 1e9) | st.just(np.nan)
                             | st.sampled_from([np.inf, -np.inf])))  # fmt: skip
    marks = draw(hnp.arrays(np.uint8, shape, elements=st.sampled_from([0, 1, 2, 3, 128, 129])))
    steps = sorted(draw(st.lists(times, min_size=rows, max_size=rows)))
    return found, steps, values, marks


@BOUNDED
@given(runs(), texts)
def test_values_qualities_and_channels_come_back(tmp_path_factory, header, run, title):
    found, steps, values, marks = run
    path = tmp_path_factory.mktemp("r") / "run.h5"
    head = dataclasses.replace(header, channels=found, title=title, start_ns=0)
    writer = RunWriter(path, head)
    for time_ns, line, mark in zip(steps, values, marks, strict=True):
        writer.row(time_ns, line, mark)
    writer.close(Ending("completed", None, 0))
    with open_run(path) as read:
        assert read.header == dataclasses.replace(head, channels=tuple(found))
        assert len(read) == len(steps)
        for column, channel in enumerate(found):
            samples = read.channel(channel.name).values_si()
            assert samples.times_ns.tolist() == steps
            np.testing.assert_allclose(
                samples.values, as_stored(channel, values[:, column]), rtol=1e-12, atol=1e-9
            )
            np.testing.assert_array_equal(samples.qualities, marks[:, column] & 0x7F)
            np.testing.assert_array_equal(samples.fresh, marks[:, column] >= FRESH)


events = st.builds(Event, times, times, texts, texts, messages)
steps = st.builds(StepRecord, texts, texts, texts, times, times, texts)
points = st.builds(
    Point, texts, st.integers(1, 9), st.integers(1, 9), times, times, st.booleans(),
    st.lists(texts, max_size=3).map(tuple), texts,
)  # fmt: skip
happenings = st.tuples(*[st.lists(kind, max_size=4) for kind in (events, steps, points)])


@BOUNDED
@given(happenings, texts, st.none() | messages)
def test_events_steps_points_and_the_ending_come_back(
    tmp_path_factory, header, happened, state, message
):
    events, steps, points = happened
    path = tmp_path_factory.mktemp("r") / "run.h5"
    writer = RunWriter(path, header)
    for event in events:
        writer.record(event)
    for step in steps:
        writer.record(step)
    for point in points:
        writer.record(point)
    writer.close(Ending(state, message, 0))
    with open_run(path) as read:
        found = [event.message for event in read.events]
        assert [m.id for m in found] == [event.message.id for event in events]
        expected = [dict(sorted(event.message.arguments.items())) for event in events]
        assert same([m.arguments for m in found], expected)
        bare = [dataclasses.replace(event, message=Message("")) for event in read.events]
        assert bare == [dataclasses.replace(event, message=Message("")) for event in events]
        assert read.steps == tuple(steps)
        assert read.points == tuple(points)
        assert read.ending.state == state
        assert (read.ending.message is None) == (message is None)


@BOUNDED
@given(st.dictionaries(texts, texts), st.dictionaries(texts, json_values, max_size=3), names)
def test_texts_identities_and_data_come_back(tmp_path_factory, header, files, data, name):
    path = tmp_path_factory.mktemp("r") / "run.h5"
    head = dataclasses.replace(header, texts=files, object_data=data, gas=data)
    writer = RunWriter(path, head, Provenance(7 * 10**9 + 1, "bench-3", {"numpy": "2"}, "u-1"))
    writer.record(Identity(name, "ACME"))
    writer.close(Ending("stopped", None, 0))
    with open_run(path) as read:
        assert dict(read.texts) == files
        assert same(read.gas, json_text.decode(json_text.encode(data)))
        assert same(read.header.object_data, read.gas)
        assert read.header.identities == {**head.identities, name: "ACME"}
        assert read.provenance == Provenance(7 * 10**9 + 1, "bench-3", {"numpy": "2"}, "u-1")


@given(json_values | messages | st.builds(Bilingual, texts, texts))
def test_json_brings_every_value_back(value):
    found = json_text.decode(json_text.encode(value))
    assert same(json_text.encode(found), json_text.encode(value))
    assert isinstance(found, type(value))


@BOUNDED
@given(st.dictionaries(texts, json_values, max_size=3))
def test_the_newest_results_come_back(tmp_path_factory, record, results):
    path = tmp_path_factory.mktemp("r") / "run.h5"
    record(path, rows=1)
    assert read_results(path) == {}
    write_results(path, {"old": 1})
    write_results(path, results)
    assert same(read_results(path), json_text.decode(json_text.encode(results)))
    with open_run(path) as read:
        assert len(read) == 1


def test_only_good_and_fresh_samples_of_the_window_are_good(path, header):
    writer = RunWriter(path, dataclasses.replace(header, start_ns=0))
    fresh_by_row = [FRESH, 0, FRESH | Quality.STALE, FRESH, FRESH | Quality.BAD, FRESH]
    for row, mark in enumerate(fresh_by_row):
        writer.row(row * 10, np.full(3, float(row)), np.full(3, mark, np.uint8))
    writer.close(Ending("completed", None, 60))
    with open_run(path) as read:
        torque = read.channel("engine.torque")
        assert torque.good().values.tolist() == [0.0, 3.0, 5.0]
        assert torque.good(1, 49).times_ns.tolist() == [30]
        assert torque.values_si(20, 40).times_ns.tolist() == [20, 30, 40]
        assert len(torque.values_si(41, 49)) == 0
        assert len(torque.values_si(100, 50)) == 0


def test_rows_of_more_than_one_block_come_back(path, header, record):
    record(path, header, rows=9000, value=lambda row, column: row * (column + 1))
    with open_run(path) as read:
        torque = read.channel("engine.torque").values_si()
        np.testing.assert_array_equal(torque.values, np.arange(9000.0))
        near_the_end = read.channel("efficiency").values_si(header.start_ns + 8999 * 30_000_000)
        assert near_the_end.values.tolist() == pytest.approx([8999 * 3.0])


def test_thousands_of_events_come_back(path, header):
    writer = RunWriter(path, header)
    for count in range(2500):
        writer.record(Event(count, count, "info", "x", Message("a.b", {"count": count})))
    writer.close(Ending("completed", None, 0))
    with open_run(path) as read:
        assert [event.message.arguments["count"] for event in read.events] == list(range(2500))
