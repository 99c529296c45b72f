import io
import math

import numpy as np
import pytest
import rich.console

from analysis.equivalent_circuit import circuit_impedance, solid_oxide_cell
from analysis.impedance import spectrum
from analysis.spectra import analyse
from analysis.verdict import Verdict
from bench.runs import open_run
from protocols.cell_results import SpectrumResult
from protocols.cell_verdicts import judge
from protocols.spectrum_numbers import numbers_of
from protocols.tables import Tables
from tests.protocols.cell_runs import CHANNELS, FRA, CellRun, ageing

HOURS = 900
ASKED = "verdict:\n  continuous_degradation: {at: reference, at_most: LIMIT}\n"
STABLE = (
    "judge: {voltage_drift: 0.02 mV, temperature_drift: 0.02 K, current_drift: 0, flow_drift: 0}"
)
POINTS = [("reference", 60, 30), ("reference", HOURS * 60 - 60, 30)]


def judged(path, run):
    with open_run(run.write(path / "run.h5")) as opened:
        return judge(opened)


def result(results, name):
    return next(item for item in results.results if item.name == name)


def ids(texts):
    return [text.id for text in texts]


@pytest.mark.parametrize(
    ("limit", "verdict"),
    [("0.6 %/kh", Verdict.PASS), ("0.5 %/kh", Verdict.NOT_SHOWN), ("0.4 %/kh", Verdict.FAIL)],
)
def test_the_rate_is_judged_with_its_one_sided_bound(tmp_path, limit, verdict):
    run = CellRun(HOURS * 60, {"cell.voltage": ageing(HOURS)}, POINTS, judge=STABLE,
        verdict=ASKED.replace("LIMIT", limit))  # fmt: skip
    results = judged(tmp_path, run)
    found = result(results, "continuous_degradation")
    assert found.value == pytest.approx(0.5, abs=0.02)
    assert found.verdict is verdict
    if verdict is Verdict.NOT_SHOWN:
        assert "cell.hours-needed" in ids(found.reasons)


def test_the_same_rate_is_given_in_three_units(tmp_path):
    run = CellRun(HOURS * 60, {"cell.voltage": ageing(HOURS)}, POINTS, judge=STABLE)
    results = judged(tmp_path, run)
    percent = result(results, "continuous_degradation").value
    volts = result(results, "continuous_degradation_voltage").value
    ohms = result(results, "continuous_degradation_resistance").value
    # 0.5 %/kh of 0.83 V are 4.15 mV/kh, and 13.8 mOhm cm2/kh at 0.3 A/cm2
    assert volts == pytest.approx(percent / 100.0 * results.life.reference_voltage * 1e3, rel=1e-6)
    assert ohms == pytest.approx(volts / 0.3, rel=1e-3)
    assert results.life.reference_current_density == pytest.approx(0.3, rel=1e-3)


def test_a_voltage_reference_within_a_millivolt_shows_no_half_percent_in_900_hours(tmp_path):
    wide = "judge: {voltage_drift: 1 mV}"
    run = CellRun(HOURS * 60, {"cell.voltage": ageing(HOURS)}, POINTS, judge=wide,
        verdict=ASKED.replace("LIMIT", "0.55 %/kh"))  # fmt: skip
    found = result(judged(tmp_path, run), "continuous_degradation")
    assert found.verdict is Verdict.NOT_SHOWN
    told = next(reason for reason in found.reasons if reason.id == "cell.hours-needed")
    assert float(told.arguments["hours"].split()[0]) > HOURS


def test_a_trip_costs_a_step_that_is_no_continuous_loss(tmp_path):
    at = 500
    voltage = ageing(HOURS, jumps=[(at, 2e-3)])
    current = np.full(HOURS * 60, 43.2)
    current[at * 60 : at * 60 + 120] = 0.0
    voltage[at * 60 : at * 60 + 120] = 1.05
    run = CellRun(HOURS * 60, {"cell.voltage": voltage, "stack.current": current}, POINTS,
        judge=STABLE)  # fmt: skip
    results = judged(tmp_path, run)
    assert result(results, "continuous_degradation").value == pytest.approx(0.5, abs=0.05)
    assert result(results, "event_degradation_voltage").value == pytest.approx(2.2, abs=0.3)
    counts = {row.name: row.value for row in results.counts}
    assert counts["trips"] == 1
    assert counts["starts"] == 2
    assert counts["availability"] == pytest.approx(100.0 * (1.0 - 2.0 / HOURS), abs=0.02)
    assert counts["mean_time_between_failures"] == pytest.approx(HOURS - 2, abs=0.1)
    series = results.life.series
    assert [(each.time, each.title.id) for each in series.events] == [
        (pytest.approx(at + 2, abs=0.1), "cell.trip")
    ]
    assert len(series.hours) == len(series.corrected) == len(series.fitted) == results.life.hours
    left = 1e3 * np.std(np.subtract(series.corrected, series.fitted))
    assert left == pytest.approx(results.life.residual)


