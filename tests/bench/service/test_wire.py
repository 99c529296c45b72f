"""Everything that travels arrives as it was; what does not fit is refused, whatever it is."""

import contextlib
import dataclasses
import math
import typing
from collections.abc import Mapping
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.control.states import State
from bench.errors import Refused
from bench.messages import LANGUAGES, Bilingual, Message
from bench.service import wire
from bench.service.port import BenchState, EventShown, Reply
from bench.service.requests import REQUESTS, Begin, ChangeGas, Note, StopNow
from bench.service.sockets import MOST_REQUEST_BYTES

INTEGERS = st.integers(-(2**63), 2**63 - 1)
TEXTS = st.text(max_size=10)
NUMBERS = st.none() | st.booleans() | INTEGERS | st.floats() | st.text(max_size=20)
SENTENCES = st.recursive(
    st.builds(Message, st.text(max_size=10), st.dictionaries(st.text(max_size=5), NUMBERS)),
    lambda inner: st.builds(
        Message,
        st.text(max_size=10),
        st.dictionaries(
            st.text(max_size=5),
            NUMBERS
            | inner
            | st.builds(Bilingual, st.text(), st.text())
            | st.dictionaries(st.text(max_size=5), NUMBERS, max_size=3),
            max_size=3,
        ),
    ),
    max_leaves=4,
)


def any_of(hint):
    """Return all values of a type that a wire can carry: whole numbers have 64 bits."""
    if dataclasses.is_dataclass(hint) and hint is not Message:
        return st.builds(hint, **{name: any_of(each) for name, each in hints_of(hint).items()})
    if typing.get_origin(hint) is not None:
        return any_of_many(typing.get_origin(hint), typing.get_args(hint))
    return {Message: SENTENCES, int: INTEGERS, str: TEXTS, Path: TEXTS.map(Path)}.get(
        hint, st.from_type(hint)
    )


def any_of_many(origin, inner):
    if origin is Mapping:
        return st.dictionaries(*map(any_of, inner), max_size=2)
    if origin is tuple and inner[-1] is Ellipsis:
        return st.lists(any_of(inner[0]), max_size=2).map(tuple)
    return st.tuples(*map(any_of, inner)) if origin is tuple else st.one_of(map(any_of, inner))


def hints_of(kind):
    hints = typing.get_type_hints(kind)
    return {each.name: hints[each.name] for each in dataclasses.fields(kind)}


def received(data):
    return wire.request_of(wire.open_envelope(data))


def packed(**changed):
    whole = {"version": wire.VERSION, "sequence": 1, "sender": "mk", "kind": "Note"}
    whole |= {"fields": {"text": "hello"}}
    return msgspec.msgpack.encode(whole | changed)


@pytest.mark.parametrize("kind", REQUESTS.values(), ids=REQUESTS.keys())
def test_every_request_arrives_as_it_was_sent(kind):
    @settings(max_examples=15, deadline=None)
    @given(request=any_of(kind), sequence=st.integers(0, 2**63 - 1))
    def check(request, sequence):
        data = wire.encode_request(request, sequence=sequence, sender="mk@cell-3")
        envelope = wire.open_envelope(data)
        assert (envelope.sequence, envelope.sender) == (sequence, "mk@cell-3")
        assert repr(wire.request_of(envelope)) == repr(request)  # nan is not equal to itself

    check()


@settings(max_examples=25, deadline=None)
@given(state=any_of(BenchState))
def test_every_state_arrives_as_it_was(state):
    assert repr(wire.decode_state(wire.encode_state(state))) == repr(state)


@settings(max_examples=50, deadline=None)
@given(event=any_of(EventShown))
def test_every_event_arrives_as_it_was(event):
    assert repr(wire.decode_event(wire.encode_event(event))) == repr(event)


@settings(max_examples=50, deadline=None)
@given(reply=any_of(Reply), sequence=INTEGERS)
def test_every_answer_arrives_as_it_was(reply, sequence):
    answered = wire.Answered(sequence, reply, "client-1", BenchState(state=State.SAFE))
    assert repr(wire.decode_answer(wire.encode_answer(answered))) == repr(answered)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "message",
    [
        Message("control.accepted", {"request": "Hold"}),
        Message("control.refused", {"request": "Hold", "reason": Message("gate.busy")}),
        Message("gate.lost", {"rig": Path("a/b")}),
        Message("gate.lost", {"rig": Bilingual("cell", "台架")}),
        Message("gate.lost", {"rig": {"speed": 1.99999999e-7, "on": True, 3: Path("x")}}),
        Message("gate.no-answer", {"rig": "a", "seconds": np.float64(2.5)}),
        Message("gate.lost", {"rig": State.SAFE}),
        Message("gate.lost", {"rig": [1, (2.5, "x")]}),
        Message("gate.lost", {"rig": 10**30}),
        Message("gate.lost", {"rig": math.nan}),
    ],
)
def test_a_sentence_reads_the_same_on_both_sides(message, language):
    event = EventShown(1, 2, "info", "gate", message)
    arrived = wire.decode_event(wire.encode_event(event)).message
    assert arrived.text(language) == message.text(language)


