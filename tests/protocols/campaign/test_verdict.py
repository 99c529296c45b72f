"""Drift over claimed kilometres, and the verdict that needs all of it."""

import json
import math
import re

import pytest

from analysis.verdict import Verdict
from bench.errors import ConfigError
from bench.messages import LANGUAGES
from bench.runs import open_run
from bench.units import quantity
from protocols.campaign.axis import Axis
from protocols.campaign.demonstration import demonstrated
from protocols.campaign.drifts import Drift, drifts_of
from protocols.campaign.life_points import LifePoint
from protocols.campaign.oil import Oil
from protocols.campaign.part_results import Measured, PointReading
from protocols.campaign.results import LedgerEvent, ReferenceTest
from protocols.campaign.screen import as_json, exit_of, show
from protocols.campaign.verdict import Case, missing_for, results_for
from protocols.criteria import Criterion
from protocols.verdicts import judge as judge_run
from tests.protocols.campaign.conftest import ids
from tests.protocols.campaign.engine_runs import EngineRun, note

TARGET = 200_000.0


def life_point(number, kilometres, name="efficiency", value=44.0, *, common=0.1, valid=True):
    test = ReferenceTest(
        number=number, point="reference", file="a.h5", utc="", hours=kilometres / 60.0,
        kilometres=kilometres, windows=3, valid=valid,
    )  # fmt: skip
    measured = Measured(name, value, math.hypot(common, 0.02), common)
    return LifePoint(test, PointReading("reference", 0, 1, 3, {}, (measured,)), 0)


def drifted(values, *, name="efficiency", step=50_000.0, events=(), **about):
    found = [life_point(i + 1, i * step, name, value, **about) for i, value in enumerate(values)]
    axis = Axis((), None, (), None, None)
    return drifts_of(axis, found, Oil(), events, TARGET)[0]


def criterion(name="efficiency_at_end", at_least="43 %", at_most=None):
    read = lambda text: None if text is None else quantity(text)  # noqa: E731 - shorter here
    return Criterion(name, "campaign", read(at_least), read(at_most), 0.95, "")


def judge(drift, asked, *, doubts=()):
    case = Case((asked,), {drift.row.name: drift}, (), TARGET, TARGET, tuple(doubts))
    return results_for(case)[0]


def test_the_golden_deterioration_is_told():
    # emissions at 0, 50, 100, 150 thousand km: DF 1.14659 and 0.02640 at 200,000 km; one-sided
    # 95 % prediction bound 0.21319 (computed by hand from the normal equations)
    drift = drifted([0.180, 0.186, 0.195, 0.199], name="nox")
    row = drift.row
    assert row.slope == pytest.approx(1.32e-4)
    assert row.at_target == pytest.approx(0.2065)
    assert row.df_multiplicative == pytest.approx(1.14659, abs=1e-5)
    assert row.df_additive == pytest.approx(0.02640, abs=1e-5)
    assert row.scatter == pytest.approx(0.0014491, abs=1e-7)
    assert row.upper == pytest.approx(0.21319, abs=1e-5)
    assert row.extrapolation == pytest.approx(0.25)
    assert row.band_value[-1] == pytest.approx(row.at_target)


def test_a_bound_above_the_limit_passes():
    drift = drifted([44.50, 44.40, 44.31, 44.19, 44.10])
    found = judge(drift, criterion())
    assert found.verdict is Verdict.PASS
    assert found.value == pytest.approx(44.1, abs=0.02)
    assert 43.0 < found.bound < found.value


def test_what_all_tests_share_widens_the_bound_and_does_not_average_out():
    values = [44.50, 44.40, 44.31, 44.19, 44.10]
    sure, unsure = (judge(drifted(values, common=common), criterion()) for common in (0.01, 0.9))
    assert unsure.bound < 43.0 < sure.bound
    assert unsure.verdict is Verdict.NOT_SHOWN


def test_an_engine_that_has_worn_below_the_limit_fails():
    found = judge(drifted([43.4, 43.1, 42.8, 42.5, 42.2]), criterion())
    assert found.verdict is Verdict.FAIL


def test_a_doubt_about_the_files_leaves_it_not_shown():
    drift = drifted([44.50, 44.40, 44.31, 44.19, 44.10])
    found = judge(drift, criterion(), doubts=[drift.row.title])
    assert found.verdict is Verdict.NOT_SHOWN


def test_a_line_that_reaches_too_far_is_not_shown():
    drift = drifted([44.50, 44.48, 44.47, 44.46], step=10_000.0)
    found = judge(drift, criterion())
    assert found.verdict is Verdict.NOT_SHOWN
    assert ids(found.reasons) == ["campaign.extrapolated"]


