"""What cannot be reported is one sentence and exit code 4, and nothing is written."""

import dataclasses
import shutil
import sys

import pytest

from bench.cli import main
from bench.exits import Exit
from bench.record.port import Ending
from bench.record.recorder import RunWriter
from protocols.reports import writing
from protocols.reports.fonts import FontSet
from tests.protocols.campaign.engine_runs import EngineRun


@pytest.fixture(scope="module")
def run_file(tmp_path_factory):
    return EngineRun(hours=0.4).write(tmp_path_factory.mktemp("kept") / "run.h5")


@pytest.fixture
def refused(monkeypatch, capsys):
    """Give the command line; return the sentence that refuses it."""

    def refuse(*arguments):
        monkeypatch.setenv("H2BENCH_LANGUAGE", "en")
        monkeypatch.setattr(sys, "argv", ["h2bench", "report", *map(str, arguments)])
        with pytest.raises(SystemExit) as caught:
            main()
        told = capsys.readouterr()
        assert caught.value.code == Exit.REFUSED
        assert len(told.err.strip().splitlines()) == 1
        return told.err

    return refuse


@pytest.fixture
def copied(run_file, tmp_path):
    return shutil.copy(run_file, tmp_path / "run.h5")


def only(folder):
    return sorted(path.name for path in folder.iterdir())


def test_nothing_there(refused, tmp_path):
    assert "neither a run file nor a folder" in refused(tmp_path / "gone.h5")


def test_a_folder_without_runs(refused, tmp_path):
    assert str(tmp_path) in refused(tmp_path)
    assert only(tmp_path) == []


def test_no_folder_for_the_report(refused, copied, tmp_path):
    assert "no such folder" in refused(copied, "--output", tmp_path / "gone")


def test_a_file_in_the_place_of_the_folder(refused, copied, tmp_path):
    assert "no such folder" in refused(copied, "--output", copied)
    assert only(tmp_path) == ["run.h5"]


def test_an_older_report(refused, copied, tmp_path):
    (tmp_path / "run_report_en.pdf").write_bytes(b"old")
    assert "run_report_en.pdf exists" in refused(copied, "--language", "en")
    assert (tmp_path / "run_report_en.pdf").read_bytes() == b"old"
    assert len(only(tmp_path)) == 2


def test_options_of_a_campaign_for_one_run(refused, copied):
    assert "--field" in refused(copied, "--field", "regional-haul")


def test_no_such_field_duty(refused, run_file):
    assert "gone" in refused(run_file.parent, "--field", "gone", "--workers", "1")


def test_no_such_distance(refused, run_file):
    assert "is no distance" in refused(run_file.parent, "--kilometres", "3 kW")


def test_no_such_exponent(refused, run_file):
    assert "flow_exponent" in refused(run_file.parent, "--set", "flow_exponent=3", "--origin", "me")


def test_a_damaged_run(refused, copied, tmp_path):
    content = bytearray(copied.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 4000] = bytes(4000)
    copied.write_bytes(content)
    assert "run.h5" in refused(copied)
    assert only(tmp_path) == ["run.h5"]


def test_a_run_that_is_still_recorded(refused, made, tmp_path):
    run = made()
    path = tmp_path / "run.h5"
    writer = RunWriter(path, run._header())
    time = run._write_stretch(writer, run.stretches[0], 0)
    try:
        assert "still being recorded" in refused(path)
    finally:
        writer.close(Ending("completed", None, time))
    assert not any("report" in name for name in only(tmp_path))


def test_a_run_that_followed_no_protocol(refused, made, tmp_path):
    run = made()
    header = dataclasses.replace(run._header(), texts={}, protocol_name="")
    run._header = lambda: header
    path = run.write(tmp_path / "run.h5")
    assert "followed no protocol" in refused(path)


@pytest.fixture
def without_chinese(fonts, monkeypatch):
    """A machine that has no font but those of matplotlib."""
    monkeypatch.setattr(writing, "installed_fonts", lambda: FontSet(fonts.fonts, fonts.faces[:2]))


@pytest.mark.usefixtures("without_chinese")
@pytest.mark.parametrize("form", ["html", "pdf"])
def test_no_font_with_chinese_names_the_package(refused, copied, tmp_path, form):
    told = refused(copied, "--language", "zh", "--format", form)
    assert "fonts-noto-cjk" in told or "Noto Sans SC" in told
    assert only(tmp_path) == ["run.h5"]


def test_a_full_disk_leaves_nothing_behind(refused, copied, tmp_path, monkeypatch):
    real = writing._write

    def full(growing, data, path):
        if path.suffix == ".pdf":
            growing.mkdir()  # what cannot be written to
        real(growing, data, path)

    monkeypatch.setattr(writing, "_write", full)
    assert "run_report_en.pdf" in refused(copied, "--language", "en")
    assert not (tmp_path / "run_report_en.html").exists()
    assert not (tmp_path / "run_report_en.pdf").exists()
