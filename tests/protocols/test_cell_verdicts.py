import math

import numpy as np
import pytest

from analysis.verdict import Verdict
from bench.channel import Quality
from bench.clock import SECOND, VIRTUAL_EPOCH
from bench.errors import ConfigError
from bench.runs import open_run
from protocols import execution
from protocols.cell_nernst import nernst_of
from protocols.cell_verdicts import judge
from protocols.execution import read
from tests.protocols.cell_runs import FARADAY, FUEL, STEADY, CellRun, ageing

LHV = 802.554e3  # J/mol of methane at 25 degC, ISO 6976:2016


def judged(path, run):
    with open_run(run.write(path / "run.h5")) as opened:
        return judge(opened)


def result(results, name, at=None):
    return next(r for r in results.results if r.name == name and (at is None or r.at == at))


def ids(texts):
    return [text.id for text in texts]


EFFICIENCY = [("efficiency", 10, 60), ("efficiency", 80, 60)]


def test_the_net_efficiency_is_the_ratio_of_the_energies(tmp_path):
    power = np.full(150, 340.0)
    power[80:] = 300.0
    results = judged(tmp_path, CellRun(150, {"ac.power": power}, EFFICIENCY))
    found = result(results, "net_electrical_efficiency")
    # same length of both windows: (320 + 280) / 2 W over FUEL * LHV
    assert found.value == pytest.approx(100.0 * 300.0 / (FUEL * LHV), rel=1e-6)
    assert found.windows == 2


def test_the_gross_efficiency_is_utilisation_times_voltage_over_the_voltage_of_the_fuel(tmp_path):
    run = CellRun(150, points=EFFICIENCY)
    found = result(judged(tmp_path, run), "gross_dc_efficiency")
    # Uf * V / 1.0397 V for methane
    assert found.value == pytest.approx(100.0 * 0.6 * 0.83 / 1.0397, rel=2e-3)


def test_utilisation_and_oxygen_to_carbon_are_those_of_faraday(tmp_path):
    results = judged(tmp_path, CellRun(150, points=EFFICIENCY))
    assert result(results, "fuel_utilisation").value == pytest.approx(60.0, rel=1e-3)
    assert result(results, "oxygen_to_carbon").value == pytest.approx(2.5, rel=1e-6)
    oxygen = 10 * 43.2 / (4 * FARADAY * 0.20946 * 0.02)
    assert result(results, "oxygen_utilisation").value == pytest.approx(100 * oxygen, rel=1e-3)


@pytest.mark.parametrize(
    ("limit", "verdict"),
    [("42 %", Verdict.PASS), ("42.9 %", Verdict.NOT_SHOWN), ("44 %", Verdict.FAIL)],
)
def test_an_efficiency_is_judged_with_its_guard_band(tmp_path, limit, verdict):
    asked = "verdict:\n  net_electrical_efficiency: {at: efficiency, at_least: LIMIT}\n"
    run = CellRun(150, points=EFFICIENCY, verdict=asked.replace("LIMIT", limit))
    results = judged(tmp_path, run)
    found = result(results, "net_electrical_efficiency")
    # 320 W over 748.6 W of methane are 42.7 %
    assert found.value == pytest.approx(100.0 * 320.0 / (FUEL * LHV), rel=1e-6)
    assert results.verdict is verdict
    inputs = {row.input for row in found.budget}
    assert {"ac.power", "auxiliary.power", "fuel.flow", "fuel_heating_value"} <= inputs
    assert "cell.boundary-net" in ids(results.remarks)


def test_no_fuel_with_current_on_gives_no_efficiency_but_a_sentence_with_channel_and_rows(tmp_path):
    results = judged(tmp_path, CellRun(150, {"fuel.flow": 0.0}, EFFICIENCY))
    found = result(results, "net_electrical_efficiency")
    assert math.isnan(found.value)
    assert ids(found.reasons) == ["cell.no-fuel"]
    assert "fuel.flow" in str(found.reasons[0])
    assert "10–69" in str(found.reasons[0])


def test_a_negative_flow_is_not_used(tmp_path):
    run = CellRun(150, {"fuel.flow": -0.5 * FUEL}, EFFICIENCY)
    results = judged(tmp_path, run)
    assert ids(result(results, "fuel_utilisation").reasons) == ["cell.negative-window"]
    assert "cell.negative-rows" in ids(results.warnings)


def test_object_data_that_lack_the_cells_leave_nothing_to_judge(tmp_path):
    asked = "verdict:\n  gross_dc_efficiency: {at: efficiency, at_least: 40 %}\n"
    run = CellRun(150, points=EFFICIENCY, verdict=asked, data={"cells": 10.0})
    results = judged(tmp_path, run)
    assert results.verdict is Verdict.NOT_SHOWN
    assert ids(results.warnings) == ["cell.no-object-data"]


def test_a_run_that_broke_off_passes_nothing(tmp_path):
    asked = "verdict:\n  gross_dc_efficiency: {at: efficiency, at_least: 10 %}\n"
    run = CellRun(150, points=EFFICIENCY, verdict=asked, ending="limit")
    assert judged(tmp_path, run).verdict is Verdict.NOT_SHOWN


