"""A sensor that has drifted is found by a loop check, and a calibration says how to correct it."""

import pytest

from bench.service.requests import Compare
from tests.system.virtual_bench import VirtualBench

CHANNEL = "coolant.temperature"


@pytest.fixture
def bench(tmp_path):
    bench = VirtualBench(tmp_path, is_started=False)
    bench.scan(350)
    yield bench
    bench.close()


def compare(bench, shown, true, **more):
    """Have the sensor show something while something else is true."""
    bench.sensors["daq.coolant_out"] = lambda now: shown
    bench.scan(30)
    assert bench.server.request(Compare(CHANNEL, f"{true} K", 5.0, **more)).is_accepted
    bench.scan(60)
    return [
        record.message
        for record in bench.server._recorder.records
        if getattr(getattr(record, "message", None), "id", "").startswith("maintenance.")
    ]


def test_a_drifted_sensor_fails_its_loop_check_and_its_calibration_gives_the_line(bench):
    told = compare(bench, 303.0, 300.0)
    assert [each.id for each in told] == ["maintenance.compared", "maintenance.loop-failed"]
    by = {"purpose": "calibration", "certificate": "C-1", "due": "2027-11-22"}
    compare(bench, 283.0, 280.0, is_last=False, applied="ice", **by)
    told = compare(bench, 383.0, 370.0, is_first=False, standard="calibrator 12", **by)
    result = told[-1]
    assert result.id == "maintenance.calibrated"
    assert result.arguments["values"]["gain"] == pytest.approx(0.9, abs=2e-3)
    assert result.arguments["values"]["offset_si"] == pytest.approx(280 - 0.9 * 283, abs=0.6)
    proposal = result.arguments["proposal"]
    assert "coolant.temperature.uncorrected" in proposal
    assert 'calibration: {id: "C-1", due: "2027-11-22"}' in proposal
