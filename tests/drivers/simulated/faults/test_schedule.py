"""Faults as people write them."""

from dataclasses import replace
from pathlib import Path

import pytest

from bench.clock import SECOND, VirtualClock
from bench.config import Catalogue, load_rig
from bench.document import parse
from bench.errors import ConfigError
from drivers.simulated.faults.fault import Family, Fault
from drivers.simulated.faults.kinds import KINDS
from drivers.simulated.faults.schedule import FaultFile, faults_of, scheduled
from drivers.simulated.faults.targets import checked_fault, targets_of
from drivers.simulated.hosting import wanted_of

MODEL = load_rig("hydrogen-engine-cell", Catalogue.shipped())
TARGETS = targets_of(wanted_of(MODEL, clock=VirtualClock(), plant={}))
WITH_CELLS = {**TARGETS.places, Family.GROUPS: frozenset({"cvm"})}
"""Where faults can happen, with a cell voltage monitor, which an engine has not."""
EXAMPLE = """
faults:
  - {what: slow, where: daq, at: 1.5 min, lasts: 10 s, with: {delay: 200 ms}, id: a}
  - {what: hydrogen-leak, where: plant, at: 5 s, with: {rate: 0.5 g/s}}
  - {what: freeze, where: daq, lasts: until cleared}
"""


def test_a_schedule_is_read_in_si():
    slow, leak, freeze = faults_of(parse(EXAMPLE, "f.yaml"), TARGETS)
    assert slow == Fault("slow", "daq", 90 * SECOND, 10 * SECOND, {"delay": 0.2}, "a", Family.TEXT)
    assert leak.values == {"rate": pytest.approx(5e-4), "into": "hood"}
    assert (freeze.family, freeze.lasts) == (Family.SENSOR, None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{what: hangg, where: daq}", r"2:12: .*'hangg'; did you mean 'hang'"),
        ("{what: slow, where: dyno, with: {delay: 5 s}}", r"2:25: nothing called 'dyno' can"),
        ("{what: slow, where: daq}", "slow needs delay"),
        ("{what: slow, where: daq, with: {delay: 5 kg}}", r"2:44: .*'5 kg' does not convert to s"),
        ("{what: slow, where: daq, with: {delay: -1 s}}", "delay cannot be -1 s"),
        ("{what: slow, where: daq, with: {delay: 1 s, x: 1}}", "slow has no parameter 'x'"),
        ("{what: garble, where: daq, with: {form: long}}", "form cannot be 'long': noise, cut"),
        ("{what: drift, where: daq.oil, with: {rate: 1 bar/s}}", "does not convert to °C/s"),
        ("{what: offset, where: daq.oil, with: {by: 1 bar}}", "does not convert to °C"),
        ("{what: hang, where: daq, at: 5}", "does not convert to s"),
        ("{what: hang, where: daq, lasts: -5 s}", "time cannot be -5 s"),
        ("{what: hang, where: daq, lasts: forever}", "2:37"),
        ("{what: hang, where: daq, wit: {}}", "did you mean 'with'"),
        ("{what: hang, where: daq, id: a}\n  - {what: hang, where: daq, id: a}", "two faults"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(text, said):
    with pytest.raises(ConfigError, match=said):
        faults_of(parse(f"faults:\n  - {text}\n", "f.yaml"), TARGETS)


def test_all_mistakes_are_told_at_once():
    text = "faults: [{what: a, where: daq}, {what: hang, where: b}]"
    with pytest.raises(ConfigError) as caught:
        faults_of(parse(text, "f.yaml"), TARGETS)
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize("what", ["reset-key", "emergency-stop"])
def test_where_only_one_place_can_suffer_it_none_needs_to_be_said(what):
    (panel,) = TARGETS.places[Family.PANEL]
    assert checked_fault(TARGETS, what, "", given={}).where == panel


def test_where_several_can_suffer_it_one_has_to_be_said():
    with pytest.raises(ConfigError, match="nothing called ''"):
        checked_fault(TARGETS, "hang", "", given={})


def test_an_offset_in_degrees_is_a_difference():
    fault = checked_fault(TARGETS, "offset", "daq.oil", given={"by": "5 degC"})
    assert fault.number("by") == 5.0


def test_what_is_no_schedule_is_refused():
    with pytest.raises(ConfigError, match="schedule"):
        scheduled([3], TARGETS)


@pytest.mark.parametrize("what", KINDS)
def test_every_kind_can_be_said_of_every_place_of_its_families(what):
    kind = KINDS[what]
    fixed = {
        "slow": {"delay": "1 s"},
        "hydrogen-leak": {"rate": "1 g/s"},
        "fuel-leak": {"rate": "5 Ln/min"},
        "clock-jump": {"by": "1 h"},
        "groups-lost": {"first": 1, "last": 4},
        "groups-swapped": {"one": 1, "other": 9},
    }
    targets = replace(TARGETS, places=WITH_CELLS)
    places = {where for family in kind.families for where in WITH_CELLS[family]}
    assert places
    for where in places:
        unit = TARGETS.units[where].text if where in TARGETS.units else ""
        own = {
            "drift": {"rate": "0"},
            "offset": {"by": f"1 {unit}"},
            "noise": {"deviation": f"1 {unit}"},
        }
        given = {**fixed, **own, "set": {"value": f"1 {unit}"}}.get(what, {})
        assert checked_fault(targets, what, where, given=given).where == where


def test_every_kind_says_what_it_is_in_both_languages():
    for kind in KINDS.values():
        assert kind.words.en != kind.words.zh
        assert kind.words.zh
        for parameter in kind.parameters:
            assert parameter.words.zh
            low, high = parameter.range
            assert low < high
            if isinstance(parameter.default, float):
                assert low <= parameter.default <= high
            assert parameter.shown_default or parameter.default is None


def test_a_schedule_has_a_schema():
    assert "faults" in FaultFile.model_json_schema(by_alias=True)["properties"]


def test_the_readme_shows_every_kind_and_a_schedule_that_can_be_read():
    text = (Path(__file__).parents[4] / "drivers" / "README.md").read_text(encoding="utf-8")
    assert all(f"| `{name}` |" in text for name in KINDS)
    schedule = text.partition("```yaml\nfaults:")[2].partition("```")[0]
    assert len(faults_of(parse(f"faults:{schedule}", "README.md"), TARGETS)) == 3
