"""Captures of in-cylinder pressure stand beside the reference test they belong to."""

from dataclasses import replace

import pytest

from protocols.campaign import analysing
from protocols.combustion_results import AbnormalRate, CombustionRow, CombustionValue
from protocols.wording import Text
from tests.protocols.campaign.conftest import HERE


def capture(at="reference", start=1000.0):
    title: Text = "IMEP"
    value = CombustionValue(name="imep_net", title=title, unit="bar", value=19.6)
    return CombustionRow(
        instrument="indicating", capture=1, cylinder=1, at=at, is_incident=False,
        start=start, end=start + 20.0, cycles=200, used=198, values=(value,),
    )  # fmt: skip


def knocks(events, cycles):
    return AbnormalRate(
        name="knock", title="knock", events=events, cycles=cycles, per_thousand=0.0, lower=0.0,
        upper=0.0, confidence=0.95,
    )  # fmt: skip


@pytest.fixture
def indicated(folder, monkeypatch):
    """Judge a life whose runs hold a capture each."""
    read = analysing.read_part

    def with_captures(job):
        found = read(job)
        return replace(
            found,
            combustion=(capture(), capture(at="full-load", start=3000.0)),
            abnormal_cycles=(knocks(3, 100_000),),
        )

    monkeypatch.setattr(analysing, "read_part", with_captures)
    return analysing.results_of(folder, opener=HERE)


def test_a_capture_stands_at_the_kilometres_of_its_test(indicated):
    found = indicated.combustion
    assert [each.test for each in found] == [1, 2, 3, 4]  # none was measured at full load
    kilometres = [each.kilometres for each in found]
    assert kilometres == sorted(kilometres)
    assert found[0].row.value("imep_net") == 19.6


def test_abnormal_cycles_of_all_runs_are_one_rate(indicated):
    (rate,) = indicated.abnormal_cycles
    assert (rate.events, rate.cycles) == (12, 400_000)
    assert rate.lower < rate.per_thousand < rate.upper
