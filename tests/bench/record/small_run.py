"""A run with everything in it: a scan, raw counts, traces, names that need care."""

import io
from fractions import Fraction

import h5py
import numpy as np

from bench.channel import Calibration, Channel, Kind, Range
from bench.clock import MILLISECOND, SECOND, VIRTUAL_EPOCH
from bench.messages import Bilingual
from bench.record import hdf5
from bench.record.layout.contents import create_part
from bench.record.numbers.chunks import encode_chunk
from bench.record.port import (
    Header,
    Provenance,
    RateGroup,
    StoredChannel,
)
from bench.units import unit

TORQUE = Channel(
    "engine.torque", Kind.MEASURED, unit("N*m"), range=Range(-500.0, 3000.0),
    calibration=Calibration("C-17", "2027-01-31"), title=Bilingual("Torque", "扭矩"),
    source="dyno.torque",
)  # fmt: skip
OIL = Channel("oil.温度", Kind.MEASURED, unit("degC"), display=unit("K"), source="daq.t1")
EFFICIENCY = Channel("efficiency", Kind.COMPUTED, unit("%"), source="engine.torque * 2")

KNOCK = RateGroup(
    "knock",
    (
        StoredChannel(Channel("knock.raw", Kind.MEASURED, unit("V")), "<u2", 0.001, -32.0),
        StoredChannel(Channel("time", Kind.MEASURED, unit("s"))),
        StoredChannel(Channel("a/b", Kind.MEASURED, unit("V")), "<f4"),
        StoredChannel(Channel("..", Kind.MEASURED, unit("V")), "<u2"),
    ),
    Fraction(10**9, 44_100),
)
CYCLES = RateGroup(
    "cycles/1",
    (
        StoredChannel(
            Channel("p.cyl", Kind.MEASURED, unit("bar")), "<i2", 0.1, 0.0, 720, (-360.0, 1.0, "deg")
        ),
        StoredChannel(Channel("imep", Kind.COMPUTED, unit("bar"))),
    ),
    has_quality=True,
)

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
    seed=7,
    simulated=True,
    plant={},
    channels=(TORQUE, OIL, EFFICIENCY),
    scan_period_ns=30 * MILLISECOND,
    start_utc_ns=VIRTUAL_EPOCH,
    identities={"dyno": "ACME,D1,42,1.0"},
    start_ns=5 * SECOND,
    groups=(KNOCK, CYCLES),
)
UNIFORM = Provenance(1, "bench-1", {"h2bench": "1"}, "u-1")


def new_part(stream, **more):
    """Return a new part that is written through a stream."""
    return create_part(hdf5.create(stream), HEADER, UNIFORM, run_uuid="run-1", **more)


def written(header=HEADER, provenance=UNIFORM, run_uuid="run-1"):
    """Return the bytes of a new part."""
    stream = io.BytesIO()
    create_part(hdf5.create(stream), header, provenance, run_uuid=run_uuid).file.close()
    return stream.getvalue()


def reopened(part, stream):
    part.file.close()
    return h5py.File(stream)


def seal(part, stream, rows=4096):
    """Write one chunk of torque as the sealer does; return the values."""
    scan = part.groups[0]
    values = np.arange(rows, dtype="<f4") * 0.5
    for column in scan.columns:
        column.set_length(rows)
    scan.values[0].chunks.write(0, encode_chunk(values))
    scan.time.chunks.write(0, encode_chunk(np.arange(rows) * 0.03))
    return values
