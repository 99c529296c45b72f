"""What another program finds in a run file."""

import io
import json
from dataclasses import replace
from fractions import Fraction

import h5py
import numpy as np
import pytest

from bench.channel import FRESH, Stored
from bench.clock import MILLISECOND, SECOND, VIRTUAL_EPOCH
from bench.messages import Message
from bench.record.layout.groups import chunk_rows
from bench.record.layout.iso_time import iso
from bench.record.layout.overview import Trace, write_overview
from bench.record.port import (
    Event,
    Provenance,
    RateGroup,
)
from bench.record.rows import groups_of
from tests.bench.record.small_run import (
    CYCLES,
    HEADER,
    OIL,
    TORQUE,
    new_part,
    reopened,
    seal,
    written,
)


@pytest.fixture
def stream():
    return io.BytesIO()


@pytest.fixture
def part(stream):
    return new_part(stream)


def nodes(content):
    """Every dataset's content and every attribute, by path."""
    found = {}

    def visit(name, node):
        if isinstance(node, h5py.Dataset):
            content = np.asarray(node[()])
            is_text = content.dtype.kind == "O"
            found[name] = content.tolist() if is_text else (content.tobytes(), content.dtype.str)
        found.update({f"{name}@{key}": repr(value) for key, value in node.attrs.items()})

    with h5py.File(io.BytesIO(content)) as file:
        visit("", file)
        file.visititems(visit)
    return found


def test_plain_h5py_reads_chunks_that_were_written_directly(part, stream):
    values = seal(part, stream)
    with reopened(part, stream) as file:
        torque = file["entry/scan/engine.torque"]
        assert torque["value"].dtype == np.float32
        np.testing.assert_array_equal(torque["value"][:], values)
        np.testing.assert_array_equal(torque["time"][:], np.arange(4096) * 0.03)
        assert torque["time"] == file["entry/scan/time"]


def test_a_channel_is_plotted_by_nexus_rules(part, stream):
    with reopened(part, stream) as file:
        torque = file["entry/scan/engine.torque"]
        assert torque.attrs["NX_class"] == "NXdata"
        assert torque.attrs["signal"] == "value"
        assert list(torque.attrs["axes"]) == ["time"]
        assert torque["value"].attrs["units"] == "N*m"
        assert torque["value"].attrs["long_name"] == "Torque"
        assert torque["time"].attrs["units"] == "s"
        assert torque["time"].attrs["start"] == iso(VIRTUAL_EPOCH)
        assert torque.attrs["calibration_id"] == "C-17"


def test_nexus_defaults_lead_to_the_first_channel(part, stream):
    with reopened(part, stream) as file:
        node = file
        while "default" in node.attrs:
            node = node[node.attrs["default"]]
        assert node.name == "/entry/scan/engine.torque"
        assert file.attrs["NX_class"] == "NXroot"
        assert file["entry"].attrs["NX_class"] == "NXentry"


def test_a_trace_is_plotted_over_its_places(part, stream):
    with reopened(part, stream) as file:
        pressure = file["entry/cycles%2F1/p.cyl"]
        assert list(pressure.attrs["axes"]) == ["time", "place"]
        assert pressure["value"].shape == (0, 720)
        assert pressure["value"].chunks == (8, 720)
        assert pressure["place"][[0, 1, 719]].tolist() == [-360.0, -359.0, 359.0]
        assert pressure["place"].attrs["units"] == "deg"
        assert pressure["envelope"].shape == (0, 3)
        assert "trace_0" not in file["entry/pyramid/cycles%2F1"]


def test_raw_counts_say_how_they_become_values(part, stream):
    with reopened(part, stream) as file:
        raw = file["entry/knock/knock.raw/value"]
        assert raw.dtype == np.uint16
        assert (raw.attrs["scale_factor"], raw.attrs["add_offset"]) == (0.001, -32.0)
        assert "scale_factor" not in file["entry/knock/a%2Fb/value"].attrs


def test_a_channel_called_time_leaves_the_time_alone(part, stream):
    with reopened(part, stream) as file:
        knock = file["entry/knock"]
        assert isinstance(knock["time"], h5py.Dataset)
        channel = knock["%2574ime"]
        assert channel.attrs["name"] == "time"
        assert channel["time"] == knock["time"]
        assert channel["value"] != knock["time"]


def test_the_index_leads_to_every_channel(part, stream):
    with reopened(part, stream) as file:
        index = json.loads(file["entry/index"][:].tobytes())
        assert [(item["group"], item["name"], item["position"]) for item in index] == [
            (group.name, each.channel.name, position)
            for group in groups_of(HEADER)
            for position, each in enumerate(group.channels)
        ]
        for item in index:
            value = file[item["path"]]["value"]
            assert value.attrs["units"] == item["units"]
            assert value.dtype == item["dtype"]
        assert index[1]["si_offset"] == 273.15
        assert "range_low" not in index[1]


def test_measured_channels_are_readings_of_their_instruments(part, stream):
    values = seal(part, stream)
    with reopened(part, stream) as file:
        log = file["entry/instrument/dyno/torque"]
        assert log.attrs["NX_class"] == "NXlog"
        assert log["value"] == file["entry/scan/engine.torque/value"]
        assert log["time"] == file["entry/scan/time"]
        np.testing.assert_array_equal(log["value"][:], values)
        assert file["entry/instrument/dyno"].attrs["NX_class"] == "NXsensor"
        assert set(file["entry/instrument"]) == {"dyno", "daq"}


