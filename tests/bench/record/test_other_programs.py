"""Programs of others read a run file."""

import io
import shutil
import subprocess

import numpy as np
import pytest
from silx.io import nxdata

from bench.record.layout.overview import Trace, write_overview
from tests.bench.record.small_run import TORQUE, new_part, reopened, seal

DUMP = shutil.which("h5dump")


@pytest.fixture
def stream():
    return io.BytesIO()


def sealed(stream):
    part = new_part(stream)
    seal(part, stream)
    write_overview(part.entry, np.arange(11.0), [Trace(TORQUE, np.zeros(10), np.ones(10))])
    return part


def test_silx_plots_channels_traces_and_the_overview(stream):
    with reopened(sealed(stream), stream) as file:
        torque = nxdata.NXdata(file["entry/scan/engine.torque"])
        trace = nxdata.NXdata(file["entry/cycles%2F1/p.cyl"])
        overview = nxdata.get_default(file)
        assert (torque.issues, trace.issues, overview.issues) == ([], [], [])
        assert torque.is_curve
        assert [axis.name.rsplit("/")[-1] for axis in trace.axes] == ["time", "place"]
        assert overview.signal_name == "Torque"
        assert overview.is_curve


@pytest.mark.skipif(DUMP is None, reason="this system has no h5dump")
def test_h5dump_prints_every_number(tmp_path, stream):
    sealed(stream).file.close()
    path = tmp_path / "run.h5"
    path.write_bytes(stream.getvalue())
    subprocess.run([DUMP, path], check=True, capture_output=True, timeout=60)
    part = ["-d", "/entry/scan/engine.torque/value", "-s", "4090", "-c", "6"]
    told = subprocess.run(
        [DUMP, "-y", "-w", "0", *part, path],
        check=True,
        capture_output=True,
        timeout=60,
        encoding="utf-8",
    )
    assert "2045, 2045.5, 2046, 2046.5, 2047, 2047.5" in told.stdout
