"""The preflight as a command: from the evidence alone, or asked of the server."""

import math

import pytest
from typer.testing import CliRunner

from bench.cli import app
from bench.clock import SystemClock
from bench.errors import Refused, RunFileError
from bench.exits import Exit
from bench.messages import Bilingual, Message
from bench.preflight.store import file_of, read
from bench.service import preflighting
from bench.service.keys import user_keys
from bench.service.port import BenchState, CheckShown, Reply
from bench.service.preflighting import Listed, lines_of
from bench.service.requests import Attest, HandOver, RunCheck, TakeControl
from tests.bench.service.serving import DONE, Served

RIG = "hydrogen-engine-cell"
CLOCK = SystemClock()


@pytest.fixture
def invoke(tmp_path, monkeypatch):
    monkeypatch.setenv("H2BENCH_LANGUAGE", "en")
    monkeypatch.setenv("H2BENCH_SERVERS", str(tmp_path))
    monkeypatch.setenv("H2BENCH_KEYS", str(tmp_path / "keys"))
    monkeypatch.setenv("COLUMNS", "200")
    runs = ("--output", str(tmp_path / "runs"))
    return lambda *options: CliRunner().invoke(app, ["preflight", RIG, *options, *runs])


def shown(name, **changes):
    given = {
        "id": name,
        "title": Bilingual(""),
        "is_passed": True,
        "evidence": Message("preflight.attested", {"text": "quiet", "who": "mk"}),
        "age": 7200.0,
        "valid_for": 86400.0,
        "is_attested": True,
    }
    return CheckShown(**(given | changes))


def test_what_is_open_comes_first_and_what_is_not_asked_for_last():
    checks = (
        shown("done"),
        shown("later", is_passed=False, is_needed=False),
        shown("open", is_passed=False, age=math.nan, advice=Bilingual("Look.", "请看。")),
        shown("now", age=0.0, valid_for=0.0),
    )
    found = Listed("cell", preflighting._ordered(checks), is_served=True)
    lines = lines_of(found, "en")
    assert lines[0] == "Preflight of cell: 2 of 3 passed"
    assert lines[1:3] == ["  OPEN  open: quiet (mk) [never]", "        Look."]
    assert lines[3] == "  OK    done: quiet (mk) [2.00 h old, valid for 24.0 h]"
    assert lines[4] == "  OK    now: quiet (mk) [now]"
    assert "later" in lines[5]
    assert [each.id for each in found.lacking] == ["open"]
    assert "请看。" in lines_of(found, "zh")[2]


def test_without_a_server_the_instruments_are_not_known(invoke):
    result = invoke()
    assert result.exit_code == Exit.REFUSED
    assert "it is not known whether cell.doors > 0.5" in result.output
    assert "Disk space for a week (disk):" in result.output
    assert "is not served" in result.output


def test_what_is_attested_without_a_server_is_written_down(invoke, tmp_path):
    assert invoke("--attest", "walk-round", "all quiet", "--as", "mk").exit_code == 0
    (evidence,) = read(file_of(tmp_path / "runs", RIG))
    assert (evidence.check, evidence.who, evidence.is_attested) == ("walk-round", "mk", True)
    assert "all quiet (mk)" in invoke().output
    result = invoke("--attest", "doors", "they are shut", "--as", "mk")
    assert isinstance(result.exception, Refused)
    assert len(read(file_of(tmp_path / "runs", RIG))) == 1


def test_evidence_that_is_damaged_is_told(invoke, tmp_path):
    path = file_of(tmp_path / "runs", RIG)
    path.parent.mkdir()
    path.write_text("{", encoding="utf-8")
    assert isinstance(invoke().exception, RunFileError)


def test_a_check_is_done_only_by_a_server(invoke):
    result = invoke("--run", "heartbeat")
    assert isinstance(result.exception, Refused)
    assert result.exception.message.id == "preflight.run-served"


def test_a_check_is_either_done_or_attested(invoke):
    assert invoke("--run", "heartbeat", "--attest", "walk-round", "seen").exit_code == Exit.USAGE


@pytest.fixture
def served(tmp_path, monkeypatch):
    monkeypatch.setenv("H2BENCH_SERVERS", str(tmp_path))
    monkeypatch.setenv("H2BENCH_KEYS", str(tmp_path / "keys"))
    with Served(tmp_path, rig=RIG, keys=user_keys()) as served:
        yield served


@pytest.mark.parametrize(
    ("said", "code"), [("preflight.done", True), ("preflight.not-done", False)]
)
def test_a_check_is_waited_for_with_control_taken_and_given_back(served, said, code):
    outcome = Message(said, {"check": "heartbeat", "said": Message("preflight.clock")})
    other = Message("preflight.done", {"check": "flow-zero", "said": Message("preflight.clock")})

    def answer(asked):
        if isinstance(asked.request, RunCheck):
            for message in (other, outcome):
                served.gate.tell("info", "preflight", message, CLOCK.utc())
        return DONE

    served.answer = answer
    found = preflighting.run_check(RIG, "heartbeat", name="mk", wall=CLOCK)
    assert found.id == said
    assert preflighting.is_passed(found) is code
    kinds = [type(each.request) for each in served.asked]
    assert kinds == [TakeControl, RunCheck, HandOver]


def test_what_the_server_refuses_is_refused_and_control_given_back(served):
    no = Reply(is_accepted=False, reason=Message("preflight.busy", {"check": "feed-line"}))
    served.answer = lambda asked: no if isinstance(asked.request, RunCheck) else DONE
    with pytest.raises(Refused, match="feed-line"):
        preflighting.run_check(RIG, "heartbeat", name="mk", wall=CLOCK)
    assert type(served.asked[-1].request) is HandOver


def test_a_server_says_how_checks_stand_and_takes_what_is_attested(served, tmp_path):
    checks = (shown("done"), shown("open", is_passed=False))
    served.gate.publish(BenchState(rig=RIG, preflight=checks))
    found = preflighting.listed(RIG, tmp_path, name="mk", wall=CLOCK)
    path = preflighting.attest(RIG, "walk-round", "quiet", tmp_path, name="mk", wall=CLOCK)
    assert [each.id for each in found.checks] == ["open", "done"]
    assert found.checks[0].evidence == shown("open").evidence
    assert preflighting.listed("", tmp_path, name="mk", wall=CLOCK) == found
    assert path is None
    assert served.asked[-1].request == Attest("walk-round", "quiet", "mk")


def test_the_only_rig_that_is_served_is_meant_though_it_is_not_installed(tmp_path, monkeypatch):
    monkeypatch.setenv("H2BENCH_SERVERS", str(tmp_path))
    monkeypatch.setenv("H2BENCH_KEYS", str(tmp_path / "keys"))
    with Served(tmp_path, rig="bench-of-mine", keys=user_keys()) as served:
        served.gate.publish(BenchState(rig="bench-of-mine", preflight=(shown("done"),)))
        found = preflighting.listed("", tmp_path, name="mk", wall=CLOCK)
    assert (found.rig, found.is_served) == ("bench-of-mine", True)
