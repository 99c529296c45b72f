"""The list of alarms."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gui.state.console.alarm_table import PAST, Deed, Which, alarm_table_of, chosen, history_of
from tests.gui.state.sessions import NOW, about, alarm, came, hood_alarm, running, session


def table(*alarms, events=()):
    return alarm_table_of(session(running(alarm_list=alarms), events=tuple(events)))


def test_alarms_of_now_stand_before_those_that_are_over():
    events = [
        came(1, "nitrogen-low", before=600),
        about(2, "alarm.acknowledged", "nitrogen-low", before=580),
        about(3, "alarm.normal", "nitrogen-low", before=400),
        came(4, "hood-hydrogen", before=60, priority=1, reaction="hard-stop"),
    ]
    found = table(hood_alarm(), events=events).entries
    assert [(each.id, each.state) for each in found] == [
        ("hood-hydrogen", "active"),
        ("nitrogen-low", PAST),
    ]
    past = found[1]
    assert (past.on_utc_ns, past.off_utc_ns) == (NOW - 600 * 10**9, NOW - 400 * 10**9)
    assert past.seen_by == "mk"
    assert past.advice.en  # from the limit of the rig


def test_an_alarm_that_came_twice_stands_once_for_each_time():
    events = [
        came(1, "nitrogen-low", before=600),
        about(2, "alarm.normal", "nitrogen-low", before=400),
        came(3, "nitrogen-low", before=60),
    ]
    found = table(alarm(count=2), events=events).entries
    assert [each.state for each in found] == ["active", PAST]


def test_an_alarm_that_is_gone_and_waits_has_its_end():
    events = [came(1, "nitrogen-low"), about(2, "alarm.returned", "nitrogen-low", before=30)]
    (found,) = table(alarm(state="returned"), events=events).entries
    assert found.off_utc_ns == NOW - 30 * 10**9


def test_news_of_alarms_that_came_before_we_listened_are_no_history():
    assert history_of([about(1, "alarm.normal", "nitrogen-low")]) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {Deed.ACKNOWLEDGE, Deed.SHELVE, Deed.OUT_OF_SERVICE}),
        ({"state": "acknowledged"}, {Deed.SHELVE, Deed.OUT_OF_SERVICE}),
        (
            {"state": "latched"},
            {Deed.ACKNOWLEDGE, Deed.RESET, Deed.SHELVE, Deed.OUT_OF_SERVICE},
        ),
        ({"state": "shelved"}, {Deed.UNSHELVE, Deed.OUT_OF_SERVICE}),
        ({"state": "out-of-service"}, {Deed.IN_SERVICE}),
        ({"state": "normal", "is_bypassed": True}, {Deed.END_BYPASS} | {Deed.SHELVE}),
    ],
)
def test_each_state_has_its_deeds(changes, expected):
    (found,) = table(alarm(**changes)).entries
    assert found.deeds - {Deed.OUT_OF_SERVICE} == expected - {Deed.OUT_OF_SERVICE}


def test_of_an_alarm_against_gas_nothing_is_taken():
    (found,) = table(hood_alarm()).entries
    assert found.deeds == {Deed.ACKNOWLEDGE}


def test_a_reaction_of_the_protocol_may_be_bypassed_and_a_warning_has_none():
    (held,) = table(alarm("own", reaction="hold")).entries
    (warned,) = table(alarm("own", reaction="warn")).entries
    assert Deed.BYPASS in held.deeds
    assert Deed.BYPASS not in warned.deeds


def test_the_list_is_searched_in_the_language_of_the_user():
    entries = table(hood_alarm(), alarm()).entries
    assert [each.id for each in chosen(entries, Which.ALL, "氮气 瓶", "zh")] == ["nitrogen-low"]
    assert not chosen(entries, Which.ALL, "氮气", "en")
    assert [each.id for each in chosen(entries, Which.ALL, "BOTTLE", "en")] == ["nitrogen-low"]


def test_what_is_hidden_or_bypassed_can_be_listed_alone():
    entries = table(
        alarm("a"), alarm("b", state="shelved"), alarm("c", state="normal", is_bypassed=True)
    ).entries
    assert [each.id for each in chosen(entries, Which.HIDDEN, "", "en")] == ["b", "c"]
    assert [each.id for each in chosen(entries, Which.PRESENT, "", "en")] == ["a"]


_HAPPENINGS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b"]),
        st.sampled_from(["came", "alarm.acknowledged", "alarm.returned", "alarm.normal"]),
    ),
    max_size=20,
)


@given(_HAPPENINGS)
@settings(max_examples=60, deadline=None)
def test_each_coming_stands_in_the_history_once_and_ends_after_it_began(happenings):
    events = [
        replace(came(n, name) if what == "came" else about(n, what, name), utc_ns=NOW + n * 10**9)
        for n, (name, what) in enumerate(happenings)
    ]
    found = history_of(events)
    assert len(found) == sum(what == "came" for _, what in happenings)
    assert all(not each.off_utc_ns or each.off_utc_ns > each.on_utc_ns for each in found)
