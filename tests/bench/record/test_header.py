"""What a run file says of the run comes back as it was."""

import dataclasses
import hashlib
import io
import json
from fractions import Fraction

import h5py
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.channel import Calibration, Channel, Distribution, Kind, Range, Stored, Uncertainty
from bench.messages import Bilingual, Message
from bench.record import hdf5
from bench.record.layout.contents import create_part, open_part
from bench.record.layout.header import (
    part_of_run,
    read_ending,
    read_header,
    read_provenance,
    read_run_uuid,
    text_checksums,
    write_ending,
)
from bench.record.layout.index import read_index, stored_channel
from bench.record.layout.nodes import RESERVED, UnusableNames
from bench.record.port import Ending, Header, Provenance, RateGroup, StoredChannel
from bench.units import Unit, unit

HEADER = Header(
    title="Best point, 最佳点",
    rig_name="cell-3",
    rig_text="rig: cell-3\n",
    protocol_name="hydrogen-engine/best-point",
    texts={"protocols/best-point.yaml": "protocol: x\n", "cycles/etc.csv": "t,n\n0,1\n"},
    parameters={"speed": "1200 rpm"},
    object_kind="hydrogen-engine",
    object_serial="H2-007",
    operator="李明",
    seed=2**70,
    simulated=True,
    plant={"friction": 0.1},
    channels=(Channel("engine.torque", Kind.MEASURED, unit("N*m"), source="dyno.torque"),),
    scan_period_ns=10_000_000,
    start_utc_ns=1_767_225_600_000_000_000,
    identities={"dyno": "ACME,D1,42,1.0"},
    gas={"species": {"H2": [0.9999, 1e-5]}, "lot": "L1"},
    object_data={"displacement": 0.0128},
    start_ns=5_000_000_000,
)


def through_a_file(header, provenance=None, run_uuid="run-1"):
    """Return the entry of a file that was written, closed and opened again."""
    stream = io.BytesIO()
    file = hdf5.create(stream)
    create_part(file, header, provenance or Provenance(), run_uuid=run_uuid)
    file.close()
    return hdf5.open_stream_to_read(stream).group("entry")


def named(name, **more):
    return Channel(name, Kind.MEASURED, unit("V"), **more)


def grouped(name, *channels, **more):
    return RateGroup(name, tuple(StoredChannel(each) for each in channels), **more)


# What HDF5 can hold; what it cannot is shown further below.
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
names = st.one_of(
    texts.filter(bool),
    st.sampled_from(["time", "time_ns", "cue_index", ".", "..", "a/b"]),
)
finite = st.floats(allow_nan=False, allow_infinity=False)
numbers = st.floats(allow_nan=False)
places = st.floats(-1e9, 1e9)
integers = st.integers(-(2**62), 2**62)
units = st.builds(
    Unit, texts, st.tuples(*[st.integers(-4, 4).map(float)] * 6), finite.filter(bool), finite, texts
)
uncertainties = st.builds(
    Uncertainty, finite, finite, finite, finite, finite, st.sampled_from(Distribution), finite
)


def channels_called(name):
    return st.builds(
        Channel, st.just(name), st.sampled_from(Kind), units, st.none() | units,
        st.builds(Range, numbers, numbers), st.none() | uncertainties,
        st.builds(Calibration, texts, texts), st.builds(Bilingual, texts, texts), texts,
        st.none() | st.sampled_from(Stored),
    )  # fmt: skip


def stored_called(name):
    scaled = st.tuples(st.sampled_from(["<i2", "<u2", "<i4"]), finite, finite)
    plain = st.tuples(st.sampled_from(["<f4", "<f8"]), st.just(1.0), st.just(0.0))
    return st.builds(
        lambda channel, kind, trace: StoredChannel(channel, *kind, *trace),
        channels_called(name),
        scaled | plain,
        st.one_of(
            st.just((1,)),
            st.tuples(st.integers(2, 40), st.tuples(places, places, texts)),
        ),
    )


@st.composite
def headers(draw):
    """Headers with any names that do not clash."""
    called = draw(st.lists(names, unique=True, max_size=6))
    split = draw(st.integers(0, len(called)))
    free = names.filter(lambda name: name not in RESERVED | {"scan"})
    groups = []
    for name in draw(st.lists(free, unique=True, max_size=3)):
        members, called = called[split:], called[:split]
        interval = draw(st.none() | st.fractions(Fraction(1, 10**6), 10**12))
        stored = tuple(draw(stored_called(member)) for member in members)
        groups.append(RateGroup(name, stored, interval, draw(st.booleans())))
    return dataclasses.replace(
        HEADER,
        title=draw(texts), rig_text=draw(texts), object_serial=draw(texts), seed=draw(integers),
        texts=draw(st.dictionaries(texts, texts, max_size=3)),
        parameters=draw(st.dictionaries(texts, texts, max_size=3)),
        plant=draw(st.dictionaries(texts, finite, max_size=3)),
        identities=draw(st.dictionaries(names, texts, max_size=3)),
        channels=tuple(draw(channels_called(name)) for name in called),
        scan_period_ns=draw(st.integers(1, 2**40)), start_ns=draw(integers),
        start_utc_ns=draw(st.integers(-(10**18), 4 * 10**18)), groups=tuple(groups),
    )  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(headers())
