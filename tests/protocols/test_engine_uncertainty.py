import math

import pytest

from analysis.verdict import Verdict
from bench.channel import Uncertainty

HEATING_VALUE = 241.825e3 / 2.01588e-3  # J/kg at 25 °C: NASA polynomials over ISO 6976 molar mass


def efficiency(results):
    return next(item for item in results.results if item.name == "brake_thermal_efficiency")


def reasons(item):
    return [reason.id for reason in item.reasons]


def row(item, channel, part):
    return next(
        line
        for line in item.budget
        if line.input == channel and line.title.arguments["part"].id == f"judge.part-{part}"
    )


def test_its_uncertainty_is_the_root_of_the_squares_of_its_parts(made, judged):
    found = efficiency(judged(made()))
    # certificates with k = 2: speed 0.02 %, torque 0.2 %, fuel 0.2 %; heating value 0.017 %
    relative = math.hypot(0.0001, 0.001, 0.001, 0.040 / 241.826)
    assert found.standard_uncertainty_si / found.value_si == pytest.approx(relative, rel=1e-4)
    assert found.lower < found.value < found.upper
    assert sum(line.variance_share for line in found.budget) == pytest.approx(1.0)


def test_scatter_between_approaches_enters_the_budget(made, judged):
    torques = (1990.0, 2000.0, 2010.0)
    run = made(made.zero(1), *(made.point(i, engine__torque=t) for i, t in enumerate(torques, 1)),
        made.zero(2))  # fmt: skip
    found = efficiency(judged(run))
    line = next(line for line in found.budget if line.title.id == "judge.repeatability")
    assert line.contribution == pytest.approx(found.value * 0.005 / math.sqrt(3.0), rel=1e-6)
    assert line.degrees_of_freedom == 2.0
    assert found.degrees_of_freedom < 20.0


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
    more = {
        "coolant__flow": 4.0, "coolant__temperature": 361.0, "coolant__inlet_temperature": 351.0,
        "exhaust__temperature": 680.0,
    }  # fmt: skip
    run = made(*(made.point(i, **more) for i in (1, 2)))
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
    # coolant flow: 1 % of the reading as limits, of 34 % of the fuel power, is part of it
    assert closure.expanded_uncertainty > 1.96 * 100.0 * 144e3 / fuel * 0.01 / math.sqrt(3.0)
