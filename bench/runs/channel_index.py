"""Which channel stands where in a run: one read of the index, channels made when asked for."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cached_property

from bench.record.index import Item, stored_channel
from bench.record.port import RateGroup
from bench.runs.part_group import Place


class ChannelIndex:
    """The index of a run file."""

    def __init__(self, items: Mapping[str, Item]) -> None:
        self._items = items
        self._places: dict[str, Place] = {}
        self.names = tuple(items)
        """Names of all channels, in the order of groups and rows."""

    def __contains__(self, name: str) -> bool:
        return name in self._items

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
