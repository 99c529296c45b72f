"""An exported file appears whole or not at all, and never in place of a run."""

import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bench.cli import app
from bench.errors import RunFileError
from bench.exits import Exit
from bench.runs.export import Format, Wish, export_run

if sys.platform != "win32":
    import resource

NAMES = ("a.csv", "a.parquet", "a.mf4")


@pytest.fixture
def invoke(run, monkeypatch):
    monkeypatch.setenv("H2BENCH_LANGUAGE", "en")
    return lambda *options: CliRunner().invoke(app, ["export", str(run.path), *map(str, options)])


class Broken(BaseException):
    pass


@pytest.mark.parametrize("name", NAMES)
def test_what_is_broken_off_leaves_nothing_and_the_older_file(run, tmp_path, name):
    path = tmp_path / name
    path.write_text("older")

    def break_off(done, work):
        assert 0 < done <= work
        raise Broken

    with pytest.raises(Broken):
        export_run(run, Wish(path, patterns=("engine.*",), is_forced=True), break_off)
    assert path.read_text() == "older"
    assert sorted(tmp_path.glob("a.*")) == [path]


@contextmanager
def full_disk():
    """Let no file grow beyond 2 KiB."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2048, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot limit a file's size")
@pytest.mark.parametrize("name", NAMES)
def test_a_full_disk_is_a_sentence_and_leaves_the_older_file(run, tmp_path, name):
    path = tmp_path / name
    path.write_text("older")
    with full_disk(), pytest.raises(RunFileError) as told:
        export_run(run, Wish(path, patterns=("engine.*",), is_forced=True))
    assert f"{name} cannot be written: File too large. Nothing" in str(told.value)
    assert path.read_text() == "older"
    assert list(tmp_path.glob("a.*")) == [path]


def test_work_is_told_up_to_its_end(run, tmp_path):
    told = []
    export_run(run, Wish(tmp_path / "a.parquet", patterns=("f*",)), lambda *p: told.append(p))
    assert told[-1] == (600, 600)
    told.clear()
    export_run(
        run, Wish(tmp_path / "a.csv", patterns=("e*",), every="0.3 s"), lambda *p: told.append(p)
    )
    assert told[-1][0] == told[-1][1]


def test_an_existing_file_is_only_replaced_when_told_so(invoke, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("older")
    result = invoke("-o", path, "--channels", "engine.*")
    assert isinstance(result.exception, RunFileError)
    assert "--force" in str(result.exception)
    assert path.read_text() == "older"
    result = invoke("-o", path, "--channels", "engine.*", "--force")
    assert result.exit_code == Exit.PASS
    assert "a.csv: rows: 700, channels: 2" in result.output


def test_a_run_is_never_written_over(invoke, run):
    result = invoke("-o", run.path, "--format", "csv", "--channels", "engine.*", "--force")
    assert "is the run itself" in str(result.exception)


@pytest.mark.parametrize(
    ("name", "said"),
    [("no/a.csv", "there is no folder"), ("a.txt", "give --format"), (".", "is a folder")],
)
def test_a_place_that_cannot_be_written_to_is_told(run, tmp_path, name, said):
    wanted = None if name == "a.txt" else Format.CSV
    with pytest.raises(RunFileError, match=said):
        export_run(run, Wish(tmp_path / name, wanted, patterns=("engine.*",)))


def test_the_folder_one_is_in_is_no_name_of_a_file(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RunFileError, match="is a folder"):
        export_run(run, Wish(Path(), Format.CSV, patterns=("engine.*",)))


def test_every_option_of_the_command_reaches_the_file(invoke, tmp_path):
    path = tmp_path / "a.dat"
    result = invoke(
        "--output", path, "--format", "csv", "--channels", " engine.* , !*.power",
        "--from", "warm-up", "--to", "warm-up", "--every", "0.5 s", "--with-quality", "--utc",
    )  # fmt: skip
    assert result.exit_code == Exit.PASS, result.exception
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "time [s],utc,engine.torque [N*m],engine.torque samples"
    assert [line.split(",")[:2] for line in lines[1:]] == [
        ["1.000000000", "2026-01-01T00:00:01.000000000Z"],
        ["1.500000000", "2026-01-01T00:00:01.500000000Z"],
        ["2.000000000", "2026-01-01T00:00:02.000000000Z"],
    ]
    assert [line.split(",")[3] for line in lines[1:]] == ["50", "50", "1"]


def test_a_format_that_is_none_is_a_wrong_command_line(invoke, tmp_path):
    result = invoke("-o", tmp_path / "a.csv", "--format", "xlsx")
    assert result.exit_code == Exit.USAGE
    assert "csv, parquet, mdf4" in result.output


def test_ctrl_c_is_told_and_leaves_nothing(invoke, tmp_path, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("bench.runs.export.progress.Progress.show", interrupt)
    result = invoke("-o", tmp_path / "a.csv", "--channels", "engine.*")
    assert result.exit_code == Exit.OPERATOR
    assert "nothing was written" in result.output
    assert list(tmp_path.glob("a.*")) == []
