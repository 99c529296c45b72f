"""Loop checks, calibrations, forced values and bypasses: each marked in the data, none silent."""

from dataclasses import replace

import pytest

from bench.channel import Quality
from bench.record.port import WATCHED
from bench.runs import open_run
from bench.runs.commands.describe import describe
from bench.runs.commands.info_json import plain_of
from bench.safeguard import Reaction, Scope
from bench.service.requests import (
    Begin,
    Bypass,
    Compare,
    Force,
    PutOutOfService,
    Shelve,
    TakeControl,
    TakeOver,
)
from tests.bench.service import test_station
from tests.bench.service.test_station import SHORT, Served

CHANNEL = "coolant.temperature"


@pytest.fixture
def served(tmp_path):
    served = Served(tmp_path)
    served.scan(350)
    served.ask(TakeControl())
    yield served
    if served.server.loop.is_actuating:
        served.server.make_safe()
    served.station.close()


def shown(served, name=CHANNEL):
    loop = served.server.loop
    return float(loop.row.values[loop.model.index[name]])


def recorded(served):
    path = served.server.path
    served.station.close()
    return open_run(path)


def last(run, which):
    return [each for each in run.events if each.message.id == which][-1]


def test_what_is_shown_is_compared_with_what_is_applied_in_the_run_file(served):
    true = shown(served)
    assert served.ask(Compare(CHANNEL, f"{true} K", 5.0, applied="simulator")).is_accepted
    served.scan(80)
    with recorded(served) as run:
        (point,) = (each for each in run.points if each.name == f"loop-check.{CHANNEL}")
        told = last(run, "maintenance.compared").message
        done = last(run, "maintenance.loop-passed")
    assert (point.end_ns - point.start_ns) / 1e9 == pytest.approx(5.0)
    assert "simulator" in told.text()
    assert "within the stated" in told.text()
    assert told.arguments["values"]["shown_si"] == pytest.approx(true, abs=0.3)
    assert told.arguments["values"]["count"] >= 3
    assert done.source == "ada@cell-3"


def test_a_loop_that_is_off_fails(served):
    served.ask(Compare(CHANNEL, f"{shown(served) + 5} K", 5.0))
    served.scan(80)
    with recorded(served) as run:
        assert "OUTSIDE" in last(run, "maintenance.compared").message.text()
        assert last(run, "maintenance.loop-failed").level == "warning"