def test_missing_groups_and_swapped_groups_are_told(tmp_path):
    swapped = {
        "cvm.group_1": np.where(np.arange(300) < 150, 0.831, 0.824),
        "cvm.group_4": np.where(np.arange(300) < 150, 0.824, 0.831),
    }
    points = [("reference", 10, 60), ("reference", 200, 60)]
    told = ids(judged(tmp_path, CellRun(300, swapped, points)).warnings)
    assert told.count("cell.groups-swapped") == 1
    gone = {"cvm.group_3": (slice(0, 300), Quality.BAD)}
    (tmp_path / "b").mkdir()
    results = judged(tmp_path / "b", CellRun(300, points=points, qualities=gone))
    message = next(w for w in results.warnings if w.id == "cell.groups-missing")
    assert message.arguments["groups"] == "3"


def test_a_frozen_thermocouple_is_told_with_its_rows(tmp_path):
    run = CellRun(600, points=EFFICIENCY)
    frozen = np.random.default_rng(3).normal(1023.15, 0.1, 600)
    frozen[200:400] = 1023.0
    run.values["stack.temperature"] = frozen
    run.noise.pop("stack.temperature")
    message = next(w for w in judged(tmp_path, run).warnings if w.id == "cell.frozen")
    assert message.arguments["channel"] == "stack.temperature"
    assert message.arguments["rows"] == "200–399"


def test_a_gap_in_the_log_is_told(tmp_path):
    run = CellRun(600, points=EFFICIENCY, leave_out=(slice(300, 360),))
    message = next(w for w in judged(tmp_path, run).warnings if w.id == "cell.gap")
    assert message.arguments["row"] == 299


def test_a_series_of_two_files_is_judged_as_one(tmp_path):
    hours = 24 * 8
    voltage = ageing(2 * hours)
    half = hours * 60
    first = CellRun(half, {"cell.voltage": voltage[:half]}, EFFICIENCY, simulated=False)
    second = CellRun(half, {"cell.voltage": voltage[half:]}, EFFICIENCY, simulated=False, seed=2,
        start_utc_ns=VIRTUAL_EPOCH + half * 60 * SECOND)  # fmt: skip
    paths = first.write(tmp_path / "a.h5"), second.write(tmp_path / "b.h5")
    results = read(paths[1], paths[0]).results
    assert [each.file for each in results.files] == ["a.h5", "b.h5"]
    assert results.life.hours > 300
    rate = results.life.rates[0].percent
    assert rate[1] < 0.5 < rate[2]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [({"serial": "S-2"}, "judge.series-serial"), ({"kind": "other"}, "judge.series-kind"),
     ({"simulated": False}, "judge.series-overlap")],
)  # fmt: skip
def test_files_that_do_not_belong_together_are_refused(tmp_path, changes, expected):
    first = CellRun(150, points=EFFICIENCY).write(tmp_path / "a.h5")
    other = CellRun(150, points=EFFICIENCY, **changes).write(tmp_path / "b.h5")
    with pytest.raises(ConfigError) as caught:
        read(first, other)
    assert [problem.id for problem in caught.value.problems] == [expected] or caught.match("b.h5")


def test_the_same_raw_data_give_the_same_results_in_both_languages(tmp_path):
    path = CellRun(150, points=EFFICIENCY).write(tmp_path / "run.h5")
    with open_run(path) as run:
        plain = judge(run).to_json()
        assert judge(run).to_json() == plain
    assert STEADY["cell.voltage"] == 0.83


def test_the_mean_nernst_voltage_of_humid_hydrogen_at_no_current_is_that_of_the_table():
    inputs = {
        "temperature": 1023.15, "current": 0.0, "cells": 10.0, "strings": 1.0,
        "hydrogen_flow": 0.97e-3, "steam_flow": 0.03e-3, "safety_gas_flow": 0.0,
        "nitrogen_flow": 0.0, "recycle": 0.0, "air_flow": 0.01,
    }  # fmt: skip
    # 97/3 at 750 degC against air of 21 % oxygen: 1.1101 V (NASA polynomials)
    assert nernst_of(inputs, None) == pytest.approx(1.1101, abs=2e-4)


def test_simulated_files_are_joined_in_the_order_given_and_that_is_told(tmp_path):
    first = CellRun(150, points=EFFICIENCY).write(tmp_path / "b.h5")
    second = CellRun(150, points=EFFICIENCY, seed=2).write(tmp_path / "a.h5")
    results = read(first, second).results
    assert [row.file for row in results.files] == ["b.h5", "a.h5"]
    assert results.files[1].start == pytest.approx(2.5, abs=0.02)
    assert "cell.joined" in ids(results.remarks)


def test_results_of_several_files_are_written_into_none(tmp_path):
    first = CellRun(150, points=EFFICIENCY).write(tmp_path / "a.h5")
    second = CellRun(150, points=EFFICIENCY, seed=2).write(tmp_path / "b.h5")
    before = first.read_bytes(), second.read_bytes()
    assert execution.judged(first, second).results is not None
    assert (first.read_bytes(), second.read_bytes()) == before
