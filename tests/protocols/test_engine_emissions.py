import math

import pytest

from bench.channel import Uncertainty


def quantity(results, name, window=0):
    return next(item for item in results.windows[window].quantities if item.name == name)


@pytest.mark.parametrize(("ppm", "specific"), [(20, 0.206), (50, 0.515), (100, 1.030)])
def test_nox_of_the_worked_example(made, judged, ppm, specific):
    # 251.3 kW, 17.53 kg/h of hydrogen, lambda 2.5: exhaust 1520.7 kg/h, u_NOx 0.001702 (UN R49
    # with the molar mass of this exhaust)
    results = judged(made(made.point(1, exhaust__nox=ppm * 1e-6)))
    assert quantity(results, "specific_nox").value == pytest.approx(specific, abs=0.0006)


def test_lambda_of_the_worked_example_comes_from_wet_oxygen(made, judged):
    results = judged(made(made.point(1)))
    assert quantity(results, "excess_air_ratio").value == pytest.approx(2.5, rel=1e-9)
    assert quantity(results, "air_fuel_ratio").value == pytest.approx(2.5 * 34.298)


def test_dry_air_corrects_nox_to_standard_humidity(made, judged):
    # 40 CFR 1065.670(a): 9.953 x + 0.832
    results = judged(made(made.point(1)))
    plain, corrected = (
        quantity(results, name).value for name in ("specific_nox", "specific_nox_corrected")
    )
    assert corrected / plain == pytest.approx(0.832)


def test_humid_air_dilutes_and_corrects(made, judged):
    # 50 % at 25 °C and 101.3 kPa: 3.169 kPa of saturation (IAPWS), 1.564 mol % of water
    results = judged(made(made.point(1, cell__humidity=0.5)))
    plain, corrected = (
        quantity(results, name).value for name in ("specific_nox", "specific_nox_corrected")
    )
    assert corrected / plain == pytest.approx(9.953 * 0.01564 + 0.832, abs=1e-4)


@pytest.mark.parametrize(("ppm", "percent"), [(500, 0.32), (1000, 0.65), (3000, 1.94)])
def test_slip_at_lambda_two_and_a_half(made, judged, ppm, percent):
    slip = ppm * 1e-6
    # unburned hydrogen leaves half its amount of oxygen behind
    oxygen = made.running["exhaust.oxygen"] * (1.0 - 0.5 * slip) + 0.5 * slip
    point = made.point(1, exhaust__hydrogen=slip, exhaust__oxygen=oxygen)
    results = judged(made(point))
    assert quantity(results, "hydrogen_slip").value == pytest.approx(percent, abs=0.006)
    assert quantity(results, "combustion_efficiency").value == pytest.approx(
        100 - percent, abs=0.01
    )
    assert quantity(results, "excess_air_ratio").value == pytest.approx(2.5, rel=1e-9)


def test_without_a_hydrogen_analyser_slip_counts_as_none_and_is_told(made, judged):
    run = made(made.point(1))
    run.channels = tuple(item for item in run.channels if item.name != "exhaust.hydrogen")
    results = judged(run)
    assert quantity(results, "excess_air_ratio").value == pytest.approx(2.5, rel=1e-9)
    assert "judge.slip-not-measured" in [text.id for text in results.windows[0].remarks]


def test_what_the_analyser_showed_at_zero_and_span_gas_afterwards_enters_the_budget(
    made, judged, done
):
    asked = "  specific_nox: {at: best-point, at_most: 1 g/kWh}\n"
    run = made(verdict=asked)
    plain = judged(run).results[0]
    run.events = [
        (1, "zero-before", done("analyser", "zero", nox__before=9e-6, nox__after=0.0)),
        (5, "zero-after", done("analyser", "zero", nox__before=-2e-6, nox__after=0.0)),
        (5, "zero-after", done("analyser", "span", nox__before=1e-6, nox__after=0.0)),
    ]
    found = judged(run).results[0]
    lines = {
        line.title.arguments["part"].id: line.standard_uncertainty_si
        for line in found.budget
        if line.input == "exhaust.nox"
    }
    assert lines["judge.part-drift-zero"] == pytest.approx(2e-6 / math.sqrt(3.0))
    assert lines["judge.part-drift-span"] == pytest.approx(1e-6 / math.sqrt(3.0))
    assert found.standard_uncertainty > 3.0 * plain.standard_uncertainty


def test_full_load_power_is_corrected_beside_the_measured_one(made, judged):
    stretch = made.point(
        1, cell__pressure=95e3, cell__temperature=303.0, intake_air__temperature=303.0
    )
    stretch.name = "full-load"
    results = judged(made(stretch, verdict=""))
    # ISO 1585, spark ignition, 95 kPa dry and 303 K: 1.06128
    measured, corrected = (quantity(results, name) for name in ("brake_power", "corrected_power"))
    assert corrected.value / measured.value == pytest.approx(1.06128, abs=1e-5)
    assert corrected.standard_uncertainty > measured.standard_uncertainty * 1.06
    assert "judge.power-corrected" in [text.id for text in results.windows[0].remarks]


def test_a_correction_outside_its_range_is_told(made, judged):
    stretch = made.point(1, cell__pressure=80e3)
    stretch.name = "full-load"
    remarks = [text.id for text in judged(made(stretch, verdict="")).windows[0].remarks]
    assert "judge.uncorrected-power" in remarks


def test_the_protocol_chooses_the_correction(made, judged):
    stretch = made.point(
        1, cell__pressure=95e3, cell__temperature=303.0, intake_air__temperature=303.0
    )
    stretch.name = "full-load"
    run = made(stretch, verdict="", judge="judge: {power_correction: sae-j1349-2004}")
    results = judged(run)
    ratio = quantity(results, "corrected_power").value / quantity(results, "brake_power").value
    assert ratio == pytest.approx(1.05975, abs=1e-5)


def test_a_standing_engine_has_no_quantities(made, judged):
    results = judged(made(made.zero(1)))
    assert results.windows[0].quantities == ()


def test_the_scatter_within_a_single_window_is_type_a(made, judged):
    noisy = made.point(1, engine__torque=lambda t: 2000.0 + (8.0 if int(2 * t) % 2 else -8.0))
    run = made(noisy).with_channel("engine.torque", uncertainty=Uncertainty(reading=1e-9))
    found = quantity(judged(run), "torque")
    assert found.standard_uncertainty == pytest.approx(8.0 / math.sqrt(20.0), rel=0.1)
