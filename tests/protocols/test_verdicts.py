import json
import math
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.verdict import Verdict
from bench.channel import Calibration, Quality, Uncertainty
from bench.messages import Message
from bench.record.results import write_results
from bench.runs import open_run
from protocols.verdicts import judge

HEATING_VALUE = 241.825e3 / 2.01588e-3  # J/kg at 25 °C: NASA polynomials over ISO 6976 molar mass
EFFICIENCY = 2000.0 * 1200.0 * math.pi / 30.0 / (17.53 / 3600.0 * HEATING_VALUE)


def efficiency(results):
    return next(item for item in results.results if item.name == "brake_thermal_efficiency")


def result(results, name):
    return next(item for item in results.results if item.name == name)


def reasons(item):
    return [reason.id for reason in item.reasons]


def row(item, channel, part):
    return next(
        line
        for line in item.budget
        if line.input == channel and line.title.arguments["part"].id == f"judge.part-{part}"
    )


def test_the_efficiency_of_a_known_point_is_the_one_computed_by_hand(made, judged):
    found = efficiency(judged(made()))
    # 12.8 L, 1200 rpm, 2000 N·m, 17.53 kg/h: 43.025 % on 119.96 MJ/kg
    assert found.value == pytest.approx(43.025, abs=0.001)
    assert found.value_si == pytest.approx(EFFICIENCY, rel=1e-12)
    assert found.windows == 3


def test_its_uncertainty_is_the_root_of_the_squares_of_its_parts(made, judged):
    found = efficiency(judged(made()))
    # certificates with k = 2: speed 0.02 %, torque 0.2 %, fuel 0.2 %; heating value 0.017 %
    relative = math.hypot(0.0001, 0.001, 0.001, 0.040 / 241.826)
    assert found.standard_uncertainty_si / found.value_si == pytest.approx(relative, rel=1e-4)
    assert found.lower < found.value < found.upper
    assert sum(line.variance_share for line in found.budget) == pytest.approx(1.0)


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


def test_the_seed_changes_nothing(made, judged):
    assert judged(made(seed=1)).to_json() == judged(made(seed=2)).to_json()


def test_other_raw_data_give_another_result(made, judged):
    other = made(
        made.zero(1), made.point(1), made.point(2, fuel__flow=17.6 / 3600), made.point(3),
        made.zero(2),
    )  # fmt: skip
    assert efficiency(judged(other)).value != efficiency(judged(made())).value


def test_scatter_between_approaches_enters_the_budget(made, judged):
    torques = (1990.0, 2000.0, 2010.0)
    run = made(made.zero(1), *(made.point(i, engine__torque=t) for i, t in enumerate(torques, 1)),
        made.zero(2))  # fmt: skip
    found = efficiency(judged(run))
    line = next(line for line in found.budget if line.title.id == "judge.repeatability")
    assert line.contribution == pytest.approx(found.value * 0.005 / math.sqrt(3.0), rel=1e-6)
    assert line.degrees_of_freedom == 2.0
    assert found.degrees_of_freedom < 20.0


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


def test_zero_drift_enlarges_the_budget(made, judged):
    drifted = made(
        made.zero(1), made.point(1), made.point(2), made.point(3),
        made.zero(2, engine__torque=6.0),
    )  # fmt: skip
    found, usual = efficiency(judged(drifted)), efficiency(judged(made()))
    line = row(found, "engine.torque", "drift-zero")
    assert line.standard_uncertainty_si == pytest.approx(6.0 / math.sqrt(3.0))
    assert found.standard_uncertainty > 1.5 * usual.standard_uncertainty
    assert found.value == pytest.approx(usual.value)


def test_a_missing_zero_is_told(made, judged):
    results = judged(made(made.point(1), made.point(2)))
    assert {text.id for text in results.warnings} == {"judge.no-zero-before", "judge.no-zero-after"}


def test_an_offset_at_zero_is_a_remark(made, judged):
    results = judged(made(made.zero(1, engine__torque=4.0), made.point(1), made.point(2)))
    assert "judge.zero-offset" in [text.id for text in results.remarks]


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


def test_fuel_that_contradicts_air_and_oxygen_shows_nothing(made, judged):
    asked = "  brake_thermal_efficiency: {at: best-point, at_least: 40 %}\n"
    flow = made.running["fuel.flow"] * 0.97
    points = [made.point(i, fuel__flow=flow) for i in (1, 2, 3)]
    results = judged(made(made.zero(1), *points, made.zero(2), verdict=asked))
    closure = results.closures[0]
    assert closure.deviation == pytest.approx(100.0 * (1 / 0.97 - 1), abs=0.02)
    assert closure.within is False
    found = efficiency(results)
    assert (found.verdict, reasons(found)) == (Verdict.NOT_SHOWN, ["judge.closure-open"])


