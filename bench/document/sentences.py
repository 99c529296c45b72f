"""What pydantic finds, in our sentences."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from bench.errors import BenchError, did_you_mean
from bench.messages import Message

Details = Mapping[str, Any]
"""One error as pydantic reports it."""

_LONGEST = 60


def cause_of(details: Details) -> BenchError | None:
    """Return the error of ours that a validator raised, itself or in a ValueError."""
    error = details.get("ctx", {}).get("error")
    while isinstance(error, BaseException) and not isinstance(error, BenchError):
        inner = error.args[0] if error.args else None
        error = inner if isinstance(inner, BaseException) else error.__cause__
    return error


def sentence(details: Details) -> Message:
    """Return what is wrong with a value."""
    cause = cause_of(details)
    if cause is not None:
        return cause.message
    make = _SENTENCES.get(details["type"])
    return make(details) if make else Message("document.value", {"reason": details["msg"]})


def joined(messages: list[Message]) -> Message:
    """Return one sentence for a value that fits none of several kinds."""
    ids = {message.id for message in messages}
    if len(ids & _SCALARS) > 1:
        scalar = Message("document.scalar", messages[0].arguments)
        messages = [scalar, *(message for message in messages if message.id not in _SCALARS)]
    first, *others = messages
    for other in others:
        first = Message("document.either", {"first": first, "second": other})
    return first


def is_wrong_kind(details: Details) -> bool:
    """Return whether the value is of another kind altogether: a list where a text belongs."""
    kind: str = details["type"]
    return kind in _KINDS


_SCALARS = {"document.text", "document.integer", "document.number", "document.boolean"}


def _shown(value: object) -> str:
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _simple(message_id: str) -> Callable[[Details], Message]:
    return lambda details: Message(message_id, {"given": _shown(details["input"])})


def _bound(message_id: str, key: str) -> Callable[[Details], Message]:
    def message(details: Details) -> Message:
        bound = details["ctx"][key]
        shown = f"{bound:g}" if isinstance(bound, int | float) else bound
        return Message(message_id, {"given": _shown(details["input"]), "bound": shown})

    return message


def _count(message_id: str) -> Callable[[Details], Message]:
    return lambda details: Message(message_id, dict(details["ctx"]))


def _choice(key: str, given: str | None = None) -> Callable[[Details], Message]:
    def message(details: Details) -> Message:
        word = str(details["ctx"][given] if given else details["input"])
        words = re.findall(r"'([^']*)'", str(details["ctx"][key]))
        hint = did_you_mean(word, words)
        return Message("document.choice", {"given": _shown(word), "hint": hint})

    return message


def _no_tag(details: Details) -> Message:
    discriminator = str(details["ctx"]["discriminator"])
    if discriminator.startswith("'"):
        return Message("document.missing-key", {"key": discriminator.strip("'")})
    return Message("document.no-kind", {"given": _shown(details["input"])})


_KINDS: dict[str, Callable[[Details], Message]] = {
    **dict.fromkeys(("string_type", "string_sub_type"), _simple("document.text")),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), _simple("document.integer")),
    **dict.fromkeys(("float_type", "float_parsing", "decimal_type"), _simple("document.number")),
    **dict.fromkeys(("bool_type", "bool_parsing"), _simple("document.boolean")),
    **dict.fromkeys(
        ("dict_type", "model_type", "model_attributes_type", "mapping_type", "dataclass_type"),
        _simple("document.mapping"),
    ),
    **dict.fromkeys(("list_type", "tuple_type", "set_type"), _simple("document.list")),
    "none_required": _simple("document.nothing"),
}

_SENTENCES: dict[str, Callable[[Details], Message]] = {
    **_KINDS,
    "literal_error": _choice("expected"),
    "enum": _choice("expected"),
    "union_tag_invalid": _choice("expected_tags", "tag"),
    "union_tag_not_found": _no_tag,
    "finite_number": _simple("document.finite"),
    "greater_than": _bound("document.above", "gt"),
    "greater_than_equal": _bound("document.at-least", "ge"),
    "less_than": _bound("document.below", "lt"),
    "less_than_equal": _bound("document.at-most", "le"),
    "string_pattern_mismatch": _bound("document.pattern", "pattern"),
    "too_short": _count("document.too-few"),
    "too_long": _count("document.too-long"),
    "string_too_short": _count("document.short-text"),
    "string_too_long": _count("document.long-text"),
}
