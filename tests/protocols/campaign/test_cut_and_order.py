"""Neither the order of the files nor how they are cut into parts changes what is told."""

import itertools
from dataclasses import replace
from functools import reduce

import pytest

from protocols.campaign.analysing import results_of
from protocols.campaign.executor import Where, carried_out
from protocols.campaign.inventory import inventory_of
from protocols.campaign.reading import read_part
from protocols.campaign.run_reading import run_from
from protocols.campaign.standing import standing_of
from protocols.engine_mechanisms import joined, sums
from tests.protocols.campaign.engine_runs import EngineRun

NAMES = ["run0.h5", "run1.h5", "run2.h5"]


@pytest.fixture(scope="module")
def three(written_life):
    """Three runs of a life, and the folder they were found in."""
    inventory = inventory_of(written_life)
    return inventory, [
        run_from(each, [read_part(job) for job in each.jobs(written_life)], [])
        for each in inventory.runs[:3]
    ]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_order_in_which_runs_are_found_changes_nothing(three, order):
    inventory, runs = three
    usual = standing_of(inventory, runs, kind="hydrogen-engine", serial="E-7")
    found = standing_of(
        inventory, [runs[place] for place in order], kind="hydrogen-engine", serial="E-7"
    )
    assert found == usual
    assert [each.name for each in found.counted] == NAMES


@pytest.mark.parametrize("cuts", [(100,), (1, 359), (90, 91, 250)])
def test_a_run_cut_into_jobs_anywhere_gives_the_same(folder, cuts):
    run = inventory_of(folder).runs[0]
    (whole,) = run.jobs(folder)
    edges = [0, *cuts, None]
    jobs = [
        replace(
            whole,
            first_row=first,
            last_row=last,
            is_first=first == 0,
            is_last=last is None,
        )
        for first, last in itertools.pairwise(edges)
    ]
    usual = run_from(run, [read_part(whole)], [])
    found = run_from(run, [read_part(job) for job in jobs], [])
    assert found.facts == usual.facts
    assert found.points == usual.points
    assert [each.kind for each in found.happenings] == [each.kind for each in usual.happenings]
    assert found.hours == pytest.approx(usual.hours)
    _same_wear(found, usual)


def _same_wear(found, usual):
    mine, theirs = (
        sums(reduce(joined, [each.mechanisms for each in run.stretches])) for run in (found, usual)
    )
    for name, damage in theirs.damage.items():
        assert mine.damage[name] == pytest.approx(damage)
    assert mine.energy == pytest.approx(theirs.energy)
    assert mine.starts == theirs.starts


def test_processes_give_what_this_process_gives(folder):
    for name in ("run2.h5", "run3.h5"):
        (folder / name).unlink()
    alone = results_of(folder, opener=Where(1).open)
    assert results_of(folder, opener=Where(2).open).to_json() == alone.to_json()


def test_a_look_at_the_status_judges_nothing(judged, folder):
    results = judged(folder, is_judged=False)
    assert (results.drifts, results.results, results.verdict) == ((), (), None)
    assert results.kilometres > 0


class _Moody:
    """A job that fails so many times before it is done."""

    def __init__(self, fails):
        self.left = dict(fails)
        self.tried = []

    def __call__(self, job):
        self.tried.append(job)
        if self.left.get(job, 0):
            self.left[job] -= 1
            raise OSError("no way to", job)
        return job.upper()


def test_a_job_that_fails_is_tried_twice_again():
    moody = _Moody({"b": 2})
    found, failed = carried_out(Where(1).open, moody, ["a", "b", "c"])
    assert (found, failed) == (["A", "B", "C"], [])
    assert moody.tried.count("b") == 3
    assert moody.tried.count("a") == 1


def test_a_job_that_fails_for_good_is_named():
    found, (failed,) = carried_out(Where(1).open, _Moody({"b": 9}), ["a", "b"])
    assert found == ["A", None]
    assert failed.job == "b"
    assert failed.reason == "OSError: [Errno no way to] b"


def test_progress_is_told_to_the_end():
    told = []
    carried_out(Where(1).open, str.upper, ["a", "b"], lambda done, of: told.append((done, of)))
    assert told == [(1, 2), (2, 2)]


def test_a_part_that_could_not_be_read_leaves_no_verdict(folder, monkeypatch):
    def stubborn(job):
        if job.file.endswith("run2.h5"):
            raise OSError("the network is gone")
        return read_part(job)

    monkeypatch.setattr("protocols.campaign.analysing.read_part", stubborn)
    results = results_of(folder, opener=Where(1).open)
    (left_out,) = [each for each in results.files if not each.counted]
    assert (left_out.name, left_out.problem) == ("run2.h5", "not-read")
    assert "the network is gone" in left_out.reasons[0].text()
    assert results.verdict == "not shown"


def test_an_empty_run_counts_nothing_and_is_no_doubt(tmp_path):
    EngineRun(hours=1).write(tmp_path / "a.h5")
    EngineRun(hours=0, start=5, tests=()).write(tmp_path / "b.h5")
    results = results_of(tmp_path, opener=Where(1).open)
    assert {each.name: each.problem for each in results.files} == {"a.h5": "", "b.h5": "empty"}
