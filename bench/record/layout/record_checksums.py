"""Checksums of what a part holds beside its chunks, made when it ends.

Of the rows, the pyramid and the envelopes of traces there are other ones: a CRC-32 per chunk and
the Adler-32 of each packed chunk. What may differ between equal runs has its own in its own group.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, cast

from bench.record import json_text
from bench.record.hdf5 import TEXT, Group, node_name
from bench.record.hdf5.fingerprint import fingerprint, links_of
from bench.record.layout.bookmark import BOOKMARK, read_bookmark
from bench.record.layout.header import read_ending
from bench.record.layout.instruments import read_identities
from bench.record.layout.tables import EVENTS, INCIDENTS, LATE, POINTS, STEPS, Table
from bench.record.records import encode_record

_NAME = "ending"
"""Name of the dataset in ``/entry/checksums``; no group of channels may have it."""
_TABLES = {table.name: table for table in (EVENTS, STEPS, POINTS, INCIDENTS)}
_RECORDS = (*_TABLES, "instrument", "ending", BOOKMARK)
"""What has a checksum of its records, which says nothing of how they are stored."""
_ROOT = "file"
_ENTRY = "entry"
_ATTRIBUTES_ALONE = frozenset({"log", "pyramid"})
"""What goes on changing after the checksums are made, and what has others."""
_ELSEWHERE = frozenset({"checksums", "provenance", "results", "explanation"})
"""The checksums themselves; what may differ between equal runs; what comes after the end."""
_SMALL = ("cue_", "place")
"""How the columns of a group begin that have no CRC-32."""
_ABOUT = ": about"
"""Behind the name of a group of channels."""


def write_record_checksums(entry: Group) -> None:
    """Write the checksums of what the part holds now: nothing of it may change any more."""
    groups = {node_name(name): name for name in cast("list[str]", entry.json("groups"))}
    names = [*_RECORDS, _ROOT, _ENTRY]
    for link in links_of(entry):
        if link in groups:
            names.append(groups[link] + _ABOUT)
        elif link not in _ELSEWHERE and link not in _RECORDS:
            names.append(link)
    entry.group("checksums").put_json(_NAME, {name: record_checksum(entry, name) for name in names})


def record_checksum(entry: Group, name: str) -> str:
    """Return SHA-256 (hex) of what a checksum is of.

    Args:
        entry: ``/entry``.
        name: ``events``, ``steps``, ``points``, ``incidents``: the records; ``instrument``: the
            identities; ``ending``; ``bookmark``: the newest one; ``file`` and ``entry``: their
            attributes; ``scan: about``: of a group of channels the attributes of all it holds,
            its cues and places; ``log``, ``pyramid``: their attributes; every other member of
            ``/entry``: all of it.

    Raises:
        KeyError, OSError, RuntimeError, TypeError, ValueError: it is missing or not as written.
    """
    if name in _RECORDS:
        return _digest(_record_text(entry, name))
    if name in (_ROOT, _ENTRY):
        return fingerprint(entry, "/" if name == _ROOT else "/entry", is_deep=False)
    group, is_group, _ = name.rpartition(_ABOUT)
    if is_group:
        return fingerprint(entry, node_name(group), wanted=lambda link: link.startswith(_SMALL))
    return fingerprint(entry, name, wanted=lambda _: name not in _ATTRIBUTES_ALONE)


def _record_text(entry: Group, name: str) -> str:
    """Return what the checksum of records is made of."""
    if name in _TABLES:
        return _content(entry, _TABLES[name])
    if name == "instrument":
        return json_text.encode(read_identities(entry.group(name)))
    if name == BOOKMARK:
        bookmark = read_bookmark(entry)
        return "" if bookmark is None else encode_record(bookmark).decode()
    ending = read_ending(entry)
    return json_text.encode(
        None if ending is None else [ending.state, ending.message, ending.end_ns]
    )


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
    if table.name not in entry and table.name in LATE:
        return ""
    group = entry.group(table.name)
    columns = [
        group.column(name).texts() if kind is TEXT else group.column(name).read().tolist()
        for name, kind in table.columns.items()
    ]
    return json.dumps(columns)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
