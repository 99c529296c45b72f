import pytest

from bench.control.states import State
from bench.model import GasLot
from bench.record.disk.locks import Purpose, held
from bench.runs import open_run
from bench.service import assembling
from bench.service.requests import Answer, ChangeGas, Hold, Leave, Note, Resume, Snapshot, StopNow
from tests.system.virtual_bench import VirtualBench


@pytest.fixture
def bench(tmp_path):
    bench = VirtualBench(tmp_path)
    yield bench
    bench.close()


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (Hold(), "control.no-transition"),
        (Resume(), "control.no-transition"),
        (StopNow(needs_run=True), "control.nothing-runs"),
        (StopNow(is_hard=True, needs_run=True), "control.nothing-runs"),
        (Answer(), "control.no-question"),
    ],
)
def test_before_the_start_there_is_nothing_to_hold_stop_or_answer(bench, request_, reason):
    bench.scan(3)
    reply = bench.server.request(request_)
    assert not reply.is_accepted
    assert reply.reason.id == reason
    assert bench.loop.state is State.MONITOR
    assert bench.events()[-1] == "control.refused"


def test_every_request_that_is_taken_is_an_event_of_the_run(bench):
    lot = GasLot("H2-9", "2026-11-01", {"N2": (1e-5, 1e-6)})
    bench.answers = False
    bench.until_step("start/ready")
    asked = [Note("all quiet", "ada"), ChangeGas(lot), Hold(), Resume(), Answer(operator="ada")]
    assert all(bench.server.request(each).is_accepted for each in asked)
    bench.scan(2)
    bench.server.request(StopNow())
    bench.until(lambda: bench.is_over)
    bench.close()
    with open_run(bench.server.path) as run:
        told = [event.message for event in run.events]
    accepted = [m.arguments["request"] for m in told if m.id == "control.accepted"]
    assert accepted == ["Note", "ChangeGas", "Hold", "Resume", "Answer", "StopNow"]
    assert [m.arguments["text"] for m in told if m.id == "control.note"] == ["all quiet"]
    assert [m.arguments["lot"] for m in told if m.id == "gas.lot"] == ["H2-2026-117", "H2-9"]


def test_a_question_stays_while_held_and_its_answer_counts_after(bench):
    bench.answers = False
    bench.until_step("start/ready")
    bench.scan()
    bench.server.request(Hold())
    bench.scan(5)
    assert bench.server.state().question is not None
    bench.server.request(Answer())
    bench.scan(5)
    assert bench.loop.position.id == "start/ready"
    bench.server.request(Resume())
    bench.scan(3)
    assert bench.loop.position.id != "start/ready"


def test_a_stop_takes_the_question_back(bench):
    bench.answers = False
    bench.until_step("start/ready")
    bench.scan()
    bench.server.request(StopNow())
    bench.scan()
    assert bench.server.state().question is None
    assert not bench.server.request(Answer()).is_accepted


def test_the_state_shows_what_runs_and_what_is_left(bench):
    bench.until_step("stay")
    state = bench.server.state()
    assert (state.state, state.is_simulated) == (State.AUTOMATIC, True)
    assert state.protocol == "tests/loaded-point"
    assert state.position.id == "stay"
    assert 0 < state.remaining < 300
    assert state.elapsed == pytest.approx(bench.seconds)
    assert [shown.name for shown in state.channels] == list(bench.loop.model.key_channels)
    assert state.alarms == ()
    assert state.file == bench.server.path


def test_an_alarm_is_shown_while_it_lasts(bench):
    bench.until_step("point")
    bench.sensors["plc.hood_h2_1"] = lambda _: 0.15
    bench.scan(8)
    assert bench.server.state().alarms == ("hood-hydrogen-early",)
    del bench.sensors["plc.hood_h2_1"]
    bench.scan(3)
    assert bench.server.state().alarms == ()


def test_the_identity_of_every_instrument_stands_in_the_run(bench):
    bench.until_step("start/crank")
    bench.close()
    with open_run(bench.server.path) as run:
        assert set(run.header.identities) == {each.name for each in bench.loop.model.connections}
        assert all(run.header.identities.values())


def test_a_snapshot_can_be_taken_in_every_state_and_stands_in_the_run(bench):
    bench.answers = False
    assert not bench.server.request(Snapshot()).is_accepted  # nothing is recorded yet
    bench.scan(5)
    assert bench.server.request(Snapshot(operator="ada")).is_accepted
    bench.until_step("start/ready")
    bench.scan(2)
    assert bench.server.request(Snapshot("smoke", 0.3)).is_accepted
    bench.server.request(Hold())
    bench.scan(20)
    assert bench.server.request(Snapshot("smoke", 1.0)).is_accepted
    bench.server.request(StopNow())
    bench.scan()
    assert bench.state == "stopping"
    assert bench.server.request(Snapshot()).is_accepted
    bench.until(lambda: bench.is_over)
    assert bench.server.request(Snapshot()).is_accepted
    assert not bench.server.request(Snapshot("point")).is_accepted  # the protocol measures it
    bench.close()
    with open_run(bench.server.path) as run:
        points, begin = run.points, run.header.start_ns
        told = [event for event in run.events if event.message.id.startswith("control.snapshot")]
        kinds = [e.message.arguments.get("request") for e in run.events]
    assert [(p.name, p.repeat) for p in points] == [
        ("snapshot", 1), ("smoke", 1), ("smoke", 2), ("snapshot", 2), ("snapshot", 3),
    ]  # fmt: skip
    first, asked, held, stopping, _ = points
    assert first.start_ns == begin  # the run is younger than 10 s
    assert not first.valid  # the instruments had not answered yet
    assert (asked.step_id, held.step_id) == ("start/ready", "start/ready")
    assert held.end_ns - held.start_ns == 1_000_000_000
    assert stopping.valid
    assert [event.source for event in told] == ["ada"] + ["operator"] * 4
    assert kinds.count("Snapshot") == 7


def test_a_bench_that_moves_is_not_left(bench):
    bench.until_step("start/crank")
    assert bench.server.request(Leave()).reason.id == "control.no-leaving"
    assert bench.state == "automatic"


def test_a_run_that_is_left_before_its_start_is_refused_with_nothing_moved(bench):
    bench.scan(2)
    assert bench.server.request(Leave()).is_accepted
    assert bench.is_over
    assert bench.close().state == "refused"
    assert not bench.server.has_begun


def test_a_bench_that_cannot_be_made_leaves_no_run_that_is_being_recorded(tmp_path, monkeypatch):
    def failing(*_, **__):
        raise ZeroDivisionError

    monkeypatch.setattr(assembling, "Loop", failing)
    with pytest.raises(ZeroDivisionError):
        VirtualBench(tmp_path)
    (path,) = tmp_path.rglob("*.h5")
    assert not held(path, Purpose.RECORDING)
    with open_run(path) as run:
        assert (run.state, run.ending.state) == ("closed", "error")
        assert "ZeroDivisionError" in str(run.ending.message)
