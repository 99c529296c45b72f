import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.control.states import ACTUATING, TRANSITIONS, Cause, State, next_state
from bench.errors import Refused
from bench.messages import worded


@pytest.mark.parametrize(("pair", "after"), TRANSITIONS.items(), ids=str)
def test_a_cause_leads_where_the_table_says(pair, after):
    assert next_state(*pair) is after


@given(st.sampled_from(State), st.sampled_from(Cause))
def test_what_is_not_in_the_table_is_refused_by_name(state, cause):
    if (state, cause) in TRANSITIONS:
        return
    with pytest.raises(Refused) as caught:
        next_state(state, cause)
    assert worded("state", state.value, "en") in str(caught.value)
    assert worded("cause", cause.value, "en") in str(caught.value)


@given(st.lists(st.sampled_from(Cause), max_size=30))
def test_nothing_actuates_before_a_start_and_nothing_after_the_safe_sequence(causes):
    state = State.OFF
    for cause in causes:
        if (state, cause) not in TRANSITIONS:
            continue
        before, state = state, next_state(state, cause)
        if state in ACTUATING and before not in ACTUATING:
            assert cause in {Cause.START, Cause.TAKE_OVER, Cause.MAKE_SAFE}
        if before in ACTUATING and state not in ACTUATING:
            assert (before, state) == (State.STOPPING, State.SAFE) or state is State.TRIPPED


@pytest.mark.parametrize("cause", Cause)
def test_only_a_reset_and_a_disconnection_lead_out_of_tripped(cause):
    leads = {
        after
        for (before, why), after in TRANSITIONS.items()
        if before is State.TRIPPED and why is cause and after is not before
    }
    assert leads == {
        Cause.RESET: {State.SAFE},
        Cause.DISCONNECT: {State.OFF},
    }.get(cause, set())


@pytest.mark.parametrize(
    "state", [state for state in State if state in ACTUATING - {State.STOPPING}]
)
@pytest.mark.parametrize("cause", [Cause.SOFT_STOP, Cause.HARD_STOP])
def test_anything_that_moves_can_be_stopped(state, cause):
    assert next_state(state, cause) is State.STOPPING


@pytest.mark.parametrize("state", [s for s in State if s not in ACTUATING | {State.OFF}])
def test_where_nothing_runs_only_a_person_has_the_object_made_safe(state):
    after = State.TRIPPED if state is State.TRIPPED else State.STOPPING
    assert next_state(state, Cause.MAKE_SAFE) is after
    for cause in (Cause.SOFT_STOP, Cause.HARD_STOP, Cause.RECOVER, Cause.UNLOAD):
        with pytest.raises(Refused):
            next_state(state, cause)
