"""Checksums of what a part holds beside its chunks and the header, made when it ends."""

from __future__ import annotations

import hashlib
import json
from typing import Any, cast

from bench.record import json_text
from bench.record.hdf5 import TEXT, Group
from bench.record.layout.header import read_ending
from bench.record.layout.instruments import read_identities
from bench.record.layout.tables import EVENTS, POINTS, STEPS, Table

_NAME = "ending"
"""Name of the dataset in ``/entry/checksums``; no group of channels may have it."""


def record_checksums(entry: Group) -> dict[str, str]:
    """Return SHA-256 (hex) of events, steps, points, identities and the ending, by name.

    Raises:
        KeyError, TypeError, ValueError: something is missing or not as written.
    """
    found = {table.name: _digest(_content(entry, table)) for table in (EVENTS, STEPS, POINTS)}
    found["instrument"] = _digest(json_text.encode(read_identities(entry.group("instrument"))))
    ending = read_ending(entry)
    told = None if ending is None else [ending.state, ending.message, ending.end_ns]
    return found | {"ending": _digest(json_text.encode(told))}


def write_record_checksums(entry: Group) -> None:
    """Write the checksums of what the part holds now."""
    entry.group("checksums").put_json(_NAME, record_checksums(entry))


def read_record_checksums(entry: Group) -> dict[str, str] | None:
    """Return the checksums that were written; None: the part has not ended.

    Raises:
        KeyError, TypeError, ValueError: they are not as written.
    """
    group = entry.group("checksums")
    if _NAME not in group:
        return None
    found = group.json(_NAME)
    if not isinstance(found, dict):
        raise TypeError(found)
    return {str(name): str(digest) for name, digest in cast("dict[str, str]", found).items()}


def _content(entry: Group, table: Table[Any]) -> str:
    group = entry.group(table.name)
    columns = [
        group.column(name).texts() if kind is TEXT else group.column(name).read().tolist()
        for name, kind in table.columns.items()
    ]
    return json.dumps(columns)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
