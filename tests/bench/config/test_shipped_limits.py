"""The shipped cell's alarms are rationalised: each says why it comes and what to do."""

from collections import Counter

import pytest

from bench.config import Catalogue, load_rig
from bench.safeguard import Priority, Reaction, Scope
from bench.safety.alarms import has_alarm
from bench.safety.suppression import may_be_bypassed, may_be_hidden


@pytest.fixture(scope="module")
def limits():
    return {each.id: each for each in load_rig("hydrogen-engine-cell", Catalogue.shipped()).limits}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_alarm_has_cause_consequence_and_advice(limits, language):
    for limit in filter(has_alarm, limits.values()):
        for text in (limit.cause, limit.consequence, limit.advice):
            assert text.text(language), limit.id
            assert text.en != text.zh, limit.id


def test_hydrogen_is_never_hidden_and_two_of_three_detectors_stop(limits):
    for name, limit in limits.items():
        if "hydrogen" in name:
            assert limit.is_gas, name
            assert not may_be_hidden(limit)
    for place in ("hood", "room"):
        stop = limits[f"{place}-hydrogen"]
        assert (len(stop.members), stop.votes, stop.reaction) == (3, 2, Reaction.HARD_STOP)
        assert limits[f"{place}-hydrogen-early"].votes == 1


def test_no_limit_of_the_facility_may_be_bypassed(limits):
    facility = [each for each in limits.values() if each.scope is Scope.FACILITY]
    assert facility
    assert not any(map(may_be_bypassed, facility))


def test_the_mix_of_priorities_is_known(limits, record_property):
    mix = Counter(limit.priority for limit in limits.values() if has_alarm(limit))
    for priority in Priority:
        record_property(priority.name.lower(), mix[priority])
    assert set(mix) == set(Priority)  # the target of 5/15/80 % is advice: a small cell has few low
