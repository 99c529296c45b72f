"""Oil by weighing: a total with an uncertainty, also where there is too little for a trend."""

import dataclasses
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.verdict import Verdict
from bench.messages import LANGUAGES
from protocols.campaign.oil import BALANCE_UNCERTAINTY, Oil, Reading, Step
from protocols.campaign.screen import show
from protocols.reports.writing import Wanted, report_campaign
from tests.protocols.campaign.conftest import ids
from tests.protocols.campaign.engine_runs import CHANNELS, HOUR, EngineRun, service

ASKED = "  oil_consumption_at_end: {at: campaign, at_most: 0.3 g/kWh, confidence: 95 %}\n"
SCALE = 0.02
"""kg. Standard uncertainty of a weighing here."""


def weighed(masses, *, fillings=(), step=100.0, usual=0.0):
    """Weigh every 100 kWh; oil was filled before the readings named."""
    readings = tuple(
        Reading(0, number, step * number, mass, SCALE, is_stated=True)
        for number, mass in enumerate(masses)
    )
    steps = tuple(Step(0, number, 0.0) for number in fillings)
    return Oil(readings, steps, usual)


def test_two_weighings_give_the_consumption_between_them():
    # 0.06 kg over 200 kWh; u = 0.02 kg · √2 by the law of propagation (JCGM 100, 5.1.2)
    found = weighed([30.0, 29.96, 29.94]).weighed
    assert found.mass == pytest.approx(0.06)
    assert found.uncertainty == pytest.approx(SCALE * math.sqrt(2.0))
    assert (found.weighings, found.energy) == (2, 200.0)
    assert found.rate.value == pytest.approx(0.3)
    assert found.rate.uncertainty == pytest.approx(1e3 * SCALE * math.sqrt(2.0) / 200.0)


def test_what_was_filled_between_weighings_is_taken_off():
    # 0.02 kg burn every 100 kWh, also while 2 kg are filled, and then as much may be wrong
    found = weighed([30.0, 29.98, 31.96, 31.94], fillings=[2], usual=-0.02).weighed
    assert found.mass == pytest.approx(0.06)
    assert found.weighings == 4
    assert found.uncertainty == pytest.approx(math.hypot(2.0 * SCALE, 0.02))


@given(
    filled=st.lists(st.floats(-5.0, 5.0), min_size=1, max_size=5),
    burned=st.floats(0.0, 0.1),
    between=st.integers(2, 4),
)
def test_however_much_is_filled_the_total_is_what_was_burned(filled, burned, between):
    masses, mass, fillings = [], 30.0, []
    for amount in [*filled, None]:
        for _ in range(between):
            masses.append(mass)
            mass -= burned
        if amount is not None:
            fillings.append(len(masses))
            mass += amount
    found = weighed(masses, fillings=fillings, usual=-burned).weighed
    assert found.mass == pytest.approx(burned * (len(masses) - 1), abs=1e-9)
    assert found.weighings == 2 * (len(filled) + 1)


@pytest.mark.parametrize("masses", [[], [30.0], [30.0, 31.0]])
def test_a_weighing_between_fillings_alone_says_nothing(masses):
    assert weighed(masses, fillings=[1]).weighed is None


def test_too_few_readings_for_a_line_still_give_a_rate():
    oil = weighed([30.0, 29.98])
    assert oil.rate(0.0, 100.0).value == pytest.approx(0.2)
    assert oil.rate(0.0, 100.0).uncertainty == pytest.approx(1e3 * SCALE * math.sqrt(2.0) / 100.0)
    assert oil.rate(0.0, 50.0) is None


def test_a_line_through_the_readings_is_no_surer_than_the_weighings():
    oil = weighed([30.0 - 0.02 * number for number in range(9)])  # nothing scatters
    found = oil.rate(0.0, 800.0)
    assert found.value == pytest.approx(0.2)
    assert found.uncertainty == pytest.approx(oil.weighed.rate.uncertainty)


def burning(times):
    return 30.0 - 0.05 * times / HOUR + 0.2 * (times >= 1.6 * HOUR)


@pytest.fixture(scope="module")
def short_folder(tmp_path_factory):
    """Three reference tests, oil topped up once: two values between them."""
    folder = tmp_path_factory.mktemp("oil")
    filled = [(1.6, "service", service("oil-top-up"))]
    EngineRun(
        hours=3.5, tests=(0.1, 1.5, 2.9), values={"oil.mass": burning}, events=filled, verdict=ASKED
    ).write(folder / "a.h5")
    return folder


def test_the_total_of_a_short_campaign_has_an_uncertainty(judged, short_folder):
    total = next(each for each in judged(short_folder).totals if each.name == "oil")
    assert total.value == pytest.approx(0.05 * 20 / 6, rel=0.02)  # 0.05 kg/h over twenty slots
    # the channel states 0.02 kg with k = 2: 0.01 kg for each of four weighings
    assert total.uncertainty == pytest.approx(math.hypot(0.02, 0.05 / 6, 0.05 / 6), rel=0.02)


def test_what_was_filled_within_a_slot_is_one_filling(judged, short_folder):
    filled = [each for each in judged(short_folder).events if each.kind == "top-up"]
    assert [each.text.arguments["mass"] for each in filled] == ["+0.20 kg"]


def test_without_a_trend_the_mean_is_shown_and_what_is_missing(judged, short_folder):
    results = judged(short_folder)
    (found,) = results.results
    row = results.drift("oil_consumption")
    assert sum(point.counted for point in row.points) == 2
    assert found.verdict is Verdict.NOT_SHOWN
    assert found.value == pytest.approx(row.mean)
    assert found.standard_uncertainty == pytest.approx(row.mean_uncertainty)
    assert found.value == pytest.approx(0.05 / 0.9167 / 251.327 * 1e3, rel=0.1)  # g/kWh
    assert 0.0 < found.standard_uncertainty < 0.1
    assert ids(found.reasons) == ["campaign.oil-total", "campaign.too-few", "campaign.mean-no-end"]
    assert "campaign.values-wanted" in ids(results.missing)


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_told_in_the_terminal_and_in_the_report(
    judged, short_folder, language, capsys, tmp_path
):
    results = judged(short_folder)
    show(results, language)
    wanted = Wanted(languages=[language], formats=["html"], folder=tmp_path, seconds=0)
    (path,) = report_campaign(results, wanted)
    reason = results.results[0].reasons[0].text(language)
    assert reason in path.read_text(encoding="utf-8")
    assert f"({results.drift('oil_consumption').mean:.3f}" in reason
    told = capsys.readouterr().out
    assert "0.167" in told
    assert "± 0.023" in told


def test_a_balance_of_which_nothing_is_stated_has_the_engineering_default(judged, write):
    channels = tuple(
        dataclasses.replace(each, uncertainty=None) if each.name == "oil.mass" else each
        for each in CHANNELS
    )
    path = write(hours=2.0, tests=(0.1,), channels=channels, verdict=ASKED)
    results = judged(path.parent)
    assert results.results[0].reasons[0].id == "campaign.oil-total-assumed"
    total = next(each for each in results.totals if each.name == "oil")
    assert total.uncertainty == pytest.approx(BALANCE_UNCERTAINTY * math.sqrt(2.0))


def test_a_jump_is_a_filling_however_few_readings_there_are(judged, write):
    path = write(hours=0.3, tests=(0.05,), values={"oil.mass": lambda t: 30.0 + 1.0 * (t > 599.0)})
    results = judged(path.parent)
    assert [each.kind for each in results.events if each.kind == "top-up"] == ["top-up"]
    assert math.isnan(results.total("oil"))
