"""Where a run was and what went wrong in it, as a person sees it: info, runs, export."""

import csv
import json
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from bench.channel import Channel, Kind
from bench.cli import app
from bench.clock import SECOND
from bench.errors import RunFileError
from bench.messages import LANGUAGES
from bench.record.port import Bookmark, Incident
from bench.record.results import write_explanation
from bench.runs import open_run
from bench.runs.chain import chain_before
from bench.runs.commands.counter_units import units_of
from bench.runs.export import Wish, export_run
from bench.units import unit
from tests.bench.runs.run_maker import RunMaker, header_of

START = 5 * SECOND
OBJECT = """
counters:
  hours: {while: x > 1 s}
  energy: {integrate: x, unit: kWh}
  starts:
"""
HEADER = replace(
    header_of(channels=(Channel("x", Kind.MEASURED, unit("s")),), period_ns=SECOND),
    texts={"objects/o.yaml": OBJECT},
)
BOOKMARK = Bookmark(
    START + 3600 * SECOND, HEADER.start_utc_ns, "running", "sequence",
    {"step": "cycle {7}", "time": 700 * SECOND, "began": 90 * SECOND, "work": {"left": 1.5}},
    {"speed": 1.0}, {"hours": 3600.0, "energy": 7.2e6, "starts": float("inf")},
)  # fmt: skip
INCIDENTS = tuple(
    Incident(
        number, "low oil", ("low oil", "hot λ"), "soft-stop", START + at * SECOND - 60 * SECOND,
        START + at * SECOND, START + (at + 30) * SECOND,
    )
    for number, at in ((1, 40), (2, 200))
)  # fmt: skip


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch, tmp_path):
    monkeypatch.setenv("H2BENCH_LANGUAGE", "en")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "cache"))


def made(folder, name="b.h5", continues="a.h5"):
    maker = RunMaker(folder / name, replace(HEADER, continues=continues))
    maker.scans(START + np.arange(256) * SECOND, np.arange(256.0)[:, None])
    for incident in INCIDENTS:
        maker.record(incident)
    maker.record(BOOKMARK)
    maker.close()
    return maker.path


def invoke(*words):
    result = CliRunner().invoke(app, [str(word) for word in words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


@pytest.mark.parametrize("language", LANGUAGES)
def test_info_shows_position_counters_incidents_and_the_chain(tmp_path, monkeypatch, language):
    monkeypatch.setenv("H2BENCH_LANGUAGE", language)
    made(tmp_path, "a.h5", "0.h5")
    told = invoke("info", made(tmp_path))
    assert "running / sequence" in told
    assert "1:00:00" in told
    flat = " ".join(told.split())  # a long line is folded
    assert "cycle {7}" in flat
    assert "0:10:10" in flat
    assert "left" not in flat
    assert "energy = 2 kWh, hours = 1 h, starts = inf" in flat
    assert "0.h5 → a.h5" in flat
    lines = [line.split() for line in told.splitlines() if "low oil" in line]
    assert [line[-3:] for line in lines][1] == ["0:02:20", "0:03:20", "0:03:50"]
    assert lines[0][:6] == ["1", "low", "oil", "soft-stop", "low", "oil,"]


@pytest.mark.parametrize("text", ["counters: [", "counters: [1]", "counters: {hours: {unit: xx}}"])
def test_a_counter_of_a_file_that_cannot_be_read_is_shown_without_a_unit(text):
    told = replace(HEADER, texts={"o.yaml": text}, rig_text=text)
    assert units_of(told) == {}


def test_the_json_of_info_holds_all_of_it(tmp_path):
    path = made(tmp_path)
    with open_run(path):  # recovers
        pass
    write_explanation(path, "mains gone", "Jördis", 7)
    told = json.loads(invoke("info", path, "--json"))
    assert told["bookmark"] == {
        "time_s": 3600.0, "utc_ns": HEADER.start_utc_ns, "state": "running", "phase": "sequence",
        "position": BOOKMARK.position, "demands": {"speed": 1.0},
        "counters": {"hours": 3600.0, "energy": 7.2e6, "starts": {"$float": "inf"}},
    }  # fmt: skip
    assert told["incidents"][1] == {
        "number": 2, "first_out": "low oil", "alarms": ["low oil", "hot λ"],
        "reaction": "soft-stop", "start_s": 140.0, "at_s": 200.0, "end_s": 230.0,
    }  # fmt: skip
    assert told["continues"] == ["a.h5"]
    assert told["explanation"] == {"text": "mains gone", "operator": "Jördis", "utc_ns": 7}
    assert "mains gone (Jördis, 1970-01-01 00:00:00 UTC)" in invoke("info", path)


def test_a_run_without_any_of_it_shows_nothing_of_it(tmp_path):
    maker = RunMaker(tmp_path / "a.h5", HEADER)
    maker.scans(START + np.arange(256) * SECOND, np.arange(256.0)[:, None])
    maker.finish()
    told = invoke("info", maker.path)
    for word in ("position", "counters", "Incidents", "goes on from", "explained"):
        assert word not in told
    plain = json.loads(invoke("info", maker.path, "--json"))
    found = [plain[name] for name in ("bookmark", "incidents", "continues", "explanation")]
    assert found == [None, [], [], None]


def test_runs_shows_what_is_interrupted_and_what_it_goes_on_from(tmp_path):
    made(tmp_path, "a.h5", "")
    made(tmp_path)
    first, second = (
        line for line in invoke("runs", tmp_path).splitlines() if "a.h5" in line
    )  # fmt: skip
    assert "interrupted" not in first
    assert "interrupted" in second
    assert "b.h5 ← a.h5" in second
    plain = json.loads(invoke("runs", tmp_path, "--json"))["runs"]
    assert [(run["interrupted"], run["continues"]) for run in plain] == [
        (False, ""),
        (True, "a.h5"),
    ]


def test_export_writes_every_row_of_an_incident_and_no_other(tmp_path):
    output = tmp_path / "two.csv"
    said = invoke("export", made(tmp_path), "--incident", 2, "-o", output)
    assert "91" in said
    with output.open(encoding="utf-8-sig") as file:
        rows = [row for row in csv.reader(file) if row and row[0][:1].isdigit()]
    assert [float(row[-1]) for row in rows] == list(range(140, 231))


def test_an_incident_that_is_not_there_or_not_alone_is_refused(tmp_path):
    with open_run(made(tmp_path)) as run:
        with pytest.raises(RunFileError, match="no incident 3; there are: 1, 2"):
            export_run(run, Wish(tmp_path / "x.csv", incident=3))
        with pytest.raises(RunFileError, match="leave out --from and --to"):
            export_run(run, Wish(tmp_path / "x.csv", incident=1, start="1 s"))


def test_a_chain_ends_where_a_file_is_gone_damaged_or_comes_round(tmp_path):
    for name, continues in (("a.h5", "c.h5"), ("b.h5", "a.h5"), ("c.h5", "b.h5")):
        made(tmp_path, name, continues)
    assert chain_before(tmp_path / "c.h5", "b.h5") == ("a.h5", "b.h5")
    assert chain_before(tmp_path / "c.h5", "") == ()
    (tmp_path / "a.h5").write_bytes(b"no run")
    assert chain_before(tmp_path / "c.h5", "b.h5") == ("a.h5", "b.h5")
    assert chain_before(tmp_path / "c.h5", "gone.h5") == ("gone.h5",)
