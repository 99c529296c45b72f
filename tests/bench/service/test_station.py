"""A station in virtual time: an errand is done at once, by the thread that sends it."""

from concurrent.futures import Executor, Future
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from bench.check import Checker
from bench.clock import SystemClock
from bench.config import Catalogue
from bench.control.loop import Stop
from bench.control.states import State
from bench.messages import Message
from bench.record.port import WATCHED
from bench.runs import open_run
from bench.service import rig_files
from bench.service.order import WATCHED_TITLE
from bench.service.orders import Orders
from bench.service.past import Past
from bench.service.requests import (
    Answer,
    Begin,
    Force,
    HandOver,
    Hold,
    Leave,
    Note,
    Reset,
    Resume,
    Sender,
    SetDemands,
    StopNow,
    TakeControl,
    TakeOver,
)
from bench.service.station import Phase, Station

RIG = "hydrogen-engine-cell"
SHORT = str(Path(__file__).parents[2] / "system" / "short-point.yaml")
ADA, BOB = Sender("ada@cell-3", "client-1"), Sender("bob@office", "client-2")


@cache
def watched():
    return Checker(Catalogue.shipped()).check_rig(RIG, WATCHED, WATCHED_TITLE, is_simulated=True)


class AtOnce(Executor):
    """Does what it is given before it returns; `is_closed`: keeps it until `open`."""

    def __init__(self):
        self.is_closed = False
        self.kept = []

    def submit(self, fn, /, *args, **kwargs):
        future = Future()
        self.kept.append((future, fn, args))
        if not self.is_closed:
            self.open()
        return future

    def open(self):
        self.is_closed = False
        kept, self.kept = self.kept, []
        for future, work, arguments in kept:
            try:
                future.set_result(work(*arguments))
            except Exception as error:  # noqa: BLE001 - as an executor does
                future.set_exception(error)


class Served:
    """A station, who asks it, and what it answered."""

    def __init__(self, folder, broken=None, checked=None, clock=None):
        simulation = watched().model.simulation
        self.beside = AtOnce()
        self.judged = []
        self.orders = Orders(
            RIG,
            Catalogue.shipped(),
            checked or watched(),
            folder,
            simulation=replace(simulation, parameters={**simulation.parameters, "warm": 1.0}),
            seed=1,
            wall=SystemClock(),
        )
        self.left = Past(self.orders).left_stop()
        self.station = Station(
            self.orders,
            beside=self.beside,
            judge=self.judge,
            clock=clock,
            broken=broken,
            left=self.left,
        )
        self.server = self.station.server
        self.told = []
        self.server.loop.log.tell(lambda event: self.told.append(event.message.id))

    def judge(self, path):
        self.judged.append(path.name)
        return Message("serve.judged-pass", {"file": path.name})

    def ask(self, request, sender=ADA, present=("client-1", "client-2")):
        answers = []
        self.station.ask(request, sender, answers.append, present)
        return answers[0] if answers else None

    def refusal(self, request, sender=ADA, **more):
        reply = self.ask(request, sender, **more)
        assert reply is not None
        assert not reply.is_accepted
        return reply.reason.id

    def scan(self, count=1):
        for _ in range(count):
            self.station.step()

    def until(self, holds, most=3000):
        for _ in range(most):
            if holds():
                return
            self.scan()
        raise AssertionError(self.station.state())

    @property
    def state(self):
        return self.server.loop.state

    def begin(self, protocol=SHORT, **more):
        """Take control and begin, once the bench answers."""
        self.scan(350)
        self.ask(TakeControl())
        self.ask(Begin(protocol, **more))
        self.until(lambda: self.state is State.AUTOMATIC)


@pytest.fixture
def served(tmp_path):
    served = Served(tmp_path)
    yield served
    if served.server.loop.is_actuating:
        served.server.make_safe()
    served.station.close()


