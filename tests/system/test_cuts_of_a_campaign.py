"""A campaign that is cut into more run files has the same ledger and the same kilometres.

The engine is warm whenever it starts, in both: one that got cold would have seen another life.
"""

from pathlib import Path

import pytest

from bench.exits import Exit
from protocols.campaign.analysing import results_of
from protocols.campaign.executor import Where
from tests.system.durability_chain import h2bench

DAYS = 3
REST = "1 h"
STANDING = f"{{id: rest, hold: {REST}}}"
"""The engine stands, and the bench goes on."""
STOPPED = f"{{id: rest, planned-stop: {{for: {REST}}}}}"
"""The engine stands, and the run file ends."""
DUTY = """\
protocol: duty
title: {en: Duty}
object: hydrogen-engine
rig: hydrogen-engine-cell
simulated: {scan: 1 s, stretch: 1 min}
steps:
STEPS"""
DAY = """\
  - {id: start#, call: hydrogen-engine/start, recovery-point: true}
  - {id: mode#, set: {dyno.mode: n/T, engine.speed: 900 rpm, engine.torque: 100 N*m}}
  - {id: up#, ramp: {engine.speed: 1900 rpm, engine.torque: 1700 N*m, over: 20 s}}
  - {id: high#, hold: 5 min}
  - {id: down#, ramp: {engine.speed: 1100 rpm, engine.torque: 600 N*m, over: 20 s}}
  - {id: low#, hold: 3 min}
  - {id: stop#, call: hydrogen-engine/stop, recovery-point: true}
"""


def campaign_of(folder, *, stops):
    """Run three days, with a run file's end behind those named; return all they show."""
    days: list[str] = []
    for day in range(DAYS):
        rest = STOPPED if day in stops else STANDING
        days += [DAY.replace("#", str(day)), f"  - {rest.replace('rest', f'rest{day}')}\n"]
    file = folder / "duty.yaml"
    file.write_text(DUTY.replace("STEPS", "".join(days)), encoding="utf-8")
    said = h2bench(
        "run", file, "--simulated", "--plant", "warm=1", "--output", folder / "runs", "--json"
    )
    assert said.exit == Exit.PASS, said.err
    return results_of(Path(folder / "runs"), opener=Where(1).open)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return campaign_of(tmp_path_factory.mktemp("whole"), stops=())


@pytest.fixture(scope="module", params=[(0,), (0, 1)], ids=["one stop", "a stop each day"])
def cut(request, tmp_path_factory):
    found = campaign_of(tmp_path_factory.mktemp("cut"), stops=request.param)
    assert [each.counted for each in found.files] == [True] * (1 + len(request.param))
    return found


def test_the_ledger_is_the_same(whole, cut):
    assert cut.total("starts") == whole.total("starts") == DAYS
    assert cut.total("cold_starts") == whole.total("cold_starts")
    assert cut.total("energy") == pytest.approx(whole.total("energy"), rel=5e-4)
    # a start takes 2 s less where the bench has just been opened
    for name in ("hours", "fuel", "revolutions"):
        assert cut.total(name) == pytest.approx(whole.total(name), rel=3e-3), name


def test_the_kilometres_of_each_mechanism_are_the_same(whole, cut):
    ours = {each.name: each.kilometres for each in cut.equivalences}
    assert ours.keys() == {each.name for each in whole.equivalences}
    for each in whole.equivalences:
        assert ours[each.name] == pytest.approx(each.kilometres, rel=3e-3), each.name
