"""Values as strict JSON and back: what run files keep beside their arrays.

JSON has no NaN and no infinity, and no messages; they become objects with one key that begins
with a dollar sign, so that every JSON reader can parse a run file. Keys that begin with one get
a second one.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np

from bench.messages import Bilingual, Message

_FLOAT = "$float"
_MESSAGE = "$message"
_BILINGUAL = "$bilingual"


def encode(value: object) -> str:
    """Return a value as JSON with sorted keys; anything unknown becomes its text."""
    return json.dumps(_plain(value), ensure_ascii=False, sort_keys=True, allow_nan=False)


def strict(value: object) -> object:
    """Return a value as plain ones that every JSON program takes, as `encode` writes them."""
    return _plain(value)


def decode(text: str | bytes) -> object:
    """Return the value a JSON text holds; tuples come back as lists.

    Raises:
        ValueError: not JSON.
    """
    return json.loads(text, object_hook=_revived)


def _plain(value: object) -> object:
    if isinstance(value, np.generic | np.ndarray):
        return _plain(cast("object", value.tolist()))
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else {_FLOAT: str(float(value))}
    if value is None or isinstance(value, bool | int | str):
        return value
    return _text(value) if isinstance(value, Message | Bilingual) else _container(value)


def _text(value: Message | Bilingual) -> object:
    if isinstance(value, Message):
        return {_MESSAGE: [value.id, _plain(value.arguments)]}
    return {_BILINGUAL: [value.en, value.zh]}


def _container(value: object) -> object:
    if isinstance(value, Mapping):
        pairs = cast("Mapping[object, object]", value)
        return {_escaped(str(key)): _plain(item) for key, item in pairs.items()}
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, bytes | bytearray):
        items = cast("Sequence[object]", value)
        return [_plain(item) for item in items]
    return str(value)


def _revived(found: dict[str, object]) -> object:
    match found:
        case {"$float": str(text)} if len(found) == 1:
            return float(text)
        case {"$message": [str(identity), dict()]} if len(found) == 1:
            return Message(identity, cast("Any", found)[_MESSAGE][1])
        case {"$bilingual": [str(en), str(zh)]} if len(found) == 1:
            return Bilingual(en, zh)
        case _:
            return {key.removeprefix("$") if _escapes(key) else key: found[key] for key in found}


def _escaped(key: str) -> str:
    return f"${key}" if key.startswith("$") else key


def _escapes(key: str) -> bool:
    return key.startswith("$$")
