"""A whole run in virtual time with a schedule of faults."""

from pathlib import Path

import pytest

from bench.clock import SystemClock
from bench.errors import ConfigError
from bench.runs import open_run
from protocols.console import Console
from protocols.execution import Wish, carry_out, ordered

SCHEDULE = "faults:\n  - {what: emergency-stop, where: plc, at: 60 s, lasts: 1 s}\n"


def wish(folder: Path, schedule: str, *, is_simulated: bool = True) -> Wish:
    file = folder / "faults.yaml"
    file.write_text(schedule, encoding="utf-8")
    return Wish(
        protocol="hydrogen-engine/best-point",
        rig="hydrogen-engine-cell",
        parameters={},
        is_simulated=is_simulated,
        plant={},
        seed=1 if is_simulated else None,
        folder=folder / "runs",
        operator="",
        answers_prompts=True,
        faults=file,
    )


def test_a_scheduled_emergency_stop_ends_the_run_and_stands_in_its_file(tmp_path):
    console = Console("en", is_quiet=True)
    finished = carry_out(wish(tmp_path, SCHEDULE), console, wall=SystemClock())
    assert finished.ending.state == "limit"
    with open_run(finished.path) as run:
        assert run.texts["faults/faults.yaml"] == SCHEDULE
        assert len(run) > 300


def test_a_schedule_for_real_instruments_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="simulated"):
        ordered(wish(tmp_path, SCHEDULE, is_simulated=False), SystemClock())


def test_a_schedule_with_a_mistake_opens_nothing(tmp_path):
    broken = SCHEDULE.replace("plc", "plcc")
    with pytest.raises(ConfigError, match=r"faults\.yaml:2:35: .*did you mean 'plc'"):
        carry_out(wish(tmp_path, broken), Console("en", is_quiet=True), wall=SystemClock())
