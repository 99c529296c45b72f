"""A run put together from what its parts gave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from bench.messages import Message
from protocols.campaign.inventory import RunFiles
from protocols.campaign.part_results import (
    Happening,
    PartResult,
    PointReading,
    RunFacts,
    Slot,
    Stretch,
)
from protocols.combustion_results import AbnormalRate, CombustionRow


@dataclass(frozen=True)
class RunReading:
    """One run, read."""

    files: RunFiles
    """Its files."""
    facts: RunFacts | None
    """What it says of itself; None: it could not be read."""
    findings: tuple[Message, ...] = ()
    """What is damaged."""
    failures: tuple[Message, ...] = ()
    """Which parts of it could not be read at all, and why."""
    fingerprint: tuple[str, ...] = ()
    """Of its rows; empty: not known."""
    stretches: tuple[Stretch, ...] = ()
    """Its rows, in time."""
    slots: Mapping[int, Slot] = field(default_factory=dict[int, Slot])
    """Sums per slot since its begin."""
    points: tuple[PointReading, ...] = ()
    """Points of reference tests, in time."""
    happenings: tuple[Happening, ...] = ()
    """Events, in time."""
    combustion: tuple[CombustionRow, ...] = ()
    """Captures at points of reference tests, in time."""
    abnormal_cycles: tuple[AbnormalRate, ...] = ()
    """Knock, misfire, pre-ignition and backfire."""
    lost_hours: float = 0.0
    """Hours that count nothing."""
    missing_channels: tuple[str, ...] = ()
    """Channels it has not."""

    @property
    def name(self) -> str:
        """Its first file."""
        return self.files.name

    @property
    def file_name(self) -> str:
        """The same without folders, as others name it that go on from it."""
        return PurePosixPath(self.files.name).name

    @property
    def hours(self) -> float:
        """Running hours in it."""
        return sum(slot.hours for slot in self.slots.values())


def run_from(
    files: RunFiles, parts: Sequence[PartResult | None], failures: Sequence[Message]
) -> RunReading:
    """Return a run from the results of its parts, in order; None: a part was not read."""
    read = [part for part in parts if part is not None]
    slots: dict[int, Slot] = {}
    for part in read:
        for number, slot in part.slots.items():
            slots[number] = slots.get(number, Slot()) + slot
    prints = [part.fingerprint for part in read if part.fingerprint]
    missing = dict.fromkeys(name for part in read for name in part.missing_channels)
    return RunReading(
        files=files,
        facts=next((part.facts for part in reversed(read) if part.facts is not None), None),
        findings=tuple(finding for part in read for finding in part.findings),
        failures=tuple(failures),
        fingerprint=tuple(prints) if len(prints) == len(parts) else (),
        stretches=tuple(stretch for part in read for stretch in part.stretches),
        slots=slots,
        points=tuple(point for part in read for point in part.points),
        happenings=tuple(
            sorted((each for part in read for each in part.happenings), key=lambda e: e.time_ns)
        ),
        combustion=tuple(row for part in read for row in part.combustion),
        abnormal_cycles=tuple(rate for part in read for rate in part.abnormal_cycles),
        lost_hours=sum(part.lost_hours for part in read),
        missing_channels=tuple(missing),
    )
