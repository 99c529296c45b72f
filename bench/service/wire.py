"""Requests, replies, states and events as bytes (MessagePack), and back.

What comes from outside is looked at in this order: its size, its shape, the kind of request, the
fields of that kind. Nothing is guessed: what does not fit is refused with a sentence. Sentences
travel as id and arguments, so that each client shows them in its own language.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, TypeVar, cast

import msgspec
import numpy as np

from bench.channel import Quality
from bench.errors import Refused, did_you_mean
from bench.messages import Message
from bench.service.live import Floats, Frame
from bench.service.port import BenchState, EventShown, Reply
from bench.service.requests import REQUESTS, Request
from bench.service.sentences import heard, told
from bench.service.sockets import MOST_REQUEST_BYTES

VERSION = 1
"""Of these messages; client and server must agree."""
_MOST_REASON = 300

T = TypeVar("T")


class Hello(msgspec.Struct, frozen=True):
    """A client begins to talk."""


class Envelope(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request with who asks."""

    version: int
    """`VERSION` of the client."""
    sequence: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
    """Grows with every request of a connection."""
    sender: Annotated[str, msgspec.Meta(max_length=100)]
    """Who asks, as they say."""
    kind: Annotated[str, msgspec.Meta(max_length=60)]
    """Name in `REQUESTS`, or ``Hello``."""
    fields: dict[str, Any]
    """Fields of that kind."""


class Answered(msgspec.Struct, frozen=True):
    """What the server says to one request."""

    sequence: int
    """Of the request; -1: it could not be read."""
    reply: Reply
    """Whether it does what was asked."""
    client: str = ""
    """How the gate calls this client."""
    state: BenchState | None = None
    """Newest state; only after `Hello`."""


