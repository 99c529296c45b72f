"""What the scan hands to a recorder, and what a run file holds beside its rows.

Times named ``…_ns`` are monotonic (`Clock.now`), except ``utc_ns`` ones; a run begins at the
header's `start_ns`. Values are SI.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bench.channel import Channel
from bench.messages import Message

Json = Mapping[str, object]
"""A mapping of plain values: text, numbers, booleans, None, lists and mappings of them."""


SCAN = "scan"
"""Name of the group that holds the rows of the scan."""
WATCHED = "monitor"
"""Protocol of a run that followed none: the bench was only watched."""


@dataclass(frozen=True)
class StoredChannel:
    """A channel as its values stand in the file."""

    channel: Channel
    """What it is."""
    dtype: str = "<f8"
    """Element type: ``<f4``, ``<f8``, or a little-endian integer (``<u2``: counts of an ADC)."""
    scale: float = 1.0
    """Value in the channel's unit = stored × scale + offset; 1 and 0 but for integers."""
    offset: float = 0.0
    """See `scale`."""
    width: int = 1
    """Samples per row; more than 1: each row holds a whole trace (one cycle over crank angle)."""
    axis: tuple[float, float, str] = (0.0, 1.0, "")
    """First place, step and unit of the samples within a row, where `width` is more than 1."""


@dataclass(frozen=True)
class RateGroup:
    """Channels that are sampled together."""

    name: str
    """Name in the file."""
    channels: tuple[StoredChannel, ...]
    """What a row holds."""
    interval_ns: Fraction | None = None
    """Exact time between two rows, ns; None: each row carries its own time."""
    has_quality: bool = False
    """Whether each sample carries a quality; else NaN is BAD and everything else OK and fresh."""


@dataclass(frozen=True)
class Header:
    """What is known when a run begins."""

    title: str
    """What people call the run."""
    rig_name: str
    """Rig it runs on."""
    rig_text: str
    """The rig file as run."""
    protocol_name: str
    """Protocol, with its folder: ``hydrogen-engine/best-point``."""
    texts: Mapping[str, str]
    """Every other file as run: name → text (protocol, called protocols, object kind, cycles)."""
    parameters: Mapping[str, str]
    """Parameters as run, with units."""
    object_kind: str
    """Kind of test object: ``hydrogen-engine``."""
    object_serial: str
    """Serial number of the test object."""
    operator: str
    """Who runs it."""
    seed: int
    """Seed of everything that is drawn."""
    simulated: bool
    """Whether the instruments are simulated."""
    plant: Mapping[str, float]
    """Parameters of the simulated plant, SI; empty on a real bench."""
    channels: Sequence[Channel]
    """The channels, in the order of the rows."""
    scan_period_ns: int
    """Period of the scan, ns."""
    start_utc_ns: int
    """When the run begins, ns since 1970-01-01T00:00:00Z."""
    identities: Mapping[str, str] = field(default_factory=dict[str, str])
    """Instrument → what it says it is; `Recorder.identify` completes it."""
    gas: Json = field(default_factory=dict[str, object])
    """Gas lot: species → (mole fraction, standard uncertainty), lot id, reference temperature."""
    object_data: Json = field(default_factory=dict[str, object])
    """Data of the test object (displacement, cells), SI."""
    start_ns: int = 0
    """Monotonic time at which the run begins: zero of the file's ``time``."""
    groups: Sequence[RateGroup] = ()
    """What is sampled beside the scan: faster, slower, or once per cycle."""
    continues: str = ""
    """File name of the run that this one goes on from; empty: it begins anew."""
    stretch_ns: int = 0
    """Longest leap of virtual time between two scans, ns: rows so far apart are no gap."""


@dataclass(frozen=True)
class Provenance:
    """What may differ between two runs that are otherwise equal."""

    created_utc_ns: int = 0
    """Wall-clock time at which the file was made, ns since 1970-01-01T00:00:00Z."""
    host: str = ""
    """Machine."""
    software: Mapping[str, str] = field(default_factory=dict[str, str])
    """Package → version."""
    uuid: str = ""
    """Identity of the file."""


@dataclass(frozen=True)
class Event:
    """Something that happened."""

    time_ns: int
    """When, monotonic."""
    utc_ns: int
    """When, ns since 1970-01-01T00:00:00Z."""
    level: str
    """``info``, ``warning``, ``error``."""
    source: str
    """Who says so: an instrument, a limit, the sequencer, the operator."""
    message: Message
    """What happened."""


@dataclass(frozen=True)
class StepRecord:
    """One step of the protocol, once it has ended."""

    id: str
    """Stable id of the step."""
    kind: str
    """``ramp``, ``measure``."""
    path: str
    """Where it stands in the step tree."""
    start_ns: int
    """When it began, monotonic."""
    end_ns: int
    """When it ended, monotonic."""
    outcome: str
    """``done``, ``failed``, ``skipped``."""


