"""What clients may ask of the bench server, and what it shows them.

Command line and app know nothing of the bench but this: they send a request, get an answer with
a reason, and look at one frozen state. Here client and server share a process; over a wire the
same messages travel.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Protocol

from bench.control.sequencer import Position
from bench.control.states import State
from bench.messages import Bilingual, Message
from bench.model import GasLot


@dataclass(frozen=True)
class Hold:
    """Hold the sequence."""


@dataclass(frozen=True)
class Resume:
    """Go on with the sequence."""


@dataclass(frozen=True)
class StopNow:
    """End the run by the object's safe sequence."""

    is_hard: bool = False
    """Whether the hard stop is meant."""


@dataclass(frozen=True)
class Answer:
    """Answer what the operator is asked."""

    is_done: bool = True
    """Whether it is done or confirmed."""
    operator: str = ""
    """Who says so."""


@dataclass(frozen=True)
class Note:
    """Write a note into the run."""

    text: str
    """What the operator says."""
    operator: str = ""
    """Who."""


@dataclass(frozen=True)
class Snapshot:
    """Make a point of the last seconds, in any state of an open bench."""

    name: str = ""
    """Name of the point, none the plan measures under; empty: ``snapshot``."""
    seconds: float = 10.0
    """How far back it reaches, s; not before the start of the run."""
    operator: str = ""
    """Who asks."""


@dataclass(frozen=True)
class Leave:
    """Close a bench on which nothing may actuate; a run that moves is stopped instead."""


@dataclass(frozen=True)
class ChangeGas:
    """Another lot of fuel gas is connected from now on."""

    lot: GasLot
    """As certified."""


Request = Hold | Resume | StopNow | Answer | Note | Snapshot | Leave | ChangeGas
"""What a client may ask."""


@dataclass(frozen=True)
class Reply:
    """Whether the server does what was asked."""

    is_accepted: bool
    """Whether."""
    reason: Message | None = None
    """Why not."""


@dataclass(frozen=True)
class Shown:
    """One channel on a screen."""

    name: str
    """Channel."""
    title: Bilingual
    """What people call it."""
    text: str
    """Value with unit."""
    quality: int
    """`Quality`."""


@dataclass(frozen=True)
class BenchState:
    """What the bench is doing, for people."""

    state: State = State.OFF
    """State of the bench."""
    is_simulated: bool = False
    """Whether its instruments are simulated."""
    protocol: str = ""
    """Protocol that runs."""
    position: Position = field(default_factory=Position)
    """Where its sequence is."""
    elapsed: float = 0.0
    """Time since the start of the run, s."""
    remaining: float = 0.0
    """Expected time left, s."""
    channels: tuple[Shown, ...] = ()
    """The rig's key channels."""
    alarms: tuple[str, ...] = ()
    """Limits that are violated."""
    question: Bilingual | None = None
    """What the operator is asked."""
    file: Path | None = None
    """The run file."""


class Attention(Enum):
    """Whether a run waits for a person."""

    NONE = "none"
    """It does not."""
    QUESTION = "question"
    """It asks something; `Answer` goes on."""
    HELD = "held"
    """The sequence is held; `Resume` goes on."""


class BenchPort(Protocol):
    """What a client holds."""

    @property
    def attention(self) -> Attention:
        """Whether the run waits for a person; cheap enough to look at after every scan."""
        ...

    @property
    def is_finished(self) -> bool:
        """Whether the run has ended and the object is safe."""
        ...

    @property
    def has_begun(self) -> bool:
        """Whether anything has been demanded of the object."""
        ...

    @property
    def elapsed(self) -> float:
        """Time since the start of the run, s; by the bench's clock."""
        ...

    def request(self, request: Request) -> Reply:
        """Ask for something; every request and its answer is an event of the run."""
        ...

    def state(self) -> BenchState:
        """Return the newest state."""
        ...
