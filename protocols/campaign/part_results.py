"""What reading one part of a run gives: small, frozen, picklable, joined in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bench.channel import Uncertainty
from bench.messages import Bilingual, Message
from protocols.combustion_results import AbnormalRate, CombustionRow
from protocols.criteria import Criterion
from protocols.engine_mechanisms import MechanismPart
from protocols.mechanism_table import MechanismSettings
from protocols.wording import Text


@dataclass(frozen=True)
class Scale:
    """What a run states of its oil balance."""

    uncertainty: Uncertainty
    """As the channel has it."""
    span: float
    """Of its range, kg."""

    def standard(self, mass: float) -> float:
        """Return the standard uncertainty of weighing a mass (kg), kg."""
        return self.uncertainty.standard(mass, self.span)


@dataclass(frozen=True)
class RunFacts:
    """What a run says of itself, beside its rows."""

    kind: str
    """Kind of test object."""
    serial: str
    """Its serial number."""
    simulated: bool
    """Whether the instruments were simulated."""
    protocol: str
    """Name of the protocol."""
    parameters: Mapping[str, str]
    """Parameters as run."""
    start_utc_ns: int
    """When it began, ns since 1970."""
    start_ns: int
    """The same, monotonic."""
    first_ns: int
    """First row, monotonic."""
    last_ns: int
    """Last row, monotonic."""
    rows: int
    """Scans."""
    ending: str
    """How it ended; ``open``: nobody said."""
    ending_text: Message | None
    """Why."""
    continues: str
    """File it goes on from."""
    counters: Mapping[str, float]
    """Counts at its end, SI."""
    calibrations: Mapping[str, str]
    """Channel → id of its calibration, where it has one."""
    clock_steps: tuple[tuple[int, int], ...]
    """Monotonic time and size of each step of the wall clock, ns."""
    criteria: tuple[Criterion, ...]
    """What its protocol asks of the campaign."""
    settings: MechanismSettings | None = None
    """How its rows became damage; None: nobody says how large the engine is."""
    balance: Scale | None = None
    """Its oil balance; None: there is none, or nothing is stated of it."""

    @property
    def end_utc_ns(self) -> int:
        """When the last row was written, ns since 1970."""
        return self.start_utc_ns + self.last_ns - self.start_ns

    def utc_ns(self, time_ns: int) -> int:
        """Return a monotonic time of the run in ns since 1970."""
        return self.start_utc_ns + time_ns - self.start_ns


@dataclass(frozen=True)
class Happening:
    """Something for the ledger."""

    time_ns: int
    """When, monotonic."""
    kind: str
    """Kind of event."""
    text: Text
    """What happened."""
    about: tuple[str, ...] = ()
    """Channels or services it is about."""


@dataclass(frozen=True)
class Measured:
    """One quantity at one reference test, in people's units."""

    name: str
    """Of `quantities.DRIFTING`."""
    value: float
    """Mean over the windows."""
    standard_uncertainty: float
    """Combined."""
    common_uncertainty: float
    """Part of it that all tests share."""
    reasons: tuple[Text, ...] = ()
    """Why there is no value."""


@dataclass(frozen=True)
class PointReading:
    """One point of one reference test."""

    point: str
    """Its name."""
    start_ns: int
    """First moment, monotonic."""
    end_ns: int
    """Last moment, monotonic."""
    windows: int
    """Valid windows."""
    conditions: Mapping[str, float]
    """Channel → mean, SI."""
    measured: tuple[Measured, ...]
    """Quantities."""
    reasons: tuple[Text, ...] = ()
    """Why it does not count by itself."""


@dataclass(frozen=True)
class Stretch:
    """Rows between two moments at which the claim is wanted."""

    end_ns: int
    """Where it ends, monotonic."""
    mechanisms: MechanismPart
    """What its rows did."""


@dataclass(frozen=True)
class Slot:
    """Sums over a fixed slot of time."""

    hours: float = 0.0
    """Running, h."""
    energy: float = 0.0
    """Brake energy, J."""
    oil: float = 0.0
    """Sum of the balance's readings, kg."""
    readings: int = 0
    """How many."""

    def __add__(self, other: Slot) -> Slot:
        """Return both together."""
        return Slot(
            self.hours + other.hours,
            self.energy + other.energy,
            self.oil + other.oil,
            self.readings + other.readings,
        )


@dataclass(frozen=True)
class PartResult:
    """All that one part gives."""

    file: str
    """The part."""
    findings: tuple[Message, ...] = ()
    """What is not as it was written, or cannot be read."""
    facts: RunFacts | None = None
    """Of the run; the last part has them."""
    fingerprint: str = ""
    """Of its rows: two parts with the same one are the same."""
    stretches: tuple[Stretch, ...] = ()
    """Its rows, in time."""
    slots: Mapping[int, Slot] = field(default_factory=dict[int, Slot])
    """Number of the slot since the begin of the run → sums."""
    points: tuple[PointReading, ...] = ()
    """Points of reference tests that begin in it."""
    happenings: tuple[Happening, ...] = ()
    """Events that happened in it."""
    combustion: tuple[CombustionRow, ...] = ()
    """Captures at points of reference tests; of the run, the last part has them."""
    abnormal_cycles: tuple[AbnormalRate, ...] = ()
    """Abnormal cycles of the run; the last part has them."""
    lost_hours: float = 0.0
    """Hours whose speed or torque is not known: they count nothing."""
    missing_channels: tuple[str, ...] = ()
    """Channels that mechanisms need and the run has not."""


def message(text: Text) -> Message:
    """Return a text as a message."""
    if isinstance(text, Message):
        return text
    told = text.text() if isinstance(text, Bilingual) else text
    return Message("campaign.said", {"text": told})
