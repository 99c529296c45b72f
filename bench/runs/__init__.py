"""Run files, read: channels by name, windows of time, points, steps, events."""

from bench.runs.channel_statistics import ChannelStatistics
from bench.runs.envelope import Envelope
from bench.runs.interruptions import ClockStep, Gap, Window
from bench.runs.opening import open_run
from bench.runs.reader import Run
from bench.runs.samples import RunChannel, Samples
from bench.runs.timeline import Timeline

open = open_run  # noqa: A001 - `runs.open(path)` is how a notebook reads

__all__ = [
    "ChannelStatistics", "ClockStep", "Envelope", "Gap", "Run", "RunChannel", "Samples",
    "Timeline", "Window", "open", "open_run",
]  # fmt: skip