class _FrameSent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A frame as it travels."""

    version: int
    file: Annotated[str, msgspec.Meta(max_length=4096)]
    time_ns: int
    utc_ns: int
    values: bytes
    low: bytes
    high: bytes
    quality: bytes


def encode_request(request: Request | Hello, *, sequence: int, sender: str) -> bytes:
    """Return a request as it travels."""
    fields = msgspec.to_builtins(request, enc_hook=_plain)
    return _encode(Envelope(VERSION, sequence, sender, type(request).__name__, fields))


def open_envelope(data: bytes) -> Envelope:
    """Return who asks and what, not looked into yet.

    Raises:
        Refused: too large, no such message, of another version, or a name that is not printable.
    """
    if len(data) > MOST_REQUEST_BYTES:
        raise Refused("gate.too-large", bytes=len(data), most=MOST_REQUEST_BYTES)
    envelope = _decoded(lambda: _ENVELOPE.decode(data))
    if envelope.version != VERSION:
        raise Refused("gate.other-version", client=envelope.version, server=VERSION)
    if not envelope.sender.isprintable():
        raise Refused("gate.malformed", reason="sender")
    return envelope


def request_of(envelope: Envelope) -> Request | Hello:
    """Return what an envelope asks for.

    Raises:
        Refused: no such request, a field too many, missing, or of another kind.
    """
    kind = _KINDS.get(envelope.kind)
    if kind is None:
        hint = did_you_mean(envelope.kind, REQUESTS)
        raise Refused("gate.no-such-request", request=_printable(envelope.kind), hint=hint)
    request = _decoded(lambda: msgspec.convert(envelope.fields, type=kind, dec_hook=_back))
    unknown = _unknown(envelope.fields, msgspec.to_builtins(request, enc_hook=_plain))
    if unknown:
        raise Refused("gate.unknown-field", kind=envelope.kind, field=_printable(unknown))
    return request


def encode_answer(answered: Answered) -> bytes:
    """Return an answer as it travels."""
    reply, state = answered.reply, answered.state
    return _encode(
        msgspec.structs.replace(
            answered,
            reply=replace(reply, reason=reply.reason and told(reply.reason)),
            state=None if state is None else _state_told(state),
        )
    )


def decode_answer(data: bytes) -> Answered:
    """Return an answer.

    Raises:
        Refused: it is none.
    """
    answered = _decoded(lambda: _ANSWER.decode(data))
    reply, state = answered.reply, answered.state
    return msgspec.structs.replace(
        answered,
        reply=replace(reply, reason=reply.reason and heard(reply.reason)),
        state=None if state is None else _state_heard(state),
    )


def encode_state(state: BenchState) -> bytes:
    """Return a state as it travels."""
    return _encode(_state_told(state))


def decode_state(data: bytes) -> BenchState:
    """Return a state.

    Raises:
        Refused: it is none.
    """
    return _state_heard(_decoded(lambda: _STATE.decode(data)))


def encode_event(event: EventShown) -> bytes:
    """Return an event as it travels."""
    return _encode(replace(event, message=told(event.message)))


def decode_event(data: bytes) -> EventShown:
    """Return an event.

    Raises:
        Refused: it is none.
    """
    event = _decoded(lambda: _EVENT.decode(data))
    return replace(event, message=heard(event.message))


def encode_frame(frame: Frame) -> bytes:
    """Return a frame as it travels: numbers as little-endian float64, qualities as bytes."""
    return _encode(
        _FrameSent(
            VERSION,
            frame.file.encode("utf-8", "replace").decode("utf-8"),
            frame.time_ns,
            frame.utc_ns,
            _raw(frame.values),
            _raw(frame.low),
            _raw(frame.high),
            frame.quality.tobytes(),
        )
    )


def decode_frame(data: bytes) -> Frame:
    """Return a frame; its arrays cannot be written to.

    Raises:
        Refused: it is none.
    """
    sent = _decoded(lambda: _FRAME.decode(data))
    width = len(sent.quality)
    if sent.version != VERSION:
        raise Refused("gate.other-version", client=VERSION, server=sent.version)
    if any(len(each) != 8 * width for each in (sent.values, sent.low, sent.high)):
        raise Refused("gate.malformed", reason="numbers")
    if sent.quality and max(sent.quality) > _WORST:
        raise Refused("gate.malformed", reason="quality")
    return Frame(
        sent.file,
        sent.time_ns,
        sent.utc_ns,
        np.frombuffer(sent.values, _FLOATS),
        np.frombuffer(sent.low, _FLOATS),
        np.frombuffer(sent.high, _FLOATS),
        np.frombuffer(sent.quality, np.uint8),
    )


def _raw(numbers: Floats) -> bytes:
    return numbers.astype(_FLOATS, copy=False).tobytes()


def _state_told(state: BenchState) -> BenchState:
    return _with_sentences(state, told)


def _state_heard(state: BenchState) -> BenchState:
    return _with_sentences(state, heard)


def _with_sentences(state: BenchState, change: Callable[[Message], Message]) -> BenchState:
    """Return a state whose sentences are changed."""
    checks = tuple(replace(each, evidence=change(each.evidence)) for each in state.preflight)
    reason = state.last_reason and change(state.last_reason)
    trouble = state.trouble and change(state.trouble)
    return replace(state, preflight=checks, last_reason=reason, trouble=trouble)


def _encode(value: object) -> bytes:
    try:
        return msgspec.msgpack.encode(value, enc_hook=_plain)
    except UnicodeEncodeError:  # a file name or an argument of any system may have no UTF-8 form
        plain = msgspec.to_builtins(value, enc_hook=_plain)
        return msgspec.msgpack.encode(_with_utf_8_form(plain))


def _decoded(decode: Callable[[], T]) -> T:
    try:
        return decode()
    except RecursionError as error:
        raise Refused("gate.malformed", reason="nesting") from error
    except (msgspec.MsgspecError, ValueError, TypeError, KeyError) as error:
        reason = _printable(str(error))[:_MOST_REASON]
        raise Refused("gate.malformed", reason=reason) from error


def _plain(value: object) -> object:
    """Return something that is no JSON as something that is (`_back`)."""
    match value:
        case Path():
            return str(value)
        case Mapping():
            return dict(cast("Mapping[object, object]", value))
        case float():  # numpy's
            return float(value)
        case _:
            raise NotImplementedError(type(value).__name__)


def _back(kind: type, value: object) -> object:
    if kind is object:  # an argument of a sentence: `bench.service.sentences.heard` looks at it
        return value
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise NotImplementedError(kind.__name__)


def _unknown(given: object, understood: object) -> str:
    """Return the name of a field that was given and not understood; empty: none."""
    if isinstance(given, dict) and isinstance(understood, dict):
        known = cast("dict[str, object]", understood)
        for name, value in cast("dict[str, object]", given).items():
            found = name if name not in known else _unknown(value, known[name])
            if found:
                return found
    return ""


def _with_utf_8_form(value: object) -> object:
    match value:
        case str():
            return value.encode("utf-8", "replace").decode("utf-8")
        case dict():
            pairs = cast("dict[object, object]", value).items()
            return {_with_utf_8_form(name): _with_utf_8_form(each) for name, each in pairs}
        case list() | tuple():
            return [_with_utf_8_form(each) for each in cast("list[object]", value)]
        case _:
            return value


def _printable(text: str) -> str:
    return "".join(each if each.isprintable() else "�" for each in text)


_KINDS: Mapping[str, type[Request | Hello]] = {**REQUESTS, "Hello": Hello}
_ENVELOPE = msgspec.msgpack.Decoder(Envelope)
_ANSWER = msgspec.msgpack.Decoder(Answered, dec_hook=_back)
_STATE = msgspec.msgpack.Decoder(BenchState, dec_hook=_back)
_EVENT = msgspec.msgpack.Decoder(EventShown)
_FRAME = msgspec.msgpack.Decoder(_FrameSent)
_FLOATS = np.dtype("<f8")
_WORST = max(Quality)
