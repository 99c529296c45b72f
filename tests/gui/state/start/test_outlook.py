"""What a check says of a run before anything moves."""

import math

import pytest

from bench.check import check
from bench.config.catalogue import Catalogue
from bench.messages import Message
from gui.state.start.outlook import Finding, duration_text, hydrogen_text, outlook_of
from tests.gui.state.sessions import engine_cell

CATALOGUE = Catalogue.shipped()


def outlook(protocol="hydrogen-engine/warm-up", **chosen):
    return outlook_of(
        CATALOGUE, engine_cell(), protocol, chosen, is_simulated=False, today="2026-01-01"
    )


def test_the_outlook_has_the_estimates_of_the_command_line():
    found, expected = outlook(), check("hydrogen-engine/warm-up", None, {}, CATALOGUE).plan
    assert found.is_ready
    assert found.seconds == expected.estimate.seconds
    assert found.hydrogen == expected.estimate.hydrogen
    assert [each.id for each in found.steps] == [
        node.head.id.rpartition("/")[2] for node in expected.root.body
    ]


def test_every_problem_has_its_place_in_a_file():
    found = outlook("hydrogen-engine/best-point", speed="5000 rpm")
    assert not found.is_ready
    assert found.findings
    assert all(each.short_place.startswith("best-point.yaml:") for each in found.findings)


def test_overdue_certificates_are_told_and_stop_nothing():
    found = outlook_of(
        CATALOGUE, engine_cell(), "hydrogen-engine/warm-up", {}, is_simulated=False,
        today="2100-01-01",
    )  # fmt: skip
    assert found.is_ready
    assert found.findings
    assert all(each.is_warning for each in found.findings)


def test_an_unknown_protocol_is_a_refusal():
    assert outlook("hydrogen-engine/wram-up").refusal.id == "config.no-protocol"


def test_a_place_on_another_drive_keeps_its_line():
    finding = Finding(r"C:\lab\x.yaml:3:7", Message("x.y"))
    assert finding.short_place.endswith("x.yaml:3:7")
    assert Finding("", Message("x.y")).short_place == ""


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7200, "2.0 h"), (4000 * 3600, "166.7 d")],
)
def test_durations_are_told_in_the_unit_people_use(seconds, text):
    assert duration_text(seconds) == text


def test_masses_are_told_in_grams_or_kilograms():
    assert [hydrogen_text(each) for each in (0.0415, 7.354)] == ["42 g", "7.35 kg"]


def test_a_loop_tells_how_often_and_has_its_steps_below():
    loop = next(each for each in outlook("hydrogen-engine/best-point").steps if each.times > 1)
    assert loop.times == 3
    assert loop.below
    assert math.isclose(loop.seconds, 3 * sum(each.seconds for each in loop.below))