def test_cold_stops_are_thermal_cycles(tmp_path):
    hours = 200
    current = np.full(hours * 60, 43.2)
    temperature = np.full(hours * 60, 1023.15)
    for at, coldest in ((50, 330.0), (120, 700.0)):
        current[at * 60 : at * 60 + 600] = 0.0
        temperature[at * 60 + 10 : at * 60 + 590] = coldest
    run = CellRun(hours * 60, {"stack.current": current, "stack.temperature": temperature})
    counts = {row.name: row.value for row in judged(tmp_path, run).counts}
    assert counts["thermal_cycles"] == 2
    assert counts["full_thermal_cycles"] == 1


def test_too_short_a_run_says_so_and_gives_no_rate(tmp_path):
    run = CellRun(24 * 60, points=[("reference", 60, 30)],
        verdict=ASKED.replace("LIMIT", "0.5 %/kh"))  # fmt: skip
    results = judged(tmp_path, run)
    found = result(results, "continuous_degradation")
    assert found.verdict is Verdict.NOT_SHOWN
    assert ids(found.reasons) == ["cell.too-short"]
    assert math.isnan(found.value)
    assert results.life is None


def test_an_iv_curve_has_chord_and_slope(tmp_path):
    densities = np.concatenate([np.linspace(0.05, 0.45, 9), np.linspace(0.45, 0.05, 9)])
    length = 18 * 10
    step = np.minimum(np.arange(length) // 10, 17)
    current = densities[step] * 144.0
    voltage = 1.0 - 0.34 * densities[step] - np.where(step > 8, 2e-3, 0.0)
    points = [("iv-up" if n < 9 else "iv-down", 10 * n + 5, 5) for n in range(18)]
    run = CellRun(length, {"stack.current": current, "cell.voltage": voltage}, points,
        noise={"stack.temperature": 0.01})  # fmt: skip
    (curve,) = judged(tmp_path, run).curves
    assert [point.direction for point in curve.points] == ["up"] * 9 + ["down"] * 9
    # V falls by 340 mOhm cm2
    slopes = [point.differential_resistance for point in curve.points]
    assert slopes == pytest.approx([340.0] * 18, rel=1e-6)
    assert curve.hysteresis == pytest.approx(2.0, abs=1e-6)
    first = curve.points[4]
    expected = (first.nernst_voltage - first.voltage) / first.current_density * 1e3
    assert first.chord_resistance == pytest.approx(expected, rel=1e-9)


def impedance(frequency):
    """0.110 + an arc of 0.220 ohm cm2, as seen at the terminals of ten cells of 144 cm2."""
    z = 0.110 + 0.220 / (1.0 + 2j * math.pi * frequency * 2e-3) + 2j * math.pi * frequency * 2e-7
    return z * 10 / 144.0


def sweep(frequency, numbers=None, sign=1.0, repeat=1.0):
    measured = impedance(frequency)
    measured[-1] *= repeat
    columns = {
        "fra.point": np.arange(1.0, len(frequency) + 1) if numbers is None else numbers,
        "fra.frequency": frequency,
        "fra.real": measured.real,
        "fra.imaginary": sign * measured.imag,
    }
    padded = {name: np.concatenate([[0.0], each, [0.0]]) for name, each in columns.items()}
    return CellRun(len(frequency) + 2, padded, [("impedance", 0, len(frequency) + 2)],
        channels=CHANNELS + FRA)  # fmt: skip


FREQUENCIES = np.concatenate([np.logspace(5, -1, 61), [1e5]])


def test_a_spectrum_gives_ohmic_and_polarisation_resistance_of_the_cell(tmp_path):
    (found,) = judged(tmp_path, sweep(FREQUENCIES)).spectra
    assert found.is_used
    assert found.points == 61
    assert found.drift == pytest.approx(0.0, abs=1e-9)
    assert found.ohmic_resistance == pytest.approx(110.0, rel=0.02)
    assert found.polarisation_resistance == pytest.approx(220.0, rel=0.02)
    assert found.current_density == pytest.approx(0.3, rel=1e-2)
    drawn = found.drawn
    frequency = np.array(drawn.frequency)
    expected = impedance(frequency) * 144.0 / 10 * 1e3  # mOhm cm2
    np.testing.assert_allclose(np.array(drawn.real) + 1j * np.array(drawn.imaginary), expected)
    area = np.sum(drawn.density) * np.log(drawn.time_constant[1] / drawn.time_constant[0])
    assert area == pytest.approx(220.0, rel=0.02)


def test_a_fitted_circuit_is_drawn_where_its_residual_says():
    frequency = FREQUENCIES[:-1]
    one_arc = impedance(frequency)
    circuit = solid_oxide_cell(spectrum(
        frequency=frequency, real=one_arc.real, imaginary=one_arc.imag))  # fmt: skip
    noise = np.random.default_rng(1).normal(0.0, 1e-3, (2, frequency.size))
    truth = circuit_impedance(circuit, frequency) * (1.0 + noise[0] + 1j * noise[1])
    measured = spectrum(frequency=frequency, real=truth.real, imaginary=truth.imag)
    found = numbers_of(SpectrumResult(at=0.0, is_used=False), analyse(measured))
    drawn = found.drawn
    fitted = np.array(drawn.fitted_real) + 1j * np.array(drawn.fitted_imaginary)
    expected = np.array(drawn.real) + 1j * np.array(drawn.imaginary)
    left = (fitted - expected) / np.abs(expected)
    rms = math.sqrt(np.mean(np.concatenate([left.real, left.imag]) ** 2))
    assert 100.0 * rms == pytest.approx(found.fit_residual, rel=1e-6)
    assert found.fit_residual < 0.2


def test_what_is_drawn_is_not_written(tmp_path):
    results = judged(tmp_path, sweep(FREQUENCIES))
    (written,) = results.to_json()["spectra"]
    assert "drawn" not in written
    assert written["points"] == 61


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        (lambda: sweep(FREQUENCIES, numbers=np.delete(np.arange(1.0, 64.0), 20)),
         "cell.spectrum-gap"),
        (lambda: sweep(FREQUENCIES, sign=-1.0), "cell.spectrum-refused"),
        (lambda: sweep(FREQUENCIES, repeat=1.1), "cell.spectrum-drifted"),
        (lambda: sweep(FREQUENCIES[:5]), "cell.spectrum-refused"),
    ],
)  # fmt: skip
def test_a_spectrum_that_is_none_is_refused_in_words(tmp_path, run, expected):
    results = judged(tmp_path, run())
    (found,) = results.spectra
    assert not found.is_used
    assert expected in ids(found.notes)
    assert math.isnan(found.ohmic_resistance)
    assert "cell.spectrum-left-out" in ids(results.warnings)


