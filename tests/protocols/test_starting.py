"""What is told of the place where a run goes."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from bench.cli import app
from bench.clock import SystemClock
from bench.errors import ConfigError, Refused
from bench.messages import Message
from protocols import starting
from protocols.console import Console
from protocols.execution import Wish
from protocols.starting import start


@pytest.fixture
def run(monkeypatch):
    """Return what is told of a run that goes to a place, and comes to nothing there."""
    monkeypatch.setenv("H2BENCH_LANGUAGE", "en")

    def told(*options, is_served):
        def start(*_, place_told, **__):
            place_told(is_served=is_served)
            raise Refused("gate.none-runs")

        monkeypatch.setattr(starting, "start", start)
        result = CliRunner().invoke(app, ["run", "warm-up", *options])
        assert isinstance(result.exception, Refused)
        return result.output

    return told


FOLDER = Message("run.folder-of-server", {"folder": Path("mine")}).text("en")
HERE = Message("run.hosted-here").text("en")


def test_a_folder_that_does_not_count_is_told(run):
    assert FOLDER in run("--output", "mine", is_served=True)
    assert run(is_served=True) == ""


def test_a_run_without_a_server_says_that_it_hosts_itself(run):
    assert HERE in run("--output", "mine", is_served=False)
    assert run("--json", is_served=False) == ""
    assert run("--simulated", is_served=False) == ""


def test_start_says_where_a_run_goes_before_it_begins(monkeypatch, tmp_path):
    monkeypatch.setenv("H2BENCH_SERVERS", str(tmp_path))
    said = []

    def carried_out(*_, **__):
        assert said == [False]
        raise Refused("gate.none-runs")

    class Ordered:
        class model:  # noqa: N801 - the name of the field
            name = "cell"

    class Asked:
        protocol, is_simulated = "p", False

    monkeypatch.setattr(starting, "ordered", lambda *_: Ordered)
    monkeypatch.setattr(starting, "carry_out", carried_out)
    with pytest.raises(Refused):
        starting.start(
            Asked,
            None,
            wall=None,
            place_told=lambda *, is_served: said.append(is_served),
            has_keys=False,
        )


@pytest.mark.parametrize(
    ("is_simulated", "refused"),
    [(True, "chain.resume-simulated"), (False, "serve.nothing-to-resume")],
)
def test_without_a_server_this_process_goes_on_with_what_the_folder_holds(
    monkeypatch, tmp_path, is_simulated, refused
):
    monkeypatch.setenv("H2BENCH_SERVERS", str(tmp_path))
    wish = Wish(
        protocol="",
        rig="hydrogen-engine-cell",
        parameters={},
        is_simulated=is_simulated,
        plant={},
        seed=None,
        folder=tmp_path / "runs",
        operator="",
        answers_prompts=True,
    )
    with pytest.raises((ConfigError, Refused)) as caught:
        start(
            wish,
            Console("en", is_quiet=True),
            wall=SystemClock(),
            place_told=lambda *, is_served: None,
            has_keys=False,
            is_resumed=True,
        )
    assert caught.value.message.id == refused