def test_relative_criteria_do_not_suffer_from_what_all_tests_share():
    drift = drifted([350.0, 349.0, 348.1, 346.9, 346.0], name="power", common=20.0)
    found = judge(drift, criterion("power_at_end", "95 %"))
    assert found.verdict is Verdict.PASS
    assert found.value == pytest.approx(100.0 * 346.0 / 350.0, abs=0.1)
    assert found.standard_uncertainty < 0.2


def test_a_test_that_does_not_count_is_drawn_but_not_fitted():
    good = drifted([44.5, 44.4, 44.3, 44.2])
    values = [44.5, 44.4, 44.3, 44.2]
    found = [life_point(i + 1, 50_000.0 * i, value=value) for i, value in enumerate(values)]
    good = drifted(values)
    found.append(life_point(5, 175_000.0, value=30.0, valid=False))
    drift = drifts_of(Axis((), None, (), None, None), found, Oil(), (), TARGET)[0]
    assert drift.row.at_target == pytest.approx(good.row.at_target)
    assert [point.counted for point in drift.row.points] == [True] * 4 + [False]


def test_a_repair_breaks_the_series_and_leaves_the_slope():
    repaired = LedgerEvent(
        kind="repair", title=note("x"), text="injector", utc="", hours=75_000.0 / 60.0,
        kilometres=75_000.0, file="a.h5", breaks=("efficiency",),
    )  # fmt: skip
    values = [44.5, 44.4, 44.8, 44.7, 44.6]
    drift = drifted(values, events=[repaired])
    assert [point.series for point in drift.row.points] == [0, 0, 1, 1, 1]
    assert drift.row.slope == pytest.approx(-0.1 / 50.0)
    assert drift.row.at_target == pytest.approx(44.6)
    assert [each.kind for each in drift.row.breaks] == ["repair"]


def test_two_tests_are_too_few_and_it_is_told():
    drift = drifted([44.5, 44.4])
    assert drift.fitted is None
    found = judge(drift, criterion())
    assert found.verdict is Verdict.NOT_SHOWN
    assert ids(found.reasons) == ["campaign.too-few"]
    assert [text.text() for text in found.reasons] == [
        "no line: 2 values are too few for one with an uncertainty; it takes 3"
    ]


@pytest.mark.parametrize(
    ("repaired", "step", "told"),
    [
        (True, 50_000.0, {"tests": 3, "series": 2, "needed": 4}),
        (False, 0.0, {"tests": 3}),
    ],
)
def test_why_there_is_no_line_is_told_in_both_languages(repaired, step, told):
    event = LedgerEvent(
        kind="repair", title=note("x"), text="injector", utc="", hours=1.5 * step / 60.0,
        kilometres=1.5 * step, file="a.h5", breaks=("efficiency",),
    )  # fmt: skip
    drift = drifted([44.5, 44.4, 44.3], step=step, events=[event] if repaired else [])
    (why,) = drift.row.reasons
    assert why.id == ("campaign.too-few-in-series" if repaired else "campaign.one-distance")
    assert dict(why.arguments) == told
    assert not re.search("[A-Za-z]", why.text("zh"))


def test_no_value_at_all_is_too_few():
    drift = drifted([44.5, 44.4], valid=False)
    assert [dict(why.arguments) for why in drift.row.reasons] == [{"tests": 0, "needed": 3}]


def test_a_quantity_nobody_measured_is_not_shown():
    found = results_for(Case((criterion(),), {}, (), TARGET, TARGET, ()))[0]
    assert (found.verdict, ids(found.reasons)) == (Verdict.NOT_SHOWN, ["campaign.not-measured"])


@pytest.mark.parametrize(("claim", "verdict"), [(200_001.0, "pass"), (199_999.0, "not shown")])
def test_kilometres_are_shown_or_not_yet(claim, verdict):
    asked = criterion("kilometres", "200000 km")
    found = results_for(Case((asked,), {}, (), claim, TARGET, ()))[0]
    assert found.verdict == verdict


def test_too_few_kilometres_are_told_in_hours(judged, folder):
    results = judged(folder)
    missing = next(each for each in results.missing if each.id == "campaign.hours-missing")
    least = results.equivalences[0]
    assert least.is_governing
    assert least.name == results.governing
    assert f"{max(r.hours_missing for r in results.equivalences if r.is_mechanism):,.0f} h" in (
        missing.text()
    )


