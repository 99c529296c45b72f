"""Run files for tests of the windows: what is in them is known to the digit."""

import numpy as np

from bench.clock import MILLISECOND, SECOND
from bench.messages import Message
from bench.record.port import Ending, Event, Incident, StepRecord
from tests.bench.runs.run_maker import RunMaker, header_of, measured

CHANNELS = (measured("engine.torque", "N*m"), measured("oil.temperature", "degC"))
START = 5 * SECOND
PERIOD = 10 * MILLISECOND


def begun_run(path, **about):
    """Return a maker of a run of two channels, which has no rows yet."""
    return RunMaker(path, header_of(channels=tuple(c.channel for c in CHANNELS), **about))


def scan_times(rows, first=0):
    return START + (first + np.arange(rows, dtype=np.int64)) * PERIOD


def values_of(rows, first=0):
    at = np.arange(first, first + rows)
    return np.column_stack([100.0 + 50.0 * np.sin(at / 40.0), 80.0 + at * 0.01])


def closed_run(path, rows=3000, gap_ns=0):
    """Make a run with one peak at row 1000, a gap before its last third, steps and events."""
    maker = begun_run(path)
    times, values = scan_times(rows), values_of(rows)
    times[2 * rows // 3 :] += gap_ns
    if rows > 1000:
        values[1000, 0] = 400.0
    maker.scans(times, values)
    at = int(times[min(1000, rows - 1)])
    alarm = {"limit": "hood", "text": "h2.hood > 25 %LFL", "priority": 1, "reaction": "hard-stop"}
    maker.record(StepRecord("warm", "ramp", "warm-up", START, at, "done"))
    maker.record(Event(at, 0, "error", "hood", Message("alarm.came", {**alarm, "details": ""})))
    maker.record(Event(at, 0, "info", "mk", Message("control.note", {"text": "smells"})))
    maker.record(Event(at, 0, "info", "x", Message("runs.gap", {"group": "scan"})))
    maker.record(Incident(1, "hood", ("hood",), "hard-stop", START, at, int(times[-1])))
    maker.record(Ending("completed", None, int(times[-1])))
    maker.finish()
    return path
