import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.messages import Bilingual, Message
from bench.record.port import (
    ClockMark,
    Ending,
    Event,
    Identity,
    Point,
    StepBegun,
    StepRecord,
)
from bench.record.records import decode_record, encode_record

TEXT = st.text(st.characters(), max_size=20)
TIME = st.integers(-(2**63), 2**63 - 1)
PLAIN = st.one_of(
    TEXT, TIME, st.booleans(), st.none(), st.floats(allow_nan=False), st.builds(Bilingual, TEXT)
)
MESSAGES = st.recursive(
    st.builds(Message, TEXT, st.dictionaries(TEXT, PLAIN, max_size=3)),
    lambda inner: st.builds(Message, TEXT, st.dictionaries(TEXT, inner, max_size=2)),
    max_leaves=3,
)
RECORDS = st.one_of(
    st.builds(Event, TIME, TIME, TEXT, TEXT, MESSAGES),
    st.builds(StepBegun, TEXT, TEXT, TIME),
    st.builds(StepRecord, TEXT, TEXT, TEXT, TIME, TIME, TEXT),
    st.builds(Point, TEXT, TIME, TIME, TIME, TIME, st.booleans(), st.lists(TEXT).map(tuple), TEXT),
    st.builds(Identity, TEXT, TEXT),
    st.builds(ClockMark, TIME, TIME),
    st.builds(Ending, TEXT, st.none() | MESSAGES, TIME),
)


@settings(max_examples=300, deadline=None)
@given(RECORDS)
def test_a_record_comes_back_with_its_message(record):
    found = decode_record(memoryview(encode_record(record)))
    assert (type(found), found) == (type(record), record)


def test_half_a_character_of_a_file_name_stops_no_record():
    record = Event(
        1,
        2,
        "error",
        "disk",
        Message("x.y", {"path": b"run-\xff".decode("utf-8", "surrogateescape")}),
    )
    assert decode_record(encode_record(record)) == record


@pytest.mark.parametrize(
    "data", [b"", b"\xff", b"[]", b"{}", b'{"record": "Unknown"}', b'{"record": "Identity"}']
)
def test_bytes_that_are_no_record_are_refused(data):
    with pytest.raises(ValueError, match=r"no record|Expecting|decode"):
        decode_record(data)
