"""A bench that records at real rates until it is killed: ``python -m tests.campaigns.crash_child``.

It says on stdout, line by line as JSON, when (s) it has handed over and seen acknowledged how many
rows of each group.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from bench.clock import MILLISECOND, SECOND, SystemClock
from bench.record.background import BackgroundRecorder
from bench.record.creation import Portions
from bench.record.port import SCAN, Provenance
from tests.campaigns.crash_run import known_at_real_rates

STARTING = 900 * MILLISECOND
"""Time for everything to be made before the first row is due."""
SAYS_EVERY = 5
"""Scans between two lines."""


class Bench:
    """Hands rows over when they are due, as acquisition does."""

    def __init__(self, folder: Path) -> None:
        self._clock = SystemClock()
        self._known = known_at_real_rates(self._clock.now() + STARTING)
        (folder / "start").write_text(str(self._known.start_ns))
        path = folder / "run.h5"
        known = self._known
        self._stored = known.stored  # made before the first row is due
        portions = Portions(segment_bytes=256 * 1024, chunk_rows=1024)
        self._recorder = BackgroundRecorder(
            path, known.header, Provenance(), self._clock, portions=portions
        )
        self._rows = dict.fromkeys(self._known.groups, 0)

    def run(self) -> None:
        """Record until killed, or until the run is over."""
        known = self._known
        for row, due in enumerate(known.times[SCAN].tolist()):
            self._clock.wait_until(due)
            self._recorder.row(due, known.scan_values[row], known.scan_qualities[row])
            self._rows[SCAN] = row + 1
            for group in list(self._rows)[1:]:
                self._hand_over(group, due)
            if row % known.records_every == 0:
                number = row // known.records_every + 1
                self._recorder.record(known.bookmark(number))
                self._recorder.record(known.record(number))
            if row % SAYS_EVERY == 0:
                self._say(row // known.records_every + 1)

    def _hand_over(self, group: str, due: int) -> None:
        for batch in self._known.batches(group, self._rows[group], due):
            rows = self._stored[group][batch.first : batch.first + batch.count]
            self._recorder.rows(group, batch.time_ns, rows)
            self._rows[group] += batch.count

    def _say(self, records: int) -> None:
        trouble = self._recorder.trouble
        said = {
            "at": self._clock.now() / SECOND,
            "acknowledged": self._recorder.acknowledged,
            "handed": self._rows,
            "records": records,
            "trouble": trouble.text() if trouble else "",
        }
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    Bench(Path(sys.argv[1])).run()
