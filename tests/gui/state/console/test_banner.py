"""What the alarm banner shows."""

from dataclasses import replace

import pytest

from gui.state.console.banner import banner_of
from tests.gui.state.sessions import alarm, hood_alarm, running, session


def banner(*alarms, **changes):
    return banner_of(session(running(alarm_list=alarms, **changes)))


def test_the_first_three_of_the_server_are_shown_in_its_order():
    found = banner(hood_alarm(), alarm("a"), alarm("b"), alarm("c"), alarm("d"))
    assert [row.alarm.id for row in found.rows] == ["hood-hydrogen", "a", "b"]
    assert found.more == 2


def test_what_is_shelved_or_out_of_service_is_counted_and_not_shown():
    found = banner(alarm("a"), alarm("b", state="shelved"), alarm("c", state="out-of-service"))
    assert ([row.alarm.id for row in found.rows], found.hidden, found.more) == (["a"], 2, 0)


def test_a_bypass_of_a_normal_alarm_is_counted_alone():
    found = banner(alarm(state="normal", is_bypassed=True))
    assert (found.rows, found.bypassed, found.waiting) == ((), 1, 0)


@pytest.mark.parametrize(
    ("state", "is_waiting"),
    [("active", True), ("acknowledged", False), ("returned", True), ("latched", True)],
)
def test_who_has_not_been_acknowledged_waits(state, is_waiting):
    found = banner(alarm(state=state))
    assert found.rows[0].waits is is_waiting
    assert found.waiting == int(is_waiting)


def test_an_alarm_that_guards_against_gas_is_never_shelved():
    assert not banner(hood_alarm()).rows[0].may_shelve


def test_an_alarm_that_only_warns_may_be_shelved():
    assert banner(alarm()).rows[0].may_shelve


@pytest.mark.parametrize(("reaction", "may"), [("hold", True), ("unload", False), ("trip", False)])
def test_a_limit_of_the_protocol_is_judged_by_its_reaction(reaction, may):
    assert banner(alarm("own", reaction=reaction)).rows[0].may_shelve is may


def test_alarms_of_a_silent_server_are_not_passed_off_as_those_of_now():
    quiet = replace(session(), silent_for=5.0)
    gone = replace(session(), is_connected=False)
    assert banner_of(session()).trouble is None
    assert banner_of(quiet).trouble is not None
    assert banner_of(quiet).is_connected
    assert not banner_of(gone).is_connected
