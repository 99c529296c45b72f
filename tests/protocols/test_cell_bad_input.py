"""Bad recordings, end to end: each is told with channel and rows, and gives no number."""

import math

import numpy as np
import pytest

from bench.clock import SECOND
from bench.record.port import ClockMark
from bench.runs import open_run
from protocols.cell_verdicts import judge
from tests.protocols.cell_runs import FUEL, MINUTE, CellRun, ageing

EFFICIENCY = [("efficiency", 10, 60)]
HOURS = 300


def judged(path, run):
    with open_run(run.write(path / "run.h5")) as opened:
        return judge(opened)


def told(results, message):
    found = [each for each in results.warnings if each.id == message]
    assert found, [each.id for each in results.warnings]
    return found[0]


def result(results, name):
    return next(each for each in results.results if each.name == name)


def regular(rows):
    return np.arange(rows, dtype=np.int64) * MINUTE * SECOND


def test_rows_that_repeat_a_time_are_left_out_and_told(tmp_path):
    times = regular(600)
    times[300:305] = times[299]
    message = told(judged(tmp_path, CellRun(600, points=EFFICIENCY, times=times)), "cell.duplicate")
    assert message.arguments["rows"] == "300–304"
    assert message.arguments["file"] == "run.h5"


def test_rows_whose_clock_runs_backwards_are_left_out_and_told(tmp_path):
    times = regular(600)
    times[300:305] -= 600 * SECOND
    run = CellRun(600, points=EFFICIENCY, times=times)
    message = told(judged(tmp_path, run), "cell.clock-back")
    assert message.arguments["rows"] == "300–304"


def test_a_wall_clock_that_was_set_is_told_and_moves_no_row(tmp_path):
    begin = CellRun(1).start_utc_ns
    marks = [ClockMark(each * SECOND, begin + (each + late) * SECOND)
        for each, late in ((0, 0), (18000, 0), (18060, 3600), (35000, 3600))]  # fmt: skip
    results = judged(tmp_path, CellRun(600, points=EFFICIENCY, events=marks))
    assert told(results, "cell.clock-step").arguments["step"] == "+3600.0 s"
    counts = {row.name: row.value for row in results.counts}
    assert counts["observed_time"] == pytest.approx(10.0, abs=0.02)


def test_hours_with_a_frozen_thermocouple_are_no_part_of_the_rate(tmp_path):
    temperature = np.random.default_rng(3).normal(1023.15, 0.1, HOURS * 60)
    temperature[6000:9000] = 1000.0
    run = CellRun(HOURS * 60, {"cell.voltage": ageing(HOURS), "stack.temperature": temperature})
    run.noise.pop("stack.temperature")
    whole = judged(tmp_path, CellRun(HOURS * 60, {"cell.voltage": ageing(HOURS)}))
    (tmp_path / "b").mkdir()
    results = judged(tmp_path / "b", run)
    assert told(results, "cell.frozen").arguments["rows"] == "6000–8999"
    assert results.life.hours == whole.life.hours - 50
    assert results.life.rates[0].percent[0] == pytest.approx(0.5, abs=0.1)


def test_a_window_with_a_frozen_thermocouple_gives_no_resistance(tmp_path):
    temperature = np.random.default_rng(3).normal(1023.15, 0.1, 150)
    temperature[20:100] = 1000.0
    run = CellRun(150, {"stack.temperature": temperature}, EFFICIENCY)
    run.noise.pop("stack.temperature")
    results = judged(tmp_path, run)
    found = result(results, "area_specific_resistance")
    assert math.isnan(found.value)
    assert [each.id for each in found.reasons] == ["cell.frozen-window"]
    assert math.isfinite(result(results, "net_electrical_efficiency").value)


def test_a_window_in_which_the_load_moves_is_not_used(tmp_path):
    current = np.where(np.arange(150) < 40, 43.2, 21.6)
    results = judged(tmp_path, CellRun(150, {"stack.current": current}, EFFICIENCY))
    message = told(results, "cell.unsteady-window")
    assert message.arguments["channel"] == "stack.current"
    assert message.arguments["rows"] == "10–69"
    assert math.isnan(result(results, "net_electrical_efficiency").value)


def test_without_an_hour_of_steady_load_there_is_no_rate(tmp_path):
    current = 30.0 + 12.0 * np.sin(np.arange(100 * 60))
    asked = "verdict:\n  continuous_degradation: {at: reference, at_most: 0.5 %/kh}\n"
    results = judged(tmp_path, CellRun(100 * 60, {"stack.current": current}, verdict=asked))
    found = result(results, "continuous_degradation")
    assert math.isnan(found.value)
    assert [each.id for each in found.reasons] == ["cell.no-steady"]


def test_current_without_fuel_is_told_with_rows_and_its_hours_are_no_part_of_the_rate(tmp_path):
    fuel = np.full(HOURS * 60, FUEL)
    fuel[6000:6030] = 0.0
    run = CellRun(HOURS * 60, {"cell.voltage": ageing(HOURS), "fuel.flow": fuel})
    results = judged(tmp_path, run)
    message = told(results, "cell.no-fuel-rows")
    assert message.arguments["rows"] == "6000–6029"
    assert "fuel.flow" in message.arguments["channel"]
    # the first hour and a day of conditioning are no part of it either
    assert results.life.hours == HOURS - 25 - 1


def test_many_places_of_one_kind_are_told_as_a_number(tmp_path):
    times = regular(600)
    for place in range(100, 500, 50):
        times[place:] += 3600 * SECOND
    results = judged(tmp_path, CellRun(600, points=EFFICIENCY, times=times))
    assert [each.id for each in results.warnings].count("cell.gap") == 3
    assert told(results, "cell.and-more").arguments["count"] == 5


def test_without_load_no_resistance_and_no_utilisation_is_made_of_noise(tmp_path):
    noise = np.random.default_rng(4).normal(0.0, 0.02, 150)
    values = {"stack.current": noise, "cell.voltage": 1.05}
    results = judged(tmp_path, CellRun(150, values, [("ocv", 10, 60)]))
    names = {each.name for each in results.results if each.at == "ocv"}
    assert names == {"fuel_power", "cell_voltage", "lowest_cell_voltage", "stack_temperature"}
