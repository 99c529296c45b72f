"""What is wrong with a table that is to become a run."""

from __future__ import annotations

from bench.errors import RunFileError


class TableError(RunFileError):
    """A table cannot become a run: mend it, or say how it is meant."""
