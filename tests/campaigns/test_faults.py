"""A sample of the fault campaign: the bench against its cause-and-effect table.

The sample always holds every case in which fuel has to be out at once at full load; the others are
drawn. The whole table: ``python -m tests.campaigns.faults``.
"""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from tests.campaigns import faults_states
from tests.campaigns.faults import results_of, sample
from tests.campaigns.faults_judge import tried
from tests.campaigns.faults_table import table
from tests.campaigns.faults_truth import Moment, claim_of

SEED = 11
COUNT = 24
CASES = [case.id for case in sample(table(), COUNT, SEED)]
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """The campaign in a process of its own: whoever forks must have no other threads."""
    file = tmp_path_factory.mktemp("faults") / "results.json"
    options = ("--cases", COUNT, "--seed", SEED, "--json", file)
    command = [sys.executable, "-m", "tests.campaigns.faults", *map(str, options)]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    return {
        f"{each['fault']}@{each['state']}": each
        for each in json.loads(file.read_text(encoding="utf-8"))
    }


@pytest.mark.parametrize("case", CASES)
def test_the_bench_does_what_the_cause_and_effect_table_says(results, case):
    assert results[case]["wrong"] == []


def test_every_fault_of_the_table_is_there_and_no_case_twice():
    ids = [case.id for case in table()]
    assert len(set(ids)) == len(ids) == 343


def test_every_state_of_the_table_can_be_reached():
    known = {"monitor", *faults_states.ROAD, *faults_states.ASIDE}
    assert {case.state for case in table()} == known


def test_a_sample_is_the_same_for_the_same_seed_and_holds_the_critical_cases():
    chosen = [case.id for case in sample(table(), COUNT, SEED)]
    assert chosen == CASES
    assert len(chosen) == COUNT
    assert {case.id for case in table() if case.is_critical} <= set(chosen)


def named(case_id):
    return next(case for case in table() if case.id == case_id)


def wrong_with(case_id, other, folder):
    """What is wrong where something else happens than the case says."""
    case = replace(named(case_id), injections=named(other).injections)
    bench = faults_states.reached(case.state, folder / "run", SEED)
    return " ".join(tried(case, bench, Random(0)).wrong)


def test_a_bench_that_does_nothing_is_found_out(tmp_path):
    wrong = wrong_with("disk-full@standing", "torque-sensor-drifts@idling", tmp_path)
    assert "never safe or stopping" in wrong
    assert "nothing was told" in wrong


def test_a_bench_that_stops_where_it_should_not_is_found_out(tmp_path):
    wrong = wrong_with("power-meter-hangs@standing", "emergency-stop@standing", tmp_path)
    assert "left its state: tripped" in wrong


def test_a_bench_that_stops_hard_where_softly_was_promised_is_found_out(tmp_path):
    wrong = wrong_with("disk-full@standing", "crankcase-sensor-broken@standing", tmp_path)
    assert "never" in wrong
    assert "ends by the hard-stop" in wrong


def test_a_bench_that_is_late_is_found_out(tmp_path):
    wrong = wrong_with("emergency-stop@standing", "ventilation-loss@standing", tmp_path)
    assert "1.5 s too late" in wrong


def test_claims_name_the_first_and_last_time_at_which_they_were_not_true():
    claim = claim_of("fuel-shut <= 0.3 s")
    before = Moment(0, 100.0, 0.0, True, True, True, True, False, 0.0, 3e5, 350.0, 2e7)  # noqa: FBT003
    course = [before._replace(time=step * 100_000_000, is_fuel_open=step < 9) for step in range(20)]
    assert not claim.broken(course, before, 600_000_000)
    assert "0.7 s .. 0.8 s" in claim.broken(course, before, 400_000_000)
    assert "speed < 500 rpm" in claim_of("always speed < 500 rpm").broken(course, before, 0)


def test_without_a_fork_each_case_has_a_bench_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "platform", "other")
    (result,) = results_of([named("emergency-stop@monitor")], SEED, 1, tmp_path)
    assert result.wrong == ()
