import json
import math
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.verdict import Verdict
from bench.channel import Calibration, Quality
from bench.errors import ConfigError
from bench.messages import Message
from bench.record.results import write_results
from bench.runs import open_run
from bench.units import unit
from protocols.verdicts import judge

HEATING_VALUE = 241.825e3 / 2.01588e-3  # J/kg at 25 °C: NASA polynomials over ISO 6976 molar mass
EFFICIENCY = 2000.0 * 1200.0 * math.pi / 30.0 / (17.53 / 3600.0 * HEATING_VALUE)


def efficiency(results):
    return next(item for item in results.results if item.name == "brake_thermal_efficiency")


def result(results, name):
    return next(item for item in results.results if item.name == name)


def reasons(item):
    return [reason.id for reason in item.reasons]


def test_the_efficiency_of_a_known_point_is_the_one_computed_by_hand(made, judged):
    found = efficiency(judged(made()))
    # 12.8 L, 1200 rpm, 2000 N·m, 17.53 kg/h: 43.025 % on 119.96 MJ/kg
    assert found.value == pytest.approx(43.025, abs=0.001)
    assert found.value_si == pytest.approx(EFFICIENCY, rel=1e-12)
    assert found.windows == 3


def test_a_limit_inside_the_guard_band_is_neither_passed_nor_failed(made, judged):
    found = efficiency(judged(made()))
    assert found.verdict is Verdict.NOT_SHOWN
    assert reasons(found) == ["judge.within-uncertainty"]
    assert found.limit == pytest.approx(43.0)


@pytest.mark.parametrize(("limit", "verdict"), [("42.8 %", Verdict.PASS), ("43.2 %", Verdict.FAIL)])
def test_a_limit_beyond_the_guard_band_is_decided(made, judged, limit, verdict):
    asked = f"  brake_thermal_efficiency: {{at: best-point, at_least: {limit}}}\n"
    results = judged(made(verdict=asked))
    assert results.verdict is verdict
    assert efficiency(results).verdict is verdict


def test_at_most_judges_the_other_side(made, judged):
    asked = "  specific_nox: {at: best-point, at_most: 0.46 g/kWh}\n"
    assert judged(made(verdict=asked)).verdict is Verdict.PASS
    asked = "  specific_nox: {at: best-point, at_most: 0.10 g/kWh}\n"
    assert judged(made(verdict=asked)).verdict is Verdict.FAIL


def test_stored_results_change_nothing(made, tmp_path):
    path = made().write(tmp_path / "run.h5")
    with open_run(path) as run:
        before = judge(run).to_json()
    write_results(path, {"verdict": "pass", "results": []})
    with open_run(path) as run:
        assert judge(run).to_json() == before


@pytest.mark.parametrize("name", ["snapshot", "best-point", "zero"])
def test_a_snapshot_changes_no_result_whatever_its_name(made, judged, name):
    usual = [made.zero(1), made.point(1), made.point(2), made.point(3), made.zero(2)]
    other = {**made.running, "fuel.flow": 30.0 / 3600}
    snapshot = made.stretch(name, other, 0)
    found = judged(made(usual[0], snapshot, *usual[1:4], snapshot, usual[4]))
    expected = judged(
        made(usual[0], made.stretch("", other), *usual[1:4], made.stretch("", other), usual[4])
    )
    assert found.results == expected.results
    assert found.closures == expected.closures
    assert (found.warnings, found.remarks) == (expected.warnings, expected.remarks)
    assert len(found.windows) == len(expected.windows) + 2


def test_the_seed_changes_nothing(made, judged):
    assert judged(made(seed=1)).to_json() == judged(made(seed=2)).to_json()


def test_other_raw_data_give_another_result(made, judged):
    other = made(
        made.zero(1), made.point(1), made.point(2, fuel__flow=17.6 / 3600), made.point(3),
        made.zero(2),
    )  # fmt: skip
    assert efficiency(judged(other)).value != efficiency(judged(made())).value