def test_two_channels_of_one_reading_both_show_and_an_identity_is_no_reading():
    channels = [replace(TORQUE, name=f"t{i}", source="d.torque") for i in range(2)]
    channels.append(replace(TORQUE, name="i", source="d.identity"))
    header = replace(HEADER, channels=tuple(channels), identities={"d": "ACME"}, groups=())
    with h5py.File(io.BytesIO(written(header))) as file:
        sensor = file["entry/instrument/d"]
        assert set(sensor) == {"torque", "torque_2", "identity_", "identity"}
        assert sensor["torque_2/value"] == file["entry/scan/t1/value"]


def test_the_groups_state_rate_epoch_and_clock(part, stream):
    with reopened(part, stream) as file:
        scan, knock = file["entry/scan"].attrs, file["entry/knock"].attrs
        assert (scan["rate_numerator"], scan["rate_denominator"]) == ("100", "3")
        assert (knock["rate_numerator"], knock["rate_denominator"]) == ("44100", "1")
        assert (knock["interval_numerator"], knock["interval_denominator"]) == ("10000000", "441")
        assert scan["epoch_ns"] == VIRTUAL_EPOCH
        assert scan["start_ns"] == 5 * SECOND
        assert "interval_numerator" not in scan
        assert "time_ns" not in file["entry/knock"]
        assert file["entry/start_time"].asstr()[()] == "2026-01-01T00:00:00.000000000Z"


@pytest.mark.parametrize(
    ("hertz", "rows"), [(10_000, 65_536), (5000, 65_536), (1000, 16_384), (50, 16_384), (49, 4096)]
)
def test_chunks_follow_the_rate(hertz, rows):
    assert chunk_rows(RateGroup("x", (), Fraction(SECOND, hertz)), SECOND) == rows
    assert chunk_rows(RateGroup("scan", ()), SECOND // hertz) == rows


def test_chunks_of_traces_and_of_rows_without_a_rate_are_small():
    assert chunk_rows(CYCLES, MILLISECOND) == 256
    assert chunk_rows(RateGroup("events", ()), MILLISECOND) == 4096


def test_texts_are_found_by_their_names(part, stream):
    with reopened(part, stream) as file:
        found = {node.attrs["name"]: node.asstr()[()] for node in file["entry/texts"].values()}
        assert found == HEADER.texts


def test_an_event_reads_in_english(part, stream):
    message = Message("unit.unknown", {"unit": "rmp", "hint": Message("word.none")})
    part.events.append([Event(1, 2, "warning", "dyno", message)])
    with reopened(part, stream) as file:
        text = file["entry/events/text"].asstr()[0]
        assert text == "unknown unit 'rmp'; there is none to choose from"


def test_equal_runs_are_equal_files():
    assert written() == written()


def test_equal_runs_differ_only_in_their_provenance():
    one = nodes(written())
    other = nodes(written(HEADER, Provenance(2, "other", {"h2bench": "2"}, "u-2"), "run-2"))
    assert one.keys() == other.keys()
    differing = {name for name in one if one[name] != other[name]}
    assert len(differing) == 6
    assert all(name.startswith("entry/provenance/") for name in differing)


def test_the_overview_becomes_the_default_plot(part, stream):
    low, high = np.array([0.0, 1.0]), np.array([2.0, 3.0])
    traces = [Trace(TORQUE, low, high), Trace(OIL, low, high)]
    write_overview(part.entry, np.array([0.0, 10.0, 20.0]), traces)
    with reopened(part, stream) as file:
        plot = file["entry"][file["entry"].attrs["default"]]
        assert plot.attrs["NX_class"] == "NXdata"
        assert list(plot.attrs["auxiliary_signals"]) == ["oil.温度"]
        assert list(plot.attrs["axes"]) == ["time"]
        assert plot["time"][:].tolist() == [0.0, 5.0, 10.0, 15.0]
        assert plot[plot.attrs["signal"]][:].tolist() == [0.0, 2.0, 1.0, 3.0]
        assert plot["engine.torque"].attrs["units"] == "N*m"


def test_a_part_without_bins_has_no_overview(part):
    write_overview(part.entry, np.zeros(1), [Trace(TORQUE, np.zeros(0), np.zeros(0))])
    write_overview(part.entry, np.zeros(0), [])
    assert "overview" not in part.entry
    assert part.entry.attributes()["default"] == "scan"


@pytest.mark.parametrize("stored", [Stored.FLOAT32, Stored.FLOAT64])
def test_a_channel_is_stored_as_it_says(stored):
    header = replace(HEADER, channels=(replace(TORQUE, storage=stored),), groups=())
    with h5py.File(io.BytesIO(written(header))) as file:
        assert file["entry/scan/engine.torque/value"].dtype == np.dtype(stored.value)


def test_fresh_is_told_beside_the_codes(part, stream):
    with reopened(part, stream) as file:
        scan = file["entry/scan"].attrs
        assert scan["quality_fresh_bit"] == FRESH
        assert "3=DISCONNECTED" in scan["quality_codes"]
