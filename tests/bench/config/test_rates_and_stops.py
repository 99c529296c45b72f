"""Rates of channels, numbers of the object with a default, and what stays after a stop."""

import pytest

from bench.clock import SECOND
from bench.config import load_rig
from bench.messages import LANGUAGES
from bench.plan import HoldNode, WaitNode
from bench.units import unit
from tests.bench.conftest import KIND, RIG, changed

RATED = (
    "  oil.temperature: {from",
    "  oil.rate: {rate: {of: oil.temperature, over: 60 s}, unit: K/min}\n  oil.temperature: {from",
)
PEOPLE_FIRST = """\
people-first:
  costs: {en: It is lost., zh: 将报废。}
  steps:
    - id: cut
      set: {machine.mode: "off"}
"""


def loaded(lab, *changes, kind=KIND):
    lab.write("rigs/tiny.yaml", changed(RIG, *changes))
    lab.write("objects/machine.yaml", kind)
    return load_rig("tiny", lab.catalogue)


def test_a_rate_is_a_channel_of_its_own_in_the_reading_s_unit_per_time(lab):
    model = loaded(lab, RATED)
    (rate,) = model.rates
    channel = model.channels[rate.index]
    assert channel.name == "oil.rate"
    assert channel.unit.to_si(1.0) == pytest.approx(1 / 60)
    assert model.channels[rate.of].name == "oil.temperature"
    assert rate.over == 60 * SECOND


def test_limits_and_formulas_may_use_it(lab):
    model = loaded(
        lab,
        RATED,
        (
            "limits:\n",
            'limits:\n  - {id: steep, when: "abs(oil.rate) > 3 K/min", reaction: warn}\n',
        ),
    )
    assert "steep" in [each.id for each in model.limits]


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("{rate: {of: oil.temprature, over: 60 s}}", "stops.no-rate-of"),
        ("{rate: {of: machine.power, over: 60 s}}", "stops.no-rate-of"),
        ("{rate: {of: oil.temperature, over: 0 s}}", "config.not-positive"),
        ("{rate: {of: oil.temperature, over: 3 K}}", "config.dimension"),
        ("{rate: {of: oil.temperature, over: 60 s}, unit: kW}", "config.dimension"),
        ("{rate: {of: oil.temperature, over: 60 s}, compute: 1 K}", "config.from-or-compute"),
    ],
)
def test_what_no_rate_can_be_taken_of_is_told(lab, written, problem):
    rate = (RATED[0], f"  oil.rate: {written}\n{RATED[0]}")
    found = lab.problems(loaded, lab, rate)
    assert problem in [each.split()[-1] for each in found]


def test_a_number_of_the_object_with_a_default_may_be_left_out_or_given(lab):
    asked = "{displacement: m^3, rest: {unit: h, default: 2 h, origin: engineering default}}"
    kind = changed(KIND, ("{displacement: m^3}", asked))
    assert loaded(lab, kind=kind).object.data["rest"] == 7200
    given = ("{displacement: 2 L}", "{displacement: 2 L, rest: 30 min}")
    model = loaded(lab, given, kind=kind)
    assert model.object.data["rest"] == 1800
    assert model.object.units["rest"].label == unit("h").label


def test_a_stop_for_people_is_planned_with_every_protocol(lab):
    model = loaded(lab, kind=KIND + PEOPLE_FIRST)
    assert {model.people_first.costs.text(each) for each in LANGUAGES} == {
        "It is lost.",
        "将报废。",
    }
    plan = lab.plan("steps:\n  - hold: 1 s\n")
    assert [node.head.id for node in plan.people_first.body] == ["people-first/cut"]
    assert plan.people_first in plan.sequences


def test_a_mistake_in_it_is_told_at_its_place(lab):
    kind = KIND + changed(PEOPLE_FIRST, ("machine.mode", "machine.mood"))
    lab.write("objects/machine.yaml", kind)
    (found,) = lab.problems(lab.check, "steps:\n  - hold: 1 s\n")
    assert found.startswith("machine.yaml:")
    assert found.endswith("plan.no-demand")


def test_without_one_there_is_none(lab):
    assert lab.plan("steps:\n  - hold: 1 s\n").people_first is None


def test_a_demand_may_stay_as_a_stop_leaves_it(lab):
    kind = changed(
        KIND, ("machine.speed: {safe: 0 rpm}", "machine.speed: {safe: 0 rpm, after-stop: keep}")
    )
    points = {each.name: each for each in loaded(lab, kind=kind).demands}
    assert points["machine.speed"].is_kept_after_stop
    assert not points["machine.torque"].is_kept_after_stop


def test_holds_and_waits_may_be_cut_short_and_say_how_long_they_usually_take(lab):
    plan = lab.plan(
        "steps:\n"
        "  - hold: {for: 5 s, skippable: true}\n"
        "  - wait-until: {condition: machine.speed < 5 rpm, within: 2 min,\n"
        "                 expected: 10 s, skippable: true}\n"
        "  - wait-until: {condition: machine.speed < 5 rpm, within: 2 min}\n"
        "  - hold: 5 s\n"
    )
    kinds = [type(node) for node in plan.root.body]
    assert kinds == [HoldNode, WaitNode, WaitNode, HoldNode]
    assert [node.is_skippable for node in plan.root.body] == [True, True, False, False]
    assert [node.head.estimate.seconds for node in plan.root.body] == [5, 10, 30, 5]
