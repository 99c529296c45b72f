"""Planned and forced stops, out of what the bench wrote down."""

import io

import numpy as np
import pytest
import rich.console

from bench.clock import SECOND
from bench.messages import Message
from bench.record.port import Event
from bench.runs import open_run
from protocols.cell_verdicts import judge
from protocols.tables import Tables
from tests.protocols.cell_runs import CellRun, channel

HOURS = 40
OFF = slice(20 * 60, 24 * 60)
DEMAND = channel("stack.current.demand", "A", 0, 100)


def judged(path, run):
    with open_run(run.write(path / "run.h5")) as opened:
        return judge(opened)


def counts(results):
    return {row.name: row.value for row in results.counts}


def broken_off(**more):
    """Return a run whose load breaks off between two rows, and comes back four hours later."""
    current = np.full(HOURS * 60, 43.2)
    current[OFF] = 0.0
    return CellRun(HOURS * 60, {"stack.current": current}, **more)


def event(hour, message, **arguments):
    time_ns = int(hour * 3600 * SECOND)
    return Event(time_ns, time_ns, "info", "bench", Message(message, arguments))


BEGUN = event(0.0, "control.state", before="ready", after="automatic", cause="start")
ALARM = event(20.0, "alarm.came", limit="cell-low", reaction="hard-stop", text="x")
UNLOAD_ALARM = event(20.0, "alarm.came", limit="cell-low", reaction="soft-stop", text="x")
MERE_ALARM = event(20.0, "alarm.came", limit="cell-low", reaction="warn", text="x")


def change(hour, cause, after="stopping"):
    return event(hour, "control.state", before="automatic", after=after, cause=cause)


@pytest.mark.parametrize(
    ("events", "trips"),
    [
        ([], 1),
        ([BEGUN], 0),
        ([BEGUN, ALARM, change(20.0, "hard-stop")], 1),
        ([BEGUN, change(20.0, "trip", "tripped")], 1),
        ([BEGUN, UNLOAD_ALARM, change(20.0, "soft-stop")], 1),
        ([BEGUN, MERE_ALARM, change(20.0, "soft-stop")], 0),
        ([BEGUN, change(19.5, "soft-stop")], 0),
        ([BEGUN, ALARM, change(20.01, "hard-stop")], 1),
    ],
    ids=["nothing written down", "the protocol", "a limit", "the chain", "a limit, softly",
         "the operator, beside a warning", "the operator", "a limit just behind"],
)  # fmt: skip
def test_what_the_bench_wrote_down_tells_a_trip_from_a_plan(tmp_path, events, trips):
    found = counts(judged(tmp_path, broken_off(events=events)))
    assert found["trips"] == trips
    assert found["stops"] == 1 - trips
    assert found["forced_downtime"] == pytest.approx(4.0 * trips, abs=0.02)
    assert found["planned_downtime"] == pytest.approx(4.0 * (1 - trips), abs=0.02)
    assert found["availability"] == pytest.approx(90.0, abs=0.1)
    forced = 100.0 * 36.0 / 40.0 if trips else 100.0
    assert found["forced_availability"] == pytest.approx(forced, abs=0.1)


def test_load_that_breaks_off_while_it_is_demanded_is_a_trip_though_no_limit_says_so(tmp_path):
    run = broken_off(events=[BEGUN], channels=(*CellRun(1).channels, DEMAND))
    run.values["stack.current.demand"] = 43.2
    assert counts(judged(tmp_path, run))["trips"] == 1
    (tmp_path / "b").mkdir()
    run.values["stack.current.demand"] = run.values["stack.current"]
    assert counts(judged(tmp_path / "b", run))["trips"] == 0


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_run_without_load_is_no_operation_whatever_the_noise_of_its_meter(tmp_path, language):
    noise = np.abs(np.random.default_rng(5).normal(0.0, 0.05, 600))
    flows = {"fuel.flow": 0.0, "hydrogen.flow": 0.0}
    run = CellRun(600, {"stack.current": noise, **flows, "cell.voltage": 1.1})
    results = judged(tmp_path, run)
    found = counts(results)
    assert (found["starts"], found["load_cycles"], found["operating_time"]) == (0, 0, 0)
    assert "availability" not in found
    assert [text.id for text in results.warnings] == ["cell.no-load"]
    console = rich.console.Console(width=200, file=io.StringIO())
    for part in Tables(language).all(results):
        console.print(part)
    assert ("No load was drawn" if language == "en" else "未带载") in console.file.getvalue()
