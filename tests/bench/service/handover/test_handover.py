"""What one shift leaves the next."""

from dataclasses import replace
from pathlib import Path

import pytest

from bench.clock import SECOND, VirtualClock
from bench.control.states import State
from bench.errors import Refused
from bench.messages import Bilingual, Message
from bench.record.port import Event, Incident
from bench.service.handover.note import Handover, note_of
from bench.service.handover.replay import alarms_after
from bench.service.handover.shift import Shift, shift_of
from bench.service.handover.writing import from_files, from_server
from bench.service.port import AlarmShown, BenchState, CheckShown, Reply
from bench.service.requests import Force, Note, ShiftHandover, TakeControl
from tests.bench.service.test_station import ADA, BOB, Served

HOUR = 3600 * SECOND
NOW = 500_000 * HOUR


def alarm(name, state="active", **more):
    given = {
        "id": name, "state": state, "priority": 2, "reaction": "warn", "text": f"{name} > 1",
        "since_utc_ns": NOW - HOUR, "count": 1, "is_first": False, "is_bypassed": False,
        "until_utc_ns": 0, "value": "", "beside": "", "cause": Bilingual(""),
        "consequence": Bilingual(""), "advice": Bilingual(f"Look at {name}."),
    }  # fmt: skip
    return AlarmShown(**given | more)


def check(name, *, age, valid_for=86_400.0, is_passed=True, said="preflight.attested"):
    evidence = Message(said, {"text": "seen", "who": "ada"})
    return CheckShown(name, Bilingual(name), is_passed, evidence, age, valid_for, is_attested=True)


def event(said, utc=NOW, source="bench", level="info", **arguments):
    return Event(0, utc, level, source, Message(said, arguments))


STOCK = Message("preflight.stock", {"held": "11 kg", "needed": "3 kg", "pressure": "90 bar"})
NO_SHIFT = Shift(0, None, (), (), None)
STATE = BenchState(
    state=State.AUTOMATIC, rig="cell-3", protocol="durability", file=Path("runs/a.h5"),
    control="ada@cell-3", counters={"hours": "312 h"},
    alarm_list=(
        alarm("known", "acknowledged"),
        alarm("new"),
        alarm("first", is_first=True, value="first = 2 bar"),
        alarm("quiet", "shelved", until_utc_ns=NOW + HOUR, reason="sensor is exchanged"),
        alarm("loose", "normal", is_bypassed=True, until_utc_ns=NOW + 2 * HOUR, reason="test",
              reaction="hold"),
    ),
    preflight=(
        check("bump", age=80_000.0),
        check("fresh", age=10.0, valid_for=7 * 86_400.0),
        check("leak", age=0.0, is_passed=False),
        replace(check("Trailer", age=0.0, valid_for=0.0), evidence=STOCK),
    ),
    forced=("oil.temperature",),
)  # fmt: skip


def written(state=STATE, shift=NO_SHIFT, language="en", **more):
    return note_of(Handover(state, shift, NOW, "ada", "bob", **more), language)


def section(text, heading):
    return text.split(f"## {heading}\n")[1].split("\n##")[0].strip().splitlines()


def test_alarms_that_nobody_acknowledged_come_first_and_of_them_the_first_one():
    lines = section(written(), "Open alarms")
    assert [line.split()[1].strip(":") for line in lines] == ["first", "new", "known"]
    assert "**first**" in lines[0]
    assert "first = 2 bar" in lines[0]
    assert "Look at first." in lines[0]


def test_all_that_is_taken_from_the_bench_stands_there_with_its_end_and_reason():
    lines = section(written(), "Shelved, bypassed, out of service, given by hand")
    assert "1 h 00 min left" in lines[0]
    assert "sensor is exchanged" in lines[0]
    assert "hold bypassed" in lines[1]
    assert "2 h 00 min left" in lines[1]
    assert lines[2].startswith("- oil.temperature: given by hand")
    assert len(lines) == 3


def test_only_evidence_that_runs_out_soon_is_listed():
    lines = section(written(), "Preflight evidence that runs out within 24 h")
    assert [line.split(":")[0] for line in lines] == ["- bump", "- leak"]
    assert "1 h 47 min left" in lines[0]


def test_gas_is_told():
    (line,) = section(written(), "Gas and disk")
    assert line.startswith("- Trailer: ")


def test_who_position_counters_and_control_are_told():
    text = written()
    for part in ("From ada to bob", "durability", "hours: 312 h", "ada@cell-3", "a.h5"):
        assert part in text


def test_nothing_is_said_to_be_nothing_and_in_chinese_all_is_chinese():
    text = written(BenchState(rig="cell-3"), language="zh", is_served=False)
    assert text.count("- 无") == 5
    assert "没有服务器" in text
    assert "##  " not in text


