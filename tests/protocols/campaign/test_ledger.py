"""Hours, energy and events of all runs on one axis; what breaks which series."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

import protocols
from bench.channel import Calibration
from bench.messages import Message
from protocols.campaign.breaks import ALL, BY_KIND, BY_SERVICE, COMBUSTION, broken_by
from protocols.campaign.notes import WORDS, note_of
from tests.protocols.campaign.engine_runs import HOUR, RUNNING, EngineRun, note, service

KWH = 3.6e6


def kinds(results):
    return [each.kind for each in results.events]


def test_sums_are_those_of_the_rows(judged, folder):
    results = judged(folder)
    hours = 4 * (1.0 - 10.0 / HOUR)  # of the last row nobody knows how long it held
    power = RUNNING["engine.speed"] * RUNNING["engine.torque"] / 1e6
    assert results.total("hours") == pytest.approx(hours)
    assert results.total("energy") == pytest.approx(power * 4 * 3300.0 / HOUR, rel=0.01)
    assert results.total("revolutions") == pytest.approx(1200 * 60 * hours / 1e6, rel=1e-4)


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("repair: injector 3 exchanged", "repair", "injector 3 exchanged"),
        ("Service: plugs", "service", "plugs"),
        ("维修：更换3号喷嘴", "repair", "更换3号喷嘴"),
        ("校准: fuel.flow", "recalibration", "fuel.flow"),
        ("failure: piston ring broken", "failure", "piston ring broken"),
    ],
)
def test_a_note_that_begins_with_a_word_of_the_campaign_is_understood(text, kind, said):
    found = note_of(text, ["fuel.flow"])
    assert (found.kind, found.text) == (kind, said)


@pytest.mark.parametrize("text", ["all is well", "noise: none", "repair", ": repair", "repair:"])
def test_other_notes_say_nothing_to_the_campaign(text):
    assert note_of(text, []) is None


def test_a_recalibration_names_its_channels():
    found = note_of("recalibration: fuel.flow, certificate CMF-0518.", ["fuel.flow", "oil.mass"])
    assert found.channels == ("fuel.flow",)


def test_every_word_of_a_note_is_a_kind_of_the_table():
    assert set(WORDS.values()) <= {*BY_KIND, "service", "recalibration"}


def test_what_breaks_which_series_is_a_table():
    assert broken_by("repair", ()) == ALL
    assert broken_by("trip", ()) == ()
    assert broken_by("service", ("oil-change",)) == ()
    assert set(broken_by("service", ("injectors",))) == set(COMBUSTION)
    assert broken_by("service", ("never heard of",)) == ALL
    assert broken_by("recalibration", ("crankcase.blow_by",)) == ("blow_by",)
    assert broken_by("recalibration", ()) == ALL
    assert set(BY_SERVICE) >= {"oil-change", "oil-top-up", "plugs", "borescope"}


def test_what_the_shipped_campaign_has_done_breaks_no_series():
    protocol = Path(protocols.__file__).parent / "hydrogen_engine" / "durability.yaml"
    found = re.search(r"service: \[(.+)\]", protocol.read_text(encoding="utf-8"))
    services = [each.strip() for each in found[1].split(",")]
    assert set(services) <= set(BY_SERVICE)
    assert broken_by("service", services) == ()


def test_events_stand_at_their_hours_and_kilometres(judged, write):
    folder = write("a.h5", hours=1, events=[(0.5, "operator", note("failure: ring broken"))]).parent
    write("b.h5", hours=1, start=3, seed=2, events=[(0.25, "service", service("oil-change"))])
    results = judged(folder)
    failure, done = (each for each in results.events if each.kind in {"failure", "service"})
    assert failure.hours == pytest.approx(0.5, abs=0.01)
    assert done.hours == pytest.approx(1.25, abs=0.01)
    assert 0.0 <= failure.kilometres <= done.kilometres <= results.kilometres
    assert done.file == "b.h5"
    assert results.reliability[0].failures == 1


def test_how_runs_ended_stands_in_the_ledger(judged, write):
    folder = write("a.h5", hours=1, ending="planned-stop").parent
    write("b.h5", hours=1, start=2, seed=2, ending="limit", incidents=[(0.9, "oil", "soft-stop")])
    write("c.h5", hours=1, start=4, seed=3, ending="open")
    write("d.h5", hours=1, start=6, seed=4, ending="operator")
    found = [each for each in kinds(judged(folder)) if each != "gap"]
    assert found == ["planned-stop", "trip", "power-cut", "stop"]


def test_another_calibration_in_the_next_run_breaks_what_stands_on_it(judged, write):
    again = Calibration("C-2", "2028-01-01")
    changed = tuple(
        replace(each, calibration=again) if each.name == "fuel.flow" else each
        for each in EngineRun().channels
    )
    folder = write("a.h5", hours=1).parent
    write("b.h5", hours=1, start=2, seed=2, channels=changed)
    (found,) = [each for each in judged(folder).events if each.kind == "recalibration"]
    assert "efficiency" in found.breaks
    assert "power" not in found.breaks
    assert isinstance(found.text, Message)
    assert "fuel.flow" in found.text.text()


def test_a_service_nobody_knows_is_told(judged, write):
    folder = write("a.h5", hours=1, events=[(0.5, "service", service("voodoo"))]).parent
    assert any("voodoo" in text.text() for text in judged(folder).remarks)


def test_oil_is_what_the_balance_lost_between_fillings(judged, write):
    rate = 0.2e-3  # kg/kWh
    power = RUNNING["engine.speed"] * RUNNING["engine.torque"] / 1e3  # kW

    def mass(times, begin):
        loaded = 3300.0 * (times // HOUR) + (times % HOUR).clip(max=3300.0)
        filled = 2.0 * (times >= 1.5 * HOUR)
        return begin - rate * power * loaded / HOUR + filled

    folder = write(
        "a.h5", hours=3, tests=(0.1, 1.1), values={"oil.mass": lambda t: mass(t, 30.0)}
    ).parent
    write("b.h5", hours=1, start=9, seed=2, values={"oil.mass": 31.0})
    results = judged(folder)
    added = [each for each in results.events if each.kind == "top-up"]
    assert added[0].hours == pytest.approx(1.5, abs=0.2)
    assert float(added[0].text.arguments["mass"].split()[0]) == pytest.approx(2.0, abs=0.05)
    burned = results.drift("oil_consumption").points[0]
    assert burned.value == pytest.approx(0.2, rel=0.03)  # g/kWh


def test_oil_that_was_filled_at_a_service_counts_as_burned(judged, write):
    # 0.1 kg were burned and filled up again between two runs: too little to be seen as a jump
    def burning(begin):
        return lambda t: begin - 0.05 * t / HOUR

    filled = [(1.99, "service", service("oil-top-up"))]
    folder = write(
        "a.h5", hours=2, tests=(0.1, 1.5), values={"oil.mass": burning(30.0)}, events=filled
    ).parent
    write("b.h5", hours=2, start=3, seed=2, tests=(1.5,), values={"oil.mass": burning(30.0)})
    results = judged(folder)
    assert results.total("oil") == pytest.approx(0.2, rel=0.1)
    first, second = results.drift("oil_consumption").points
    assert second.value == pytest.approx(first.value, rel=0.1)
    assert first.value > 0.0
