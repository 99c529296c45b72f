import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gui.state.findings.curves import (
    Ordinate,
    curves_chart,
    curves_table,
    curves_told,
    ordinates_in,
)
from gui.state.findings.life import life_chart, life_told, rates_table
from gui.state.findings.map import (
    Axes,
    default_axes,
    is_varied,
    levels,
    map_chart,
    mapped,
    quantities_in,
)
from gui.state.findings.spectra import (
    Diagram,
    circuit_table,
    diagrams_in,
    first_drawn,
    spectra_chart,
    spectra_table,
    spectra_told,
)
from gui.state.plots.chart import Style
from protocols.drawn import VoltageSeries
from tests.gui.state.findings import results_made as made


def say(text):
    return text if isinstance(text, str) else text.text("en")


def test_a_map_is_drawn_over_what_was_varied_with_the_measured_points_in_it():
    found = mapped(made.map_windows())
    assert found.axes == Axes("engine_speed", "torque", "brake_thermal_efficiency")
    chart, told = map_chart(found.windows, found.axes, say)
    assert not told
    assert (chart.x_label, chart.y_label) == ("engine_speed, rpm", "torque, N·m")
    (points,) = chart.series
    assert points.style is Style.POINTS
    assert points.labels[0] == "37.0"
    assert chart.contours.x[0] == pytest.approx(1000.1)
    assert np.nanmax(chart.contours.z) <= 45.0
    assert np.nanmin(chart.contours.z) >= 37.0
    assert all(37.0 <= level <= 45.0 for level in chart.contours.levels)


def test_a_map_without_area_shows_its_points_and_says_so():
    windows = made.map_windows()
    chart, told = map_chart(windows, Axes("torque", "torque", "brake_power"), say)
    assert chart.contours is None
    assert told.id == "findings.no-surface"
    assert len(chart.series[0].x) == 9


def test_a_curve_is_no_map():
    """Power over current bends, but nothing was varied while the other stood still."""
    current = np.linspace(1.0, 10.0, 11)
    assert not is_varied(current, current * (1.0 - 0.05 * current))
    assert not is_varied(current, np.full(11, 3.0))


