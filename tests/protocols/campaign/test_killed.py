"""Processes that die while they read: the innocent are read, the others named, nothing passes."""

import sys
from concurrent.futures import BrokenExecutor

import pytest

from bench.cli import main
from bench.errors import ConfigError
from bench.messages import LANGUAGES
from protocols.campaign.analysing import results_of
from protocols.campaign.executor import Failed, Where, carried_out
from protocols.campaign.inventory import PartJob
from protocols.campaign.reading import read_part
from protocols.campaign.screen import show
from protocols.campaign.standing import SPOILT
from protocols.campaign.unread import told_of
from protocols.reports.writing import Wanted, report_campaign
from tests.protocols.campaign.conftest import HERE, file_named, ids
from tests.protocols.campaign.dying import die_once, upper_or_die
from tests.protocols.campaign.dying_reader import read_or_die
from tests.protocols.campaign.engine_runs import life

PASSES = "  kilometres: {at: campaign, at_least: 0.001 km}\n"


def test_a_process_that_dies_takes_no_other_job_with_it():
    jobs = ["a", "dies", "b"]
    found, (failed,) = carried_out(Where(2).open, upper_or_die, jobs)
    assert found == ["A", None, "B"]
    assert (failed.job, failed.is_killed, failed.tries) == ("dies", True, 3)


def test_a_job_whose_process_died_once_is_done(tmp_path):
    found, failed = carried_out(Where(2).open, die_once, [str(tmp_path / "a")] * 2)
    assert (found, failed) == ([5, 5], [])


def test_a_job_that_kills_is_never_done_in_this_process():
    asked = []

    def opened(jobs):
        asked.append(jobs)
        return HERE(jobs)

    def killed(_):
        raise BrokenExecutor("gone")

    _, failed = carried_out(opened, killed, ["a", "b"])
    assert [each.tries for each in failed] == [3, 3]
    assert asked[0] == 2
    assert min(asked[1:]) >= 4  # so many that processes are started for them


@pytest.fixture
def unread(monkeypatch):
    """Judge a folder of which some parts cannot be read, with so an error."""

    def judge(folder, error, *names, **wanted):
        def read(job):
            if any(name in job.file for name in names):
                raise error
            return read_part(job)

        monkeypatch.setattr("protocols.campaign.analysing.read_part", read)
        return results_of(folder, opener=HERE, **wanted)

    return judge


@pytest.fixture(scope="module")
def passing(tmp_path_factory):
    """Two short runs, the second begins anew; all that they are asked is shown by either."""
    folder = tmp_path_factory.mktemp("passing")
    life(folder, runs=3, hours=1.0, verdict=PASSES, tests=())
    return folder


KILLED, SHORT, NETWORK = BrokenExecutor("gone"), MemoryError(), OSError(5, "Input/output error")


def test_it_passes_where_all_is_read(unread, passing):
    assert unread(passing, KILLED).verdict == "pass"


@pytest.mark.parametrize("error", [KILLED, SHORT, NETWORK])
@pytest.mark.parametrize("names", [("run0",), ("run2",), ("run0", "run1"), ("run",)])
@pytest.mark.parametrize("kilometres", ["", "0.001 km"])
def test_nothing_passes_where_a_part_was_not_read(unread, passing, error, names, kilometres):
    results = unread(passing, error, *names, kilometres=kilometres)
    assert results.verdict == "not shown"
    assert all(each.verdict != "pass" for each in results.results)
    lost = [each for each in results.files if each.problem == "not-read"]
    assert {each.name[:4] for each in lost} == {
        name for name in ("run0", "run1", "run2") if any(each in name for each in names)
    }
    assert "campaign.file-not-read" in ids(results.missing)


def test_a_copy_of_what_was_not_read_is_no_proof():
    assert "not-read" not in SPOILT


@pytest.mark.parametrize(
    ("error", "word"), [(KILLED, "killed"), (SHORT, "memory"), (NETWORK, "Input/output")]
)
def test_the_report_names_the_part_and_why(unread, passing, tmp_path, error, word):
    results = unread(passing, error, "run1")
    wanted = Wanted(languages=LANGUAGES, formats=["html"], folder=tmp_path, seconds=0)
    (reason,) = file_named(results, "run1.h5").reasons
    for language, path in zip(LANGUAGES, report_campaign(results, wanted), strict=True):
        page = path.read_text(encoding="utf-8")
        assert page.count(reason.text(language)) >= 2  # what is missing, and the list of files
        assert "run1.h5" in reason.text(language)
        assert "PASS" not in page
    assert word in reason.text("en")


def test_a_report_of_nothing_names_every_part_and_why(unread, passing, tmp_path):
    results = unread(passing, KILLED, "run")
    wanted = Wanted(languages=["en"], formats=["html"], folder=tmp_path, seconds=0)
    with pytest.raises(ConfigError) as caught:
        report_campaign(results, wanted)
    for language in LANGUAGES:
        told = caught.value.text(language)
        assert all(f"run{number}.h5" in told for number in range(3))
        assert "campaign." not in told
        assert "report." not in told
    assert list(tmp_path.iterdir()) == []


def test_of_many_reasons_the_refusal_tells_the_first(unread, tmp_path):
    life(tmp_path / "many", runs=7, hours=0.1, tests=())
    results = unread(tmp_path / "many", SHORT, "run")
    wanted = Wanted(languages=["en"], formats=["html"], folder=tmp_path, seconds=0)
    with pytest.raises(ConfigError, match="and 2 more"):
        report_campaign(results, wanted)


def test_parts_of_one_run_are_told_together_by_reason():
    def failed(number, error):
        job = PartJob("a.h5", f"a.part{number}.h5", 0, None, is_first=False, is_last=False)
        return Failed(job, error)

    told = told_of([failed(2, KILLED), failed(3, SHORT), failed(4, KILLED)])
    assert ids(told) == ["campaign.parts-killed", "campaign.parts-memory"]
    assert told[0].arguments["parts"] == "a.part2.h5, a.part4.h5"


def test_a_reader_that_is_killed_is_named_on_the_command_line(tmp_path, monkeypatch, capsys):
    folder = tmp_path / "runs"
    life(folder, runs=2, hours=0.2, verdict=PASSES, tests=())
    monkeypatch.setattr("protocols.campaign.analysing.read_part", read_or_die)
    monkeypatch.setenv("H2BENCH_LANGUAGE", "en")
    asked = ["report", str(folder), "--workers", "2", "--format", "html"]
    monkeypatch.setattr(sys, "argv", ["h2bench", *asked])
    with pytest.raises(SystemExit) as caught:
        main()
    assert not caught.value.code
    capsys.readouterr()
    (path,) = folder.glob("*.html")
    page = path.read_text(encoding="utf-8")
    assert "the process that reads run1.h5 was killed 3 times" in page
    assert "NOT SHOWN" in page


def test_the_terminal_names_them_too(unread, passing, capsys):
    results = unread(passing, KILLED, "run0", "run1", "run2")
    for language in LANGUAGES:
        show(results, language)
        told = capsys.readouterr().out
        assert "run2.h5" in told
        assert "NOT SHOWN" in told or not results.results
