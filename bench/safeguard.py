"""What guards a bench: limits and what follows from them, and the tie to the hardwired chain."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, IntEnum

from bench.document import Mark
from bench.expression import Resolved
from bench.messages import Bilingual


class Reaction(IntEnum):
    """What a limit does; a higher one pre-empts a lower."""

    LOG = 0
    """Write it down."""
    WARN = 1
    """Tell the operator."""
    FLAG = 2
    """Mark what is being measured as invalid."""
    HOLD = 3
    """Hold the sequence until the operator continues."""
    RECOVER = 4
    """Run a named sub-sequence, a bounded number of times; then go on, or unload."""
    UNLOAD = 5
    """Run the object's unload sequence (idle, least load) and hold there."""
    SOFT_STOP = 6
    """Run the object's soft-stop sequence."""
    HARD_STOP = 7
    """Run the object's hard-stop sequence at once."""
    TRIP = 8
    """Ask the hardwired chain to open, by leaving out the heartbeat; the hard stop runs beside."""


class Priority(IntEnum):
    """How soon the operator has to respond to an alarm (ISA-18.2); the lowest number first."""

    HIGH = 1
    """At once."""
    MEDIUM = 2
    """Within minutes."""
    LOW = 3
    """Soon."""


class Scope(Enum):
    """Whose limit it is; a narrower one may only tighten."""

    FACILITY = "facility"
    OBJECT = "object"
    PROTOCOL = "protocol"
    STEP = "step"


@dataclass(frozen=True)
class Limit:
    """A condition that must not hold, and what follows when it does."""

    id: str
    """Stable name."""
    condition: Resolved
    """Violated while this holds."""
    text: str
    """The condition as written."""
    reaction: Reaction
    """What follows."""
    persistence: float = 0.0
    """How long it must hold without a break, s."""
    valid_while: Resolved | None = None
    """Judged only while this holds."""
    scope: Scope = Scope.FACILITY
    """Whose limit it is."""
    beside: Bilingual = field(default_factory=lambda: Bilingual(""))
    """Which hardwired effect stands beside it."""
    advice: Bilingual = field(default_factory=lambda: Bilingual(""))
    """What to do."""
    cause: Bilingual = field(default_factory=lambda: Bilingual(""))
    """What usually causes it."""
    consequence: Bilingual = field(default_factory=lambda: Bilingual(""))
    """What follows if nobody responds."""
    delay: float = 0.0
    """How long after the alarm the reaction waits, s; the alarm itself is told at once."""
    hysteresis: float = 0.0
    """How far a value has to come back behind a constant bound before it is over, SI."""
    clears_after: float = 0.0
    """How long it must be back without a break before it is over, s."""
    priority: Priority = Priority.LOW
    """How soon the operator has to respond."""
    is_indicated_only: bool = False
    """Whether it is told and recorded, and nothing else follows."""
    is_latched: bool = False
    """Whether it stays after its cause is gone, until it is reset by name."""
    is_gas: bool = False
    """Whether it guards people against gas: never shelved, bypassed or out of service."""
    members: tuple[Resolved, ...] = ()
    """Conditions that vote; empty: `condition` alone decides."""
    votes: int = 1
    """How many members make it violated; one whose value is not OK votes for it."""
    recovery: str = ""
    """Sub-sequence of `Reaction.RECOVER`."""
    tries: int = 0
    """How often it may run within one run of the protocol."""
    mark: Mark | None = None
    """Where it is written."""


@dataclass(frozen=True)
class SafetyChain:
    """How the bench is tied to the hardwired chain."""

    heartbeat: tuple[str, int] | None = None
    """Instrument and demand index that proves that the bench is alive."""
    closed: int | None = None
    """Channel index that is 1 while the chain is closed."""
    horn: tuple[str, int] | None = None
    """Instrument and demand index of the horn."""
    beacon: tuple[str, int] | None = None
    """Instrument and demand index of the beacon."""