def test_the_axes_of_a_screen_are_taken_where_no_results_vary():
    windows = tuple(
        made.window(n, name="grid", channels=[made.channel("a", float(n % 3)),
            made.channel("b", float(n // 3)), made.channel("c", float(n))])
        for n in range(9)
    )  # fmt: skip
    assert mapped(windows) is None
    wanted = Axes("a", "b", "c")
    assert (
        mapped(tuple(w for w in windows if w.approach), [Axes("a", "x", "c"), wanted]) is not None
    )
    assert default_axes(windows, [wanted]) == wanted


def test_a_quantity_that_a_window_lacks_is_no_axis():
    *most, last = made.map_windows()
    poor = made.window(9, quantities=last.quantities[:3], channels=last.channels)
    names = {each.name for each in quantities_in([*most, poor])}
    assert "brake_thermal_efficiency" not in names
    assert {"engine_speed", "engine.speed"} <= names


@settings(max_examples=50, deadline=None)
@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_lines_of_equal_height_are_few_round_and_within_what_was_measured(low, span):
    heights = np.array([low, low + span])
    found = levels(heights)
    assert len(found) <= 12
    slack = 1e-9 * (abs(low) + span)
    assert all(low - slack <= each <= low + span + slack for each in found)


def test_curves_of_several_visits_have_up_and_down():
    curves = (made.curve(1.0), made.curve(500.0))
    chart = curves_chart(curves, Ordinate.VOLTAGE, say)
    named = [each for each in chart.series if each.name]
    assert [each.name for each in named] == [
        "1.00 h, up", "1.00 h, down", "500.00 h, up", "500.00 h, down"
    ]  # fmt: skip
    assert [each.style for each in named[:2]] == [Style.LINE, Style.DASHED]
    assert {each.colour for each in chart.series} == {0, 1}
    assert np.all(np.diff(named[1].x) > 0.0)
    assert named[0].y[0] == pytest.approx(0.983)
    power = curves_chart(curves, Ordinate.POWER, say).series[0]
    assert power.y[-1] == pytest.approx(0.3 * (1.0 - 0.017 * 6))


def test_what_is_not_known_of_a_curve_is_not_offered():
    assert Ordinate.LOWEST not in ordinates_in([made.curve()])
    assert Ordinate.CHORD in ordinates_in([made.curve()])
    table = curves_table([made.curve()])
    assert {len(row.cells) for row in table.rows} == {len(table.columns)}
    assert any("2.0 mV" in say(text) for text in curves_told([made.curve()]))


def test_a_nyquist_diagram_is_square_and_has_the_arc_above():
    chart = spectra_chart([made.spectrum_result()], [0], Diagram.NYQUIST, say)
    assert chart.is_square
    measured, fitted = chart.series
    assert measured.style is Style.POINTS
    assert fitted.style is Style.LINE
    np.testing.assert_allclose(measured.y, [5.0, 110.0, 5.0])
    np.testing.assert_allclose(fitted.x, [111.0, 221.0, 331.0])


def test_a_bode_diagram_shows_magnitude_and_phase_over_frequency():
    magnitude = spectra_chart([made.spectrum_result()], [0], Diagram.MAGNITUDE, say)
    assert magnitude.is_x_log
    assert magnitude.is_y_log
    assert magnitude.series[0].y[1] == pytest.approx(math.hypot(220.0, 110.0))
    phase = spectra_chart([made.spectrum_result()], [0], Diagram.PHASE, say)
    assert phase.series[0].y[1] == pytest.approx(-math.degrees(math.atan2(110.0, 220.0)))


def test_a_distribution_is_drawn_over_frequency():
    chart = spectra_chart([made.spectrum_result()], [0], Diagram.RELAXATION, say)
    (density,) = chart.series
    assert density.x[np.argmax(density.y)] == pytest.approx(1.0 / (2.0 * math.pi * 1e-3))
    assert np.all(np.diff(density.x) > 0.0)


def test_spectra_that_could_not_be_read_are_told_and_not_drawn():
    spectra = [made.spectrum_result(is_used=False, drawn=False), made.spectrum_result(2.0)]
    assert first_drawn(spectra) == (1,)
    assert not spectra_chart(spectra, [0], Diagram.NYQUIST, say).series
    assert diagrams_in(spectra[:1]) == ()
    assert "1.00 h" in say(spectra_told(spectra, [0])[0])
    table = spectra_table(spectra)
    assert {len(row.cells) for row in table.rows} == {len(table.columns)}
    assert table.rows[1].cells[5].text == "110.0 ± 1.5"
    circuit = circuit_table(spectra[1])
    assert [say(row.cells[1].text) for row in circuit.rows] == ["time constant", "159 Hz"]


def test_degradation_shows_voltage_model_rate_with_band_and_restarts():
    chart = life_chart(made.life(), say)
    corrected, model, rate, restarts = chart.series
    assert corrected.y[0] == pytest.approx(800.1)
    assert model.y[-1] == pytest.approx(796.0)
    # a loss of 4 (3 ... 5) mV per 1,000 h from 800 mV
    assert rate.y[-1] == pytest.approx(796.0)
    (band,) = chart.bands
    assert (band.low[-1], band.high[-1]) == (pytest.approx(795.0), pytest.approx(797.0))
    assert band.low[0] == band.high[0] == pytest.approx(800.0)
    assert restarts.x.tolist() == [500.0]
    assert restarts.y.tolist() == [pytest.approx(798.0)]
    assert len(restarts.labels) == 1
    table = rates_table(made.life())
    assert [cell.value for cell in table.rows[0].cells[2:5]] == [0.5, 0.4, 0.6]
    assert any("0.8000 V" in say(text) for text in life_told(made.life()))


def test_a_line_of_voltages_is_broken_where_hours_are_missing():
    hours = tuple(float(n) for n in (*range(400), *range(500, 600)))
    voltages = tuple(0.8 for _ in hours)
    series = VoltageSeries(hours=hours, corrected=voltages, fitted=voltages)
    corrected, model, *_ = life_chart(replace(made.life(), series=series), say).series
    assert corrected.style is Style.LINE
    assert np.flatnonzero(np.isnan(corrected.y)).tolist() == [400]
    assert np.flatnonzero(np.isnan(model.y)).tolist() == [400]
    assert np.isfinite(corrected.x).all()