def test_one_run_after_the_other_each_with_its_file_and_a_verdict(served, tmp_path):
    served.begin(confirms_prompts=True)
    run = served.server.path
    assert "short-point" in run.name
    assert served.station.phase is Phase.RUNNING
    served.until(lambda: served.station.phase is Phase.WATCHING and served.judged)
    assert served.judged == [run.name]
    assert served.state is State.MONITOR
    served.until(lambda: "serve.judged-pass" in served.told)
    state = served.station.state()
    assert (state.last_file, state.last_ending) == (run, "completed")
    served.begin(confirms_prompts=True)
    second = served.server.path
    assert second != run
    with open_run(run) as recorded:
        assert recorded.ending.state == "completed"
        states = [
            e.message.arguments["after"] for e in recorded.events if e.message.id == "control.state"
        ]
    assert states == ["ready", "automatic", "stopping", "safe"]
    assert sorted("monitor" in path.name for path in tmp_path.glob("*.h5")) == [
        False,
        False,
        True,
        True,
    ]


def test_the_state_says_where_the_run_is_and_what_is_demanded(served, monkeypatch):
    watching = served.station.state()
    assert (watching.step_number, watching.step_count, watching.next_title) == (0, 0, None)
    assert Path(watching.rig_file).name == f"{RIG}.yaml"
    assert Path(watching.rig_file).is_absolute()
    served.begin("hydrogen-engine/start")
    served.until(lambda: served.station.state().question is not None)
    asking = served.station.state()
    assert asking.question_picture.name == "cell-closed.svg"
    assert asking.question_picture.is_file()
    assert (asking.step_number, asking.next_title.en, asking.next_expected) == (1, "media", 0.0)
    assert asking.step_count > 10
    served.ask(Answer())
    served.until(lambda: served.station.state().position.id == "flush")
    state = served.station.state()
    assert (state.step_number, state.step_count) == (6, asking.step_count)
    assert state.demands["oil.setpoint"] == pytest.approx(95 + 273.15)
    assert state.trouble is None
    told = Message("serve.no-demands")
    monkeypatch.setattr(type(served.server._recorder), "trouble", told)
    assert served.station.state().trouble == told


STEADY = """
protocol: tests/steady
title: {en: Steady}
object: hydrogen-engine
rig: hydrogen-engine-cell
steps:
  - id: steady
    stabilise:
      oil.temperature: {span: 30 K, slope: 0.001 %/min}
      window: 5 s
      within: 1 min
"""


def test_a_state_shows_what_is_found_of_each_criterion(served, tmp_path):
    protocol = tmp_path / "steady.yaml"
    protocol.write_text(STEADY)
    served.begin(str(protocol))
    served.scan()
    span, slope = served.station.state().criteria
    assert (span.channel, span.kind, span.text) == ("oil.temperature", "span", "–/30.0 K")
    assert (slope.kind, slope.text) == ("slope", "–/0.00100 %/min")
    assert served.station.state().position.phase in {"", "0/1"}
    served.until(lambda: served.station.state().criteria[0].text[0] != "–", most=300)
    span, slope = served.station.state().criteria
    assert (span.is_met, slope.is_met) == (True, False)
    assert 0.0 < float(span.text.split("/")[0]) < 30.0
    assert float(slope.text.split("/")[0]) > 0.001


def test_starting_needs_control_and_stopping_does_not(served):
    served.scan(350)
    assert served.refusal(Begin(SHORT)) == "serve.control-nobody"
    served.ask(TakeControl())
    assert served.refusal(Begin(SHORT), BOB) == "serve.control-held"
    assert served.refusal(TakeControl(), BOB) == "serve.control-held"
    assert served.refusal(TakeControl(), BOB, present=("client-2",)) == "serve.control-left"
    served.begin(confirms_prompts=True)
    assert served.ask(StopNow(), BOB).is_accepted
    assert served.state is State.STOPPING


def test_control_is_given_by_its_holder_or_by_anyone_once_that_client_is_gone(served):
    served.ask(TakeControl())
    assert served.refusal(HandOver("bob@office"), BOB) == "serve.control-held"
    assert served.ask(HandOver("bob@office")).is_accepted
    assert served.station.state().control == "bob@office"
    served.ask(Note("here"), BOB)
    assert served.refusal(HandOver("ada@cell-3")) == "serve.control-held"
    assert served.ask(HandOver("ada@cell-3"), present=("client-1",)).is_accepted
    assert served.station.state().control == "ada@cell-3"


