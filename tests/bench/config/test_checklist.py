"""Preflight checks as a rig says them: in SI, by index, every problem at its place."""

import math

import pytest

from bench.checklist import (
    Attested,
    BumpTest,
    Certificates,
    DiskSpace,
    GasStock,
    HeartbeatDrop,
    Holds,
    LeakTest,
    WallClock,
    ZeroTest,
)
from bench.config import Catalogue
from bench.config.rig import load_rig
from bench.errors import ConfigError

SHIPPED = "hydrogen-engine-cell"
EVERY = {
    "ventilation": Holds,
    "hydrogen-stock": GasStock,
    "disk": DiskSpace,
    "certificates": Certificates,
    "clock": WallClock,
    "heartbeat": HeartbeatDrop,
    "torque-zero": ZeroTest,
    "feed-line": LeakTest,
    "bump-test": BumpTest,
    "walk-round": Attested,
}


def source():
    return Catalogue.shipped().rig(SHIPPED).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def shipped():
    return load_rig(SHIPPED, Catalogue.shipped())


def rig_with(folder, *changes):
    text = source()
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path = folder / "rig.yaml"
    path.write_text(text, encoding="utf-8")
    return load_rig(str(path), Catalogue.shipped())


def test_the_shipped_rig_has_a_check_of_every_kind(shipped):
    tests = {check.id: check.test for check in shipped.preflight}
    assert {name: type(tests[name]) for name in EVERY} == EVERY
    assert all(check.title.en and check.title.zh for check in shipped.preflight)


def test_checks_are_in_si_and_by_index(shipped):
    tests = {check.id: check.test for check in shipped.preflight}
    leak, stock = tests["feed-line"], tests["hydrogen-stock"]
    assert leak.most == pytest.approx(0.1e5 / 60)
    assert (leak.least, leak.lasting, leak.settle, leak.filling) == (20e5, 120, 30, 10)
    (valve, opened), (again, shut) = *leak.fill, *leak.close
    assert (shipped.demands[valve].name, opened, again, shut) == ("fuel.valve", 1.0, valve, 0.0)
    assert shipped.channels[leak.pressure].name == "fuel.rail_pressure"
    assert (stock.volume, stock.lowest, stock.ahead) == (26, 60e5, 8 * 3600)
    assert stock.temperature == pytest.approx(288.15)
    assert [shipped.channels[each].name for each in tests["bump-test"].channels] == [
        f"plc.{place}_h2_{number}" for place in ("hood", "room") for number in (1, 2, 3)
    ]


def test_what_changes_a_check_makes_older_evidence_void_and_words_do_not(shipped, tmp_path):
    before = {check.id: check.definition for check in shipped.preflight}
    changed = rig_with(
        tmp_path,
        ("most: 0.1 bar/min", "most: 0.2 bar/min"),
        ("en: Walk round the cell".replace("en: ", 'en: "'), 'en: "Look round the cell'),
    )
    after = {check.id: check.definition for check in changed.preflight}
    assert {name for name in before if before[name] != after[name]} == {"feed-line"}
    assert len(set(after.values())) == len(after)


def test_what_is_left_out_has_no_end(tmp_path):
    model = rig_with(tmp_path, ("    ahead: 8 h\n", ""), ("    ahead: 168 h\n", ""))
    tests = {check.id: check.test for check in model.preflight}
    assert math.isinf(tests["hydrogen-stock"].ahead)
    assert math.isinf(tests["disk"].ahead)


PROBLEMS = [
    ("condition: cell.doors > 0.5", "condition: cell.doors", "cell.doors"),
    ("condition: cell.doors > 0.5", "condition: cell.dors > 0.5", "cell.doors"),
    ("most: 0.1 bar/min", "most: 0.1 bar", "bar/min"),
    ("most: 0.1 bar/min", "most: -1 bar/min", "-1 bar/min"),
    ("pressurise: {fuel.valve: open}", "pressurise: {fuel.vale: open}", "fuel.valve"),
    ("pressurise: {fuel.valve: open}", "pressurise: {fuel.valve: ajar}", "ajar"),
    ("    pressure: fuel.rail_pressure\n", "    pressure: coolant.flow\n", "coolant.flow"),
    ("    pressure: fuel.rail_pressure\n", "    pressure: fuel.rail\n", "fuel.rail_pressure"),
    ("    volume: 26 m^3\n", "    volume: 26 bar\n", "26 bar"),
    ("    heartbeat: plc.heartbeat_ok\n", "    heartbeat: plc.heartbeat\n", "plc.heartbeat_ok"),
    ("    within: 5 N*m\n", "    within: 5 rpm\n", "5 rpm"),
    ("    within: 5 N*m\n", "    within: 5 N*m\n    run: flange.nil\n", "flange.nil"),
    ("    valid_for: 12 h\n", "    valid_for: 0 h\n", "0 h"),
    ("    kind: heartbeat-drop\n", "    kind: heartbeat\n", "heartbeat-drop"),
    ("  - id: walk-round\n", "  - id: doors\n", "doors"),
    ("    above: 20 %LFL\n", "    above: 20 rpm\n", "20 rpm"),
]


@pytest.mark.parametrize(("old", "new", "word"), PROBLEMS)
def test_a_mistake_is_told_with_its_line(tmp_path, old, new, word):
    with pytest.raises(ConfigError) as caught:
        rig_with(tmp_path, (old, new))
    line = source()[: source().index(old)].count("\n") + 1
    (problem,) = caught.value.problems
    assert word in problem.text()
    assert line <= problem.mark.line + new.startswith(" ") <= line + 2 + new.count("\n"), problem
    assert problem.text("zh")
