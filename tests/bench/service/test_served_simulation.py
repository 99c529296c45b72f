"""A simulated bench that is served: the same station, on virtual time held back."""

import math
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench.clock import MILLISECOND, SECOND
from bench.control.states import State
from bench.errors import ConfigError
from bench.record.results import read_results
from bench.runs import open_run
from bench.service.client import Access, LiveBench
from bench.service.commands.serving import serve
from bench.service.commands.status import status
from bench.service.requests import Begin, TakeControl
from tests.bench.service.serving import CLOCK, until

RIG = "hydrogen-engine-cell"
STILL_OPENING = {"serve.not-in-monitor", "control.not-connected"}
SHORT = str(Path(__file__).parents[2] / "system" / "short-point.yaml")


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    folder = tmp_path_factory.mktemp("servers")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("H2BENCH_SERVERS", str(folder / "addresses"))
        patch.setenv("H2BENCH_KEYS", str(folder / "keys"))
        yield {**os.environ, "H2BENCH_LANGUAGE": "en"}


def command(*given):
    return [sys.executable, "-m", "bench.cli", *given]


@contextmanager
def serving(environment, folder, *given):
    """Serve the rig; end it softly."""
    asked = command("serve", RIG, "--simulated", "--output", str(folder), *given)
    with subprocess.Popen(asked, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            with LiveBench(Access(RIG, "ada@here"), CLOCK) as bench:
                until(lambda: bench.step() or bench.state().rig)
                yield bench
        finally:
            process.terminate()
            try:
                process.communicate(timeout=60)
            finally:
                process.kill()
    assert process.returncode == 0


def begun(bench, protocol):
    """Ask for a run until the bench has been watched for long enough; return whether it began."""
    bench.step()
    reply = bench.request(Begin(protocol, operator="me", confirms_prompts=True))
    assert reply.is_accepted or reply.reason.id in STILL_OPENING, reply
    return reply.is_accepted


def test_it_is_followed_run_and_read_as_a_bench_is(environment, tmp_path, capsys, monkeypatch):
    given = ("--speed", "40", "--seed", "1", "--plant", "warm=1")
    with serving(environment, tmp_path, *given) as bench:
        state = bench.state()
        assert (state.speed, state.is_simulated, state.rig) == (40.0, True, RIG)
        frames = []
        until(lambda: bench.step() or frames.extend(bench.frames()) or len(frames) > 10)
        first, started = frames[-1], CLOCK.now()
        until(lambda: bench.step() or CLOCK.now() - started >= 400 * MILLISECOND)
        newest = bench.frames()[-1]
        assert 2 < (newest.time_ns - first.time_ns) / (CLOCK.now() - started) < 50
        assert abs(newest.utc_ns - CLOCK.utc()) < 3600 * SECOND  # it began now
        seen = rows(state.file)
        until(lambda: bench.step() or rows(state.file) > seen)  # while it grows
        monkeypatch.setenv("H2BENCH_LANGUAGE", "en")
        status()
        assert "simulated" in capsys.readouterr().out
        assert bench.request(TakeControl()).is_accepted
        until(lambda: begun(bench, SHORT))
        until(lambda: bench.step() or bench.state().last_ending)
        ended = bench.state()
        assert ended.last_ending == "completed"
        until(lambda: read_results(ended.last_file))
    with open_run(ended.last_file) as run:
        assert run.header.simulated
        assert run.ending.state == "completed"
    assert read_results(ended.last_file)["verdict"] == "pass"


def rows(path):
    with open_run(path) as run:
        return len(run)


def test_faults_come_to_it_as_to_a_rehearsal(environment, tmp_path):
    schedule = tmp_path / "faults.yaml"
    schedule.write_text("faults:\n  - {what: emergency-stop, where: plc, at: 40 s}\n")
    with serving(environment, tmp_path, "--speed", "max", "--faults", str(schedule)) as bench:
        assert math.isinf(bench.state().speed)
        until(lambda: bench.step() or bench.state().state is State.TRIPPED)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"simulated": True, "speed": "quick"}, "quick"),
        ({"speed": "2"}, "--simulated"),
        ({"plant": ["a=1"]}, "--simulated"),
        ({"seed": 1}, "--simulated"),
        ({"simulated": True, "plant": ["nothing"]}, "nothing"),
        ({"simulated": True, "plant": ["efficiency_scale=many"]}, "many"),
        ({"simulated": True, "faults": Path("gone.yaml")}, "gone.yaml"),
    ],
)
def test_what_does_not_fit_is_refused_in_words_before_anything_is_opened(tmp_path, given, said):
    with pytest.raises(ConfigError) as refused:
        serve(RIG, tmp_path / "runs", **given)
    assert said in refused.value.text("en")
    assert not (tmp_path / "runs").exists()
