"""What `h2bench campaign` prints, and by which code it ends."""

import json

import pytest
import typer
from typer.testing import CliRunner

from bench.errors import RunFileError
from protocols.campaign.commands import campaign


@pytest.fixture(scope="module")
def command():
    app = typer.Typer()
    app.command()(campaign)

    def call(*arguments):
        return CliRunner().invoke(app, [str(each) for each in arguments])

    return call


def test_status_shows_what_there_is_and_ends_well(command, written_life, monkeypatch):
    monkeypatch.setenv("H2BENCH_LANGUAGE", "en")
    found = command("status", written_life, "--workers", 1)
    assert found.exit_code == 0
    assert "run3.h5" in found.stdout
    assert "Drift" not in found.stdout


def test_analyze_says_by_its_code_that_nothing_is_shown_yet(command, written_life, monkeypatch):
    monkeypatch.setenv("H2BENCH_LANGUAGE", "zh")
    found = command("analyze", written_life, "--workers", 1, "--kilometres", "200000 km")
    assert found.exit_code == 3
    assert "缺少" in found.stdout


def test_json_is_all_that_is_printed(command, written_life):
    found = command("analyze", written_life, "--workers", 1, "--json", "--kilometres", "0.001 km")
    plain = json.loads(found.stdout)
    assert plain["object_serial"] == "E-7"
    assert plain["target"] == pytest.approx(0.001)


def test_a_folder_that_is_none_is_an_error_in_words(command, tmp_path):
    found = command("status", tmp_path / "nowhere")
    assert isinstance(found.exception, RunFileError)
