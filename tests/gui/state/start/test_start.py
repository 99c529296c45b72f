"""Whether a run may begin."""

from dataclasses import replace
from pathlib import Path

import pytest

from bench.control.states import State
from bench.messages import Bilingual, Message
from bench.service.port import BenchState, CheckShown
from gui.state.session import Session
from gui.state.start.start import start_of
from tests.gui.state.sessions import US, engine_cell


def check(*, is_passed, is_needed=True):
    return CheckShown(
        "doors", Bilingual("Doors closed"), is_passed, Message("preflight.never"), 0.0, 0.0,
        is_attested=False, is_needed=is_needed,
    )  # fmt: skip


def session(**changes):
    bench = BenchState(state=State.MONITOR, rig="hydrogen-engine-cell", phase="sequence")
    bench = replace(bench, **({"phase": ""} | changes))
    return Session(bench, engine_cell(), is_connected=True, client=US)


def hindrance(**changes):
    found = start_of(session(**changes)).hindrance
    return "" if found is None else found.id


def test_a_watched_bench_with_all_checks_passed_may_begin():
    state = start_of(session(preflight=(check(is_passed=True),)))
    assert state.may_begin
    assert (state.kind, state.serial) == ("hydrogen-engine", "H2E-0001")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"state": State.SAFE}, "start.not-monitor"),
        ({"state": State.AUTOMATIC, "protocol": "x"}, "start.busy"),
        ({"control": "jo@desk"}, "start.control-held"),
        ({"unexplained": "/runs/a.h5"}, "start.unexplained"),
        ({"trouble": Message("serve.x")}, "serve.x"),
        ({"preflight": (check(is_passed=False),)}, "start.lacking"),
        ({"preflight": (check(is_passed=False, is_needed=False),)}, ""),
        ({"control": US}, ""),
    ],
)
def test_what_hinders_a_start_is_said(changes, said):
    assert hindrance(**changes) == said


def test_without_a_server_nothing_begins():
    assert start_of(replace(session(), is_connected=False)).hindrance.id == "start.not-connected"
    assert start_of(replace(session(), model=None)).hindrance.id == "start.no-model"


def test_a_run_file_is_told_by_its_name():
    state = start_of(session(unexplained=str(Path("runs") / "a.h5")))
    assert state.unexplained == "a.h5"


def test_the_same_session_gives_the_same_state():
    assert start_of(session()) == start_of(session())
