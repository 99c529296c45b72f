"""Comparing channels with zero."""

from dataclasses import replace

from bench.control.states import State
from bench.messages import Message
from bench.service.port import BenchState, EventShown
from bench.service.requests import Compare
from gui.state.console.zeroing import comparison, outcome_in, zero_of
from gui.state.session import Session
from tests.gui.state.sessions import engine_cell


def session(**changes):
    bench = replace(BenchState(state=State.MONITOR), **changes)
    return Session(bench, engine_cell(), is_connected=True, client="mk")


def event(number, said, **told):
    return EventShown(number, 0, "info", "mk", Message(f"maintenance.{said}", told))


def test_only_quantities_that_can_be_nothing_are_compared_with_zero():
    names = {each.name for each in zero_of(session()).channels}
    assert {"engine.torque", "fuel.flow", "fuel.pressure"} <= names
    assert not {"coolant.temperature", "cell.doors", "engine.power"} & names


def test_the_channels_of_the_preflight_are_chosen_first():
    assert zero_of(session()).usual == ("engine.torque", "fuel.flow")


def test_the_objects_own_protocol_is_offered():
    protocols = [("hydrogen-engine/zero", "hydrogen-engine"), ("solid-oxide/zero", "solid-oxide")]
    assert zero_of(session(), protocols).protocol == "hydrogen-engine/zero"
    assert zero_of(session()).protocol == ""


def test_the_reference_is_zero_in_the_unit_of_the_channel():
    assert comparison(engine_cell(), "fuel.flow", 5.0) == Compare("fuel.flow", "0 kg/h", 5.0)


def test_values_are_compared_in_monitor_alone():
    assert zero_of(session()).hindrance is None
    assert zero_of(session(state=State.MANUAL)).hindrance.id == "dialog.zero-monitor"
    assert zero_of(session(control="jo")).hindrance.id == "start.control-held"


def test_an_outcome_belongs_to_its_channel_and_comes_after_the_question():
    events = [
        event(3, "compared", channel="fuel.flow", shown="9"),
        event(5, "compared", channel="engine.torque", shown="8"),
        event(6, "compared", channel="fuel.flow", shown="0.1 kg/h", error="0.1 kg/h",
              verdict=Message("maintenance.outside", {"tolerance": "0.05"})),
    ]  # fmt: skip
    found = outcome_in(events, "fuel.flow", 3)
    assert (found.shown, found.error, found.is_done) == ("0.1 kg/h", "0.1 kg/h", True)
    assert found.verdict.id == "maintenance.outside"
    assert outcome_in(events, "fuel.flow", 6) is None


def test_a_comparison_that_failed_says_why():
    events = [event(1, "not-compared", channel="fuel.flow", reason=Message("maintenance.few"))]
    found = outcome_in(events, "fuel.flow", 0)
    assert not found.is_done
    assert found.said.id == "maintenance.not-compared"