def test_a_file_name_without_utf_8_form_is_shown_as_good_as_can_be():
    state = BenchState(file=Path("run\udc80.h5"))
    assert wire.decode_state(wire.encode_state(state)).file == Path("run?.h5")
    told = Message("gate.lost", {"rig": "\udc80", "more": {"\udc80": ["\udc80"]}})
    event = wire.decode_event(wire.encode_event(EventShown(1, 2, "info", "\udc80", told)))
    assert (event.source, event.message.arguments["rig"]) == ("?", "?")
    asked = wire.encode_request(Note("\udc80"), sequence=1, sender="\udc80")
    assert (wire.open_envelope(asked).sender, received(asked)) == ("?", Note("?"))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200).filter(lambda data: data != b"\x80"))  # a state, all defaults
def test_bytes_without_form_are_refused_with_a_sentence(data):
    for decode in (received, wire.decode_answer, wire.decode_state, wire.decode_event):
        with pytest.raises(Refused, match="cannot be read"):
            decode(data)


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_a_request_with_a_byte_changed_is_refused_or_a_request(data):
    request = data.draw(any_of(ChangeGas))
    sound = bytearray(wire.encode_request(request, sequence=3, sender="mk"))
    sound[data.draw(st.integers(0, len(sound) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(Refused):
        assert type(received(bytes(sound))) in {*REQUESTS.values(), wire.Hello}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"version": 0}, "version 0"),
        ({"sequence": -1}, "sequence"),
        ({"sequence": 2**63}, "cannot be read"),
        ({"sequence": "1"}, "cannot be read"),
        ({"sender": "x" * 101}, "cannot be read"),
        ({"sender": "mk\x1b[2J"}, "sender"),
        ({"kind": "Nota"}, "no request 'Nota'.*Note"),
        ({"kind": "\x1b[2J"}, "no request '�\\[2J'"),
        ({"kind": "x" * 61}, "cannot be read"),
        ({"fields": {}}, "missing required field `text`"),
        ({"fields": {"text": 5}}, "Expected `str`"),
        ({"fields": {"text": "x", "who": 1}}, "Note has no field 'who'"),
        ({"fields": []}, "cannot be read"),
        ({"fields": None}, "cannot be read"),
        ({"more": 1}, "unknown field"),
        ({"kind": "StopNow", "fields": {"is_hard": 1}}, "Expected `bool`"),
        ({"kind": "Hello", "fields": {"a": 1}}, "no field 'a'"),
        (
            {
                "kind": "ChangeGas",
                "fields": {"lot": {"lot": "", "date": "", "fractions": {}, "x": 1}},
            },
            "no field 'x'",
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_a_sentence_that_says_where(changed, said):
    with pytest.raises(Refused, match=said):
        received(packed(**changed))


def test_a_field_that_is_missing_is_no_default_of_the_wire():
    assert received(packed(kind="StopNow", fields={})) == StopNow()
    assert received(packed(kind="Begin", fields={"protocol": "p"})) == Begin("p")


def test_size_is_looked_at_first():
    data = packed(fields={"text": "x" * MOST_REQUEST_BYTES})
    with pytest.raises(Refused, match="at most 65536"):
        received(data)
    assert len(received(packed(fields={"text": "x" * 60_000})).text) == 60_000


@pytest.mark.parametrize("opening", [b"\x91", b"\x81\xa1a"], ids=["lists", "maps"])
def test_nesting_without_end_is_refused(opening):
    deep = opening * 20_000 + b"\xc0"
    whole = packed(fields={"text": "?"}).replace(b"\xa1?", deep)
    with pytest.raises(Refused, match="nesting"):
        received(whole)
    state = wire.encode_state(BenchState(protocol="?")).replace(b"\xa1?", deep)
    with pytest.raises(Refused, match="cannot be read"):
        wire.decode_state(state)


def test_sentences_within_sentences_have_a_bottom():
    message = Message("gate.busy")
    for _ in range(20):
        message = Message("control.refused", {"reason": message})
    data = wire.encode_event(EventShown(1, 2, "info", "gate", message))
    with pytest.raises(Refused, match="nesting"):
        wire.decode_event(data)


def test_half_a_message_is_refused():
    whole = wire.encode_request(Note("hello"), sequence=1, sender="mk")
    for length in range(len(whole)):
        with pytest.raises(Refused):
            received(whole[:length])
