"""What clients may ask of the bench server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import get_args

from bench.model import GasLot


@dataclass(frozen=True)
class Hold:
    """Hold the sequence."""


@dataclass(frozen=True)
class Resume:
    """Go on with the sequence."""


@dataclass(frozen=True)
class StopNow:
    """Run the object's safe sequence: to end what runs, or where no run has left it safe."""

    is_hard: bool = False
    """Whether the hard stop is meant; in TRIPPED it always is."""
    needs_run: bool = False
    """Whether it is refused where nothing runs: whoever leaves by Ctrl-C moves nothing at rest."""
    is_people_first: bool = False
    """Whether people are protected though it may destroy the object; who asks has confirmed it."""


@dataclass(frozen=True)
class GoOn:
    """End the running step that waits for its time or for this order: a hold that may be cut."""


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
class ShiftHandover:
    """Write down that one shift hands the bench over to the next; control is not touched."""

    text: str
    """The note, as it was printed."""
    giver: str = ""
    """Who hands over."""
    taker: str = ""
    """Who takes over."""


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
class Compare:
    """Average what a measured channel shows while something known is applied; MONITOR only.

    The comparison is written into the run file; with the last one of a channel, what follows.
    """

    channel: str
    """Channel."""
    reference: str
    """What is really there, with its unit: ``20 kg/h``."""
    seconds: float = 10.0
    """For how long, s."""
    purpose: str = "loop-check"
    """``loop-check`` or ``calibration``."""
    applied: str = ""
    """The signal that stands for it: ``12 mA``."""
    is_first: bool = True
    """Whether it begins: points before it do not count."""
    is_last: bool = True
    """Whether no other point of this loop check or calibration follows."""
    certificate: str = ""
    """Number of the certificate of a calibration."""
    due: str = ""
    """ISO 8601 date until which it holds."""
    standard: str = ""
    """With what it is done."""


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
    Hold | Resume | GoOn | StopNow | Answer | Note | Snapshot | Leave | ChangeGas | Begin
    | TakeControl | HandOver | TakeOver | HandBack | SetDemands | Acknowledge | Silence | Reset
    | Shelve | Unshelve | PutOutOfService | Bypass | Force | Explain | Attest | RunCheck
    | ShiftHandover | Compare
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
