"""Preflight checks on an open bench: nothing begins before each is passed; each ends safely."""

import json
import math
from dataclasses import replace

import pytest

from bench.checklist import BY_BENCH
from bench.control.states import State
from bench.preflight.gate import REAL
from bench.preflight.store import file_of, read
from bench.runs import open_run
from bench.service import checking
from bench.service.opening import CONNECT_TIMEOUT
from bench.service.requests import (
    Attest,
    Begin,
    HandBack,
    RunCheck,
    SetDemands,
    StopNow,
    TakeControl,
    TakeOver,
)
from bench.service.station import Phase
from tests.bench.service.test_station import ADA, BOB, RIG, SHORT, Served
from tests.system.virtual_bench import VirtualBench

SCANS = CONNECT_TIMEOUT // 100_000_000 + 50


@pytest.fixture
def real(monkeypatch):
    """Have simulated instruments be asked for as much as real ones."""
    monkeypatch.setattr(checking, "scope_of", lambda _: REAL)


@pytest.fixture
def served(tmp_path):
    served = Served(tmp_path)
    served.scan(SCANS)
    served.ask(TakeControl())
    yield served
    if served.server.loop.is_actuating:
        served.server.make_safe()
    served.station.close()


def do(served, name, most=4000):
    """Have a check done to its end; return how it stands."""
    reply = served.ask(RunCheck(name))
    assert reply.is_accepted, reply.reason
    served.until(lambda: not served.server.checking.busy, most)
    return standing(served, name)


def begun(served):
    """Return what is answered when a run is to begin."""
    answers = []
    served.station.ask(Begin(SHORT), ADA, answers.append, ("client-1",))
    served.scan(3)
    return answers[0]


def standing(served, name):
    return next(each for each in served.server.checking.standings() if each.check.id == name)


def everything_is_shown(served):
    """Do and attest whatever is open."""
    for check in served.server.checking.gate.checks:
        if check.id == "bump-test" or not isinstance(check.test, BY_BENCH):
            served.ask(Attest(check.id, "seen", "mk"))
        else:
            assert do(served, check.id).is_passed, standing(served, check.id).said
            served.until(lambda: served.station.phase is Phase.WATCHING)
            served.until(lambda: served.state is State.MONITOR)


@pytest.mark.usefixtures("real")
def test_nothing_begins_before_every_check_is_passed(served, tmp_path):
    reply = begun(served)
    open_ = {"clock", "heartbeat", "torque-zero", "flow-zero", "feed-line", "bump-test"}
    open_ |= {"emergency-stop", "walk-round"}
    assert (reply.is_accepted, reply.reason.id) == (False, "preflight.refused")
    assert reply.reason.arguments["count"] == len(open_)
    assert all(f"({name})" in reply.reason.text() for name in open_)
    assert served.state is State.MONITOR
    assert {each.id for each in served.station.state().preflight if not each.is_passed} == open_

    everything_is_shown(served)
    assert begun(served).is_accepted
    served.until(lambda: served.state is State.AUTOMATIC)
    path = served.server.path
    served.ask(StopNow())
    served.until(lambda: served.state is State.MONITOR)
    with open_run(path) as run:
        (told,) = [e.message for e in run.events if e.message.id == "preflight.passed"]
    evidence = told.arguments["evidence"]
    assert evidence.keys() == {check.id for check in served.server.checking.gate.checks}
    assert 0 <= evidence["feed-line"]["age_s"] < 600
    kept = json.loads(file_of(tmp_path, RIG).read_text(encoding="utf-8"))["evidence"]
    assert {each["check"] for each in kept} == open_

    again = Served(tmp_path)  # the server is started anew: virtual time begins at its beginning
    assert {each.check for each in read(file_of(tmp_path, RIG))} == open_
    assert standing(again, "walk-round").said.id == "preflight.from-the-future"
    again.station.close()


def test_a_check_in_monitor_demands_nothing(served):
    for name in ("heartbeat", "torque-zero", "flow-zero"):
        assert do(served, name).is_passed
        assert served.state is State.MONITOR
    assert all(math.isnan(value) for value in served.server.loop.demands.values)
    served.scan(10)
    assert served.station.state().is_beating


def test_a_leak_test_fills_shuts_watches_and_ends_with_the_soft_stop(served):
    valve = next(p for p in served.server.loop.model.demands if p.name == "fuel.valve")
    at = served.server.loop.model.demands.index(valve)
    assert served.ask(RunCheck("feed-line")).is_accepted
    assert served.state is State.MANUAL
    served.scan(3)
    assert served.server.loop.demands.values[at] == 1.0
    assert served.refusal(TakeOver()) == "preflight.busy"
    assert served.refusal(SetDemands({"fuel.valve": "close"})) == "preflight.busy"
    assert served.refusal(HandBack()) == "preflight.busy"
    assert served.refusal(RunCheck("heartbeat")) == "preflight.busy"
    assert served.refusal(Begin(SHORT)) in {"preflight.busy", "serve.not-in-monitor"}
    served.until(lambda: not served.server.checking.busy)
    assert standing(served, "feed-line").said.id == "preflight.tight"
    assert served.state is State.STOPPING
    served.until(lambda: served.state is State.MONITOR)
    assert served.server.loop.demands.values[at] == 0.0
    assert served.judged == []


