"""The command that moves nothing: check."""

import pytest
from typer.testing import CliRunner

from bench.cli import app
from bench.errors import ConfigError

PROTOCOL = """\
protocol: quick
object: hydrogen-engine
rig: hydrogen-engine-cell
limits:
  - {id: own, when: engine.speed > 100 rpm, for: 100 ms, reaction: warn}
  - {id: loose, when: engine.speed > 2350 rpm and engine.torque > 0 N*m, reaction: hard-stop}
steps:
  - {id: rest, title: {en: Rest, zh: 静置}, hold: 120 s}
"""


@pytest.fixture
def invoke(tmp_path, monkeypatch):
    monkeypatch.setenv("H2BENCH_LANGUAGE", "en")
    path = tmp_path / "quick.yaml"
    path.write_text(PROTOCOL, encoding="utf-8")
    return lambda *options: CliRunner().invoke(app, ["check", str(path), *options])


def test_a_protocol_without_problems_is_shown_with_duration_and_remarks(invoke):
    result = invoke()
    assert result.exit_code == 0, result.exception
    assert "Rest" in result.output
    assert "about 2 min" in result.output
    assert "quick.yaml:6:5: the limit loose" in result.output


@pytest.mark.parametrize("rig", [(), ("--rig", "hydrogen-engine-cell")])
def test_a_simulated_run_is_checked_with_the_scan_of_the_simulation(invoke, rig):
    result = invoke("--simulated", *rig)
    assert isinstance(result.exception, ConfigError)
    assert [problem.message.id for problem in result.exception.problems] == [
        "config.scan-too-long-for-limit"
    ]


def test_a_wrong_setting_is_refused(invoke):
    result = invoke("--set", "speed=3 rpm")
    assert isinstance(result.exception, ConfigError)