def test_of_two_references_that_make_no_line_nothing_is_proposed(served):
    rig = dict(served.orders.model.texts)
    channel = "fuel.flow"
    served.ask(
        Compare(channel, "0 kg/h", 5.0, "calibration", "4 mA", is_last=False, certificate="C-1")
    )
    served.scan(80)
    # the reading stays at zero: no line goes through that
    served.ask(Compare(channel, "20 kg/h", 5.0, "calibration", is_first=False, certificate="C-1"))
    served.scan(80)
    assert served.orders.model.texts == rig
    with recorded(served) as run:
        assert last(run, "maintenance.not-compared").message.arguments["reason"].id == (
            "maintenance.wild"
        )
        assert len([each for each in run.points if each.name == "calibration.fuel.flow"]) == 2


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (Compare("no.such", "1 K"), "serve.no-measured"),
        (Compare("engine.torque", "1 K"), "config.dimension"),
        (Compare(CHANNEL, "300 K", 0.0), "maintenance.seconds"),
        (Compare(CHANNEL, "300 K", float("nan")), "maintenance.seconds"),
        (Compare(CHANNEL, "300 K", purpose="joke"), "maintenance.no-purpose"),
        (Compare(CHANNEL, "300 K", purpose="calibration"), "maintenance.no-certificate"),
        (Compare(CHANNEL, "300 K", purpose="calibration", certificate="C", due="2027-02-30"),
         "config.no-date"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(served, request_, reason):
    assert served.refusal(request_) == reason


def test_one_comparison_at_a_time_and_only_while_nothing_may_actuate(served):
    served.ask(Compare(CHANNEL, "300 K", 5.0))
    assert served.refusal(Compare(CHANNEL, "300 K", 5.0)) == "maintenance.busy"
    served.ask(TakeOver())
    served.scan(2)
    assert "maintenance.not-compared" in served.told
    assert served.refusal(Compare(CHANNEL, "300 K", 5.0)) == "maintenance.monitor-only"


def test_a_run_that_begins_meanwhile_ends_a_comparison(served):
    served.ask(Compare(CHANNEL, "300 K", 60.0))
    served.ask(Begin(SHORT, confirms_prompts=True))
    served.scan(5)
    assert "maintenance.not-compared" in served.told


def test_what_is_given_by_hand_is_not_compared(served):
    served.ask(Force(CHANNEL, "350 K", "sensor is out"))
    assert served.refusal(Compare(CHANNEL, "300 K", 5.0)) == "maintenance.forced"


def test_a_forced_value_is_bad_in_the_data_from_its_event_to_its_end(served):
    served.ask(Force(CHANNEL, "350 K", "sensor is out"))
    served.scan(50)
    served.ask(Force(CHANNEL, ""))
    served.scan(100)
    with recorded(served) as run:
        assert run.header.protocol_name == WATCHED
        events = [each for each in run.events if each.message.id.startswith("control.force")]
        begin, end = (each.time_ns for each in events)
        data = run.channel(CHANNEL).values_si()
    times, quality, values = data.times_ns, data.qualities, data.values
    during = (times > begin) & (times <= end)
    assert events[0].level == "warning"
    assert during.sum() == 50
    assert (quality[during] == Quality.BAD).all()
    assert values[during] == pytest.approx(350.0)
    after = times > end + 10**9
    assert (quality[after] == Quality.OK).all()


def test_gas_facility_and_stops_are_never_bypassed(served):
    limits = served.server.loop.limits.limits
    refused = {each.id for each in limits if not served.ask(Bypass(each.id, "t", 9.0)).is_accepted}
    assert {each.id for each in limits if each.is_gas} <= refused
    assert {each.id for each in limits if each.reaction >= Reaction.UNLOAD} <= refused
    assert {each.id for each in limits if each.scope is Scope.FACILITY} <= refused


@pytest.fixture
def holding(tmp_path, monkeypatch):
    """A bench whose oil limit holds the sequence: that may be bypassed."""
    found = test_station.watched()
    limits = tuple(
        replace(each, reaction=Reaction.HOLD) if each.id == "oil-warm" else each
        for each in found.model.limits
    )
    changed = replace(found, model=replace(found.model, limits=limits))
    monkeypatch.setattr(test_station, "watched", lambda: changed)
    served = Served(tmp_path)
    served.scan(350)
    served.ask(TakeControl())
    yield served
    served.station.close()


def test_a_bypass_has_a_name_an_end_and_events_at_both_ends(holding):
    assert holding.ask(Bypass("oil-warm", "test of the pump", 10.0)).is_accepted
    (alarm,) = (each for each in holding.station.state().alarm_list if each.id == "oil-warm")
    assert alarm.is_bypassed
    assert alarm.reason == "test of the pump"
    assert alarm.until_utc_ns == pytest.approx(holding.server.clock.utc() + 10 * 10**9, abs=10**9)
    holding.scan(120)
    assert holding.station.state().alarm_list == ()
    with recorded(holding) as run:
        begin, end = last(run, "alarm.bypassed"), last(run, "alarm.bypass-over")
        assert "ada@cell-3" in begin.message.text()
        assert (end.time_ns - begin.time_ns) / 1e9 == pytest.approx(10.0, abs=0.3)
        assert plain_of(describe(run, ()))["taken"] == {"bypassed": ["oil-warm"]}


def hidden(served, ask):
    """Take something from the first limit that lets it; return which."""
    limits = served.server.loop.limits.limits
    return next((each.id for each in limits if served.ask(ask(each.id)).is_accepted), "")


def test_the_file_of_a_run_says_itself_what_was_taken_before_it_began(served):
    shelved = hidden(served, lambda name: Shelve(name, "sensor is exchanged", 3600.0))
    out = hidden(served, lambda name: PutOutOfService(name, "no sensor"))
    assert shelved
    served.begin(confirms_prompts=True)
    run = served.server.path
    served.server.make_safe()
    served.station.close()
    with open_run(run) as opened:
        events = {each.message.id: each for each in opened.events}
        told = plain_of(describe(opened, ()))
    assert events["maintenance.still-shelved"].source == shelved
    text = events["maintenance.still-shelved"].message.text()
    assert "sensor is exchanged" in text
    assert "ada@cell-3" in text
    assert told["taken"] == {"out-of-service": [out], "shelved": [shelved]}
