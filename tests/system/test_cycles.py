"""Whole cycles of the engine in a run file: by the step `perform`, and where an alarm stops it."""

from pathlib import Path

import numpy as np
import pytest

from bench import runs
from bench.device import Mailbox
from bench.record.rows import TIME
from bench.runs.export.exporting import Format, Wish, export_run
from bench.runs.verifying.run import verify_run
from drivers.simulated.faults.targets import checked_fault
from tests.system.virtual_bench import VirtualBench

AT_A_POINT = Path(__file__).with_name("cycles-at-a-point.yaml")
GROUP = "indicating.cycles"


class Watched(VirtualBench):
    """A bench, and the rows beside the scan that its loop has seen."""

    def __init__(self, folder, **given):
        super().__init__(folder, AT_A_POINT, **given)
        self.fast = []
        """Rows beside the scan, before the recorder has seen them."""
        post = Mailbox.post_rows

        def seen(mailbox, group, records):
            self.fast.append(records.copy())
            post(mailbox, group, records)

        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(Mailbox, "post_rows", seen)

    def close(self):
        self.patch.undo()
        return super().close()

    @property
    def path(self):
        return self.server._recorder.path


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    bench = Watched(tmp_path_factory.mktemp("run"))
    bench.until(lambda: bench.is_over)
    ending = bench.close()
    assert ending.state == "completed"
    return bench


def test_a_capture_stands_in_the_run_file_bit_for_bit(finished):
    handed = np.concatenate(finished.fast)
    assert len(handed) == 200
    with runs.open(finished.path) as run:
        assert run.groups == ("scan", GROUP)
        pressure = run.channel(f"{GROUP}.pressure")
        assert (pressure.stored() == handed["trace_6"]).all()
        assert (run.channel(f"{GROUP}.intake_pressure").stored() == handed["trace_7"]).all()
        assert (pressure.times_ns() == handed[TIME]).all()
        assert pressure.as_stored.axis == (-360.0, 0.1, "deg")
        numbers = run.channel(f"{GROUP}.cycle").stored()
        assert np.diff(numbers.astype(int)).tolist() == [1] * 199
        step = run.during("cycles")
        assert step.start_ns < pressure.times_ns()[0] < pressure.times_ns()[-1] < step.end_ns
        (point,) = run.points
        assert (point.name, point.valid) == ("best-point", True)


def test_the_cycles_agree_with_the_channels_of_the_scan(finished):
    with runs.open(finished.path) as run:
        step = run.during("last")
        peaks = run.channel(f"{GROUP}.pressure").values_si().values.max(axis=1)
        live = run.channel("cylinder.peak_pressure").good(*step)
        speed = run.channel(f"{GROUP}.speed").values_si().values
        torque = run.channel("engine.torque").good(*step).values.mean()
        imep = run.channel("cylinder.imep").good(*step).values.mean()
        counted = run.channel("cylinder.cycles").good().values
    assert live.values.mean() == pytest.approx(peaks.mean(), rel=0.01)
    assert speed[-1] == pytest.approx(125.66, rel=1e-3)
    brake = 4.0 * np.pi * torque / 12.8e-3
    assert 1.0e5 < imep - brake < 3.0e5  # friction
    assert (np.diff(counted) >= 0.0).all()


def test_the_file_is_whole_and_its_cycles_are_exported(finished, tmp_path):
    with runs.open(finished.path) as run:
        table = export_run(run, Wish(tmp_path / "all.csv", format=Format.CSV))
        assert table.rows == len(run)
        cycles = export_run(run, Wish(tmp_path / "cycles.parquet", patterns=(f"{GROUP}.*",)))
        assert (cycles.rows, cycles.channels) == (200, 8)
    assert not verify_run(finished.path).findings


def test_an_alarm_that_stops_the_run_keeps_the_cycles_before_it(tmp_path):
    bench = Watched(tmp_path)
    bench.until_step("settle")
    bench.scan(25)
    for number in (1, 2):
        bench.sensors[f"plc.hood_h2_{number}"] = lambda _: 0.5
    bench.until(lambda: not bench.inputs.injection)
    stopped = bench.loop.row.time
    assert not bench.fast  # nothing that makes the engine safe has waited for cycles
    bench.until(lambda: bench.is_over)
    bench.close()
    with runs.open(bench.path) as run:
        (incident,) = run.incidents
        numbers = run.channel(f"{GROUP}.cycle").stored()
        kept = run.channel(f"{GROUP}.is_incident").stored()
        times = run.channel(f"{GROUP}.pressure").times_ns()
    assert 20 <= len(numbers) <= 60
    assert kept.all()
    assert incident.start_ns <= times[0] < incident.at_ns
    assert abs(incident.at_ns - times[-1]) < 5e8
    assert stopped - incident.at_ns < 1e9


def test_a_fault_of_its_sensor_shows_in_the_live_results(tmp_path):
    bench = Watched(tmp_path)
    bench.until_step("cycles")
    bench.scan(50)
    row, peak = bench.loop.row, bench.loop.model.index["cylinder.peak_pressure"]
    assert row.values[peak] > 110e5
    board = bench.server.wiring.faults
    board.begin(checked_fault(board.targets, "saturated", "", given={"at": "90 bar"}), row.time)
    bench.until(lambda: bench.loop.position.id == "last")
    bench.scan(20)
    assert row.values[peak] < 110e5
    peaks = np.concatenate(bench.fast)["trace_6"].max(axis=1)
    assert (peaks < 9100).all()  # made when they are read, by then through the faulty sensor
    bench.close()