def test_who_held_may_go_on_without_control(served):
    served.begin(confirms_prompts=True)
    assert served.ask(Hold(), BOB).is_accepted
    served.until(lambda: served.server.loop.holding == "held")
    third = Sender("eve@home", "client-3")
    assert served.refusal(Resume(), third) == "serve.control-held"
    assert served.ask(Resume(), BOB).is_accepted


def test_every_request_and_refusal_is_an_event_with_the_name_of_who_asked(served):
    served.scan(3)
    served.ask(Note("all quiet"))
    served.ask(Begin(SHORT), BOB)
    path = served.server.path
    served.station.close()
    with open_run(path) as run:
        told = [(e.source, e.message.id) for e in run.events if e.message.id.startswith("control.")]
    assert ("ada@cell-3", "control.accepted") in told
    assert ("bob@office", "control.refused") in told


def test_a_protocol_with_problems_is_refused_with_all_of_them_and_nothing_moves(served, tmp_path):
    served.scan(350)
    served.ask(TakeControl())
    bad = tmp_path / "bad.yaml"
    bad.write_text("protocol: tests/bad\nobject: hydrogen-engine\nsteps: [{wait: 5}]\n")
    before = served.server.path
    answers = []
    served.station.ask(Begin(str(bad)), ADA, answers.append)
    served.scan(2)
    assert "bad.yaml" in answers[0].reason.text()
    assert served.station.phase is Phase.WATCHING
    assert (served.state, served.server.path) == (State.MONITOR, before)


def test_while_a_run_is_prepared_no_other_begins_and_nobody_takes_over(served):
    served.scan(350)
    served.ask(TakeControl())
    served.beside.is_closed = True
    assert served.ask(Begin(SHORT)) is None  # the answer comes when it is prepared
    assert served.refusal(Begin(SHORT)) == "serve.busy"
    assert served.refusal(TakeOver()) == "serve.not-now"
    served.scan(5)
    assert served.station.phase is Phase.PREPARING
    served.beside.open()
    served.scan(2)
    assert served.station.phase is Phase.RUNNING


def test_after_a_stop_by_a_limit_the_bench_stays_safe_until_somebody_resets_it(served):
    served.begin(confirms_prompts=True)
    reason = Message("control.limit", {"limit": "oil-hot", "text": "oil"})
    served.server.loop.begin_stop(Stop("limit", reason, is_hard=False))
    served.until(lambda: served.server.loop.is_finished)
    served.scan(50)
    assert (served.station.phase, served.state) == (Phase.WATCHING, State.SAFE)
    assert served.refusal(Begin(SHORT)) == "serve.not-in-monitor"
    assert served.ask(Reset()).is_accepted
    assert served.state is State.MONITOR
    assert served.station.state().last_ending == "limit"


def test_a_bench_that_tripped_is_watched_and_stays_tripped(served):
    served.begin(confirms_prompts=True)
    served.until(lambda: served.server.loop.position.id == "part-load")
    plant = served.server.wiring.truth.plant
    plant.parameters = replace(plant.parameters, leak_rate=5e-3)
    served.until(lambda: served.server.loop.is_finished)
    run = served.server.path
    served.scan(50)
    assert (served.station.phase, served.state) == (Phase.WATCHING, State.TRIPPED)
    assert served.server.path != run
    assert served.refusal(Begin(SHORT)) == "serve.not-in-monitor"
    assert served.refusal(Reset()) == "control.chain-still-open"


def test_a_file_of_the_rig_that_was_edited_forbids_to_begin(served, monkeypatch):
    served.scan(350)
    served.ask(TakeControl())
    monkeypatch.setattr(rig_files.RigFiles, "changed", lambda self: ("rig.yaml",))
    answers = []
    served.station.ask(Begin(SHORT), ADA, answers.append)
    served.scan(2)
    assert answers[0].reason.id == "serve.rig-changed"
    served.scan(700)
    assert served.told.count("serve.rig-changed") == 1
    assert served.refusal(Begin(SHORT)) == "serve.rig-changed"


def test_a_run_that_is_stopped_before_it_begins_leaves_the_bench_watched(served):
    served.ask(TakeControl())
    served.ask(Begin(SHORT))  # the analyser warms up: it waits for a value
    served.scan(3)
    assert served.station.phase is Phase.RUNNING
    assert served.state is State.MONITOR
    run = served.server.path
    assert served.ask(StopNow()).is_accepted
    served.scan(3)
    assert served.station.phase is Phase.WATCHING
    assert served.judged == []
    with open_run(run) as recorded:
        assert recorded.ending.state == "refused"


