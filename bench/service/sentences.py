"""Sentences in a form that travels: id and arguments (texts, numbers, marked mappings)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from bench.errors import Refused
from bench.messages import Bilingual, Message

_DEEPEST = 8  # sentences within sentences


def told(message: Message) -> Message:
    """Return a sentence whose arguments are texts, numbers and marked mappings (`heard`)."""
    return Message(message.id, {name: _argument(v) for name, v in message.arguments.items()})


def _argument(value: object) -> object:
    match value:
        case Message():
            inner = told(value)
            return {"message": inner.id, "arguments": dict(inner.arguments)}
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


def heard(message: Message, depth: int = 0) -> Message:
    """Return a sentence with its arguments as they were before `told`.

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
            return heard(Message(name, _mapping(arguments)), depth + 1)
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
