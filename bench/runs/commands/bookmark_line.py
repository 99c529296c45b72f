"""A bookmark in a line each: where a run was, and what it had counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from bench.runs.commands.describe import Description
from bench.runs.commands.wording import Words

_MOST = 200
"""Characters of a position; all of it stands in the JSON."""


def position_line(told: Description, words: Words) -> str:
    """Return state, phase and position at the newest bookmark; empty: there is none."""
    found = told.bookmark
    if found is None:
        return ""
    place = ", ".join(_parts(found.position))
    place = place if len(place) <= _MOST else f"{place[: _MOST - 1]}…"
    at = words.duration(told.after_start(found.time_ns))
    head = " / ".join(each for each in (found.state, found.phase) if each)
    return words.say("info.bookmark-at", at=at, state=head, position=place or "–")


def counters_line(told: Description) -> str:
    """Return the counters at the newest bookmark, SI; empty: there is none."""
    if told.bookmark is None:
        return ""
    return ", ".join(f"{name} = {value:.9g}" for name, value in told.bookmark.counters.items())


def _parts(value: object, path: str = "") -> Iterator[str]:
    """Yield the leaves of a position: ``body.0.step = warm-up``."""
    if isinstance(value, Mapping):
        pairs = cast("Mapping[object, object]", value).items()
    elif isinstance(value, Sequence) and not isinstance(value, str):
        pairs = enumerate(cast("Sequence[object]", value))
    else:
        yield f"{path} = {value:.6g}" if isinstance(value, float) else f"{path} = {value}"
        return
    for name, item in pairs:
        yield from _parts(item, f"{path}.{name}" if path else str(name))
