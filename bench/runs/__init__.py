"""Run files, read: channels by name, windows of time, points, steps, events.

A name is loaded when it is first asked for: commands over run files stand below this package, and
the help of ``h2bench`` must not load the file library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.runs.channel_statistics import ChannelStatistics
    from bench.runs.envelope import Envelope
    from bench.runs.interruptions import ClockStep, Gap, Window
    from bench.runs.opening import open_run
    from bench.runs.opening import open_run as open  # noqa: A004 - `runs.open(path)` is how a notebook reads
    from bench.runs.reader import Run
    from bench.runs.samples import RunChannel, Samples
    from bench.runs.timeline import Timeline

__all__ = [
    "ChannelStatistics", "ClockStep", "Envelope", "Gap", "Run", "RunChannel", "Samples",
    "Timeline", "Window", "open", "open_run",
]  # fmt: skip

_PLACES = {
    "ChannelStatistics": "channel_statistics", "ClockStep": "interruptions",
    "Envelope": "envelope", "Gap": "interruptions", "Run": "reader", "RunChannel": "samples",
    "Samples": "samples", "Timeline": "timeline", "Window": "interruptions",
    "open": "opening", "open_run": "opening",
}  # fmt: skip


def __getattr__(name: str) -> object:
    """Load a public name from its module; a name that is not public is an AttributeError."""
    if name not in _PLACES:
        problem = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(problem)
    found = getattr(import_module(f"{__name__}.{_PLACES[name]}"), _NAMES.get(name, name))
    globals()[name] = found
    return found


_NAMES = {"open": "open_run"}


def __dir__() -> list[str]:
    """Return the public names."""
    return list(__all__)
