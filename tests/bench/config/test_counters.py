"""What a test object accumulates, as its file and protocols say."""

import pytest

from bench.model import CounterKind

ALL = """\
counters:
  hours: {while: machine.speed > 300 rpm, title: {en: Running, zh: 运转}}
  seconds: {while: machine.speed > 300 rpm, unit: s}
  starts: {count: machine.mode.demand == idle}
  energy: {integrate: machine.power, unit: kWh}
  distance: {unit: km}
  cycles: {}
soft-stop:
"""


def test_counters_become_expressions_with_units(lab):
    counters = {counter.name: counter for counter in lab.kind(("soft-stop:\n", ALL)).counters}
    assert {name: (counter.kind, counter.unit.text) for name, counter in counters.items()} == {
        "hours": (CounterKind.TIME, "h"),
        "seconds": (CounterKind.TIME, "s"),
        "starts": (CounterKind.EDGES, ""),
        "energy": (CounterKind.INTEGRAL, "kWh"),
        "distance": (CounterKind.SEQUENCE, "km"),
        "cycles": (CounterKind.SEQUENCE, ""),
    }
    assert counters["hours"].title.zh == "运转"
    assert counters["energy"].expression.names == {"machine.power"}


def test_an_object_kind_may_be_without_counters(lab):
    assert lab.rig().counters == ()


@pytest.mark.parametrize(
    ("counter", "told"),
    [
        ("x: {while: machine.sped > 3 rpm}", "11:14 expression.name"),
        ("x: {while: machine.speed}", "11:14 config.no-condition"),
        ("x: {count: machine.power}", "11:14 config.no-condition"),
        ("x: {integrate: machine.powr, unit: kWh}", "11:18 expression.name"),
        ("x: {integrate: machine.power}", "11:6 counter.no-unit"),
        ("x: {integrate: machine.power, unit: kg}", "11:6 counter.integral"),
        ("x: {integrate: machine.power > 3 kW, unit: s}", "11:6 counter.integral"),
        ("x: {while: machine.speed > 3 rpm, unit: kg}", "11:6 config.dimension"),
        ("x: {while: machine.speed > 3 rpm, count: machine.speed > 3 rpm}", "11:6 counter.one-way"),
        ("x: {unit: kmm}", "11:6 unit.unknown"),
        ("x: {whle: machine.speed > 3 rpm}", "11:7 document.unknown-key"),
    ],
)
def test_what_cannot_be_counted_is_told_at_its_place(lab, counter, told):
    text = f"counters:\n  {counter}\nsoft-stop:\n"
    assert lab.problems(lab.kind, ("soft-stop:\n", text)) == [f"machine.yaml:{told}"]


PROTOCOL = """\
counters:
  laps: {}
  distance: {unit: km}
steps:
  - repeat: {times: 2, steps: [hold: 1 s]}
    counts: {laps: 1, distance: 12 km}
"""


def test_passes_add_what_their_step_says(lab):
    plan = lab.plan(PROTOCOL)
    assert [counter.name for counter in plan.counters] == ["laps", "distance"]
    assert plan.root.body[0].counts == {"laps": 1.0, "distance": 12_000.0}


def test_a_called_protocol_brings_its_counters(lab):
    head = "protocol: lap\nobject: machine\n"
    lab.write("protocols/lap.yaml", head + PROTOCOL)
    plan = lab.plan("steps:\n  - call: lap\n    id: a\n  - call: lap\n    id: b\n")
    assert [counter.name for counter in plan.counters] == ["laps", "distance"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("laps: 1,", "lapse: 1,", "9:14 counter.none"),
        ("laps: 1,", "laps: -1,", "9:20 config.negative"),
        ("laps: 1,", "laps: 1 km,", "9:20 config.unit-too-many"),
        ("12 km", "12", "9:33 config.unit-missing"),
        ("laps: {}", "laps: {count: machine.speed > 3 rpm}", "9:14 counter.none"),
    ],
)
def test_amounts_that_mean_nothing_are_told_at_their_place(lab, old, new, told):
    text = PROTOCOL.replace(old, new)
    assert text != PROTOCOL
    assert lab.problems(lab.check, text) == [f"tiny.yaml:{told}"]


def test_a_protocol_does_not_redefine_a_counter_of_the_object(lab):
    lab.kind(("soft-stop:\n", "counters: {laps: {unit: km}}\nsoft-stop:\n"))
    assert lab.problems(lab.check, PROTOCOL) == [
        "tiny.yaml:5:3 counter.twice",
        "tiny.yaml:9:20 config.unit-missing",
    ]
