"""Runs that are recorded for a measurement: what stands in their headers."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from bench.channel import Calibration, Channel, Kind
from bench.clock import MILLISECOND, VIRTUAL_EPOCH
from bench.record.port import Ending, Header, RateGroup, StoredChannel
from bench.record.rows import RowLayout
from bench.units import unit

GROUP = "fast"
"""Name of the group beside the scan."""
_UNITS = ("bar", "degC", "kg/h", "rpm", "N*m")


def channel(number: int) -> Channel:
    """Return a channel as a rig describes it."""
    return Channel(
        f"unit{number // 20}.reading{number}", Kind.MEASURED, unit(_UNITS[number % len(_UNITS)]),
        source=f"daq{number // 100}.in{number % 100}",
        calibration=Calibration(f"C-{number}", "2027-06-30"),
    )  # fmt: skip


def fast_group(channels: int, interval_ns: int, dtype: str = "<f4") -> RateGroup:
    """Return a regular group of so many channels."""
    stored = tuple(StoredChannel(channel(number), dtype) for number in range(channels))
    return RateGroup(GROUP, stored, Fraction(interval_ns))


def header(*groups: RateGroup, scanned: tuple[Channel, ...] = (), period: int = 0) -> Header:
    """Return a header with these groups beside the scan."""
    return Header(
        title="Benchmark", rig_name="bench", rig_text="rig: bench\n",
        protocol_name="benchmark", texts={}, parameters={}, object_kind="hydrogen-engine",
        object_serial="1", operator="", seed=1, simulated=True, plant={}, channels=scanned,
        scan_period_ns=period or 10 * MILLISECOND, start_utc_ns=VIRTUAL_EPOCH, groups=groups,
    )  # fmt: skip


def records_of(group: RateGroup, rows: NDArray[np.float32]) -> NDArray[np.void]:
    """Return rows (rows, channels) as a group of one section stores them; nothing is copied."""
    return rows.view(np.uint8).reshape(len(rows), -1).view(RowLayout(group).dtype).reshape(-1)


def ended(time_ns: int) -> Ending:
    """Return how a run ends that went well."""
    return Ending("completed", None, time_ns)
