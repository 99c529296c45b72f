"""What instruments sample faster than the scan: rows of groups that stand beside it.

A driver declares its groups (`Driver.fast_groups`) and leaves rows of them in its `Mailbox`; the
scan loop hands them to the recorder as they are. The run file names a group ``instrument.group``
and its channels ``instrument.group.channel`` (`bench.record.rows.fast_group`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench.channel import Range, Uncertainty
from bench.messages import Bilingual
from bench.units import ONE, Unit


@dataclass(frozen=True)
class FastChannel:
    """A value, or a whole trace, in each row of a group."""

    name: str
    """Name within the group: ``pressure``."""
    unit: Unit = ONE
    """Unit in which the run file holds it."""
    dtype: str = "<f4"
    """Element type: ``<f4``, ``<f8``, or a little-endian integer."""
    scale: float = 1.0
    """Value in the unit = stored × scale; 1 but for integers."""
    width: int = 1
    """Samples per row; more than 1: a trace."""
    axis: tuple[float, float, str] = (0.0, 1.0, "")
    """First place, step and unit of the samples within a trace."""
    range: Range = field(default_factory=Range)
    """What it can show, SI."""
    uncertainty: Uncertainty | None = None
    """What the data sheet states."""
    title: Bilingual = field(default_factory=lambda: Bilingual(""))
    """What people call it."""


@dataclass(frozen=True)
class FastGroup:
    """What an instrument samples together; each row carries its own time."""

    name: str
    """Name within the instrument: ``cycles``."""
    channels: tuple[FastChannel, ...]
    """What a row holds, in order."""


class FastRows(NamedTuple):
    """Rows of one group, on their way to the recorder."""

    group: str
    """Name of the group in the run file: ``instrument.group``."""
    records: NDArray[np.void]
    """One element per row, in the order of time, in the time of the wires (ns)."""