def test_a_line_that_leaks_does_not_pass(served):
    plant = served.server.wiring.truth.plant
    plant.parameters = replace(plant.parameters, leak_rate=2e-6)
    found = do(served, "feed-line")
    assert (found.is_passed, found.said.arguments["said"].id) == (False, "preflight.leaks")
    served.until(lambda: served.state is State.MONITOR)


def test_a_stop_breaks_a_leak_test_off(served):
    served.ask(RunCheck("feed-line"))
    served.scan(50)
    assert served.ask(StopNow(), BOB).is_accepted
    served.scan(2)
    assert not served.server.checking.busy
    said = standing(served, "feed-line").said.arguments["said"]
    assert (said.id, said.arguments) == ("preflight.broken-off", {"state": "stopping"})
    served.until(lambda: served.state is State.MONITOR)


def test_what_has_to_hold_meanwhile_breaks_a_check_off(served):
    served.ask(RunCheck("torque-zero"))
    loop = served.server.loop
    served.scan(5)
    loop.force(loop.model.index["engine.speed"], 10.0)  # BAD: nobody knows
    served.scan(2)
    said = standing(served, "torque-zero").said.arguments["said"]
    assert said.id == "preflight.guard-lost"
    assert served.refusal(RunCheck("torque-zero")) == "preflight.guard"


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (RunCheck("doors"), "preflight.judged-always"),
        (RunCheck("walk-round"), "preflight.only-attested"),
        (RunCheck("hartbeat"), "preflight.no-check"),
        (Attest("heartbeat", "I saw it", "mk"), "preflight.not-attested"),
        (Attest("walk-round", " ", "mk"), "preflight.who-says-what"),
    ],
)
def test_what_is_asked_of_the_wrong_check_is_refused(served, request_, reason):
    assert served.refusal(request_) == reason


def test_anyone_may_attest_and_only_who_holds_control_has_a_check_done(served):
    assert served.ask(Attest("walk-round", "all quiet"), BOB).is_accepted
    found = standing(served, "walk-round")
    assert (found.is_passed, found.is_attested) == (True, True)
    assert "bob@office" in found.said.text()
    assert not served.ask(RunCheck("heartbeat"), BOB).is_accepted


def test_while_a_run_has_the_bench_no_check_is_done(served):
    served.ask(Begin(SHORT))
    served.until(lambda: served.state is State.AUTOMATIC)
    assert served.refusal(RunCheck("heartbeat")) == "preflight.monitor-only"
    assert served.ask(Attest("walk-round", "all quiet")).is_accepted


def test_evidence_that_cannot_be_kept_is_told(served, tmp_path):
    file_of(tmp_path, RIG).write_text("not ours", encoding="utf-8")
    served.ask(Attest("walk-round", "all quiet"))
    served.scan(2)
    assert "preflight.damaged" in served.told
    assert file_of(tmp_path, RIG).read_text(encoding="utf-8") == "not ours"


def test_a_run_in_virtual_time_waits_for_conditions_and_is_refused_without(tmp_path):
    bench = VirtualBench(tmp_path)
    bench.sensors["plc.nitrogen_pressure"] = lambda _: 40e5  # no limit yet, but too little
    bench.scan(SCANS)
    assert bench.failure.message.id == "preflight.refused"
    assert "Exchange the nitrogen bottle" in bench.failure.text()
    assert not bench.server.has_begun
    assert bench.close().state == "refused"


def test_a_run_in_virtual_time_says_what_was_not_asked_for(tmp_path):
    bench = VirtualBench(tmp_path)
    bench.until_step("start/crank")
    (told,) = [
        record.message
        for record in bench.server._recorder.records
        if getattr(record, "message", None) and record.message.id == "preflight.simulated"
    ]
    assert "nitrogen" in told.arguments["passed"]
    assert "walk-round" in told.arguments["skipped"]
    bench.close()


def test_a_run_hosted_over_real_instruments_needs_its_evidence_at_once(tmp_path, real):
    del real
    bench = VirtualBench(tmp_path)
    bench.scan(2)
    assert bench.failure.message.id == "preflight.refused"
    assert "walk-round" in bench.failure.text()
    bench.close()


def test_a_bench_that_does_not_stay_makes_no_demands_for_a_check(tmp_path):
    bench = VirtualBench(tmp_path, is_started=False)
    bench.scan(SCANS)
    assert bench.server.request(RunCheck("feed-line")).reason.id == "preflight.needs-server"
    assert bench.state == "monitor"
    bench.close()
