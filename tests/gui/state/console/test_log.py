"""The log of events."""

import pytest

from bench.messages import Message
from gui.state.console.log import Least, is_shown, news
from tests.gui.state.sessions import came, event


@pytest.mark.parametrize(
    ("level", "least", "is_there"),
    [
        ("info", Least.INFO, True),
        ("info", Least.WARNING, False),
        ("warning", Least.WARNING, True),
        ("warning", Least.ERROR, False),
        ("error", Least.ERROR, True),
    ],
)
def test_what_is_below_the_least_level_is_not_shown(level, least, is_there):
    found = event(1, Message("control.note", {"text": "x"}), level=level)
    assert is_shown(found, "x", least, "") is is_there


def test_all_words_of_a_search_stand_in_source_or_text():
    found = came(1, "nitrogen-low")
    assert is_shown(found, "The bottle is empty", Least.INFO, "NITROGEN bottle")
    assert not is_shown(found, "The bottle is empty", Least.INFO, "nitrogen hood")


def test_news_are_what_stands_behind_the_last_event():
    events = tuple(came(n, "a") for n in range(5))
    assert news(events[:3], events) == events[3:]
    assert news(events[:3], events[1:]) == events[3:]  # the oldest was dropped meanwhile
    assert news(events, events) == ()
    assert news((), events) == events


def test_events_of_another_server_are_no_news_but_all_of_it():
    before = (came(7, "a"),)
    assert news(before, (came(1, "b"),)) is None
    assert news(before, ()) is None
