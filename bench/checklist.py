"""What is checked before a start: the preflight checks of a rig, in SI and by channel index.

Evidence, its age and how a check is done stand in `bench.preflight`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from bench.expression import Resolved
from bench.messages import Bilingual

Values = tuple[tuple[int, float], ...]
"""Demand index and value (SI)."""


@dataclass(frozen=True)
class Holds:
    """A condition that has to hold when a run begins."""

    condition: Resolved
    """Condition."""
    text: str
    """As written."""


@dataclass(frozen=True)
class LeakTest:
    """A closed volume has to keep its pressure."""

    pressure: int
    """Channel of the pressure."""
    most: float
    """Fastest fall that is allowed, Pa/s."""
    lasting: float
    """How long it is watched, s."""
    settle: float = 0.0
    """How long it rests before, s."""
    least: float = -math.inf
    """Pressure below which nothing is proved, Pa."""
    fill: Values = ()
    """Demands that put the volume under pressure; none: a person does."""
    filling: float = 0.0
    """How long they do, s."""
    close: Values = ()
    """Demands that shut it."""


@dataclass(frozen=True)
class ZeroTest:
    """An instrument at rest has to show nothing."""

    channel: int
    """Channel."""
    within: float
    """How far its mean may be from zero, SI."""
    lasting: float
    """How long the mean is taken, s."""
    instrument: str = ""
    """Who zeroes itself before; empty: nobody."""
    action: str = ""
    """How that is called."""
    timeout: float = 0.0
    """How long it may take, s."""


@dataclass(frozen=True)
class BumpTest:
    """Detectors have to see the test gas that a person gives them."""

    channels: tuple[int, ...]
    """Channels of the detectors."""
    above: float
    """What each has to exceed, SI."""
    within: float
    """How long the person has, s."""


@dataclass(frozen=True)
class HeartbeatDrop:
    """The hardwired chain has to notice that the bench is silent."""

    heartbeat: int
    """Channel that is 1 while the chain hears the bench."""
    permit: int
    """Channel that is 1 while anything may be switched on."""
    within: float
    """How soon both have to fall, s."""
    back: float
    """How soon they have to come back, s."""


@dataclass(frozen=True)
class GasStock:
    """The supply has to hold the hydrogen that a run needs."""

    pressure: int
    """Channel of its pressure."""
    volume: float
    """Geometric volume, m³."""
    lowest: float
    """Pressure at which it counts as empty, Pa."""
    temperature: float
    """Temperature of the gas, K."""
    ahead: float = math.inf
    """Time for which it has to last; then it is exchanged, s."""


@dataclass(frozen=True)
class DiskSpace:
    """The disk has to hold what a run records."""

    margin: float
    """Share on top, 1."""
    ahead: float = math.inf
    """Time for which it has to last; then older runs are moved away, s."""


@dataclass(frozen=True)
class Certificates:
    """Certificates have to hold until the planned end."""


@dataclass(frozen=True)
class WallClock:
    """The machine's clock has to be synchronised."""


@dataclass(frozen=True)
class Attested:
    """A person has to have looked."""


Test = (
    Holds | LeakTest | ZeroTest | BumpTest | HeartbeatDrop | GasStock | DiskSpace | Certificates
    | WallClock | Attested
)  # fmt: skip
"""How a check is done."""

INSTANT = Holds | GasStock | DiskSpace | Certificates | WallClock
"""What the bench judges anew whenever it is asked."""
BY_PERSON = BumpTest | WallClock | Attested
"""What a person may attest."""
BY_BENCH = LeakTest | ZeroTest | BumpTest | HeartbeatDrop
"""What takes time and is done by the bench when it is told to."""


@dataclass(frozen=True)
class Check:
    """One preflight check."""

    id: str
    """Stable name."""
    test: Test
    """How it is done."""
    valid_for: float
    """How old its evidence may be, s."""
    title: Bilingual = field(default_factory=lambda: Bilingual(""))
    """What people call it."""
    advice: Bilingual = field(default_factory=lambda: Bilingual(""))
    """What to do when it is not passed."""
    guard: Resolved | None = None
    """What has to hold while the bench does it."""
    guard_text: str = ""
    """As written."""
    definition: str = ""
    """Digest of how it is written: evidence of another test does not count."""
