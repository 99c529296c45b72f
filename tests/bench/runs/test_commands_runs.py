"""The commands over run files, as a person types them: info, runs, verify, recover."""

import json
import os
import re
import shutil
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from typer.testing import CliRunner

from bench.channel import FRESH, Channel, Kind, Quality
from bench.cli import app
from bench.clock import SECOND
from bench.errors import RunFileError
from bench.messages import LANGUAGES, Message
from bench.record.disk.locks import Purpose, RunLock
from bench.record.port import ClockMark, Ending, Event, Point, StepBegun, StepRecord
from bench.record.results import write_results
from bench.record.sealing.sealer import SealPolicy
from bench.units import unit
from tests.bench.runs.run_maker import RunMaker, fast_group, header_of, measured

START = 5 * SECOND
CHANNELS = (
    Channel("oil.temperature", Kind.MEASURED, unit("degC")),
    Channel("engine.torque", Kind.MEASURED, unit("N*m")),
)
FAST = fast_group(measured("fuel.flow", "kg/h"), interval_ns=Fraction(10**7))
HEADER = replace(
    header_of(FAST, channels=CHANNELS), title="Best point λ", operator="Jördis",
    object_kind="hydrogen-engine", object_serial="E-7", protocol_name="engine/best",
)  # fmt: skip


def filled(path, **options):
    """A run whose scans pause for 2 s, with a tenth of the torques bad."""
    maker = RunMaker(path, HEADER, **options)
    numbers = np.arange(1000)
    times = START + numbers * SECOND // 100 + (numbers >= 600) * 2 * SECOND
    values = np.column_stack([20 + numbers / 100, numbers - 400.0])
    marks = np.full((1000, 2), FRESH, np.uint8)
    marks[::10, 1] = Quality.BAD
    maker.record(StepBegun("warm-up", "p/warm-up", START))
    maker.scans(times[:500], values[:500], marks[:500])
    maker.record(StepRecord("warm-up", "hold", "p/warm-up", START, START + 5 * SECOND, "done"))
    maker.record(Event(START, 0, "warning", "oil", Message("runs.gap", {"group": "Kühler"})))
    maker.record(Event(START, 0, "info", "x", Message("runs.gap", {"other": "placeholder"})))
    maker.record(Point("best", 1, 2, START, START + 5 * SECOND, valid=True))
    maker.record(ClockMark(START + 5 * SECOND, HEADER.start_utc_ns + 65 * SECOND))
    maker.scans(times[500:], values[500:], marks[500:])
    maker.scalars("fast", START, np.full(300, 7.0))
    return maker


def finished(path, **options):
    maker = filled(path, **options)
    maker.record(Ending("operator", Message("runs.gap", {"group": "all"}), START + 12 * SECOND))
    maker.finish()
    write_results(path, {"verdict": "fail", "results": []})
    return path


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return finished(tmp_path_factory.mktemp("made") / "run.h5")


@pytest.fixture
def run(made, tmp_path):
    (tmp_path / "läufe").mkdir()
    return shutil.copy(made, tmp_path / "läufe" / "a.h5")


@pytest.fixture(params=LANGUAGES)
def language(request, monkeypatch):
    monkeypatch.setenv("H2BENCH_LANGUAGE", request.param)
    return request.param


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch, tmp_path):
    monkeypatch.setenv("H2BENCH_LANGUAGE", "en")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "cache"))


