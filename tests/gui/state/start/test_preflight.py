"""The preflight checks as a list for people."""

import math
from dataclasses import replace

from bench.control.states import State
from bench.messages import Bilingual, Message
from bench.service.port import BenchState, CheckShown
from gui.state.session import Session
from gui.state.start.preflight import Standing, preflight_of


def check(name, *, is_passed=True, is_needed=True, age=0.0, valid_for=0.0, is_attested=False):
    return CheckShown(
        name, Bilingual(""), is_passed, Message("preflight.never"), age, valid_for, is_attested,
        is_needed,
    )  # fmt: skip


def state_of(*checks, **changes):
    bench = replace(BenchState(state=State.MONITOR, rig="r", preflight=checks), **changes)
    return preflight_of(Session(bench, is_connected=True, client="mk"))


def test_what_is_open_comes_first_and_what_is_not_needed_last():
    found = state_of(
        check("a"), check("b", is_needed=False, is_passed=False), check("c", is_passed=False)
    )
    assert [each.id for each in found.checks] == ["c", "a", "b"]
    assert [each.standing for each in found.checks] == [
        Standing.LACKING, Standing.PASSED, Standing.NOT_NEEDED,
    ]  # fmt: skip
    assert (found.passed, found.needed) == (1, 2)


def test_a_check_without_a_title_is_called_by_its_id():
    assert state_of(check("doors")).row("doors").title.en == "doors"


def test_the_age_says_how_long_the_evidence_holds():
    ages = [
        state_of(check("a", age=age, valid_for=valid)).checks[0].age
        for age, valid in ((math.nan, 60.0), (0.0, 0.0), (3600.0, 10800.0), (10801.0, 10800.0))
    ]
    assert [each.id for each in ages] == [
        "start.age-none", "start.age-now", "start.age-left", "start.age-over",
    ]  # fmt: skip
    assert ages[2].arguments == {"age": "60 min", "left": "2.0 h"}


def test_checks_are_run_only_while_watching_and_by_who_holds_control():
    assert state_of().may_run
    assert state_of(control="mk").may_run
    assert not state_of(control="jo").may_run
    assert not state_of(state=State.AUTOMATIC).may_run
    assert state_of(state=State.AUTOMATIC).may_attest