def test_each_window_is_judged_with_the_gas_in_force(made, judged):
    second = {
        "lot": "L-1", "date": "", "reference_temperature": 298.15,
        "fractions": {"N2": [300e-6, 10e-6]},
    }  # fmt: skip
    change = (2, "gas", Message("gas.lot", {"lot": "L-1", "date": "", "certificate": second}))
    results = judged(made(events=[change]))
    windows = [item for item in results.windows if item.name == "best-point"]
    assert [item.gas_lot for item in windows] == ["L-0", "L-1", "L-1"]
    values = [
        next(q for q in item.quantities if q.name == "lower_heating_value").value
        for item in windows
    ]
    # 300 ppm of nitrogen take 0.42 % off the heating value
    assert values == pytest.approx([119.960, 119.462, 119.462], abs=0.002)


def test_a_gas_change_within_a_window_makes_it_invalid(made, judged):
    # the stretch before the event has no name of its own; one window spans both halves
    halves = made.point(1), made.point(1)
    halves[0].name = ""
    halves[1].begins_before = 1
    certificate = {"lot": "L-9", "date": "", "fractions": {}, "reference_temperature": 298.15}
    change = (1, "gas", Message("gas.lot", {"lot": "L-9", "date": "", "certificate": certificate}))
    results = judged(made(*halves, made.point(2), made.point(3), events=[change]))
    assert [item.valid for item in results.windows] == [False, True, True]
    assert [item.gas_lot for item in results.windows] == ["L-0", "L-9", "L-9"]


def test_an_overdue_calibration_shows_nothing(made, judged):
    run = made(verdict="  brake_thermal_efficiency: {at: best-point, at_least: 40 %}\n")
    assert judged(run).verdict is Verdict.PASS
    run.with_channel("engine.torque", calibration=Calibration("C-1", "2025-12-31"))
    found = efficiency(judged(run))
    assert (found.verdict, reasons(found)) == (Verdict.NOT_SHOWN, ["judge.overdue"])


def test_a_calibration_holds_until_the_end_of_its_day(made, judged):
    run = made(verdict="  brake_thermal_efficiency: {at: best-point, at_least: 40 %}\n")
    run.with_channel("engine.torque", calibration=Calibration("C-1", "2026-01-01"))
    assert judged(run).verdict is Verdict.PASS


def test_a_channel_without_stated_uncertainty_shows_nothing(made, judged):
    run = made(verdict="  brake_thermal_efficiency: {at: best-point, at_least: 40 %}\n")
    found = efficiency(judged(run.with_channel("fuel.flow", uncertainty=None)))
    assert (found.verdict, reasons(found)) == (Verdict.NOT_SHOWN, ["judge.no-uncertainty"])
    assert found.value == pytest.approx(43.025, abs=0.001)


def test_a_missing_channel_is_named(made, judged):
    run = made()
    run.channels = tuple(item for item in run.channels if item.name != "fuel.flow")
    found = efficiency(judged(run))
    assert found.verdict is Verdict.NOT_SHOWN
    assert found.reasons[0].arguments == {"channel": "fuel.flow"}
    assert math.isnan(found.value)


def test_a_run_that_was_stopped_shows_nothing(made, judged):
    run = made(verdict="  brake_thermal_efficiency: {at: best-point, at_least: 40 %}\n")
    run.ending = "operator"
    found = efficiency(judged(run))
    assert (found.verdict, reasons(found)) == (Verdict.NOT_SHOWN, ["judge.not-completed"])


def test_one_valid_window_is_too_few(made, judged):
    stretches = [made.zero(1), made.point(1), replace(made.point(2), valid=False), made.zero(2)]
    asked = "  brake_thermal_efficiency: {at: best-point, at_least: 40 %}\n"
    results = judged(made(*stretches, verdict=asked))
    found = efficiency(results)
    assert (found.verdict, reasons(found)) == (Verdict.NOT_SHOWN, ["judge.few-windows"])
    assert "judge.windows-left-out" in [text.id for text in results.warnings]


def test_windows_of_different_load_are_no_single_point(made, judged):
    run = made(made.zero(1), made.point(1), made.point(2, engine__torque=1500.0), made.zero(2))
    assert "judge.points-differ" in reasons(efficiency(judged(run)))


