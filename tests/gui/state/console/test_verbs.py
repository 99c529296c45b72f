"""Which orders make sense."""

from dataclasses import replace

import pytest

from bench.control.states import State
from bench.messages import Bilingual
from bench.service.port import BenchState
from bench.service.requests import HandOver, StopNow, TakeControl
from gui.state.console.verbs import Verb, refusals, request_of, verbs_of
from tests.gui.state.sessions import US, running, session

STOPS = {Verb.SOFT_STOP, Verb.HARD_STOP}
MINE = {Verb.GIVE_CONTROL}


def enabled(state, phase="", *, doing="", control=US, costs=None, is_skippable=False):
    plain = running()
    position = replace(plain.position, phase=doing, is_skippable=is_skippable)
    bench = replace(
        plain, state=state, phase=phase, position=position, control=control, costs=costs
    )
    return set(Verb) - set(refusals(bench, client=US, is_connected=True))


@pytest.mark.parametrize(
    ("state", "phase", "doing", "expected"),
    [
        (State.OFF, "", "", set()),
        (State.MONITOR, "", "", STOPS),
        (State.READY, "", "", STOPS),
        (State.AUTOMATIC, "sequence", "", STOPS | {Verb.HOLD}),
        (State.HOLDING, "sequence", "entering", STOPS | {Verb.RESUME}),
        (State.HOLDING, "sequence", "held", STOPS | {Verb.RESUME}),
        (State.HOLDING, "sequence", "exiting", STOPS | {Verb.HOLD}),
        (State.MANUAL, "sequence", "", STOPS),
        (State.STOPPING, "soft-stop", "", {Verb.HARD_STOP}),
        (State.STOPPING, "hard-stop", "", set()),
        (State.SAFE, "soft-stop", "", STOPS | {Verb.RESET}),
        (State.TRIPPED, "hard-stop", "", {Verb.RESET}),
        (State.TRIPPED, "sequence", "", {Verb.HARD_STOP, Verb.RESET}),
    ],
)
def test_each_state_has_its_orders(state, phase, doing, expected):
    assert enabled(state, phase, doing=doing) == expected | MINE


@pytest.mark.parametrize("state", [each for each in State if each is not State.OFF])
@pytest.mark.parametrize("control", ["", "lw@cell-1", US])
def test_whoever_holds_control_a_stop_is_open_to_anyone(state, control):
    found = enabled(state, "sequence", control=control)
    assert Verb.HARD_STOP in found
    assert (Verb.SOFT_STOP in found) is (state is not State.TRIPPED)


@pytest.mark.parametrize(
    ("phase", "expected"),
    [
        ("soft-stop", {Verb.HARD_STOP, Verb.PEOPLE_FIRST}),
        ("hard-stop", {Verb.PEOPLE_FIRST}),
        ("people-first", set()),
    ],
)
def test_a_stop_is_pre_empted_by_a_higher_one_alone(phase, expected):
    found = enabled(State.STOPPING, phase, costs=Bilingual("the stack"))
    assert found - MINE == expected


def test_people_first_is_there_only_where_the_object_has_it():
    assert Verb.PEOPLE_FIRST not in enabled(State.AUTOMATIC, "sequence")
    assert Verb.PEOPLE_FIRST in enabled(State.AUTOMATIC, "sequence", costs=Bilingual("the stack"))


def test_going_on_needs_a_step_that_waits_and_control():
    assert Verb.GO_ON in enabled(State.AUTOMATIC, "sequence", is_skippable=True)
    assert Verb.GO_ON not in enabled(State.AUTOMATIC, "sequence")
    assert Verb.GO_ON not in enabled(State.HOLDING, "sequence", is_skippable=True)
    assert Verb.GO_ON not in enabled(State.AUTOMATIC, "sequence", is_skippable=True, control="lw")


def test_a_reset_needs_control():
    assert Verb.RESET not in enabled(State.SAFE, control="")


def test_without_a_server_nothing_can_be_ordered():
    assert set(refusals(running(), client=US, is_connected=False)) == set(Verb)


def test_a_server_that_is_silent_is_still_asked(session):
    assert Verb.HARD_STOP in verbs_of(replace(session, silent_for=9.0)).enabled


def test_control_of_nobody_is_taken_and_that_of_somebody_asked_for():
    assert request_of(Verb.TAKE_CONTROL, BenchState(), US) == TakeControl()
    assert request_of(Verb.TAKE_CONTROL, BenchState(control="lw"), US) == HandOver(US)


@pytest.mark.parametrize("verb", list(Verb))
def test_every_order_is_a_request(verb):
    assert request_of(verb, running(), US) is not None


def test_people_first_is_a_hard_stop_that_gives_up_the_object():
    expected = StopNow(is_hard=True, is_people_first=True)
    assert request_of(Verb.PEOPLE_FIRST, running(), US) == expected


def test_a_stop_counts_down_to_safe():
    stopping = running(state=State.STOPPING, phase="soft-stop", stops={"soft-stop": 83.0})
    assert verbs_of(session(stopping)).countdown == 83.0
    assert verbs_of(session()).countdown is None
