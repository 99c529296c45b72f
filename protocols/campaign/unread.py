"""Why parts of a run could not be read at all, for people: one sentence for each kind of reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import PurePath

from bench.messages import Message
from protocols.campaign.executor import Failed
from protocols.campaign.inventory import PartJob


def told_of(failed: Sequence[Failed[PartJob]]) -> tuple[Message, ...]:
    """Return which parts could not be read and why.

    Args:
        failed: jobs of one run that failed for good, in order.
    """
    ordered = sorted(failed, key=_kind)  # stable: parts stay in order
    return tuple(_told(list(own)) for _, own in groupby(ordered, key=_kind))


def _kind(each: Failed[PartJob]) -> tuple[str, str]:
    if each.is_killed:
        return "killed", ""
    if isinstance(each.error, MemoryError):
        return "memory", ""
    return "other", each.reason


def _told(own: Sequence[Failed[PartJob]]) -> Message:
    parts, tries = ", ".join(_names(own)), max(each.tries for each in own)
    match _kind(own[0]):
        case "killed", _:
            return Message("campaign.parts-killed", {"parts": parts, "tries": tries})
        case "memory", _:
            return Message("campaign.parts-memory", {"parts": parts})
        case _, reason:
            return Message("campaign.parts-failed", {"parts": parts, "reason": reason})


def _names(own: Sequence[Failed[PartJob]]) -> Iterator[str]:
    for each in own:
        yield PurePath(each.job.file).name
