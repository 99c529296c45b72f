"""The catalogue of a folder says what its files say, and is never in the way."""

import os
import shutil
import sqlite3
from dataclasses import replace

import numpy as np
import pytest

from bench.channel import Channel, Kind
from bench.clock import SECOND, VIRTUAL_EPOCH
from bench.errors import RunFileError
from bench.messages import LANGUAGES, Message
from bench.record.disk.locks import Purpose, RunLock
from bench.record.port import Ending
from bench.record.recovery import recover
from bench.record.results import write_explanation, write_results
from bench.record.sealing.sealer import SealPolicy
from bench.runs.catalogue import database as catalogue
from bench.runs.catalogue.database import index_path, list_files
from bench.runs.catalogue.found_runs import (
    BROKEN_OFF,
    Wanted,
    asked_verdict,
    moment,
    problems_among,
    runs_among,
)
from bench.runs.catalogue.summary import Summary, summarise, summary_from
from bench.units import unit
from tests.bench.runs.run_maker import RunMaker, header_of

START = 5 * SECOND
HOUR = 3600 * SECOND
HEADER = header_of(channels=(Channel("x", Kind.COMPUTED, unit("N*m")),))


def run_at(path, *, state="completed", seconds=3, policy=None, **about):
    """Make a run; of state None it is left open."""
    path.parent.mkdir(exist_ok=True)
    maker = RunMaker(path, replace(HEADER, **about), policy=policy or SealPolicy(None))
    for begin in range(seconds):
        times = START + begin * SECOND + np.arange(100) * SECOND // 100
        maker.scans(times, np.zeros((100, 1)))
    if state is None:
        maker.seal(partial=True)
        maker.close()
        return path
    reason = None if state == "completed" else Message("runs.gap", {"group": "Kühlwasser"})
    maker.record(Ending(state, reason, START + seconds * SECOND))
    maker.finish()
    return path


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "läufe 跑"


@pytest.fixture
def listed(folder, tmp_path):
    return lambda **options: list_files(folder, tmp_path / "cache", **options)


@pytest.fixture
def readings(monkeypatch):
    """Names of the files that were read."""
    found = []

    def summarised(path):
        found.append(path.name)
        return summarise(path)

    monkeypatch.setattr(catalogue, "summarise", summarised)
    return found


def test_a_run_is_told_as_its_file_tells_it(folder, listed):
    path = run_at(
        folder / "a.h5", title="First λ", operator="Jördis", parameters={"speed": "9 rpm"}
    )
    write_results(path, {"verdict": "pass", "results": []})
    (run,) = runs_among(listed())
    assert (run.path, run.files, run.size) == (path, (path,), path.stat().st_size)
    assert (run.state, run.verdict, run.missing) == ("completed", "pass", ())
    last = run.last
    assert (last.title, last.operator, last.simulated) == ("First λ", "Jördis", True)
    assert (last.seconds, last.rows, last.start_utc_ns) == (3.0, 300, VIRTUAL_EPOCH)
    assert run.to_json()["verdict"] == "pass"
    assert summary_from(last.to_json()) == last


def test_what_did_not_change_is_not_read_again(folder, listed, readings):
    for name in ("a.h5", "b.h5", "sub/c.h5"):
        run_at(folder / name)
    first = listed()
    assert sorted(readings) == ["a.h5", "b.h5", "c.h5"]
    readings.clear()
    assert listed() == first
    assert readings == []
    write_results(folder / "b.h5", {"verdict": "fail", "results": []})
    (folder / "a.h5").unlink()
    verdicts = {run.path.name: run.verdict for run in runs_among(listed())}
    assert verdicts == {"b.h5": "fail", "c.h5": None}
    assert readings == ["b.h5"]
    listed(rebuild=True)
    assert readings == ["b.h5", "b.h5", "c.h5"]


