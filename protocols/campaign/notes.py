"""What operators write into a run so that the campaign knows it: ``repair: injector 3 exchanged``.

A note counts if it begins with one of the words here and a colon; what follows is free text. Of a
recalibration the names of channels in it say which ones: ``recalibration: fuel.flow, CMF-0518``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "repair": "repair", "维修": "repair", "修理": "repair",
        "service": "service", "保养": "service", "维护": "service",
        "adjustment": "adjustment", "调整": "adjustment",
        "recalibration": "recalibration", "calibration": "recalibration",
        "校准": "recalibration", "标定": "recalibration",
        "failure": "failure", "故障": "failure", "失效": "failure",
        "top-up": "top-up", "补加": "top-up", "补油": "top-up",
    }
)  # fmt: skip
"""Word before the colon → kind of event in the ledger."""
_NOTE = re.compile(r"\s*([^\s:：]+)\s*[:：]\s*(.*\S)\s*", re.DOTALL)
_NAME = re.compile(r"[\w.]+")


@dataclass(frozen=True)
class Note:
    """A note the campaign understands."""

    kind: str
    """Kind of event."""
    text: str
    """What was done."""
    channels: tuple[str, ...] = ()
    """Channels it names."""


def note_of(text: str, channels: Collection[str]) -> Note | None:
    """Return what a note says to the campaign; None: it says nothing to it.

    Args:
        text: as the operator wrote it.
        channels: names of the channels of the run.
    """
    found = _NOTE.fullmatch(text)
    if found is None:
        return None
    kind = WORDS.get(found[1].casefold())
    if kind is None:
        return None
    named = tuple(name.strip(".") for name in _NAME.findall(found[2]))
    return Note(kind, found[2], tuple(name for name in named if name in channels))
