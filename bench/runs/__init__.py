"""Run files, read: channels by name, windows of time, points, steps, events."""

from bench.runs.reader import Run, open_run
from bench.runs.samples import RunChannel, Samples, Timeline

__all__ = ["Run", "RunChannel", "Samples", "Timeline", "open_run"]
