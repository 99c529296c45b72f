"""Makes the note: asks the server of a rig, or reads its last run file."""

from __future__ import annotations

from pathlib import Path

from bench.clock import Clock
from bench.errors import Refused
from bench.messages import Message
from bench.record.disk.storage import reason
from bench.service.client import RemoteBench
from bench.service.handover.note import Handover, note_of
from bench.service.handover.shift import shift_of
from bench.service.handover.source import state_in
from bench.service.port import BenchState, Reply
from bench.service.requests import ShiftHandover

_MOST_TEXT = 30_000
"""Characters of a note that go into the run file; a request has its bounds."""


def from_server(
    bench: RemoteBench, giver: str, taker: str, language: str, *, clock: Clock, folder: Path
) -> tuple[str, Reply]:
    """Return the note of a bench that is served, and whether it stands in the run file.

    Args:
        bench: The server.
        giver: Who hands over.
        taker: Who takes over.
        language: Language of the note.
        clock: Time.
        folder: Where the run files are, if the server does not say.

    Raises:
        RunFileError: the run files cannot be read.
    """
    state = bench.state()
    where = folder if state.file is None else state.file.parent
    text = _note(state, where, (giver, taker), language, clock, is_served=True)
    return text, bench.request(ShiftHandover(text[:_MOST_TEXT], giver, taker))


def from_files(
    rig: str, folder: Path, giver: str, taker: str, language: str, *, clock: Clock
) -> str:
    """Return the note of a bench that nobody serves, as its last run file leaves it.

    Raises:
        Refused: there is no run file of the rig.
        RunFileError: the run files cannot be read.
    """
    newest = shift_of(folder, rig, clock.utc()).newest
    if newest is None:
        raise Refused("handover.no-run", folder=folder)
    state = state_in(newest)
    return _note(state, folder, (giver, taker), language, clock, is_served=False)


def write(path: Path, text: str) -> Message:
    """Write a note into a file; return what to tell.

    Raises:
        Refused: it cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Refused("handover.not-written", path=path, reason=reason(error)) from error
    return Message("handover.written", {"path": path})


def _note(
    state: BenchState,
    folder: Path,
    people: tuple[str, str],
    language: str,
    clock: Clock,
    *,
    is_served: bool,
) -> str:
    now = clock.utc()
    shift = shift_of(folder, state.rig, now)
    giver, taker = people
    return note_of(Handover(state, shift, now, giver, taker, is_served=is_served), language)
