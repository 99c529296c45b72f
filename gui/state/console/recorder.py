"""What is recorded, where, and for how long the disk lasts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from bench.messages import Message
from gui.state.console.contact import Contact, contact_of
from gui.state.session import Session

LITTLE = 0.05
"""Share of a disk that is free below which it is said (engineering default)."""


@dataclass(frozen=True)
class DiskFigures:
    """What the disk says of a run file; nan: not known."""

    file: Path | None = None
    """Which run file."""
    size: float = math.nan
    """Its size, bytes."""
    free: float = math.nan
    """Free space where it lies, bytes."""
    total: float = math.nan
    """All space there, bytes."""


@dataclass(frozen=True)
class RecorderState:
    """What is recorded, and where."""

    is_recording: bool = False
    """Whether rows go into a file."""
    is_known: bool = True
    """Whether that is known: a server that is not heard may go on recording."""
    trouble: Message | None = None
    """Why nothing can be recorded; None: all is well."""
    file: Path | None = None
    """The run file; None: none is open."""
    size: str = ""
    """Its size; empty: not known."""
    free: str = ""
    """Free space on its disk, with the share of it; empty: not known."""
    is_little: bool = False
    """Whether the disk is nearly full."""
    last_file: Path | None = None
    """Run file of the last protocol that ended; None: none."""
    last_ending: str = ""
    """How it ended."""
    last_reason: Message | None = None
    """Why."""
    verdict: Message | None = None
    """What the judge says of it; None: nothing, or not yet."""


_VERDICTS = frozenset(
    {
        "serve.judged-pass",
        "serve.judged-fail",
        "serve.judged-not-shown",
        "serve.judged-broken-off",
        "serve.not-judged",
        "serve.judging-too-long",
    }
)


def recorder_of(
    session: Session, disk: DiskFigures, verdict: Message | None = None
) -> RecorderState:
    """Return what is recorded.

    Args:
        session: What is known of the bench.
        disk: What the disk says; of another file: not looked at.
        verdict: What the judge says of the last run.
    """
    bench = session.bench
    known = disk if disk.file == bench.file else DiskFigures()
    is_known = contact_of(session) is Contact.HEARD
    return RecorderState(
        is_known=is_known,
        is_recording=is_known and bench.file is not None and bench.trouble is None,
        trouble=bench.trouble,
        file=bench.file,
        size=size_shown(known.size),
        free=_free(known),
        is_little=known.total > 0 and known.free / known.total < LITTLE,
        last_file=bench.last_file,
        last_ending=bench.last_ending,
        last_reason=bench.last_reason,
        verdict=verdict,
    )


def verdict_of(session: Session) -> Message | None:
    """Return what the server says of the verdict of the last run; None: nothing, or not yet."""
    file = session.bench.last_file
    if file is None:
        return None
    said = (each.message for each in reversed(session.events) if each.message.id in _VERDICTS)
    return next((each for each in said if each.arguments.get("file") == file.name), None)


def size_shown(size: float) -> str:
    """Return a size in bytes as text: ``83.2 MB``; nan: empty."""
    if not math.isfinite(size):
        return ""
    shown, unit = size, "B"
    for bigger in ("kB", "MB", "GB", "TB"):
        if shown < 999.5:
            break
        shown, unit = shown / 1000, bigger
    return f"{shown:.0f} {unit}" if unit == "B" else f"{shown:.3g} {unit}"


def _free(disk: DiskFigures) -> str:
    text = size_shown(disk.free)
    has_share = text and disk.total > 0
    return f"{text} ({disk.free / disk.total:.0%})" if has_share else text
