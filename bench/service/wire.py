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

from bench.errors import Refused, did_you_mean
from bench.messages import Bilingual, Message
from bench.service.port import BenchState, EventShown, Reply
from bench.service.requests import REQUESTS, Request
from bench.service.sockets import MOST_REQUEST_BYTES

VERSION = 1
"""Of these messages; client and server must agree."""
_MOST_REASON = 300
_DEEPEST = 8  # sentences within sentences

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
            reply=replace(reply, reason=reply.reason and _told(reply.reason)),
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
        reply=replace(reply, reason=reply.reason and _heard(reply.reason)),
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
    return _encode(replace(event, message=_told(event.message)))


def decode_event(data: bytes) -> EventShown:
    """Return an event.

    Raises:
        Refused: it is none.
    """
    event = _decoded(lambda: _EVENT.decode(data))
    return replace(event, message=_heard(event.message))


def _state_told(state: BenchState) -> BenchState:
    return _with_sentences(state, _told)


def _state_heard(state: BenchState) -> BenchState:
    return _with_sentences(state, _heard)


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
    if kind is object:  # an argument of a sentence: `_heard` looks at it
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


def _told(message: Message) -> Message:
    """Return a sentence whose arguments are texts, numbers and marked mappings (`_heard`)."""
    return Message(message.id, {name: _argument(v) for name, v in message.arguments.items()})


def _argument(value: object) -> object:
    match value:
        case Message():
            told = _told(value)
            return {"message": told.id, "arguments": dict(told.arguments)}
        case Bilingual():
            return {"en": value.en, "zh": value.zh}
        case Mapping():
            pairs = cast("Mapping[object, object]", value).items()
            return {"mapping": {str(name): _number_or_text(v) for name, v in pairs}}
        case _:
            return _number_or_text(value)


def _number_or_text(value: object) -> object:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, float):
        return float(value)
    if isinstance(value, int) and -(2**63) <= value < 2**63:
        return int(value)
    return str(value)


def _heard(message: Message, depth: int = 0) -> Message:
    """Return a sentence with its arguments as they were before `_told`.

    Raises:
        Refused: they are no such arguments.
    """
    if depth > _DEEPEST:
        raise Refused("gate.malformed", reason="nesting")
    arguments = {name: _argument_heard(v, depth) for name, v in message.arguments.items()}
    return Message(message.id, arguments)


def _argument_heard(value: object, depth: int) -> object:
    if value is None or isinstance(value, str | int | float):
        return value
    match _mapping(value):
        case {"message": str(name), "arguments": arguments}:
            return _heard(Message(name, _mapping(arguments)), depth + 1)
        case {"en": str(en), "zh": str(zh)}:
            return Bilingual(en, zh)
        case {"mapping": mapping}:
            return _mapping(mapping)
        case _:
            raise Refused("gate.malformed", reason=type(value).__name__)


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise Refused("gate.malformed", reason=type(value).__name__)
    return cast("dict[str, object]", value)


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
