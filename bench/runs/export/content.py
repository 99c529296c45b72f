"""All that goes into one exported file."""

from __future__ import annotations

from dataclasses import dataclass

from bench.record.port import Header
from bench.runs.export.table import Table


@dataclass(frozen=True)
class Content:
    """What is exported."""

    header: Header
    """What was known when the run began."""
    tables: tuple[Table, ...]
    """The rows; more than one table only where the format takes them."""
    has_utc: bool = False
    """Whether each row says its time of day."""

    @property
    def start_utc_ns(self) -> int:
        """Time of day at the time zero of the rows; steps of the wall clock behind it move none."""
        return self.header.start_utc_ns
