"""The index of a run file: every channel of all groups as JSON, listed by one read."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from bench.record.hdf5 import Group, node_name
from bench.record.layout.description import attributes_of, channel_from
from bench.record.layout.nodes import channel_name
from bench.record.port import RateGroup, StoredChannel

_EXACT = 2**53
_DTYPES = ("<f4", "<f8", *(f"<{kind}{size}" for kind in "iu" for size in (1, 2, 4, 8)))
INDEX = "index"
"""Name of the dataset in ``/entry``."""
Item = Mapping[str, Any]
"""What stands in the index of a channel: `attributes_of` and where its values are."""


@dataclass(frozen=True)
class Extremes:
    """What the index says of a channel's values at the end of a part, in the channel's unit.

    It keeps nine digits; all of them stand in the statistics.
    """

    rows: int
    """Rows in this part."""
    minimum: float
    """Smallest good value; NaN: there is none."""
    maximum: float
    """Largest good value; NaN: there is none."""
    mean: float
    """Mean of the good values; NaN: there is none."""


def write_index(
    entry: Group,
    groups: Sequence[RateGroup],
    known: Mapping[str, Sequence[Extremes]] | None = None,
) -> None:
    """Write the list of all channels, in place of an older one.

    Args:
        entry: ``/entry``.
        groups: all groups, the scan first.
        known: group → what is known of its channels at the end of the part.
    """
    items: list[dict[str, object]] = []
    for group in groups:
        extremes = (known or {}).get(group.name)
        for position, each in enumerate(group.channels):
            item = _item(group, each, position)
            if extremes is not None:
                item |= _numbers(extremes[position])
            items.append(item)
    entry.put_bytes(INDEX, _encode(items))


def read_index(entry: Group) -> list[Item]:
    """Return what the index says of every channel, in the order of groups and rows.

    Raises:
        KeyError, ValueError: there is none, or it is no JSON list.
    """
    found: object = json.loads(entry.content(INDEX))
    if not isinstance(found, list):
        raise ValueError(INDEX)  # noqa: TRY004 - what a damaged file holds is a wrong value
    return cast("list[Item]", found)


def stored_channel(item: Item) -> StoredChannel:
    """Return the channel that an item describes.

    Raises:
        KeyError, TypeError, ValueError: something is missing or no such thing.
    """
    axis = item.get("axis", (0.0, 1.0, ""))
    return StoredChannel(
        channel=channel_from(item),
        dtype=_dtype(item),
        scale=float(item.get("scale", 1.0)),
        offset=float(item.get("offset", 0.0)),
        width=int(item.get("width", 1)),
        axis=(float(axis[0]), float(axis[1]), str(axis[2])),
    )


def _dtype(item: Item) -> str:
    if item["dtype"] not in _DTYPES:
        raise ValueError(item["dtype"])
    return str(item["dtype"])


def channels_of(items: Iterable[Item]) -> dict[str, tuple[StoredChannel, ...]]:
    """Return group → its channels in the order of its rows.

    Raises:
        KeyError, TypeError, ValueError: an item is not as written.
    """
    found: dict[str, list[StoredChannel]] = {}
    for item in items:
        found.setdefault(str(item["group"]), []).append(stored_channel(item))
    return {name: tuple(channels) for name, channels in found.items()}


def _item(group: RateGroup, each: StoredChannel, position: int) -> dict[str, object]:
    path = f"/entry/{node_name(group.name)}/{node_name(channel_name(each.channel.name))}"
    item: dict[str, object] = {
        **attributes_of(each.channel),
        "path": path, "group": group.name, "position": position, "dtype": each.dtype,
    }  # fmt: skip
    if (each.scale, each.offset) != (1.0, 0.0):
        item |= {"scale": each.scale, "offset": each.offset}
    if each.width > 1:
        item |= {"width": each.width, "axis": list(each.axis)}
    return item


def _numbers(extremes: Extremes) -> dict[str, object]:
    """Nine digits, which are all of a float32; 17 would make listing 5,000 channels slower."""
    found: dict[str, object] = {"rows": extremes.rows}
    for name in ("minimum", "maximum", "mean"):
        found[name] = float(f"{getattr(extremes, name):.9g}")
    return found


def _encode(items: Sequence[Mapping[str, object]]) -> bytes:
    plain = [{name: _plain(value) for name, value in item.items()} for item in items]
    text = json.dumps(plain, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")


def _plain(value: object) -> object:
    """JSON has no NaN and no infinity: they become texts that `float` reads."""
    if isinstance(value, float):
        if not math.isfinite(value):
            return str(float(value))
        return int(value) if value.is_integer() and abs(value) < _EXACT else float(value)
    if isinstance(value, list | tuple):
        return [_plain(each) for each in cast("Sequence[object]", value)]
    return value
