"""What the title strip says."""

from dataclasses import replace

import pytest

from bench.control.states import State
from bench.messages import Bilingual
from bench.service.port import BenchState
from gui.state.console.contact import Contact
from gui.state.console.strip import speed_shown, strip_of
from gui.state.session import Session
from tests.gui.state import sessions


def test_the_strip_names_bench_object_run_and_who_holds_control(session):
    found = strip_of(session)
    assert found.bench == Bilingual("Hydrogen engine cell", "氢发动机试验间")
    assert found.object == Bilingual("Hydrogen engine H2E-0001", "氢发动机 H2E-0001")
    assert (found.run, found.step.en) == ("efficiency-map", "2400 rpm / 180 N·m")
    assert found.is_ours
    assert found.is_simulated
    assert found.speed == "60"


def test_control_of_somebody_else_is_not_ours():
    found = strip_of(sessions.session(sessions.running(control="lw@cell-1")))
    assert (found.control, found.is_ours) == ("lw@cell-1", False)


def test_nobody_is_us_where_we_have_no_name():
    found = strip_of(sessions.session(sessions.running(control=""), client=""))
    assert not found.is_ours


def test_a_watched_bench_names_no_run_and_no_step():
    watched = BenchState(state=State.MONITOR, rig="hydrogen-engine-cell", protocol="watch")
    found = strip_of(sessions.session(watched))
    assert (found.run, found.step.en) == ("", "")


def test_without_a_model_the_bench_has_the_name_of_its_rig(session):
    assert strip_of(replace(session, model=None)).bench == Bilingual("hydrogen-engine-cell")


@pytest.mark.parametrize(
    ("silent_for", "is_connected", "contact", "said"),
    [
        (0.4, True, Contact.HEARD, None),
        (1.99, True, Contact.HEARD, None),
        (3.7, True, Contact.SILENT, "no word from the bench server for 3 s"),
        (0.0, False, Contact.GONE, "no bench server: last known state"),
    ],
)
def test_a_server_that_is_not_heard_is_told(session, silent_for, is_connected, contact, said):
    found = strip_of(replace(session, silent_for=silent_for, is_connected=is_connected))
    assert found.contact is contact
    assert (found.trouble and found.trouble.text()) == said


def test_a_session_that_knows_nothing_can_be_shown():
    found = strip_of(Session())
    assert (found.state, found.contact, found.object) == (State.OFF, Contact.GONE, Bilingual(""))


@pytest.mark.parametrize(
    ("speed", "shown"), [(1.0, ""), (60.0, "60"), (0.5, "0.5"), (float("inf"), "∞"), (0.0, "∞")]
)
def test_only_a_pace_other_than_real_time_is_told(speed, shown):
    assert speed_shown(speed) == shown