@dataclass(frozen=True)
class StepBegun:
    """A step of the protocol begins; its `StepRecord` follows when it ends."""

    id: str
    """Stable id of the step."""
    path: str
    """Where it stands in the step tree."""
    start_ns: int
    """When, monotonic."""


@dataclass(frozen=True)
class Identity:
    """What an instrument says it is."""

    name: str
    """Name of the instrument in the rig."""
    text: str
    """What it says."""


@dataclass(frozen=True)
class ClockMark:
    """What the wall clock shows at a monotonic time; a step between two marks is a clock step."""

    time_ns: int
    """Monotonic."""
    utc_ns: int
    """Since 1970-01-01T00:00:00Z."""


@dataclass(frozen=True)
class Point:
    """One measured window, which an analysis averages."""

    name: str
    """Name given by the protocol: ``best-point``."""
    repeat: int
    """Which repeat, from 1."""
    approach: int
    """Which approach to the point, from 1; repeats of one approach share their setting."""
    start_ns: int
    """First moment, monotonic."""
    end_ns: int
    """Last moment, monotonic."""
    valid: bool
    """Whether it may be judged."""
    remarks: tuple[str, ...] = ()
    """Why not, or what to keep in mind."""
    step_id: str = ""
    """Step that measured it."""


@dataclass(frozen=True)
class Bookmark:
    """Where a run is: enough to go on from here after the bench itself was cut off."""

    time_ns: int
    """When, monotonic."""
    utc_ns: int
    """When, ns since 1970-01-01T00:00:00Z."""
    state: str
    """State of the bench."""
    phase: str
    """Which sequence runs: ``sequence``, ``recovery``, ``unload``, ``soft-stop``, ``hard-stop``;
    empty: none."""
    position: Json
    """Where it is (`bench.control.sequencer.Saved.to_json`)."""
    demands: Mapping[str, float]
    """Demand → value, SI; those that nothing was demanded of are left out."""
    counters: Mapping[str, float]
    """Counter → count, SI."""
    halted: Json = field(default_factory=dict[str, object])
    """Where the protocol was when a stop began: its ``position`` and ``demands``, as above; empty:
    none has, or nothing of the protocol had begun."""


@dataclass(frozen=True)
class Incident:
    """A window around something that went wrong: what came before, and what followed."""

    number: int
    """Which of the run, from 1."""
    first_out: str
    """Alarm that came first."""
    alarms: tuple[str, ...]
    """All alarms within it, in the order in which they came."""
    reaction: str
    """Highest reaction."""
    start_ns: int
    """First moment, monotonic."""
    at_ns: int
    """When the first alarm came, monotonic."""
    end_ns: int
    """Last moment, monotonic."""


PLANNED_STOP = "planned-stop"
"""How a run ended that goes on in another file as its protocol says."""
AS_PLANNED = frozenset({"completed", PLANNED_STOP})
"""How a run ends that nothing stopped."""


@dataclass(frozen=True)
class Ending:
    """How a run ended."""

    state: str
    """``completed``, ``planned-stop``, ``stopped``, ``limit``, ``operator`` or ``error``."""
    message: Message | None
    """Why."""
    end_ns: int
    """When, monotonic."""


Record = (
    Event | StepBegun | StepRecord | Point | Identity | ClockMark | Ending | Bookmark | Incident
)
"""What a run file takes beside rows."""


class Recorder(Protocol):
    """Takes what a run produces, and never waits for a disk.

    Nothing here raises for the disk's sake: `trouble` says what is wrong, and the bench stops.
    Rows of one group come from one thread, records may come from several.
    """

    @property
    def path(self) -> Path:
        """The run file; of a run in several parts, the first."""
        ...

    @property
    def trouble(self) -> Message | None:
        """Why the run has to end (disk full, gone or too slow); None: all is well.

        Rows are still taken, into what space is left.
        """
        ...

    def row(self, time_ns: int, values: NDArray[np.float64], qualities: NDArray[np.uint8]) -> None:
        """Take one scan: values in SI and qualities (`Quality` | `FRESH`), one per channel.

        Both arrays are copied.

        Raises:
            ValueError: not one value and one quality per channel, or an earlier time.
        """
        ...

    def rows(self, group: str, time_ns: int, records: NDArray[np.void]) -> None:
        """Take rows of a group beside the scan, as it stores them (`RowLayout.dtype`).

        Args:
            group: its name.
            time_ns: monotonic time of the first row; ignored where each row carries its own.
            records: one element per row; copied.

        Raises:
            KeyError: no such group.
            ValueError: another element type, or an earlier time.
        """
        ...

    def record(self, record: Record) -> None:
        """Take what is no row; of the bookmarks only the newest is kept."""
        ...

    def close(self, ending: Ending) -> None:
        """Write what is left and close the file; again: does nothing.

        Raises:
            RunFileError: something of it cannot be written; what was is kept and recovered later.
        """
        ...