def test_notes_stops_and_incidents_since_the_last_handover_are_told():
    incident = Incident(2, "oil-hot", ("oil-hot", "hood"), "soft-stop", 0, 1, 2)
    events = (
        event("control.note", source="ada", text="Filter\n# changed"),
        event("alarm.came", limit="oil-hot", text="", priority=1, reaction="warn", details=""),
        event("control.accepted", request="Note"),
        event("control.state", before="automatic", after="stopping", cause="soft-stop"),
    )
    before = event("serve.handover", NOW - 8 * HOUR, giver="eve", taker="ada")
    shift = Shift(NOW - 8 * HOUR, before, events, (("a.h5", incident),), None)
    lines = section(written(shift=shift), "Since the last handover")
    assert "eve" in lines[0]
    assert "oil-hot" in lines[1]
    assert "oil-hot ×1" in lines[2]
    assert "Filter # changed" in lines[3]
    assert len(lines) == 5


@pytest.mark.parametrize(
    ("happened", "state"),
    [
        ("came", "active"),
        ("came acknowledged", "acknowledged"),
        ("came returned", "returned"),
        ("came latched", "latched"),
        ("came shelved", "shelved"),
        ("came shelved unshelved", "active"),
        ("came acknowledged shelved shelving-over", "acknowledged"),
        ("came out-of-service", "out-of-service"),
        ("came latched reset", "returned"),
        ("came normal", None),
        ("came returned acknowledged", None),
        ("came latched acknowledged reset", None),
        ("came out-of-service normal in-service", None),
        ("bypassed", "normal"),
        ("bypassed bypass-over", None),
    ],
)
def test_the_events_of_a_file_tell_which_alarms_it_leaves(happened, state):
    arguments = {"limit": "x", "text": "x > 1", "priority": 1, "reaction": "warn",
                 "details": "", "minutes": "30", "who": "ada", "reason": "r"}  # fmt: skip
    events = [event(f"alarm.{each}", **arguments) for each in happened.split()]
    found = alarms_after(events)
    assert [each.state for each in found] == ([] if state is None else [state])
    if state in {"shelved", "normal"}:
        assert found[0].until_utc_ns == NOW + HOUR // 2


@pytest.fixture
def served(tmp_path):
    served = Served(tmp_path)
    yield served
    served.station.close()


class Wire:
    """A client of a station in the same process."""

    def __init__(self, served):
        self.served = served

    def state(self):
        return self.served.station.state()

    def request(self, request):
        return self.served.ask(request)


def test_a_shift_ends_with_an_event_and_the_next_one_begins_after_it(served, tmp_path):
    clock = served.server.clock
    served.scan(350)
    served.ask(TakeControl())
    served.ask(Note("seen before", "ada"), ADA)
    served.ask(Force("oil.temperature", "350 K", "sensor is out"))
    served.scan(200)  # in virtual time the log is written every 10 s
    text, reply = from_server(Wire(served), "ada", "bob", "en", clock=clock, folder=tmp_path)
    assert reply == Reply(is_accepted=True)
    assert "seen before" in text
    assert "oil.temperature: given by hand" in text
    served.ask(Note("seen after", "bob"), BOB)
    served.scan(200)
    shift = shift_of(tmp_path, "hydrogen-engine-cell", clock.utc())
    assert shift.before.message.arguments["taker"] == "bob"
    assert shift.before.message.arguments["note"] == text
    said = [e.message.arguments["text"] for e in shift.events if e.message.id == "control.note"]
    assert said == ["seen after"]


def test_anyone_may_hand_over_and_control_stays_where_it_is(served):
    served.scan(3)
    served.ask(TakeControl())
    assert served.ask(ShiftHandover("note", "bob", "eve"), BOB).is_accepted
    assert served.station.state().control == ADA.name


def test_without_a_server_the_last_run_file_tells(served, tmp_path):
    served.scan(350)
    served.ask(TakeControl())
    served.ask(Note("all quiet", "ada"))
    utc = served.server.clock.utc()
    served.station.close()
    clock = VirtualClock(utc)
    before = sorted((path, path.stat().st_size) for path in tmp_path.iterdir())
    text = from_files("hydrogen-engine-cell", tmp_path, "ada", "bob", "en", clock=clock)
    assert "No server runs" in text
    assert "all quiet" in text
    assert sorted((path, path.stat().st_size) for path in tmp_path.iterdir()) == before
    with pytest.raises(Refused, match="no run file"):
        from_files("another-rig", tmp_path, "ada", "bob", "en", clock=clock)
