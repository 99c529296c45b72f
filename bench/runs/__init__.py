"""Run files, read: channels by name, windows of time, points, steps, events."""

from bench.runs.reader import Run, RunChannel, Samples, open_run

__all__ = ["Run", "RunChannel", "Samples", "open_run"]
