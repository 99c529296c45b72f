"""A sample of the campaign: protections of the solid oxide cells against their table.

The whole table: ``python -m tests.campaigns.cell_faults``.
"""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from tests.campaigns.cell_faults import sample
from tests.campaigns.cell_faults_bench import ROADS, STATES, checked_on
from tests.campaigns.cell_faults_judge import tried
from tests.campaigns.cell_faults_table import RIGS, cell_table
from tests.campaigns.cell_faults_truth import CellMoment, claim_of, damage

SEED = 1
COUNT = 4
CASES = [case.id for case in sample(cell_table(), COUNT, SEED)]
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """The campaign in a process of its own: whoever forks must have no other threads."""
    file = tmp_path_factory.mktemp("cell_faults") / "results.json"
    options = ("--cases", COUNT, "--seed", SEED, "--json", file)
    command = [sys.executable, "-m", "tests.campaigns.cell_faults", *map(str, options)]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    return {
        f"{each['fault']}@{each['state']}": each
        for each in json.loads(file.read_text(encoding="utf-8"))
    }


@pytest.mark.parametrize("case", CASES)
def test_the_cells_are_protected_as_the_table_says(results, case):
    assert results[case]["wrong"] == []


def limits_on(rig):
    """The limits of the object and of a rig."""
    return {limit.id for limit in checked_on(rig).model.limits}


def told_on(rig):
    """The limits that something of the table reaches on a rig."""
    return {case.limit for case in cell_table() if case.rig == rig}


def test_every_limit_of_the_object_and_of_the_system_has_its_row():
    assert limits_on("system") - told_on("system") == set()


def test_every_limit_that_only_the_short_stack_has_has_its_row():
    assert limits_on("bench") - limits_on("system") - told_on("bench") == set()


@pytest.mark.parametrize("rig", RIGS)
def test_no_row_names_a_limit_that_is_not_there(rig):
    assert told_on(rig) - limits_on(rig) - {""} == set()


def test_each_row_reacts_as_its_limit_says_or_harder():
    order = ("told", "warn", "hold", "recover", "unload", "soft-stop", "hard-stop", "trip")
    for case in cell_table():
        limits = {limit.id: limit.reaction for limit in checked_on(case.rig).model.limits}
        if case.limit and case.reaction in order:
            said = limits[case.limit].name.lower().replace("_", "-")
            assert order.index(case.reaction) >= order.index(said), case.id


def test_no_row_is_there_twice_and_every_state_can_be_reached():
    ids = [case.fault for case in cell_table()]
    assert len(set(ids)) == len(ids)
    assert {case.state for case in cell_table()} <= set(STATES)


def test_only_where_nothing_is_left_to_save_the_stack_may_it_be_harmed():
    harmed = {case.fault for case in cell_table() if not case.survives}
    assert harmed == {"safety-gas-lost", "people-first", "people-first-hot"}


def test_a_bench_that_does_nothing_is_found_out(tmp_path):
    case = next(case for case in cell_table() if case.fault == "emergency-stop-hot")
    case = replace(case, injections=())
    bench = ROADS[case.rig].reached(case.state, tmp_path / "run", SEED)
    wrong = " ".join(tried(case, bench, Random(0)).wrong)
    assert "no trip, but automatic" in wrong
    assert "chain-open never told" in wrong
    assert "fuel-shut" not in wrong  # it was shut before


def moment(**wear):
    """A plant after something, seen at no time."""
    state = type("State", (), {"wear": type("Wear", (), wear), "current_density": 3000.0})
    return CellMoment(0, state, None)


def test_what_a_stack_did_not_survive_is_counted():
    sound = moment(redox_events=1, carbon_events=0, thermal_shocks=0)
    harmed = moment(redox_events=2, carbon_events=0, thermal_shocks=2)
    assert damage(sound, sound) == []
    assert damage(sound, harmed) == ["1 redox_events", "2 thermal_shocks"]


def test_a_claim_with_a_time_counts_from_when_it_was_due():
    claim = claim_of("unloaded <= 3 s")
    assert claim.after == 3.0
    assert not claim.holds(moment(), moment())