def test_a_sweep_from_low_to_high_is_sorted_and_told(tmp_path):
    rising = np.concatenate([np.logspace(-1, 5, 61), [0.1]])
    (found,) = judged(tmp_path, sweep(rising)).spectra
    assert "cell.spectrum-order" in ids(found.notes)
    assert found.is_used


@pytest.mark.parametrize(
    ("limit", "verdict"), [("60 h", Verdict.PASS), ("100 h", Verdict.NOT_SHOWN)]
)
def test_without_a_failure_a_third_of_the_time_is_shown(tmp_path, limit, verdict):
    asked = "verdict:\n  mean_time_between_failures: {at: reference, at_least: LIMIT}\n"
    run = CellRun(200 * 60, points=[("reference", 60, 30)], verdict=asked.replace("LIMIT", limit))
    found = result(judged(tmp_path, run), "mean_time_between_failures")
    # -200 h / ln 0.05 = 66.8 h
    assert found.lower == pytest.approx(66.8, abs=0.1)
    assert found.verdict is verdict


def test_a_curve_that_goes_down_first_is_one_curve(tmp_path):
    densities = np.concatenate([np.linspace(0.3, 0.05, 5), np.linspace(0.05, 0.3, 5)])
    step = np.minimum(np.arange(100) // 10, 9)
    points = [("iv-down" if n < 5 else "iv-up", 10 * n + 5, 5) for n in range(10)]
    run = CellRun(100, {"stack.current": densities[step] * 144.0,
        "cell.voltage": 1.0 - 0.34 * densities[step]}, points, noise={})  # fmt: skip
    (curve,) = judged(tmp_path, run).curves
    assert [point.direction for point in curve.points] == ["down"] * 5 + ["up"] * 5


@pytest.mark.parametrize("language", ["en", "zh"])
def test_tables_show_life_curves_and_spectra_without_a_message_left_open(tmp_path, language):
    run = CellRun(HOURS * 60, {"cell.voltage": ageing(HOURS)}, POINTS, judge=STABLE,
        verdict=ASKED.replace("LIMIT", "0.5 %/kh"))  # fmt: skip
    shown = printed(judged(tmp_path, run), language)
    assert "mV/kh" in shown
    (tmp_path / "b").mkdir()
    shown += printed(judged(tmp_path / "b", sweep(FREQUENCIES)), language)
    assert "cell." not in shown.replace("cell.voltage", "")


def printed(results, language):
    console = rich.console.Console(width=200, file=io.StringIO())
    for part in Tables(language).all(results):
        console.print(part)
    return console.file.getvalue()
