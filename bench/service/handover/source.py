"""The bench as its newest run file leaves it, for a handover without a server."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from bench.control.position import Position
from bench.control.states import State
from bench.record.port import WATCHED, Bookmark
from bench.runs.run_source import RunSource
from bench.service.handover.replay import alarms_after
from bench.service.port import BenchState


def state_in(path: Path) -> BenchState:
    """Return what a run file says of the bench at its end.

    Raises:
        RunFileError: it cannot be read.
    """
    with closing(RunSource(path, 0)) as source:
        records = source.records
        header, bookmark, ending = records.header, records.bookmark, records.ending
        return BenchState(
            state=State.OFF,
            is_simulated=header.simulated,
            protocol="" if header.protocol_name == WATCHED else header.protocol_name,
            position=_position(bookmark),
            phase="" if bookmark is None else bookmark.phase,
            file=path,
            rig=header.rig_name,
            alarm_list=alarms_after(records.events),
            counters={} if bookmark is None else _counted(bookmark),
            last_file=path,
            last_ending="broke-off" if ending is None else ending.state,
            last_reason=None if ending is None else ending.message,
        )


def _position(bookmark: Bookmark | None) -> Position:
    step = "" if bookmark is None else str(bookmark.position.get("step", ""))
    return Position(id=step)


def _counted(bookmark: Bookmark) -> dict[str, str]:
    """Return the counters, SI: a run file does not say how people count them."""
    return {name: f"{value:.9g} (SI)" for name, value in bookmark.counters.items()}
