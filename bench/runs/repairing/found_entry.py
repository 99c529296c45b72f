"""``/entry`` of a damaged file, some of whose links are lost: what they led to is looked for.

Links that were made late, when the run ended, stand late in the file, and may take the others with
them. The objects themselves stand where they were made: their heads are found by signature, proved
by HDF5's checksums, and known by what they hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import cast

from bench.record.hdf5 import Column, File, Group
from bench.record.hdf5.by_address import OBJECT_SIGNATURE, FoundObject, objects_at
from bench.record.json_text import decode
from bench.record.layout.index import INDEX
from bench.record.port import SCAN
from bench.runs.repairing.attempts import Attempts
from bench.runs.repairing.padded_file import PaddedFile

TEXT_SUMS = "checksums/texts"
"""What `FoundEntry.content` calls the checksums of the texts."""
_BLOCK = 1 << 22
_CLASSES = {"NXinstrument": "instrument", "NXsample": "sample", "NXuser": "user"}
_BY_ATTRIBUTE = {"simulated": "simulation", "end_ns": "ending", "first_ns": "log"}
_BY_MEMBER = {
    "lot": "gas", "run_uuid": "provenance", "arguments": "events", "outcome": "steps",
    "approach": "points", "first_out": "incidents", "text": "rig", "texts": "checksums",
}  # fmt: skip


class FoundEntry(Group):
    """``/entry`` by its links where they lead somewhere, else by what stands in the file.

    Args:
        file: the file, open.
        stream: its bytes.
        attempts: reads it.
    """

    def __init__(self, file: File, stream: PaddedFile, attempts: Attempts) -> None:
        super().__init__(None)
        self._file = file
        self._stream = stream
        self._attempts = attempts
        self._linked = attempts(lambda: file.group("entry"))

    def __contains__(self, name: str) -> bool:
        linked = self._linked
        if linked is not None and self._attempts(lambda: name in linked):
            return True
        return name in self._groups

    def group(self, name: str) -> Group:
        """Return a member group.

        Raises:
            KeyError: it is lost, or there is none.
        """
        linked = self._linked
        found = None if linked is None else self._attempts(lambda: linked.group(name))
        return found or self._groups[name]

    def text(self, name: str) -> str:
        """Return a member text.

        Raises:
            KeyError: it is lost, or there is none.
        """
        linked = self._linked
        found = None if linked is None else self._attempts(lambda: linked.text(name))
        return self._texts[name] if found is None else found

    def content(self, name: str) -> bytes:
        """Return the bytes of a member JSON text.

        Raises:
            KeyError: it is lost, or there is none.
        """
        linked = self._linked
        found = None if linked is None else self._attempts(lambda: linked.content(name))
        return self._contents[name] if found is None else found

    @property
    def checksum_columns(self) -> tuple[Column, ...]:
        """All tables of checksums, of whichever group."""
        found: list[Column] = []
        for each in self._objects:
            column = each.column
            about = None if column is None else self._attempts(column.attributes)
            if column is not None and about is not None and "algorithm" in about:
                found.append(column)
        return tuple(found)

    @cached_property
    def _objects(self) -> tuple[FoundObject, ...]:
        return tuple(objects_at(self._file, list(self._heads())))

    def _heads(self) -> Iterator[int]:
        """Yield where heads of objects may stand."""
        overlap = len(OBJECT_SIGNATURE) - 1
        for start in range(0, self._stream.real_size, _BLOCK):
            self._stream.seek(start)
            block = self._stream.read(_BLOCK + overlap) or b""
            place = block.find(OBJECT_SIGNATURE)
            while place >= 0:
                yield start + place
                place = block.find(OBJECT_SIGNATURE, place + 1)

    @cached_property
    def _groups(self) -> dict[str, Group]:
        found: dict[str, Group] = {}
        unknown: list[Group] = []
        for each in self._objects:
            if each.group is None:
                continue
            group = each.group
            role = self._attempts(lambda group=group: _role_of(group))
            if role:
                found.setdefault(role, group)
            elif role is not None:
                unknown.append(group)
        self._take_texts(found, unknown)
        return found

    def _take_texts(self, found: dict[str, Group], unknown: list[Group]) -> None:
        """Find the groups that hold nothing but texts, by the names that have checksums."""
        sums = self._attempts(lambda: decode(self._contents[TEXT_SUMS]))
        names = cast("dict[str, str]", sums) if isinstance(sums, dict) else {}
        files = {name.removeprefix("texts/") for name in names if name.startswith("texts/")}
        for group in unknown:
            held = self._attempts(group.texts)
            if held and set(held) <= files:
                found.setdefault("texts", group)
            elif held and set(held) == {"name"}:
                found.setdefault("protocol", group)

    @cached_property
    def _texts(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for each in self._objects:
            if each.text is not None:
                found.setdefault(*each.text)
        return found

    @cached_property
    def _contents(self) -> dict[str, bytes]:
        """The JSON values of ``/entry``, known by what they hold."""
        found: dict[str, bytes] = {}
        for each in self._objects:
            column = each.column
            told = None if column is None else self._attempts(lambda c=column: _told(c))
            if told is not None:
                found.setdefault(*told)
        return found


def _role_of(group: Group) -> str:
    """Return which member of ``/entry`` a group is; empty: it holds texts, or is none."""
    about = group.attributes()
    nexus_class = str(about.get("NX_class", ""))
    if nexus_class in _CLASSES:
        return _CLASSES[nexus_class]
    if nexus_class != "NXcollection":
        raise KeyError(nexus_class)
    if "first_row" in about:
        return str(about["name"])
    named = [role for attribute, role in _BY_ATTRIBUTE.items() if attribute in about]
    named += [role for member, role in _BY_MEMBER.items() if member in group]
    return named[0] if named else ""


def _told(column: Column) -> tuple[str, bytes]:
    """Return name and bytes of a JSON value.

    Raises:
        KeyError, ValueError: it is none of those that stand in ``/entry``.
    """
    if column.attributes().get("mimetype") != "application/json":
        raise KeyError(column)
    data = column.read().tobytes()
    value = decode(data)
    if isinstance(value, list):
        items = cast("list[object]", value)
        first = items[0] if items else None
        if isinstance(first, dict) and "dtype" in cast("dict[str, object]", first):
            return INDEX, data
        if first == SCAN:
            return "groups", data
    if isinstance(value, dict):
        return (TEXT_SUMS if "simulation/seed" in value else "parameters"), data
    raise ValueError(data[:80])
