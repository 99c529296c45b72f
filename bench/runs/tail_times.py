"""The times of rows that are still in the log, reckoned as they will be when they are sealed."""

from __future__ import annotations

import numpy as np

from bench.record.port import Header
from bench.record.sealing.axis import CueKind, TimeAxis
from bench.runs.part_group import PartGroup
from bench.runs.tail import TailRows
from bench.runs.timeline import ListedTimes


class TailTimes(ListedTimes):
    """Times of logged rows."""

    def __init__(self, tail: TailRows, group: PartGroup, header: Header) -> None:
        """Reckon the times.

        Args:
            tail: the rows.
            group: the group in the last part.
            header: of the run.

        Raises:
            KeyError, TypeError, ValueError: the file is not as written.
        """
        axis = TimeAxis(tail.layout.group, header, group.first_row, group.block)
        axis.resume(_state(group, header))
        is_stamped = tail.layout.group.interval_ns is None
        times = [np.empty(0, np.int64)]
        gaps: list[int] = []
        for start, piece in zip(tail.starts, tail.pieces, strict=True):
            rows = len(piece.rows)
            own = tail.times(start, start + rows) if is_stamped else None
            axis.announce(piece.first_row, piece.time_ns)
            sealed = axis.seal(piece.first_row, rows, own)
            times.append(sealed.times)
            gaps += [
                start + cue.row - piece.first_row for cue in sealed.cues if cue.kind is CueKind.GAP
            ]
        super().__init__(np.concatenate(times))
        self.gaps = tuple(gaps)
        """Rows before which there is a gap."""


def _state(group: PartGroup, header: Header) -> dict[str, object]:
    """Return the state of the axis at the end of the file."""
    anchor = last_ns = None
    offset = header.start_utc_ns - header.start_ns
    if group.rows:
        cues = group.cues
        anchors = cues.anchors(is_regular=group.interval_ns is not None)
        row, time_ns = int(anchors.rows[-1]), int(anchors.times_ns[-1])
        anchor = (row + group.first_row, time_ns)
        last_ns = int(group.times.read(group.rows - 1, group.rows)[0])
        offset = int(cues.utc_ns[-1] - cues.times_ns[-1])
    return {"anchor": anchor, "last_ns": last_ns, "offset_ns": offset, "marks": []}
