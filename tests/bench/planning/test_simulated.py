"""The block ``simulated:`` of a protocol: how often what is slow is asked in virtual time."""

import pytest

from bench.clock import SECOND

STEPS = "steps: []\n"


def test_a_protocol_says_how_often_instruments_are_asked_and_how_long_a_change_settles(lab):
    lab.rig(("scan: 50 ms", "scan: 50 ms\n  settling: 1 min\n  periods: {daq: 1 s, flange: 1 s}"))
    body = "simulated: {settling: 15 s, periods: {daq: 5 s}}\n" + STEPS
    plan = lab.check(body).plan.simulated
    assert plan.settling == 15 * SECOND
    assert plan.periods == {"daq": 5 * SECOND}
    found = lab.check(body, is_simulated=True).model.simulation
    assert found.settling == 15 * SECOND
    assert found.periods == {"daq": 5 * SECOND, "flange": SECOND}
    own = lab.check(STEPS, is_simulated=True).model.simulation
    assert own.settling == 60 * SECOND
    assert own.periods == {"daq": SECOND, "flange": SECOND}


def test_a_settling_of_none_is_none(lab):
    body = "simulated: {settling: 0 s}\n" + STEPS
    assert lab.check(body, is_simulated=True).model.simulation.settling == 0


def test_values_are_stale_after_three_of_those_periods(lab):
    def age(channel, **how):
        model = lab.check(body, **how).model
        return model.max_age[model.index[channel]]

    body = "simulated: {periods: {daq: 5 s, flange: 1 ms}}\n" + STEPS
    real, slow = age("oil.temperature"), age("oil.temperature", is_simulated=True)
    assert real == pytest.approx(1.5)
    assert slow == pytest.approx(15.0)
    assert age("machine.speed", is_simulated=True) == age("machine.speed")
    assert age("machine.power", is_simulated=True) == float("inf")


def test_what_is_wrong_with_it_has_its_own_place(lab):
    body = "simulated:\n  settling: -1 s\n  periods:\n    dag: 5 s\n    daq: 0 s\n" + STEPS
    assert lab.problems(lab.check, body) == [
        "tiny.yaml:5:13 config.negative",
        "tiny.yaml:7:5 plan.no-instrument",
        "tiny.yaml:8:10 config.not-positive",
    ]