@pytest.mark.parametrize("damage", ["noise", "empty", "table", "content", "version", "cut"])
def test_a_damaged_index_is_made_anew_without_a_word(folder, listed, tmp_path, damage, readings):
    run_at(folder / "a.h5")
    before = listed()
    index = index_path(folder, tmp_path / "cache")
    content = index.read_bytes()
    if damage in {"noise", "empty", "cut"}:
        index.write_bytes(
            {"noise": bytes(range(256)) * 20, "empty": b"", "cut": content[:5000]}[damage]
        )
    else:
        with sqlite3.connect(index) as opened:
            opened.execute(
                {
                    "table": "DROP TABLE files", "version": "PRAGMA user_version = 77",
                    "content": """UPDATE files SET summary = '{"run_uuid": 1}'""",
                }[damage]
            )  # fmt: skip
        opened.close()
    assert listed() == before
    readings.clear()
    assert listed() == before
    assert readings == []


@pytest.mark.parametrize("where", ["file", "locked"])
def test_a_cache_that_cannot_be_used_does_no_harm(folder, listed, tmp_path, where, monkeypatch):
    run_at(folder / "a.h5")
    if where == "file":
        (tmp_path / "cache").write_text("no folder")
        assert len(listed()) == 1
        return
    listed()
    monkeypatch.setattr(catalogue, "_PATIENCE", 0.01)
    with sqlite3.connect(index_path(folder, tmp_path / "cache")) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert len(listed()) == 1
    other.close()


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="rights bind neither root nor NT")
def test_a_folder_that_may_only_be_read_is_listed(folder, listed):
    run_at(folder / "a.h5")
    folder.chmod(0o555)
    try:
        assert len(listed()) == 1
    finally:
        folder.chmod(0o755)


def test_damaged_files_are_listed_with_their_sentence(folder, listed):
    run_at(folder / "a.h5")
    (folder / "b.h5").write_bytes(b"no HDF5")
    shutil.copy(folder / "a.h5", folder / "c.h5")
    os.truncate(folder / "c.h5", 20_000)
    for _ in range(2):
        files = listed()
        assert [isinstance(each.found, Summary) for each in files] == [True, False, False]
        assert [run.path.name for run in runs_among(files)] == ["a.h5"]
        for problem, name in zip(problems_among(files), ("b.h5", "c.h5"), strict=True):
            assert all(name in problem.text(language) for language in LANGUAGES)


def test_the_parts_of_a_run_are_one_row_and_a_missing_one_is_known(folder, listed):
    path = run_at(folder / "a.h5", policy=SealPolicy(None, part_ns=SECOND), seconds=4)
    files = sorted(folder.glob("*.h5"))
    assert len(files) > 2
    (run,) = runs_among(listed())
    assert (run.path, set(run.files), run.missing) == (path, set(files), ())
    assert (run.last.rows, run.last.seconds, run.state) == (400, 4.0, "completed")
    assert run.size == sum(file.stat().st_size for file in files)
    path.with_name("a.part2.h5").unlink()
    (run,) = runs_among(listed())
    assert run.missing == (2,)


def test_copies_of_a_run_are_runs_of_their_own(folder, listed):
    path = run_at(folder / "a.h5")
    shutil.copy(path, folder / "copy.part2.h5")
    assert [run.path.name for run in runs_among(listed())] == ["a.h5", "copy.part2.h5"]


