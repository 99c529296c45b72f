"""What groups and channels are called inside a run file, and which names they may not have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bench.errors import RunFileError
from bench.record.hdf5 import node_name
from bench.record.port import RateGroup

RESERVED = frozenset(
    {
        "checksums", "continues", "definition", "end_time", "ending", "events", "explanation",
        "gas", "groups", "incidents", "index", "instrument", "log", "overview", "parameters",
        "points", "protocol", "provenance", "pyramid", "results", "rig", "sample", "simulation",
        "start_time", "statistics", "steps", "texts", "title", "user",
    }
)  # fmt: skip
"""Names in ``/entry`` that no group of channels may have."""
_COLUMNS = frozenset({"time", "time_ns", "cue_index", "cue_time_ns", "cue_kind", "cue_utc_ns"})


class UnusableNames(RunFileError, ValueError):
    """Groups or channels whose names cannot stand side by side in a run file."""


def channel_name(name: str) -> str:
    """Return what the group of a channel is called within its group of channels.

    The columns of the group keep their names: a channel ``time`` stands in ``%74ime``.
    """
    return f"%{ord(name[0]):02X}{name[1:]}" if name in _COLUMNS else name


def check_names(groups: Sequence[RateGroup]) -> None:
    """Make sure that every group and channel of a run finds its own place.

    Raises:
        UnusableNames: two groups or two channels of one name, or a group with a reserved one.
    """
    for group in groups:
        if node_name(group.name) in RESERVED:
            raise UnusableNames("record.group-reserved", group=group.name)
    _refuse_twice("record.group-twice", [node_name(group.name) for group in groups])
    channels = [
        node_name(channel_name(each.channel.name)) for group in groups for each in group.channels
    ]
    _refuse_twice("record.channel-twice", channels)


def _refuse_twice(message: str, names: Sequence[str]) -> None:
    name, count = max(Counter(names).items(), key=lambda item: item[1], default=("", 0))
    if count > 1:
        raise UnusableNames(message, name=name)