def test_the_drift_of_a_written_life_is_found_again(judged, folder):
    results = judged(folder)
    drift = results.drift("efficiency")
    values = [point.value for point in drift.points]
    assert values == pytest.approx([44.5, 44.48, 44.46, 44.44], abs=0.01)
    assert drift.slope < 0.0
    assert drift.systematic == pytest.approx(44.5 * math.hypot(0.5e-3, 0.5e-3, 0.1e-3), rel=0.05)
    kilometres = [point.kilometres for point in drift.points]
    assert kilometres == sorted(kilometres)
    assert results.verdict is Verdict.NOT_SHOWN


def test_a_test_at_another_torque_does_not_count(judged, folder):
    torque = lambda t: 1900.0 * ((t % 3600) < 3300.0)  # noqa: E731 - shorter here
    EngineRun(hours=1, start=8, values={"engine.torque": torque}).write(folder / "run4.h5")
    left_out = judged(folder).tests[-1]
    assert not left_out.valid
    assert ids(left_out.reasons) == ["campaign.condition-outside"]
    assert next(row for row in left_out.conditions if row.name == "engine.torque").value == (
        pytest.approx(1900.0, abs=1.0)
    )


def test_one_engine_shows_what_one_engine_shows():
    # success run: (1 - C) ** (1 / n); 0.10 with 90 %, 0.50 with 50 %; 22 engines for R 90 % C 90 %
    ninety, fifty, needed = demonstrated(TARGET, TARGET, 0)
    assert (ninety.reliability, fifty.reliability) == pytest.approx((0.10, 0.50))
    assert needed.engines == 22
    assert "R ≥ 10 % at 90% confidence" in ninety.text.text()


def test_half_a_life_shows_less_and_names_its_shape():
    found = next(iter(demonstrated(TARGET / 2, TARGET, 0)))
    # Weibull: R = (1 - C) ** (1 / L ** beta), beta 2
    assert found.reliability == pytest.approx(0.1**4)
    assert "β = 2" in found.text.text()


def test_json_and_console_say_the_same_in_both_languages(judged, folder, capsys):
    results = judged(folder)
    plain = json.loads(as_json(results))
    assert plain["kilometres"] == pytest.approx(results.kilometres)
    assert plain["verdict"] == "not shown"
    assert exit_of(results) == 3
    for language in LANGUAGES:
        show(results, language)
        shown = capsys.readouterr().out
        assert "run3.h5" in shown
        assert "campaign." not in shown
        assert "NOT SHOWN" in shown


def test_missing_names_what_is_not_shown():
    drift = drifted([44.5, 44.4])
    case = Case((criterion(),), {"efficiency": drift}, (), TARGET, TARGET, ())
    assert ids(missing_for(case, results_for(case))) == [
        "campaign.values-wanted",
        "campaign.not-shown",
    ]


def test_a_bound_needs_a_fit():
    with pytest.raises(ValueError, match="efficiency"):
        Drift(drifted([1.0, 2.0]).row, None).bound(1.0, 0.95)


def test_another_exponent_needs_a_source_and_changes_the_kilometres(judged, folder):
    for name in ("run1.h5", "run2.h5", "run3.h5"):
        (folder / name).unlink()
    usual = judged(folder)
    with pytest.raises(ConfigError):
        judged(folder, exponents={"wear_exponent": 2.0})
    other = judged(folder, exponents={"wear_exponent": 2.0}, origin="rig test 12")
    before, after = (
        next(row for row in each.equivalences if row.name == "wear") for each in (usual, other)
    )
    assert after.exponent == 2.0
    assert after.source == "rig test 12"
    assert after.kilometres > before.kilometres  # the bench loads more than the road


def test_a_target_of_the_command_line_is_judged_where_nothing_is_asked(judged, write):
    folder = write("a.h5", hours=1, verdict="").parent
    results = judged(folder)
    assert results.verdict is None
    assert "campaign.nothing-asked" in ids(results.remarks)
    (asked,) = judged(folder, kilometres="0.001 km").results
    assert (asked.name, asked.verdict) == ("kilometres", Verdict.PASS)


@pytest.mark.parametrize("text", ["3 h", "-5 km", "0 km"])
def test_a_target_that_is_no_distance_is_refused(judged, folder, text):
    with pytest.raises(ConfigError, match="distance"):
        judged(folder, kilometres=text)


def test_a_single_run_tells_that_the_campaign_is_judged_together(written_life):
    with open_run(written_life / "run0.h5") as run:
        results = judge_run(run)
    assert results.verdict is None
    assert "campaign.judged-together" in ids(results.remarks)
