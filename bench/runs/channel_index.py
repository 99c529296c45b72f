"""Which channel stands where in a run: one read of the index, channels made when asked for.

The names are found without taking thousands of descriptions apart: each item begins with its
name, and within a JSON text a quote never follows a brace unescaped.
"""

from __future__ import annotations

import json
import re
from fractions import Fraction
from functools import cached_property
from typing import cast

from bench.record.layout.index import Item, stored_channel
from bench.record.port import RateGroup
from bench.runs.part_group import Place

_ITEM = b'{"name":'
_NAME = re.compile(rb'"(?:[^"\\]|\\.)*"')


class ChannelIndex:
    """The index of a run file."""

    def __init__(self, content: bytes) -> None:
        """Find the names in a JSON text as `write_index` writes it.

        Raises:
            ValueError: it is none.
        """
        self._content = content
        self._places: dict[str, Place] = {}
        names = (_NAME.match(item) for item in content.split(_ITEM)[1:])
        listed = b",".join(name[0] for name in names if name)
        self.names = tuple(cast("list[str]", json.loads(b"[%b]" % listed)))
        """Names of all channels, in the order of groups and rows."""
        self._known = frozenset(self.names)
        if not (content.startswith(b"[") and content.endswith(b"]")):
            raise ValueError(content[:20])

    @cached_property
    def _items(self) -> dict[str, Item]:
        """Channel → what the index says of it."""
        found = {str(item["name"]): item for item in cast("list[Item]", json.loads(self._content))}
        if tuple(found) != self.names:
            raise ValueError(self.names[:3])
        return found

    def __contains__(self, name: str) -> bool:
        return name in self._known

    def place(self, name: str) -> Place:
        """Return where a channel stands.

        Raises:
            KeyError, TypeError, ValueError: the index is not as written.
        """
        if name not in self._places:
            item = self._items[name]
            stored = stored_channel(item)
            self._places[name] = Place(
                group=str(item["group"]),
                position=int(item["position"]),
                channels=self._counts[str(item["group"])],
                section=f"values_{stored.dtype[1:]}",
                bins=self._bins[name],
                stored=stored,
            )
        return self._places[name]

    def names_of(self, group: str) -> tuple[str, ...]:
        """Return the names of the channels of a group, in the order of its rows."""
        return tuple(name for name, item in self._items.items() if item["group"] == group)

    def rate_group(
        self, name: str, interval_ns: Fraction | None, *, has_quality: bool
    ) -> RateGroup:
        """Return a group with its channels, as the log lays out its rows.

        Raises:
            KeyError, TypeError, ValueError: the index is not as written.
        """
        stored = tuple(self.place(channel).stored for channel in self.names_of(name))
        return RateGroup(name, stored, interval_ns, has_quality)

    @cached_property
    def _counts(self) -> dict[str, int]:
        """Group → how many channels it has."""
        found: dict[str, int] = {}
        for item in self._items.values():
            group = str(item["group"])
            found[group] = found.get(group, 0) + 1
        return found

    @cached_property
    def _bins(self) -> dict[str, int]:
        """Channel → its place among those of its group with the same element type."""
        seen: dict[tuple[str, str, bool], int] = {}
        found: dict[str, int] = {}
        for name, item in self._items.items():
            key = (str(item["group"]), str(item["dtype"]), int(str(item.get("width", 1))) > 1)
            found[name] = seen.get(key, 0)
            seen[key] = found[name] + 1
        return found
