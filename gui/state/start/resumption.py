"""Whether the last run of a rig was broken off and can go on. Reads its run file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bench.control.course import STOPS
from bench.errors import RunFileError
from bench.runs.resuming import interruption_of, last_run

_STOPS = frozenset(phase.value for phase in STOPS)


@dataclass(frozen=True)
class Resumable:
    """A run that was broken off and may go on."""

    file: str
    """Name of its run file."""
    protocol: str
    """What ran."""
    step: str
    """Where it was."""


def resumable_of(folder: Path, rig: str, serial: str, *, is_simulated: bool) -> Resumable | None:
    """Return the last run of a rig if it can be asked to go on; None: there is none.

    Whether it really can, the server says when it is asked: it compares rig, object and protocol.
    """
    try:
        path = last_run(folder, rig=rig, serial=serial, simulated=is_simulated)
        broken = None if path is None else interruption_of(path)
    except RunFileError:
        return None
    if broken is None or broken.explanation is None or broken.bookmark is None:
        return None
    bookmark = broken.bookmark
    if not bookmark.position or bookmark.phase in _STOPS:
        return None
    step = str(bookmark.position.get("step", ""))
    return Resumable(broken.path.name, broken.header.protocol_name, step)
