"""Cycles as the indicating system hands them over, and as run files hold them.

The group ``INSTRUMENT.cycles`` has one row per recorded cycle: `CYCLES`, in this order. The time of
a row is the end of its cycle. Traces go from -360° to 359.9° around the top dead centre of firing;
counts of the converter stay counts.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bench.channel import Range, Uncertainty
from bench.fast_rows import FastChannel, FastGroup
from bench.messages import Bilingual
from bench.units import unit

POINTS = 7200
"""Samples of a cycle."""
FIRST, STEP = -360.0, 0.1
"""First crank angle of a cycle and the step between two samples, deg."""
PRESSURE_COUNT, INTAKE_COUNT = 0.01, 0.001
"""What a count is worth, bar."""
_AXIS = (FIRST, STEP, "deg")
BAR, RPM, DEGREE = unit("bar"), unit("rpm"), unit("deg")

RECORD = np.dtype(
    [
        ("cycle", "<u4"),
        ("time", "<f8"),
        ("speed", "<f4"),
        ("spark", "<f4"),
        ("pressure", "<i2", (POINTS,)),
        ("intake", "<i2", (POINTS,)),
    ]
)
"""One cycle in a data block: number since the instrument was switched on, end of the cycle on its
clock (s), speed (rpm), spark (deg), counts."""

CYCLES = FastGroup(
    "cycles",
    (
        FastChannel("cylinder", dtype="<u2", title=Bilingual("Cylinder", "气缸")),
        FastChannel("capture", dtype="<u4", title=Bilingual("Number of the capture", "采集编号")),
        FastChannel(
            "is_incident", dtype="<u2", title=Bilingual("Kept for an incident", "事件保留")
        ),
        FastChannel("cycle", dtype="<u4", title=Bilingual("Number of the cycle", "循环编号")),
        FastChannel("speed", RPM, title=Bilingual("Engine speed", "发动机转速")),
        FastChannel("spark", DEGREE, title=Bilingual("Spark after top dead centre", "点火角")),
        FastChannel(
            "pressure",
            BAR,
            "<i2",
            PRESSURE_COUNT,
            POINTS,
            _AXIS,
            Range(0.0, 300e5),
            Uncertainty(reading=0.01, absolute=0.2e5),
            Bilingual("Cylinder pressure", "缸内压力"),
        ),
        FastChannel(
            "intake_pressure",
            BAR,
            "<i2",
            INTAKE_COUNT,
            POINTS,
            _AXIS,
            Range(0.0, 10e5),
            Uncertainty(absolute=0.02e5),
            Bilingual("Intake pressure", "进气压力"),
        ),
    ),
)
"""What a row holds."""


def records_of(block: bytes) -> NDArray[np.void]:
    """Return the cycles of a data block.

    Raises:
        ValueError: it holds no whole cycles.
    """
    if len(block) % RECORD.itemsize:
        raise ValueError(len(block))
    return np.frombuffer(block, RECORD)


def columns_of(
    records: NDArray[np.void], *, group: str, cylinder: int, capture: int, is_incident: bool
) -> Mapping[str, ArrayLike]:
    """Return the columns of a group's rows but for their time (`RowLayout.filled`)."""
    count = len(records)
    return {
        f"{group}.cylinder": np.full(count, cylinder),
        f"{group}.capture": np.full(count, capture),
        f"{group}.is_incident": np.full(count, is_incident),
        f"{group}.cycle": records["cycle"],
        f"{group}.speed": records["speed"],
        f"{group}.spark": records["spark"],
        f"{group}.pressure": records["pressure"],
        f"{group}.intake_pressure": records["intake"],
    }
