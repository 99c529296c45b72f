"""Demands by hand."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.control.states import State
from bench.service.port import BenchState
from bench.units import unit
from gui.state.console.manual import manual_of, staged_problem, staged_text
from gui.state.session import Session
from tests.gui.state.sessions import engine_cell

RPM = unit("rpm")


def state_of(**changes):
    bench = replace(BenchState(state=State.MANUAL, control="mk"), **changes)
    return manual_of(Session(bench, engine_cell(), is_connected=True, client="mk"))


def row(name, **changes):
    return next(each for each in state_of(**changes).rows if each.name == name)


def problem(name, written, now=None, **beside):
    found = staged_problem(engine_cell(), name, written, beside, now or {})
    return "" if found is None else found.id


def test_a_row_tells_value_range_ramp_and_safe_value_in_the_unit_of_the_demand():
    speed = row("engine.speed", demands={"engine.speed": RPM.to_si(1200.0)})
    assert (speed.now, speed.safe, speed.range, speed.gradient) == (
        "1200 rpm", "0 rpm", "0 rpm … 2200 rpm", "800 rpm/s",
    )  # fmt: skip
    assert speed.title.en == "Engine speed"


def test_a_selector_offers_its_words():
    mode = row("dyno.mode", demands={"dyno.mode": 0.0})
    assert mode.now == mode.choices[0] == "off"
    assert mode.range == ""


def test_a_demand_that_means_nothing_in_this_mode_says_which_it_needs():
    assert row("engine.torque", demands={"dyno.mode": 0.0}).needs.id == "start.needs-mode"
    assert problem("engine.torque", "200 N*m") == "start.needs-mode"
    assert problem("engine.torque", "200 N*m", now={"dyno.mode": "n/T"}) == ""
    assert problem("engine.torque", "200 N*m", **{"dyno.mode": "n/T"}) == ""


@pytest.mark.parametrize(
    ("name", "written", "said"),
    [
        ("engine.speed", "3000 rpm", "control.demand-out-of-range"),
        ("engine.speed", "3 kg", "config.dimension"),
        ("engine.speed", "3", "config.unit-missing"),
        ("fuel.valve", "ajar", "config.no-choice"),
        ("no.such", "1", "start.no-demand"),
        ("fuel.valve", "open", ""),
    ],
)
def test_a_staged_value_is_judged_as_the_bench_would(name, written, said):
    assert problem(name, written) == said


@settings(max_examples=25, deadline=None)
@given(st.floats(min_value=0, max_value=2199))
def test_every_number_within_the_range_can_be_staged_without_its_unit(number):
    text = staged_text(row("engine.speed"), f"{number:.2f}")
    assert problem("engine.speed", text) == ""


def test_who_does_not_hold_control_demands_nothing():
    state = state_of(control="jo")
    assert not state.may_hand_back
    assert state.hindrance.id == "start.control-held"


def test_taking_over_is_offered_where_the_bench_allows_it():
    offered = [each for each in State if state_of(state=each).may_take_over]
    assert offered == [State.MONITOR, State.READY, State.AUTOMATIC, State.HOLDING]
    assert [each for each in State if state_of(state=each).may_force] == [State.MONITOR]
