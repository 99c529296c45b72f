"""Names of files and nodes, and times as texts."""

from hypothesis import given
from hypothesis import strategies as st

from bench.clock import MILLISECOND, VIRTUAL_EPOCH
from bench.record.hdf5 import node_name
from bench.record.layout.iso_time import iso, utc_ns
from bench.record.naming import run_file_name


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
    found = {node_name(name) for name in names}
    assert len(found) == len(names)
    assert not any("/" in node or node in {"", ".", ".."} for node in found)


@given(st.integers(-(10**18), 4 * 10**18))
def test_times_in_iso_8601_come_back(utc):
    assert utc_ns(iso(utc)) == utc


def test_iso_8601_has_nanoseconds_and_a_z():
    assert iso(VIRTUAL_EPOCH + 30 * MILLISECOND + 1) == "2026-01-01T00:00:00.030000001Z"
