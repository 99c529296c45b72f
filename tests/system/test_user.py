"""What a user meets who closes the terminal, pipes the output, or mistypes: honest answers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bench.check import check
from bench.config import Catalogue
from bench.errors import ConfigError
from bench.exits import Exit
from bench.runs import open_run
from bench.standard_streams import surviving

ASKS = """\
protocol: own
title: Own
object: hydrogen-engine
rig: hydrogen-engine-cell
parameters: {times: {default: 2}, speed: {default: 1200 rpm, max: 2100 rpm}}
steps:
  - call: hydrogen-engine/start
  - repeat: {times: $times, steps: [measure: {for: 30 s, as: point}]}
  - call: hydrogen-engine/stop
verdict:
"""
ZERO = ("run", "hydrogen-engine/zero", "--simulated")


def h2bench(
    *arguments: str, folder: Path, encoding: str = "utf-8", language: str = "en"
) -> subprocess.Popen[bytes]:
    """Start the command line in a folder."""
    environment = os.environ | {"H2BENCH_LANGUAGE": language, "PYTHONIOENCODING": encoding}
    return subprocess.Popen(
        [sys.executable, "-m", "bench.cli", *arguments],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=heed_hang_ups if hasattr(signal, "SIGHUP") else None,  # noqa: PLW1509 - the child only resets a signal
    )


def heed_hang_ups() -> None:
    """Undo what a test run under ``nohup`` would pass on to its children."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def problems(path: Path, verdict: str, **chosen: str) -> list[str]:
    """Return what a check finds: line, column and id."""
    path.write_text(ASKS + verdict, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        check(str(path), None, chosen, Catalogue.shipped())
    return [problem.text().partition(":")[2] for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        ("  brake_efficiency: {at: point, at_least: 38 %}", "did you mean 'brake_thermal_effi"),
        ("  brake_thermal_efficiency: {at: point, at_least: 38 kg}", "cannot be given in %"),
        ("  brake_thermal_efficiency: {at: pint, at_least: 38 %}", "did you mean 'point'"),
    ],
)
def test_a_verdict_that_nothing_could_meet_is_found_before_the_run(
    tmp_path: Path, verdict: str, said: str
) -> None:
    (problem,) = problems(tmp_path / "own.yaml", verdict)
    assert said in problem


def test_a_number_without_its_unit_is_told_which_one(tmp_path: Path) -> None:
    good = "  brake_power: {at: point, at_least: 1 kW}"
    bare = problems(tmp_path / "own.yaml", good.replace("1 kW", "1"))
    assert "'1' has no unit: write it as '1 kW'" in bare[0]
    (times,) = problems(tmp_path / "own.yaml", good, times="3 rpm")
    assert "times=3 rpm: it is a plain number, without a unit" in times
    (speed,) = problems(tmp_path / "own.yaml", good, speed="3000 rpm")
    assert "speed=3000 rpm is outside its limit 2100 rpm" in speed


def test_what_is_printed_to_nobody_is_no_error() -> None:
    reading, writing = os.pipe()
    with open(writing, "w", encoding="utf-8") as pipe:  # noqa: PTH123 - a descriptor
        stream = surviving(pipe, errors="replace")
        stream.write("somebody reads\n")
        stream.flush()
        assert os.read(reading, 100) == f"somebody reads{os.linesep}".encode()
        os.close(reading)
        stream.write("nobody reads\n")
        stream.flush()


def test_a_run_whose_output_nobody_reads_ends_as_it_would_have(tmp_path: Path) -> None:
    run = h2bench(*ZERO, folder=tmp_path)
    assert run.stdout is not None
    assert run.stderr is not None
    run.stdout.close()
    run.stderr.close()
    assert run.wait(timeout=60) == Exit.PASS
    with open_run(next(tmp_path.rglob("*.h5"))) as found:
        assert found.ending is not None
        assert found.ending.state == "completed"


def test_signs_a_terminal_lacks_do_not_alter_the_exit_code(tmp_path: Path) -> None:
    listed = h2bench("list", folder=tmp_path, encoding="cp1252", language="zh")
    out, error = listed.communicate(timeout=60)
    assert listed.returncode == Exit.PASS, error
    assert b"hydrogen-engine/whsc" in out


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="this system knows no hang-up")
def test_a_closed_terminal_stops_by_the_safe_sequence(tmp_path: Path) -> None:
    command = ("run", "hydrogen-engine/best-point", "--simulated")
    run = h2bench(*command, folder=tmp_path)
    assert run.stderr is not None
    assert run.stderr.readline()  # it runs
    run.send_signal(signal.SIGHUP)
    run.stderr.close()
    assert run.stdout is not None
    run.stdout.close()
    assert run.wait(timeout=60) == Exit.OPERATOR
    path = next(tmp_path.rglob("*.h5"))
    with open_run(path) as found:
        assert found.ending is not None
        assert found.ending.state == "operator"

    again = h2bench("analyze", str(path), folder=tmp_path)
    out, _ = again.communicate(timeout=60)
    assert again.returncode == Exit.OPERATOR
    assert "only a complete run is judged" in out.decode()
    assert "Not completed: stopped by the operator" in out.decode()
