"""Records as bytes and back: what the log holds beside rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, cast, get_args

from bench.record.json_text import decode, encode
from bench.record.port import Record

_KIND = "record"
_KINDS: dict[str, type[Any]] = {kind.__name__: kind for kind in get_args(Record)}


def encode_record(record: Record) -> bytes:
    """Return a record as JSON in UTF-8: its fields, and ``record``: its kind.

    Never fails: what JSON cannot hold becomes its text (`json_text.encode`), and half a character
    (of a file name that is no text) its escape.
    """
    values = {each.name: getattr(record, each.name) for each in fields(record)}
    text = encode({_KIND: type(record).__name__, **values})
    return text.encode("utf-8", "backslashreplace")


def decode_record(data: bytes | memoryview) -> Record:
    """Return the record that bytes hold.

    Raises:
        ValueError: not JSON, or no record of a known kind with all its fields.
    """
    found = decode(bytes(data))
    values = cast("dict[str, Any]", found) if isinstance(found, dict) else {}
    kind = _KINDS.get(str(values.pop(_KIND, "")))
    if kind is None or not _is_whole(kind, values):
        msg = f"no record: {bytes(data[:200])!r}"
        raise ValueError(msg)
    return cast("Record", kind(**{name: _frozen(value) for name, value in values.items()}))


def _is_whole(kind: type[Any], values: Mapping[str, Any]) -> bool:
    """Return whether values are all fields of a record; what came later may be missing."""
    known = fields(kind)
    later = {each.name for each in known if each.default_factory is not MISSING}
    return values.keys() | later == {each.name for each in known}


def _frozen(value: object) -> object:
    return tuple(cast("list[object]", value)) if isinstance(value, list) else value