def test_a_closure_is_not_asked_to_be_better_than_its_instruments(made, judged):
    flow = made.running["fuel.flow"] * 0.97
    run = made(made.zero(1), *(made.point(i, fuel__flow=flow) for i in (1, 2)), made.zero(2))
    coarse = Uncertainty(reading=0.06)
    closure = judged(run.with_channel("air.flow", uncertainty=coarse)).closures[0]
    assert closure.within is True
    assert closure.expanded_uncertainty > closure.tolerance
    assert closure.remark.id == "judge.closure-coarse"


def test_the_protocol_may_set_the_closure(made, judged):
    flow = made.running["fuel.flow"] * 0.97
    run = made(
        made.zero(1), *(made.point(i, fuel__flow=flow) for i in (1, 2)), made.zero(2),
        judge="judge: {fuel_closure: 5 %}",
    )  # fmt: skip
    assert judged(run).closures[0].within is True


def test_an_independent_share_averages_over_the_approaches_and_a_common_one_does_not(made, judged):
    run = made()
    shared = efficiency(judged(run))
    own = Uncertainty(reading=0.003, common=0.0)
    found = efficiency(judged(run.with_channel("engine.torque", uncertainty=own)))
    line = row(found, "engine.torque", "reading-independent")
    expected = found.value * 0.003 / math.sqrt(3.0) / math.sqrt(3.0)
    assert line.contribution == pytest.approx(expected, rel=1e-6)
    assert row(shared, "engine.torque", "reading").contribution == pytest.approx(
        shared.value * 0.001, rel=1e-6
    )


def test_resolution_is_new_in_every_approach(made, judged):
    stated = Uncertainty(reading=0.001, resolution=1.0)
    found = efficiency(judged(made().with_channel("engine.torque", uncertainty=stated)))
    line = row(found, "engine.torque", "resolution")
    assert line.standard_uncertainty_si == pytest.approx(1.0 / math.sqrt(12.0))
    assert not line.common


def test_drawing_the_inputs_agrees_with_the_budget(made, judged):
    found = efficiency(judged(made()))
    assert found.monte_carlo.agrees
    assert found.monte_carlo.lower == pytest.approx(found.lower, abs=0.01)


def test_a_pressure_that_drifts_takes_the_line_pack_off_the_meter(made, judged):
    drifting = made.point(1)
    drifting.trends = {"fuel.pressure": 1e5}
    results = judged(made(drifting, made.point(2), judge="judge: {line_volume: 2 L}"))
    first = results.windows[0]
    flow = next(q for q in first.quantities if q.name == "fuel_flow").value
    # 2 L at 30 bar and 1 bar of drift hold about 0.16 g more
    assert (17.53 - flow) / 3.6 * 9.5 == pytest.approx(0.16, abs=0.005)
    assert "judge.line-pack" in [text.id for text in first.remarks]


def test_the_energy_closure_needs_a_coolant_flow(made, judged):
    closure = judged(made()).closures[1]
    assert (closure.name, closure.within) == ("energy", None)
    assert "coolant.flow" in closure.remark.arguments["channels"]


def test_the_energy_closure_adds_work_and_heat(made, judged):
    more = {"coolant.flow": 4.0, "coolant.temperature": 361.0, "coolant.inlet_temperature": 351.0,
        "exhaust.temperature": 680.0}  # fmt: skip
    run = made(
        *(made.point(i, **{k.replace(".", "__"): v for k, v in more.items()}) for i in (1, 2))
    )
    run.channels += tuple(
        made.channel(name, text, low, high, Uncertainty(reading=0.01))
        for name, text, low, high in (
            ("coolant.flow", "kg/s", 0, 10),
            ("coolant.temperature", "K", 200, 500),
            ("coolant.inlet_temperature", "K", 200, 500),
            ("exhaust.temperature", "K", 200, 1500),
        )
    )
    closure = judged(run).closures[1]
    fuel = 17.53 / 3600.0 * HEATING_VALUE
    exhaust = 17.53 / 3600.0 * (1.0 + 2.5 * 34.298) * 1.13e3 * (680.0 - 298.15)
    heat = 251327.4 + 4.0 * 3.6e3 * 10.0 + exhaust
    assert closure.deviation == pytest.approx(100.0 * (heat / fuel - 1.0), abs=0.01)


def test_results_are_plain_json_that_no_reader_stumbles_over(made, judged):
    run = made(verdict="")
    run.channels = tuple(item for item in run.channels if item.name != "fuel.flow")
    results = judged(run)
    text = json.dumps(results.to_json(), allow_nan=False)
    assert json.loads(text)["verdict"] is None
    assert list(results.to_json()) == list(judged(run).to_json())


@settings(max_examples=8, deadline=None)
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
