import numpy as np
import pytest

from bench.channel import FRESH, Calibration, Channel, Kind, Range, Uncertainty
from bench.clock import MILLISECOND, SECOND, VIRTUAL_EPOCH
from bench.messages import Bilingual, Message
from bench.record.port import Ending, Event, Header, Identity, Point, StepRecord
from bench.record.recorder import RunWriter
from bench.units import unit

CHANNELS = (
    Channel(
        "engine.torque", Kind.MEASURED, unit("N*m"), range=Range(-500.0, 3000.0),
        uncertainty=Uncertainty(reading=0.001, resolution=0.1),
        calibration=Calibration("C-17", "2027-01-31"), title=Bilingual("Torque", "扭矩"),
        source="dyno.torque",
    ),
    Channel("oil.temperature", Kind.MEASURED, unit("degC"), display=unit("K"), source="daq.t1"),
    Channel("efficiency", Kind.COMPUTED, unit("%"), source="engine.torque * 2"),
)  # fmt: skip

HEADER = Header(
    title="Best point, 最佳点",
    rig_name="cell-3",
    rig_text="rig: cell-3\n",
    protocol_name="hydrogen-engine/best-point",
    texts={"protocols/best-point.yaml": "protocol: x\n", "cycles/etc.csv": "t,n\n0,1\n"},
    parameters={"speed": "1200 rpm"},
    object_kind="hydrogen-engine",
    object_serial="H2-007",
    operator="李明",
    seed=2**70,
    simulated=True,
    plant={"friction": 0.1},
    channels=CHANNELS,
    scan_period_ns=30 * MILLISECOND,
    start_utc_ns=VIRTUAL_EPOCH,
    identities={"dyno": "ACME,D1,42,1.0"},
    gas={"species": {"H2": [0.9999, 1e-5]}, "lot": "L1", "reference_temperature": 298.15},
    object_data={"displacement": 0.0128},
    start_ns=5 * SECOND,
)


POINT = Point(
    name="best-point", repeat=1, approach=2, start_ns=5 * SECOND, end_ns=6 * SECOND,
    valid=False, remarks=("too hot", "é"), step_id="s1",
)  # fmt: skip


def write_run(path, head=HEADER, rows=10, provenance=None, value=lambda row, column: row + column):
    """Write a run in which every sample is fresh and OK."""
    writer = RunWriter(path, head, provenance)
    count = len(head.channels)
    fresh = np.full(count, FRESH, np.uint8)
    for row in range(rows):
        values = np.array([float(value(row, column)) for column in range(count)])
        writer.row(head.start_ns + row * head.scan_period_ns, values, fresh)
    end = head.start_ns + rows * head.scan_period_ns
    writer.record(StepRecord("s1", "measure", "0/measure", head.start_ns, end, "done"))
    writer.record(POINT)
    message = Message("unit.unknown", {"unit": "rmp", "hint": Message("word.none")})
    writer.record(Event(end, head.start_utc_ns, "warning", "dyno", message))
    writer.record(Identity("daq", "KEYSIGHT"))
    writer.close(Ending("completed", None, end))


@pytest.fixture(scope="session")
def header():
    return HEADER


@pytest.fixture(scope="session")
def record():
    """Write a whole run: `record(path, header, rows)`."""
    return write_run


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.h5"


@pytest.fixture
def recorded(path):
    write_run(path)
    return path