def invoke(*words):
    result = CliRunner().invoke(app, [str(word) for word in words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def line_of(output, word):
    """Return the words of the first line that has one."""
    return next(line for line in output.splitlines() if word in line).split()


def test_info_tells_in_a_screen_what_a_run_is(run):
    told = invoke("info", run).output
    assert "Best point λ  SIMULATED" in told
    assert line_of(told, "object")[1:] == ["hydrogen-engine", "E-7"]
    assert line_of(told, "operator")[1:] == ["Jördis"]
    assert line_of(told, "start ")[1:] == ["2026-01-01", "00:00:00", "UTC"]
    assert line_of(told, "end ")[1:] == ["2026-01-01", "00:00:12", "UTC"]
    assert line_of(told, "duration")[1:] == ["12.0", "s"]
    assert "stopped by the operator: rows of 'all' are missing" in told
    assert line_of(told, "verdict")[1:] == ["FAIL"]
    assert "by +60.000 s, 5.0 s after the start" in told
    assert line_of(told, "scan ") == ["scan", "2", "100", "Hz", "1,000", "18", "kB"]
    assert line_of(told, "fast ") == ["fast", "1", "100", "Hz", "300", "1.2", "kB"]
    assert line_of(told, "rows of 'scan'")[:4] == ["6.0", "s", "2.0", "s"]
    assert line_of(told, "warm-up") == ["warm-up", "hold", "done", "0.0", "s", "5.0", "s"]
    assert line_of(told, "  2.1 ") == ["best", "2.1", "yes", "0.0", "s", "5.0", "s"]
    assert "rows of 'Kühler' are missing" in told
    assert "runs.gap {'other': 'placeholder'}" in told
    assert line_of(told, "oil.temperature") == ["oil.temperature", "degC", "20", "24.995", "29.99"]
    assert line_of(told, "engine.torque")[-4:] == ["100", "599", "10", "%"]
    assert line_of(told, "fuel.flow") == ["fuel.flow", "kg/h", "7", "7", "7"]


def test_info_speaks_the_language_of_the_user(run, language):
    told = invoke("info", run).output
    assert ("结论" in told) == (language == "zh")
    assert ("verdict" in told) == (language == "en")
    assert not re.search(r"\binfo\.[a-z]", told)


def test_info_as_json_has_everything(run):
    told = json.loads(invoke("info", run, "--json").output)
    assert (told["state"], told["verdict"], told["seconds"]) == ("operator", "fail", 12.0)
    assert (told["samples"], told["bytes"]) == (2300, run.stat().st_size)
    assert told["bytes_per_sample"] == pytest.approx(run.stat().st_size / 2300)
    assert told["gaps"][0]["end_s"] - told["gaps"][0]["start_s"] == pytest.approx(2.01)
    torque = next(each for each in told["channels"] if each["name"] == "engine.torque")
    good = np.delete(np.arange(1000) - 400.0, np.s_[::10])
    assert (torque["good"], torque["bad"], torque["minimum"]) == (900, 100, -399)
    assert torque["mean"] == pytest.approx(good.mean())
    assert torque["deviation"] == pytest.approx(good.std(ddof=1))


@pytest.mark.parametrize(
    ("patterns", "names"),
    [(["oil.*"], ["oil.temperature"]), (["fuel.flow", "*.torque"], ["engine.torque", "fuel.flow"])],
)
def test_info_shows_the_channels_that_were_asked_for(run, patterns, names):
    options = [word for pattern in patterns for word in ("--channels", pattern)]
    told = json.loads(invoke("info", run, *options, "--json").output)
    assert [each["name"] for each in told["channels"]] == names


def test_a_pattern_that_fits_no_channel_is_told_with_the_nearest_one(run):
    with pytest.raises(RunFileError, match=r"did you mean 'fuel\.flow'"):
        invoke("info", run, "--channels", "fuel.flw")


def test_info_shows_some_channels_and_says_how_to_see_all(tmp_path):
    path = tmp_path / "many.h5"
    many = tuple(Channel(f"c{i}", Kind.COMPUTED, unit("K")) for i in range(100))
    RunMaker(path, header_of(channels=many)).finish()
    told = invoke("info", path).output
    assert "… and 76 more" in told
    assert "c99" in invoke("info", path, "--channels", "*").output


def test_info_tells_of_a_run_that_is_being_recorded_with_the_rows_in_its_log(tmp_path):
    path = tmp_path / "run.h5"
    maker = filled(path)
    with RunLock(path, Purpose.RECORDING):
        told = json.loads(invoke("info", path, "--json").output)
        assert "is being recorded" in invoke("info", path).output
        maker.seal()
        later = json.loads(invoke("info", path, "--json").output)
    maker.close()
    assert told["state"] == "recording"
    assert told["groups"][0]["rows"] == 1000
    assert told["channels"][1]["good"] == 900
    assert later["channels"] == [
        {**each, "mean": pytest.approx(each["mean"]), "deviation": pytest.approx(each["deviation"])}
        for each in told["channels"]
    ]


def test_info_recovers_a_run_that_broke_off_and_says_so(tmp_path):
    path = tmp_path / "run.h5"
    filled(path).close()
    told = json.loads(invoke("info", path, "--json").output)
    assert told["state"] == "recovered"
    assert told["groups"][0]["rows"] == 1000
    assert "record.recovered" in [each["message"]["id"] for each in told["events"]]


def test_info_lists_the_parts_and_a_missing_one(tmp_path):
    path = finished(tmp_path / "run.h5", policy=SealPolicy(None, part_ns=3 * SECOND))
    told = json.loads(invoke("info", path, "--json").output)
    assert [each["part"] for each in told["parts"]] == list(range(1, len(told["parts"]) + 1))
    assert len(told["parts"]) > 1
    assert "run.part2.h5" in invoke("info", path).output
    path.unlink()
    assert "! part 1 of" in invoke("info", path.with_name("run.part2.h5")).output


def test_runs_lists_what_was_asked_for(run):
    shutil.copy(run, run.with_name("broken.h5"))
    os.truncate(run.with_name("broken.h5"), 30_000)
    folder = run.parent
    told = invoke("runs", folder).output
    assert "1 of 1 runs" in told
    assert "FAIL" in told
    assert "files that cannot be read: 1" in told
    assert "broken.h5" in told
    options = ("--object", "e-7", "--protocol", "best", "--since", "2026-01-01", "--until",
               "2026-01-01", "--verdict", "FAIL", "--text", "jördis λ")  # fmt: skip
    found = json.loads(invoke("runs", folder, *options, "--json").output)
    assert [each["file"] for each in found["runs"]] == [str(run)]
    assert [each["file"] for each in found["unreadable"]] == [str(run.with_name("broken.h5"))]
    none = json.loads(invoke("runs", folder, "--object", "e-8", "--json", "--rebuild").output)
    assert none["runs"] == []
    assert len(none["unreadable"]) == 1


def test_runs_speaks_the_language_of_the_user(run, language):
    told = invoke("runs", run.parent).output
    assert ("次试验" in told) == (language == "zh")
    with pytest.raises(RunFileError) as caught:
        invoke("runs", run.parent, "--since", "soon")
    assert "soon" in caught.value.text(language)


def test_runs_tells_of_a_run_that_is_being_recorded(tmp_path):
    path = tmp_path / "run.h5"
    filled(path).close()
    with RunLock(path, Purpose.RECORDING):
        assert json.loads(invoke("runs", tmp_path, "--json").output)["runs"][0]["state"] == (
            "recording"
        )
        told = invoke("runs", tmp_path).output
        assert "0.0 s" not in told  # nothing of it is in the file yet
    found = json.loads(invoke("runs", tmp_path, "--json").output)["runs"]
    assert [each["state"] for each in found] == ["broken-off"]
    assert list(tmp_path.glob("*.wal"))  # listing changes nothing


def test_verify_of_a_whole_run_ends_with_0(run, language):
    result = invoke("verify", run)
    assert result.exit_code == 0
    assert ("everything is as it was written" in result.output) == (language == "en")


def test_verify_of_a_damaged_run_ends_with_1_and_names_the_place(run, language):
    content = bytearray(run.read_bytes())
    content[content.index(b"rig: r\n")] ^= 1
    run.write_bytes(content)
    result = invoke("verify", run)
    assert result.exit_code == 1
    assert "rig/text" in result.output
    assert not re.search(r"\b(info|verify)\.[a-z]", result.output)
    told = json.loads(invoke("verify", run, "--json").output)
    assert told["is_whole"] is False
    assert told["findings"][0]["what"]["id"] == "verify.text"


def test_recover_says_what_it_found_and_then_that_there_is_nothing_to_do(tmp_path, language):
    path = tmp_path / "run.h5"
    filled(path).close()
    told = invoke("recover", path).output
    assert "1000" in told
    assert ("came from the log" in told) == (language == "en")
    assert ("nothing to recover" in invoke("recover", path).output) == (language == "en")
    again = json.loads(invoke("recover", path, "--json").output)
    assert (again["was_needed"], again["journal"], again["rows"]) == (False, "clean", {})


def test_recover_of_a_log_with_a_torn_end_says_that_it_is_lost(tmp_path):
    path = tmp_path / "run.h5"
    filled(path).close()
    segment = max(tmp_path.glob("*.wal"))
    content = bytearray(segment.read_bytes())
    used = len(content.rstrip(b"\0"))
    content[used - 20 : used] = bytes(20)
    segment.write_bytes(content)
    told = json.loads(invoke("recover", path, "--json").output)
    assert told["lost"] is True
    assert told["rows"] == {"scan": 1000}


def test_recover_refuses_while_a_run_is_recorded_and_names_who_does(tmp_path):
    path = tmp_path / "run.h5"
    filled(path).close()
    with (
        RunLock(path, Purpose.RECORDING),
        pytest.raises(RunFileError, match=f"by process {os.getpid()} on"),
    ):
        invoke("recover", path)


def test_recover_takes_any_part_of_a_run(tmp_path):
    maker = filled(tmp_path / "run.h5", policy=SealPolicy(None, part_ns=3 * SECOND))
    maker.seal()
    maker.close()
    parts = sorted(tmp_path.glob("run*.h5"))
    assert len(parts) > 1
    told = json.loads(invoke("recover", parts[0], "--json").output)
    assert told["file"] == str(tmp_path / "run.h5")
    assert told["was_needed"] is True


def test_a_run_that_is_not_there_is_a_sentence(tmp_path, language):
    for command in ("info", "verify", "recover", "runs"):
        with pytest.raises(RunFileError) as caught:
            invoke(command, tmp_path / "none.h5")
        assert "none.h5" in caught.value.text(language)


def test_the_list_never_cuts_the_name_of_a_file(tmp_path):
    name = "20260101T000000Z_" + "very-long-name_" * 8 + "end.h5"
    finished(tmp_path / name)
    result = CliRunner().invoke(app, ["runs", str(tmp_path)])
    assert name in result.output
