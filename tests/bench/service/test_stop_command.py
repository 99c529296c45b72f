"""What the stop command says: which stop it is, and the time to safe."""

import pytest

from bench.control.states import State
from bench.messages import LANGUAGES
from bench.service.commands.status_text import lines_of
from bench.service.commands.stopping import told_of
from bench.service.port import BenchState
from bench.service.requests import StopNow

STOPS = {"soft-stop": 80_000.0, "hard-stop": 70_000.0, "people-first": 90.0}
PEOPLE = StopNow(is_hard=True, is_people_first=True)


@pytest.mark.parametrize(
    ("request_", "state", "which", "hours", "minutes"),
    [
        (StopNow(), State.AUTOMATIC, "soft stop", 22, 13),
        (StopNow(is_hard=True), State.AUTOMATIC, "hard stop", 19, 27),
        (StopNow(), State.TRIPPED, "hard stop", 19, 27),
        (PEOPLE, State.TRIPPED, "people first", 0, 2),
    ],
)
def test_it_says_which_stop_begins_and_how_long_it_takes(request_, state, which, hours, minutes):
    told = told_of(request_, BenchState(rig="cell", state=state, stops=STOPS))
    assert which in told[0].text("en")
    assert told[1].arguments == {"hours": hours, "minutes": minutes}
    assert all(each.id not in each.text(language) for each in told for language in LANGUAGES)


def test_a_server_that_gives_no_estimate_is_believed_to_have_none():
    assert len(told_of(StopNow(), BenchState(rig="cell"))) == 1


@pytest.mark.parametrize(("language", "says"), [("en", "22 h 13 min"), ("zh", "22 小时 13 分钟")])
def test_the_status_shows_what_is_left_of_the_stop(language, says):
    position = BenchState().position.__class__(id="soft-stop/hot-hold", is_skippable=True)
    state = BenchState(rig="cell", phase="soft-stop", position=position, stops=STOPS)
    text = "\n".join(lines_of(state, language))
    assert says in text
    assert "h2bench go-on" in text