def test_a_bench_that_is_told_to_end_files_the_run_that_it_stops_as_stopped(served):
    served.begin()
    run = served.server.path
    served.ask(StopNow(needs_run=True))
    served.beside.is_closed = True  # the file of the watch is not there yet when all is safe
    served.until(lambda: served.station.phase is Phase.RETURNING)
    served.station.end()
    served.beside.open()
    served.until(lambda: served.station.is_idle)
    served.station.close()
    with open_run(run) as recorded:
        assert recorded.ending.state == "operator"


def test_demands_by_hand_are_recorded_in_the_file_of_the_watch(served):
    served.scan(350)
    served.ask(TakeControl())
    assert served.ask(TakeOver()).is_accepted
    assert served.state is State.MANUAL
    assert served.refusal(SetDemands({"no.such": "1"})) == "serve.no-demand"
    name = served.server.loop.model.demands[0].name
    assert served.refusal(SetDemands({name: "nonsense"})) is not None
    watch = served.server.path
    assert served.ask(StopNow()).is_accepted
    served.until(lambda: served.state is State.MONITOR)
    assert served.server.path != watch
    assert served.judged == []


def test_a_value_is_forced_only_while_nothing_runs_and_with_a_reason(served):
    served.scan(350)
    served.ask(TakeControl())
    channel = "oil.temperature"
    assert served.refusal(Force(channel, "350 K")) == "serve.force-reason"
    assert served.ask(Force(channel, "350 K", "sensor is out")).is_accepted
    assert served.station.state().forced == (channel,)
    served.scan(100)
    assert served.refusal(Begin(SHORT)) == "control.limits-forbid"  # what is forced is BAD
    assert served.ask(Force(channel, "")).is_accepted
    assert served.station.state().forced == ()
    served.begin(confirms_prompts=True)
    assert served.refusal(Force(channel, "350 K", "again")) == "serve.force-monitor-only"


def test_a_bench_that_is_served_is_not_left(served):
    served.scan()
    served.ask(TakeControl())
    assert served.refusal(Leave()) == "serve.no-leaving"


def test_anyone_has_the_object_made_safe_while_the_bench_is_only_watched(served):
    served.scan(20)
    watch = served.server.path
    assert served.refusal(StopNow(needs_run=True), BOB) == "control.nothing-runs"
    assert served.ask(StopNow(is_hard=True), BOB).is_accepted
    assert served.state is State.STOPPING
    served.until(lambda: served.server.path != watch)
    served.scan(3)
    assert served.state is State.MONITOR
    with open_run(watch) as recorded:
        assert recorded.ending.state == "operator"
        assert recorded.steps[-1].id == "hard-stop"
        assert recorded.bookmark.phase == "hard-stop"


def test_a_run_that_is_stopped_while_it_is_prepared_does_not_begin(served):
    served.scan(350)
    served.ask(TakeControl())
    served.beside.is_closed = True
    answers = []
    served.station.ask(Begin(SHORT), ADA, answers.append)
    assert served.ask(StopNow(), BOB).is_accepted
    served.beside.open()
    served.scan(3)
    assert [each.reason.id for each in answers] == ["control.left"]
    assert (served.station.phase, served.state) == (Phase.WATCHING, State.MONITOR)


def test_an_alarm_that_is_latched_forbids_a_start_until_it_is_reset(tmp_path):
    model = watched().model
    limits = tuple(replace(each, is_latched=each.id == "oil-hot") for each in model.limits)
    served = Served(tmp_path, checked=replace(watched(), model=replace(model, limits=limits)))
    served.scan(350)
    served.ask(TakeControl())
    served.ask(Force("oil.temperature", "350 K", "to see the alarm"))  # BAD: counts as too hot
    served.scan(40)
    served.ask(Force("oil.temperature", ""))
    served.scan(40)
    assert served.refusal(Begin(SHORT)) == "control.latched"
    assert served.refusal(TakeOver()) == "control.latched"
    assert served.ask(Reset("oil-hot")).is_accepted
    assert served.ask(TakeOver()).is_accepted
    served.server.make_safe()
    served.station.close()