def test_a_result_nobody_knows_is_not_shown(made, judged):
    results = judged(made(verdict="  beauty: {at: best-point, at_least: 1}\n"))
    assert results.verdict is Verdict.NOT_SHOWN
    assert reasons(result(results, "beauty")) == ["judge.unknown-result"]


def test_a_point_that_was_never_measured_is_not_shown(made, judged):
    results = judged(made(verdict="  brake_power: {at: elsewhere, at_least: 1 kW}\n"))
    assert results.verdict is Verdict.NOT_SHOWN


def test_a_protocol_that_asks_nothing_has_no_verdict(made, judged):
    results = judged(made(verdict=""))
    assert results.verdict is None
    assert len(results.windows) == 5
    powers = [q.value for w in results.windows for q in w.quantities if q.name == "brake_power"]
    assert powers == pytest.approx([251.327] * 3, abs=0.001)


def test_samples_that_are_not_ok_are_not_used(made, judged):
    spoiled = made.point(2)
    spoiled.qualities = {"engine.torque": [(range(2), Quality.BAD, 1e6)]}
    run = made(made.zero(1), made.point(1), spoiled, made.point(3), made.zero(2))
    results = judged(run)
    assert efficiency(results).value_si == pytest.approx(EFFICIENCY, rel=1e-12)
    torque = next(c for c in results.windows[2].channels if c.name == "engine.torque")
    assert (torque.count, torque.maximum) == (18, 2000.0)


def test_a_channel_that_is_mostly_not_ok_gives_no_result(made, judged):
    spoiled = made.point(2)
    spoiled.qualities = {"engine.torque": [(range(4), Quality.STALE, 2000.0)]}
    found = efficiency(judged(made(made.point(1), spoiled)))
    assert reasons(found)[0] == "judge.few-samples"


def test_results_are_plain_json_that_no_reader_stumbles_over(made, judged):
    run = made(verdict="")
    run.channels = tuple(item for item in run.channels if item.name != "fuel.flow")
    results = judged(run)
    text = json.dumps(results.to_json(), allow_nan=False)
    assert json.loads(text)["verdict"] is None
    assert list(results.to_json()) == list(judged(run).to_json())


def test_a_limit_in_another_dimension_is_refused(made, judged):
    asked = "  brake_thermal_efficiency: {at: best-point, at_least: 43 kW}\n"
    found = efficiency(judged(made(verdict=asked)))
    assert (found.verdict, reasons(found)) == (Verdict.NOT_SHOWN, ["judge.limit-unit"])


def test_a_setting_nobody_knows_is_told(made, judged):
    results = judged(made(judge="judge: {fuel_closur: 5 %}"))
    assert "fuel_closure" in str(results.warnings[0])


def test_a_setting_in_another_dimension_is_refused(made, judged):
    with pytest.raises(ConfigError, match="fuel_closure"):
        judged(made(judge="judge: {fuel_closure: 5 kg}"))


def test_a_channel_in_another_dimension_is_not_used(made, judged):
    run = made().with_channel("fuel.flow", unit=unit("m^3/h"))
    found = efficiency(judged(run))
    assert found.verdict is Verdict.NOT_SHOWN
    assert found.reasons[0].arguments == {"channel": "fuel.flow", "unit": "kg/h"}


def test_an_impossible_confidence_is_refused(made, judged):
    asked = "  brake_thermal_efficiency: {at: best-point, at_least: 43 %, confidence: 95}\n"
    with pytest.raises(ConfigError, match="confidence of 95"):
        judged(made(verdict=asked))


@settings(max_examples=5, deadline=None)
@given(scale=st.floats(min_value=0.3, max_value=1.2))
def test_torque_and_fuel_together_leave_the_efficiency(made, scale):
    points = [
        made.point(i, engine__torque=2000.0 * scale, fuel__flow=17.53 / 3600.0 * scale)
        for i in (1, 2)
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = made(*points).write(Path(folder) / "run.h5")
        with open_run(path) as run:
            assert efficiency(judge(run)).value_si == pytest.approx(EFFICIENCY, rel=1e-9)
