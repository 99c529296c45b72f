"""What clients may ask of the bench server, and what it shows them.

Command line and app know nothing of the bench but this: they send a request, get an answer with
a reason, and look at one frozen state. Here client and server share a process; over a wire the
same messages travel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Protocol, get_args

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


@dataclass(frozen=True)
class Begin:
    """Run a protocol on a bench that is watched; only who holds control may."""

    protocol: str
    """Name, or absolute path."""
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    """Parameters that differ from their defaults, as written."""
    operator: str = ""
    """Who runs it."""
    is_resumed: bool = False
    """Whether it goes on where the last run of this rig was broken off."""
    confirms_prompts: bool = False
    """Whether prompts are confirmed without asking."""


@dataclass(frozen=True)
class TakeControl:
    """Hold control from now on; refused while somebody else holds it."""


@dataclass(frozen=True)
class HandOver:
    """Give control to somebody, or to nobody.

    Only who holds it may, or anyone once the client that held it is gone.
    """

    to: str = ""
    """Name of the next; empty: nobody."""


@dataclass(frozen=True)
class TakeOver:
    """Demand by hand from now on (MANUAL); only who holds control may."""


@dataclass(frozen=True)
class HandBack:
    """Give the demands back to the sequence, which is held."""


@dataclass(frozen=True)
class SetDemands:
    """Take demands to values by hand, all in the same time."""

    values: Mapping[str, str]
    """Demand → value as written, with its unit or word."""
    seconds: float = 0.0
    """Time it takes, s; never steeper than the rig allows."""


@dataclass(frozen=True)
class Acknowledge:
    """Say that an alarm was seen and is being dealt with."""

    alarm: str = ""
    """Limit; empty: all that are shown."""


@dataclass(frozen=True)
class Silence:
    """Stop the horn; nothing is acknowledged by it."""


@dataclass(frozen=True)
class Reset:
    """Let go what stays after its cause is gone: a latched alarm, or a bench after a stop."""

    alarm: str = ""
    """Limit; empty: the bench."""


@dataclass(frozen=True)
class Shelve:
    """Take an alarm out of sight for a time; it goes on being judged and recorded."""

    alarm: str
    """Limit."""
    reason: str
    """Why."""
    seconds: float | None = None
    """For how long, s; None: until it returns to normal once."""


@dataclass(frozen=True)
class Unshelve:
    """Bring a shelved alarm back."""

    alarm: str
    """Limit."""


@dataclass(frozen=True)
class PutOutOfService:
    """Take an alarm out of service for maintenance, or bring it back."""

    alarm: str
    """Limit."""
    reason: str = ""
    """Why."""
    is_out: bool = True
    """Whether it is taken out; else it is brought back."""


@dataclass(frozen=True)
class Bypass:
    """Take the reaction from a limit for a time; the alarm stays."""

    limit: str
    """Limit."""
    reason: str
    """Why."""
    seconds: float
    """For how long, s; 0 ends a bypass."""


@dataclass(frozen=True)
class Force:
    """Give a measured channel a value by hand, marked in the data as BAD; MONITOR only."""

    channel: str
    """Channel."""
    value: str
    """Value with its unit; empty ends it."""
    reason: str = ""
    """Why."""


@dataclass(frozen=True)
class Explain:
    """Say what ended the last run, which nobody closed; a start needs it."""

    text: str
    """What happened."""
    operator: str = ""
    """Who says so."""


@dataclass(frozen=True)
class Attest:
    """Give the evidence of a preflight check that only a person can give."""

    check: str
    """Check, as the rig names it."""
    text: str
    """What was seen or done."""
    operator: str = ""
    """Who."""


@dataclass(frozen=True)
class RunCheck:
    """Do a preflight check that the bench itself can do; MONITOR only."""

    check: str
    """Check, as the rig names it."""


Request = (
    Hold | Resume | StopNow | Answer | Note | Snapshot | Leave | ChangeGas | Begin | TakeControl
    | HandOver | TakeOver | HandBack | SetDemands | Acknowledge | Silence | Reset | Shelve
    | Unshelve | PutOutOfService | Bypass | Force | Explain | Attest | RunCheck
)  # fmt: skip
"""What a client may ask."""

REQUESTS: Mapping[str, type[Request]] = {kind.__name__: kind for kind in get_args(Request)}
"""Name on the wire → kind of request."""


@dataclass(frozen=True)
class Sender:
    """Who asks."""

    name: str = ""
    """Person and machine, as they say: ``mk@cell-3``."""
    client: str = "here"
    """Which of the connected clients; the gate gives it, nobody can choose it."""


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
class AlarmShown:
    """One alarm on a screen, in the order of `bench.safety.alarms.AlarmBook.shown`."""

    id: str
    """Limit."""
    state: str
    """``active``, ``acknowledged``, ``returned`` (gone, not acknowledged), ``latched``,
    ``shelved``, ``out-of-service``."""
    priority: int
    """1 (at once) to 3 (soon)."""
    reaction: str
    """What follows: ``hard-stop``."""
    text: str
    """Condition as written."""
    since_utc_ns: int
    """When it came."""
    count: int
    """How often since it was last normal and acknowledged."""
    is_first: bool
    """Whether it was the first of its incident."""
    is_bypassed: bool
    """Whether its reaction is taken from it."""
    until_utc_ns: int
    """When shelving or bypass end; 0: open."""
    value: str
    """Value when it came, with its unit."""
    beside: str
    """Hardwired effect beside it."""
    cause: Bilingual
    """What usually causes it."""
    consequence: Bilingual
    """What follows if nobody responds."""
    advice: Bilingual
    """What to do."""


@dataclass(frozen=True)
class CheckShown:
    """One preflight check on a screen."""

    id: str
    """Check."""
    title: Bilingual
    """What people call it."""
    is_passed: bool
    """Whether it allows a start now."""
    evidence: str
    """What it rests on: values, who attested."""
    age: float
    """How old that is, s; nan: there is none."""
    valid_for: float
    """How old it may be, s."""
    is_attested: bool
    """Whether a person gives it; else the bench does."""


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
    rig: str = ""
    """Rig."""
    alarm_list: tuple[AlarmShown, ...] = ()
    """All alarms that are not normal, the most urgent first."""
    is_horn_on: bool = False
    """Whether the horn sounds."""
    control: str = ""
    """Who holds control; empty: nobody."""
    phase: str = ""
    """Which sequence runs (`Bookmark.phase`)."""
    counters: Mapping[str, str] = field(default_factory=dict[str, str])
    """Counter → count with its unit."""
    unexplained: str = ""
    """Run file whose end nobody has explained yet; a start waits for it."""
    preflight: tuple[CheckShown, ...] = ()
    """Preflight checks, in the order of the rig."""
    forced: tuple[str, ...] = ()
    """Channels whose value is given by hand."""
    is_beating: bool = False
    """Whether the heartbeat goes out."""
    missing: tuple[str, ...] = ()
    """Parts of the bench that have not reported in time, for whose sake it does not."""
    lateness: float = 0.0
    """How late the newest scan began, s."""
    overruns: int = 0
    """Scans that began later than a period after they were due."""


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
