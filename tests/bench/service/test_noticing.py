"""What of all that happens is told, and what is said of it."""

from dataclasses import replace
from pathlib import Path

import pytest

from bench.clock import SECOND, VirtualClock
from bench.control.states import State
from bench.messages import Bilingual, Message
from bench.notices.letter import Letter
from bench.notices.notice import Topic
from bench.record.port import Event
from bench.safeguard import Priority
from bench.service.noticing import SHORT_FOR, Watch, noticing_of
from bench.service.port import AlarmShown, Attention, BenchState, CheckShown

ALARM = AlarmShown(
    id="hood-hydrogen", state="active", priority=1, reaction="hard-stop", text="hood > 25 %LFL",
    since_utc_ns=0, count=1, is_first=True, is_bypassed=False, until_utc_ns=0,
    value="hood = 31 %LFL", beside=Bilingual("the PLC closes the fuel valve"),
    cause=Bilingual("A leak."), consequence=Bilingual("Fire."),
    advice=Bilingual("Leave the cell.", "离开试验间。"),
)  # fmt: skip
RUNNING = BenchState(
    state=State.AUTOMATIC, protocol="long-run", file=Path("runs/a.h5"), rig="cell-3",
    alarm_list=(ALARM,),
)  # fmt: skip


def event(said, source="bench", level="info", **arguments):
    return Event(0, 7 * SECOND, level, source, Message(said, arguments))


CAME = event("alarm.came", "hood-hydrogen", "error", limit="hood-hydrogen", priority=1,
             reaction="hard-stop", text="", details="")  # fmt: skip


def told(*events, state=RUNNING, watch=None, utc=0):
    return (watch or Watch(("gas",))).look(events, state, utc)


def test_an_alarm_says_what_value_what_to_do_and_what_the_hardware_does_in_the_language_asked():
    (notice,) = told(CAME)
    assert (notice.topic, notice.priority) == (Topic.ALARM, Priority.HIGH)
    letter = Letter("cell-3", (notice,), 0)
    english, chinese = letter.body("en"), letter.body("zh")
    for part in ("cell-3", "31 %LFL", "Leave the cell.", "PLC closes", "a.h5", "automatic"):
        assert part in english
    assert "离开试验间" in chinese
    assert letter.title("en") == "[cell-3] alarm hood-hydrogen → hard stop"


def test_an_alarm_that_came_for_want_of_a_value_says_so():
    (notice,) = told(replace(CAME, message=replace(CAME.message, id="alarm.not-to-be-judged")))
    assert notice.lines[0].id == "notice.no-value"


def test_an_alarm_that_is_gone_already_is_told_from_its_event():
    (notice,) = told(CAME, state=replace(RUNNING, alarm_list=()))
    assert CAME.message in notice.lines


@pytest.mark.parametrize(
    ("events", "topic"),
    [
        ([event("control.chain-open")], Topic.TRIP),
        ([event("alarm.flood", "alarms", count=12)], Topic.FLOOD),
        ([event("control.state", before="automatic", after="stopping", cause="hard-stop")],
         Topic.STOP),
        ([event("serve.judged-fail", "server", file="a.h5")], Topic.END),
        ([event("serve.not-judged", "server", file="a.h5", reason="x")], Topic.END),
        ([event("record.disk-full", "recorder", "error", path="a.h5")], Topic.SUPPLY),
    ],
)  # fmt: skip
def test_each_event_has_its_topic(events, topic):
    (notice,) = told(*events)
    assert notice.topic is topic


def test_a_sequence_that_is_through_is_no_stop():
    assert told(event("control.state", after="stopping", cause="complete")) == []


def test_who_stopped_it_is_said():
    asked = event("control.accepted", "ada@cell-3", request="StopNow")
    state = event("control.state", after="stopping", cause="soft-stop")
    (notice,) = told(asked, state)
    assert "ada@cell-3" in Letter("cell-3", (notice,), 0).body("en")


def test_a_run_that_nobody_explained_is_told_once():
    watch, state = Watch(()), replace(RUNNING, unexplained="b.h5")
    assert [each.topic for each in told(state=state, watch=watch)] == [Topic.UNEXPLAINED]
    assert told(state=state, watch=watch) == []


def test_a_run_that_waits_for_a_person_is_told_each_time():
    watch = Watch(())
    held = replace(RUNNING, attention=Attention.HELD)
    asks = replace(RUNNING, attention=Attention.QUESTION, question=Bilingual("Oil changed?"))
    assert len(told(state=held, watch=watch)) == 1
    assert told(state=held, watch=watch) == []
    (asked,) = told(state=asks, watch=watch)
    assert "Oil changed?" in Letter("c", (asked,), 0).body("en")


def supply(*, is_passed):
    evidence = Message("notice.what", {"said": "11 kg left, 30 kg needed"})
    return CheckShown("gas", Bilingual("Trailer"), is_passed, evidence, 0.0, 0.0, is_attested=False)


def test_a_supply_that_stays_short_is_told_once_until_it_is_filled():
    watch = Watch(("gas",))

    def at(utc, *, is_passed):
        state = replace(RUNNING, alarm_list=(), preflight=(supply(is_passed=is_passed),))
        return told(state=state, watch=watch, utc=utc)

    assert at(0, is_passed=False) == []
    assert at(SHORT_FOR - 1, is_passed=True) == []
    assert at(SHORT_FOR, is_passed=False) == []
    (notice,) = at(2 * SHORT_FOR, is_passed=False)
    assert "11 kg left" in Letter("c", (notice,), 0).body("en")
    assert at(3 * SHORT_FOR, is_passed=False) == []
    assert at(4 * SHORT_FOR, is_passed=True) == []
    assert at(5 * SHORT_FOR, is_passed=False) == []
    assert len(at(6 * SHORT_FOR, is_passed=False)) == 1


class Log:
    def __init__(self):
        self.told = []

    def note(self, level, source, message):
        self.told.append((level, source, message))


class Bench:
    """As much of a loop as the notices look at."""

    class model:  # noqa: N801 - stands for an attribute
        name = "cell-3"
        preflight = ()

    def __init__(self):
        self.log = Log()


def test_a_file_that_cannot_be_used_is_told_without_what_stands_in_it(tmp_path):
    path = tmp_path / "notices.yaml"
    path.write_text("notices: [{url: 'mailto://ada:geheim @x'}]")
    path.chmod(0o600)
    bench = Bench()
    with noticing_of(bench, VirtualClock(), tmp_path) as noticing:
        noticing.hear(CAME)
        noticing.look(RUNNING)
    ((level, source, message),) = bench.log.told
    assert (level, source) == ("warning", "notices")
    assert "geheim" not in message.text()
