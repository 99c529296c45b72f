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
from typing import Protocol

from bench.control.position import Position
from bench.control.states import State
from bench.messages import Bilingual, Message
from bench.service.requests import Request


class Attention(Enum):
    """Whether a run waits for a person."""

    NONE = "none"
    """It does not."""
    QUESTION = "question"
    """It asks something; `Answer` goes on."""
    HELD = "held"
    """The sequence is held; `Resume` goes on."""


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
    beside: Bilingual
    """Hardwired effect beside it."""
    cause: Bilingual
    """What usually causes it."""
    consequence: Bilingual
    """What follows if nobody responds."""
    advice: Bilingual
    """What to do."""
    reason: str = ""
    """Why it is shelved, out of service or bypassed."""


@dataclass(frozen=True)
class CheckShown:
    """One preflight check on a screen."""

    id: str
    """Check."""
    title: Bilingual
    """What people call it."""
    is_passed: bool
    """Whether it allows a start now."""
    evidence: Message
    """What it rests on: values, who attested; or what is missing."""
    age: float
    """How old that is, s; nan: there is none."""
    valid_for: float
    """How old it may be, s; 0: it is judged anew each time."""
    is_attested: bool
    """Whether a person gives it; else the bench does."""
    is_needed: bool = True
    """Whether a start waits for it; not all do where instruments are simulated."""
    advice: Bilingual = Bilingual("")  # noqa: RUF009 - it is frozen
    """What to do when it is not passed."""


@dataclass(frozen=True)
class CriterionShown:
    """One criterion of the step that waits until channels are steady."""

    channel: str
    """Channel."""
    title: Bilingual
    """What people call it."""
    kind: str
    """What of it: ``span``, ``slope``, ``deviation`` or ``error``; a channel may have several."""
    text: str
    """What is found over the window, and what is allowed: ``0.80/1.00 K``, ``–/1.00 K`` where too
    little has been seen to judge."""
    is_met: bool
    """Whether it holds."""


@dataclass(frozen=True)
class EventShown:
    """Something that happened, as the run file has it."""

    number: int
    """Counts the events of a server; what a client misses in it was lost on its way."""
    utc_ns: int
    """When."""
    level: str
    """``info``, ``warning``, ``error``."""
    source: str
    """Where it comes from."""
    message: Message
    """What."""


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
    stops: Mapping[str, float] = field(default_factory=dict[str, float])
    """Stop the object has (``soft-stop``, ``hard-stop``, ``people-first``) → time to safe from now,
    s: of the one that runs what is left."""
    costs: Bilingual | None = None
    """What ``people-first`` costs; None: the object has no such stop."""
    counters: Mapping[str, str] = field(default_factory=dict[str, str])
    """Counter → count with its unit."""
    counter_titles: Mapping[str, Bilingual] = field(default_factory=dict[str, Bilingual])
    """Counter → what people call it."""
    silent: tuple[str, ...] = ()
    """Instruments that do not answer."""
    silent_for: float = 0.0
    """Time since the server was last heard, s; the client says it, 0 where it is heard."""
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
    attention: Attention = Attention.NONE
    """Whether the run waits for a person."""
    has_begun: bool = False
    """Whether anything has been demanded of the object in this run."""
    is_finished: bool = False
    """Whether the run has ended and the object is safe."""
    last_file: Path | None = None
    """Run file of the last protocol that ended; none since the server was started."""
    last_ending: str = ""
    """How that ended: ``completed``, ``operator``, as `Ending.state`."""
    last_reason: Message | None = None
    """Why."""
    speed: float = 1.0
    """How many times faster than real time its clock goes; inf: as fast as it can."""
    rig_file: str = ""
    """File that describes the rig, absolute: a client reads the same bench from it."""
    trouble: Message | None = None
    """Why nothing can be recorded; None: all is well."""
    criteria: tuple[CriterionShown, ...] = ()
    """Of the running step, where it waits until channels are steady."""
    next_title: Bilingual | None = None
    """What people call the step after the running one (where it has no title: its id); None: there
    is none."""
    next_expected: float = 0.0
    """Time that one is expected to take, s."""
    step_number: int = 0
    """Place of the running step among the steps of its sequence, from 1; 0: none runs."""
    step_count: int = 0
    """How many there are; each pass of a loop has its own."""
    question_picture: Path | None = None
    """Picture to the question, absolute; None: it has none, or the file is not there."""
    demands: Mapping[str, float] = field(default_factory=dict[str, float])
    """Demand → value now, SI; those of which nothing has been demanded yet are missing."""


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
