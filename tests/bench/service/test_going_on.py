"""A served bench goes on behind a planned stop, and after a soft stop that somebody explained."""

import pytest

from bench.control.loop import Stop
from bench.control.states import State
from bench.messages import Message
from bench.runs import open_run
from bench.service.requests import Begin, Explain, Reset, TakeControl
from bench.service.station import Phase
from tests.bench.service.test_station import ADA, Served

TEXT = """\
protocol: pausing
object: hydrogen-engine
rig: hydrogen-engine-cell
counters: {passes: {}}
steps:
  - id: loop
    repeat:
      times: 2
      steps:
        - {id: cool, set: {coolant.setpoint: 60 degC}}
        - {id: work, hold: 5 s}
        - {id: back, set: {coolant.setpoint: 88 degC}}
        - {id: service, planned-stop: {for: 4 h}}
    counts: {passes: 1}
re-entry:
  - {id: again, hold: 1 s}
"""


@pytest.fixture
def served(tmp_path):
    (tmp_path / "pausing.yaml").write_text(TEXT, encoding="utf-8")
    served = Served(tmp_path / "runs")
    yield served
    if served.server.loop.is_actuating:
        served.server.make_safe()
    served.station.close()


@pytest.fixture
def protocol(tmp_path):
    return str(tmp_path / "pausing.yaml")


def test_a_run_goes_on_behind_a_planned_stop_in_a_file_of_its_own(served, protocol):
    served.begin(protocol)
    first = served.server.path
    served.until(lambda: served.judged)
    assert served.station.state().last_ending == "planned-stop"
    served.ask(Begin(protocol, is_resumed=True))
    served.until(lambda: served.state is State.AUTOMATIC)
    assert served.server.order.continues == first.name
    served.until(lambda: served.server.loop.position.id == "loop/work")
    assert served.server.loop.position.turns == ((2, 2),)
    assert served.server.loop.counters.values["passes"] == 1
    served.until(lambda: served.station.phase is Phase.WATCHING)
    with open_run(first) as run:
        assert [step.id for step in run.steps if step.kind == "planned-stop"] == ["loop/service"]


def refusal(served, request):
    """Return why a request is refused, once its files are read beside the scan."""
    answers = []
    served.station.ask(request, ADA, answers.append, ("client-1",))
    served.until(lambda: answers)
    assert not answers[0].is_accepted
    return answers[0].reason


def stopped(served, protocol, *, is_hard):
    served.begin(protocol)
    served.until(lambda: served.server.loop.position.id == "loop/work")
    reason = Message("control.limit", {"limit": "oil-hot", "text": "oil"})
    served.server.loop.begin_stop(Stop("limit", reason, is_hard=is_hard))
    served.until(lambda: served.judged)
    assert served.ask(Reset()).is_accepted
    assert served.state is State.MONITOR
    return served.judged[0]


def test_after_a_soft_stop_by_a_limit_a_run_goes_on_once_it_is_explained(served, protocol):
    name = stopped(served, protocol, is_hard=False)
    again = Begin(protocol, is_resumed=True)
    assert refusal(served, again).id == "chain.unexplained"
    assert served.ask(Explain("the oil cooler was shut", "ada")).is_accepted
    served.until(lambda: "chain.explained" in served.told)
    served.ask(again)
    served.until(lambda: served.server.loop.position.id == "re-entry/again")
    served.until(lambda: served.server.loop.position.id == "loop/work")
    assert served.server.order.continues == name
    demanded = dict(served.server.loop.demands.named())
    assert demanded["coolant.setpoint"] == pytest.approx(333.15)


def test_a_run_that_was_stopped_hard_is_not_gone_on_with(served, protocol):
    stopped(served, protocol, is_hard=True)
    reason = refusal(served, Begin(protocol, is_resumed=True))
    assert reason.id == "chain.stopped-hard"
    assert "begin anew" in reason.text()


def test_a_run_that_was_completed_or_never_stopped_waits_for_no_explanation(served, protocol):
    assert served.refusal(Explain("nothing", "ada")) == "serve.nothing-to-explain"
    served.ask(TakeControl())
    again = Begin(protocol, is_resumed=True)
    assert refusal(served, again).id == "serve.nothing-to-resume"
