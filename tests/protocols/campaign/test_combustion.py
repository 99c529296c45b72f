"""Captures of in-cylinder pressure stand beside the reference test they belong to."""

from dataclasses import replace

import pytest

from analysis.combustion.rates import event_rate
from analysis.verdict import Verdict
from bench.messages import LANGUAGES
from bench.units import quantity
from protocols.campaign import analysing
from protocols.campaign.combustion_in_life import CountedCombustion
from protocols.campaign.results import ReferenceTest
from protocols.campaign.screen import show
from protocols.campaign.verdict import Case, missing_for, results_for
from protocols.combustion_numbers import KINDS, abnormal_rate
from protocols.combustion_results import AbnormalRate, CombustionRow, CombustionValue
from protocols.criteria import Criterion
from protocols.wording import Text
from tests.protocols.campaign.conftest import HERE, ids
from tests.protocols.campaign.engine_runs import life


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


ASKED = """\
  knock_share: {at: campaign, at_most: 2 %}
  imep_variation: {at: campaign, at_most: 3 %}
"""


def burned(knocks=0, variation=1.1, cycles=200):
    """Return a capture at the reference point that can be judged."""
    title: Text = "COV"
    value = CombustionValue(name="imep_cov", title=title, unit="%", value=variation)
    rates = tuple(
        abnormal_rate(kind, event_rate(events=knocks if kind == "knock" else 0, cycles=cycles))
        for kind in KINDS
    )
    return replace(capture(), values=(value,), rates=rates, cycles=cycles, used=cycles)


def at_tests(*captures):
    return tuple(
        CountedCombustion(
            ReferenceTest(
                number=number, point="reference", file="a.h5", utc="", hours=1.0,
                kilometres=1000.0 * number, windows=3, valid=True,
            ),
            rows,
        )
        for number, rows in enumerate(captures, 1)
    )  # fmt: skip


def judged_at(name, *captures, doubts=(), at_most="2 %"):
    asked = Criterion(name, "campaign", None, quantity(at_most), 0.95, "")
    case = Case((asked,), {}, (), 2e5, 2e5, tuple(doubts), at_tests(*captures))
    (found,) = results_for(case)
    return found, case


def test_a_criterion_holds_where_it_holds_at_every_counted_test():
    found, _ = judged_at("imep_variation", *((burned(variation=v),) for v in (1.0, 1.7, 1.2)))
    assert (found.verdict, found.at) == (Verdict.PASS, "campaign")
    assert found.value == pytest.approx(1.7)
    assert ids(found.reasons) == ["campaign.combustion-holds", "campaign.combustion-at-test"]
    assert "reference test 2 (2,000 km)" in found.reasons[1].text()


def test_one_test_beyond_the_limit_fails_it():
    found, _ = judged_at("knock_share", (burned(),), (burned(20),), (burned(1),), (burned(),))
    assert found.verdict is Verdict.FAIL
    assert found.value == pytest.approx(10.0)
    assert "1 of 4" in found.reasons[0].text()
    assert "reference test 2" in found.reasons[1].text()


def test_a_test_that_shows_neither_leaves_it_not_shown_and_is_missing():
    found, case = judged_at("knock_share", (burned(),), (burned(1),))
    assert found.verdict is Verdict.NOT_SHOWN
    assert ids(missing_for(case, [found])) == ["campaign.not-shown"]


def test_a_counted_test_without_cycles_leaves_it_not_shown():
    found, _ = judged_at("knock_share", (burned(),), ())
    assert found.verdict is Verdict.NOT_SHOWN
    assert "no cycles of the cylinder pressure" in found.reasons[1].text()
    nothing, _ = judged_at("knock_share")
    assert ids(nothing.reasons) == ["campaign.not-measured"]


def test_a_few_of_many_tests_are_told():
    found, _ = judged_at("knock_share", *((burned(20 + each),) for each in range(8)))
    assert len(found.reasons) == 4
    assert found.value == pytest.approx(13.5)


def test_a_doubt_about_the_files_takes_the_verdict():
    found, case = judged_at("knock_share", (burned(),), doubts=["a run is missing"])
    assert (found.verdict, found.reasons) == (Verdict.NOT_SHOWN, case.doubts)


@pytest.fixture(scope="module")
def asked_life(tmp_path_factory):
    """Run files of a protocol that asks of combustion."""
    folder = tmp_path_factory.mktemp("asked")
    life(folder, runs=2, hours=1.0, verdict=ASKED)
    return folder


@pytest.mark.parametrize(
    ("second", "verdict"), [(burned(), "pass"), (burned(1), "not shown"), (burned(30), "fail")]
)
def test_run_files_are_judged_by_the_captures_of_their_tests(
    asked_life, monkeypatch, capsys, second, verdict
):
    read = analysing.read_part

    def with_captures(job):
        row = second if "run1" in job.file else burned()
        return replace(read(job), combustion=(row, replace(burned(90), is_incident=True)))

    monkeypatch.setattr(analysing, "read_part", with_captures)
    results = analysing.results_of(asked_life, opener=HERE)
    found = {each.name: each for each in results.results}
    assert found["knock_share"].verdict == verdict
    assert found["imep_variation"].verdict is Verdict.PASS
    for language in LANGUAGES:
        show(results, language)
        shown = capsys.readouterr().out
        assert found["knock_share"].title.text(language) in shown
        assert "combustion." not in shown
        assert "campaign." not in shown