def test_every_header_comes_back(header):
    assert read_header(through_a_file(header)) == header


def test_a_header_of_the_lab_comes_back():
    groups = (
        RateGroup(
            "cylinder/1",
            (StoredChannel(named("p.cyl"), "<i2", 0.01, -1.0, 720, (-360.0, 1.0, "°CA")),),
        ),
        grouped("fast", named("knock"), interval_ns=Fraction(10**9, 44_100), has_quality=True),
        grouped("nothing", interval_ns=Fraction(10**9)),
    )
    header = dataclasses.replace(HEADER, groups=groups)
    assert read_header(through_a_file(header)) == header


def test_what_hdf5_cannot_hold_becomes_a_replacement_character():
    header = dataclasses.replace(HEADER, title="a\0b\ud800", texts={"x\0": "\udfff"})
    found = read_header(through_a_file(header))
    assert found.title == "a�b�"
    assert dict(found.texts) == {"x�": "�"}


def test_bounds_that_json_does_not_know_come_back():
    channel = named("x", range=Range(float("inf"), float("-inf")))
    header = dataclasses.replace(HEADER, channels=(channel,))
    entry = through_a_file(header)
    assert read_header(entry).channels == (channel,)
    json.loads(entry.content("index"), parse_constant=pytest.fail)


def test_provenance_and_the_run_s_identity_come_back():
    provenance = Provenance(1_767_225_600_123_456_789, "bench-é", {"h2bench": "1"}, "u-1")
    entry = through_a_file(HEADER, provenance, "run-é")
    assert read_provenance(entry) == provenance
    assert read_run_uuid(entry) == "run-é"


@pytest.mark.parametrize("message", [None, Message("unit.unknown", {"unit": "rmp"})])
def test_an_ending_comes_back(message):
    stream = io.BytesIO()
    contents = create_part(hdf5.create(stream), HEADER, Provenance(), run_uuid="u")
    assert read_ending(contents.entry) is None
    ending = Ending("completed", message, HEADER.start_ns + 90_000_000_001)
    write_ending(contents.entry, HEADER, 7, ending)
    contents.file.close()
    entry = hdf5.open_stream_to_read(stream).group("entry")
    assert read_ending(entry) == ending
    assert entry.group("ending").integer("rows") == 7
    assert entry.text("end_time") == "2026-01-01T00:01:30.000000001Z"


def test_an_identity_that_is_learnt_later_belongs_to_the_header():
    header = part_of_run(HEADER, {"daq": "KEYSIGHT"})
    assert read_header(through_a_file(header)).identities == {
        "dyno": "ACME,D1,42,1.0",
        "daq": "KEYSIGHT",
    }


def test_every_text_has_a_checksum_that_its_stored_text_confirms():
    entry = through_a_file(HEADER)
    sums = entry.group("checksums").json("texts")
    assert sums == text_checksums(HEADER)
    text = entry.group("texts").texts()["protocols/best-point.yaml"]
    assert sums["texts/protocols/best-point.yaml"] == hashlib.sha256(text.encode()).hexdigest()
    lot = entry.group("gas").content("lot")
    assert sums["gas/lot"] == hashlib.sha256(lot).hexdigest()


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_a_reserved_name_is_refused_with_a_sentence(name):
    header = dataclasses.replace(HEADER, groups=(grouped(name, named("x")),))
    with pytest.raises(ValueError, match=f"can be called '{name}'") as caught:
        through_a_file(header)
    assert isinstance(caught.value, UnusableNames)
    assert name in caught.value.text("zh")


def test_everything_in_the_entry_is_reserved():
    assert {*h5py_names(HEADER)} - {"scan"} <= RESERVED


def h5py_names(header):
    stream = io.BytesIO()
    file = hdf5.create(stream)
    contents = create_part(file, header, Provenance(), run_uuid="u")
    write_ending(contents.entry, header, 0, Ending("completed", None, 0))
    file.close()
    with h5py.File(stream) as found:
        return list(found["entry"])


@pytest.mark.parametrize(
    ("groups", "sentence"),
    [
        ((grouped("scan", named("x")),), "two groups of channels are called 'scan'"),
        ((grouped("a", named("x")), grouped("a", named("y"))), "two groups of .* called 'a'"),
        ((grouped("a", named("engine.torque")),), "two channels .* called 'engine.torque'"),
        ((grouped("a", named("x"), named("x")),), "two channels of the run are called 'x'"),
    ],
)
def test_names_that_clash_are_refused_with_a_sentence(groups, sentence):
    with pytest.raises(UnusableNames, match=sentence):
        through_a_file(dataclasses.replace(HEADER, groups=groups))


def test_a_damaged_index_is_an_error_and_no_channel():
    stream = io.BytesIO()
    contents = create_part(hdf5.create(stream), HEADER, Provenance(), run_uuid="u")
    contents.entry.put_json("index", {"name": "engine.torque"})
    with pytest.raises(ValueError, match="index"):
        read_index(contents.entry)
    with pytest.raises(ValueError, match="index"):
        open_part(contents.file)


@pytest.mark.parametrize("missing", ["name", "kind", "units", "dimension", "dtype"])
def test_an_incomplete_item_of_the_index_is_no_channel(missing):
    item = dict(read_index(through_a_file(HEADER))[0])
    del item[missing]
    with pytest.raises(KeyError, match=missing):
        stored_channel(item)