def test_a_run_that_is_recorded_is_told_from_one_that_broke_off(folder, listed):
    path = run_at(folder / "a.h5", state=None)
    with RunLock(path, Purpose.RECORDING):
        assert [run.state for run in runs_among(listed())] == ["recording"]
    assert [run.state for run in runs_among(listed())] == [BROKEN_OFF]


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    folder = tmp_path_factory.mktemp("three")
    run_at(folder / "a.h5", object_serial="E-1", protocol_name="engine/best", title="Cold start")
    run_at(folder / "b.h5", object_serial="E-2", start_utc_ns=VIRTUAL_EPOCH + 30 * HOUR,
           state="limit")  # fmt: skip
    run_at(folder / "c.h5", object_kind="SOFC", start_utc_ns=VIRTUAL_EPOCH + 60 * HOUR,
           parameters={"load": "80 kW"})  # fmt: skip
    write_results(folder / "a.h5", {"verdict": "pass", "results": []})
    write_results(folder / "b.h5", {"verdict": "not shown", "results": []})
    return runs_among(list_files(folder, folder / "cache"))


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ({}, "abc"), ({"object": "e-"}, "ab"), ({"object": "sofc"}, "c"),
        ({"protocol": "BEST"}, "a"),
        ({"since_ns": moment("2026-01-02")}, "bc"), ({"until_ns": moment("2026-01-02")}, "a"),
        ({"until_ns": moment("2026-01-02", is_end=True)}, "ab"),
        ({"since_ns": moment("2026-01-02T06:00:00+00:00")}, "bc"),
        ({"since_ns": moment("2026-01-02T06:00:01")}, "c"),
        ({"verdict": "pass"}, "a"), ({"verdict": "not shown"}, "b"), ({"verdict": "none"}, "c"),
        ({"text": "start COLD"}, "a"), ({"text": "80 load"}, "c"), ({"text": "kühlwasser"}, "b"),
        ({"text": "b.h5"}, "b"), ({"object": "E-", "text": "kW"}, ""),
    ],
)  # fmt: skip
def test_runs_are_found_by_what_is_asked(three, wanted, names):
    found = [run.path.stem for run in three if Wanted(**wanted).takes(run)]
    assert "".join(found) == names


def test_the_oldest_run_comes_first(three):
    assert [run.path.stem for run in three] == ["a", "b", "c"]


@pytest.mark.parametrize("text", ["", "yesterday", "31.01.2026", "2026-13-01"])
def test_what_is_no_date_is_told(text):
    with pytest.raises(RunFileError, match="2026-01-31") as caught:
        moment(text)
    assert all(caught.value.text(language) for language in LANGUAGES)


def test_a_verdict_may_be_written_in_several_ways():
    assert {asked_verdict(text) for text in ("NOT SHOWN", "not-shown", " not_shown ")} == {
        "not shown"
    }
    assert asked_verdict("") == ""
    with pytest.raises(RunFileError, match="pass, fail, not shown, none"):
        asked_verdict("maybe")


def test_a_folder_that_is_not_there_is_a_sentence(listed):
    with pytest.raises(RunFileError, match="cannot be listed") as caught:
        listed()
    assert all(caught.value.text(language) for language in LANGUAGES)


def test_a_thousand_files_that_are_known_are_not_opened_again(folder, listed, monkeypatch):
    told = summarise(run_at(folder / "run0.h5"))
    monkeypatch.setattr(catalogue, "summarise", lambda path: replace(told, run_uuid=path.name))
    for number in range(1, 1000):
        (folder / f"run{number}.h5").touch()
    assert len(listed()) == 1000
    monkeypatch.setattr(catalogue, "summarise", _refused)
    assert len(runs_among(listed())) == 1000


def _refused(path):
    pytest.fail(f"{path} has not changed")


def test_a_run_that_broke_off_is_interrupted_until_it_is_explained_or_gone_on_from(folder, listed):
    def shown():
        return {run.path.name: (run.state, run.is_interrupted) for run in runs_among(listed())}

    path = run_at(folder / "a.h5", state=None)
    run_at(folder / "watched.h5", state=None, protocol_name="monitor")
    run_at(folder / "done.h5")
    quiet = {"watched.h5": (BROKEN_OFF, False), "done.h5": ("completed", False)}
    assert shown() == {"a.h5": (BROKEN_OFF, True), **quiet}
    recover(path)
    assert shown() == {"a.h5": ("recovered", True), **quiet}
    write_explanation(path, "mains gone", "Jördis", 7)
    assert shown() == {"a.h5": ("recovered", False), **quiet}
    run_at(folder / "b.h5", state=None)
    run_at(folder / "c.h5", state=None, continues="b.h5")
    assert (shown()["b.h5"], shown()["c.h5"]) == ((BROKEN_OFF, False), (BROKEN_OFF, True))
