"""What another program finds in a run file."""

import dataclasses
import json

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.channel import FRESH, Quality
from bench.clock import MILLISECOND, VIRTUAL_EPOCH
from bench.record.hdf5 import node_name
from bench.record.layout import iso, utc_ns
from bench.record.port import Provenance
from bench.record.writer import run_file_name


def datasets(path):
    """Every dataset's content and every attribute, by path."""
    found = {}

    def visit(name, node):
        if isinstance(node, h5py.Dataset):
            content = np.asarray(node[()])
            is_text = content.dtype.kind == "O"
            found[name] = content.tolist() if is_text else (content.tobytes(), content.dtype.str)
        found.update({f"{name}@{key}": repr(value) for key, value in node.attrs.items()})

    with h5py.File(path) as file:
        visit("", file)
        file.visititems(visit)
    return found


def test_plain_h5py_reads_values_with_units(recorded, header):
    with h5py.File(recorded) as file:
        torque = file["entry/scan/engine.torque"]
        assert torque.attrs["NX_class"] == "NXdata"
        assert torque.attrs["signal"] == "value"
        assert list(torque.attrs["axes"]) == ["time"]
        assert torque["value"].attrs["units"] == "N*m"
        assert torque["value"][:].tolist() == [float(row) for row in range(10)]
        assert torque["time"].attrs["units"] == "s"
        assert torque["time"] == file["entry/scan/time"]
        np.testing.assert_allclose(torque["time"][:], 0.03 * np.arange(10), rtol=1e-12)
        assert set(torque["quality"][:]) == {FRESH | Quality.OK}
        assert torque["quality"].attrs["fresh_bit"] == FRESH
        assert "3=DISCONNECTED" in torque["quality"].attrs["codes"]


def test_values_are_stored_in_the_channel_s_own_unit(recorded):
    with h5py.File(recorded) as file:
        oil = file["entry/scan/oil.temperature"]
        assert oil["value"][0] == pytest.approx(1.0 - 273.15)
        assert oil["value"].attrs["units"] == "degC"
        assert oil.attrs["si_offset"] == 273.15
        assert oil.attrs["display_units"] == "K"
        assert file["entry/scan/efficiency/value"][0] == pytest.approx(200.0)


def test_nexus_defaults_lead_to_the_first_channel(recorded):
    with h5py.File(recorded) as file:
        assert file.attrs["NX_class"] == "NXroot"
        node = file
        while "default" in node.attrs:
            node = node[node.attrs["default"]]
        assert node.name == "/entry/scan/engine.torque"
        assert file["entry"].attrs["NX_class"] == "NXentry"


def test_the_scan_states_rate_epoch_and_clock(recorded):
    with h5py.File(recorded) as file:
        scan = file["entry/scan"].attrs
        assert (scan["rate_numerator"], scan["rate_denominator"]) == (100, 3)
        assert scan["epoch_ns"] == VIRTUAL_EPOCH
        assert file["entry/start_time"].asstr()[()] == "2026-01-01T00:00:00.000000000Z"
        assert file["entry/end_time"].asstr()[()] == "2026-01-01T00:00:00.300000000Z"


def test_the_index_lists_every_channel_in_one_read(recorded):
    with h5py.File(recorded) as file:
        index = json.loads(file["entry/index"][:].tobytes())
        assert [item["name"] for item in index] == [
            "engine.torque",
            "oil.temperature",
            "efficiency",
        ]
        assert {item["rows"] for item in index} == {10}
        assert (index[0]["low"], index[1]["low"]) == (-500.0, None)
        for item in index:
            assert file[item["path"]]["value"].attrs["units"] == item["unit"]


def test_texts_are_found_by_their_names(recorded, header):
    with h5py.File(recorded) as file:
        found = {node.attrs["name"]: node.asstr()[()] for node in file["entry/texts"].values()}
        assert found == header.texts


def test_an_event_reads_in_english(recorded):
    with h5py.File(recorded) as file:
        text = file["entry/events/text"].asstr()[0]
        assert text == "unknown unit 'rmp'; there is none to choose from"


def test_the_state_tells_whether_the_run_has_ended(recorded):
    with h5py.File(recorded) as file:
        assert file.attrs["state"] == "closed"
        assert file["entry/ending/state"].asstr()[()] == "completed"


def test_equal_runs_differ_only_in_their_provenance(tmp_path, header, record):
    first, second = tmp_path / "a.h5", tmp_path / "b.h5"
    record(first, header, provenance=Provenance(1, "bench-1", {"h2bench": "1"}, "u-1"))
    record(second, header, provenance=Provenance(2, "bench-2", {"h2bench": "2"}, "u-2"))
    one, other = datasets(first), datasets(second)
    assert one.keys() == other.keys()
    differing = {name for name in one if one[name] != other[name]}
    assert differing
    assert all(name.startswith("entry/provenance/") for name in differing)


@pytest.mark.parametrize("field", ["seed", "title", "operator", "parameters", "plant", "gas"])
def test_another_input_gives_another_file(tmp_path, header, record, field):
    changed = {"seed": 1, "title": "x", "operator": "x"}.get(field, {"x": 1.0})
    record(tmp_path / "a.h5", header)
    record(tmp_path / "b.h5", dataclasses.replace(header, **{field: changed}))
    assert datasets(tmp_path / "a.h5") != datasets(tmp_path / "b.h5")


def test_one_altered_window_reads_differently(tmp_path, header, record):
    def altered(row, column):
        return row + column + (1e-9 if (row, column) == (7, 0) else 0.0)

    record(tmp_path / "a.h5", header)
    record(tmp_path / "b.h5", header, value=altered)
    one, other = datasets(tmp_path / "a.h5"), datasets(tmp_path / "b.h5")
    differing = {name for name in one if one[name] != other[name]}
    assert differing == {"entry/scan/engine.torque/value"}


def test_a_file_name_says_when_what_and_which_object():
    name = run_file_name(VIRTUAL_EPOCH, "hydrogen-engine/best-point", "H2:007")
    assert name == "20260101T000000Z_hydrogen-engine-best-point_H2-007.h5"


def test_a_taken_file_name_gets_a_counter():
    taken = set()
    for _ in range(5):
        taken.add(run_file_name(VIRTUAL_EPOCH, "a/b", "S", {name.upper() for name in taken}))
    assert min(taken) == "20260101T000000Z_a-b_S.h5"
    assert len(taken) == 5


@given(st.integers(0, 2**62), st.text(), st.text())
def test_a_file_name_is_valid_everywhere(start, protocol, serial):
    name = run_file_name(start, protocol, serial)
    assert not set(name) & set('<>:"/\\|?*\0 ')
    assert name.endswith(".h5")
    assert len(name) < 150


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), unique=True
    )
)
def test_different_names_have_different_nodes(names):
    nodes = {node_name(name) for name in names}
    assert len(nodes) == len(names)
    assert not any("/" in node or node in {"", ".", ".."} for node in nodes)


@given(st.integers(-(10**18), 4 * 10**18))
def test_times_in_iso_8601_come_back(utc):
    assert utc_ns(iso(utc)) == utc


def test_iso_8601_has_nanoseconds_and_a_z():
    assert iso(VIRTUAL_EPOCH + 30 * MILLISECOND + 1) == "2026-01-01T00:00:00.030000001Z"
