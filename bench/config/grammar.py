"""What may stand in a rig, an object kind and a protocol file."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from bench.config.checklist_grammar import AnyCheck
from bench.messages import Bilingual
from bench.step import Grammar, LimitGrammar, Scalar, Step, Text

Bounds = tuple[Scalar | None, Scalar | None]
"""Lowest and highest value; null: no bound."""


class UncertaintyGrammar(Grammar):
    """What data sheet or certificate state."""

    reading: Scalar = 0
    """Part of the reading: ``0.1 %``."""
    range: Scalar = 0
    """Part of the range: ``0.05 %``."""
    absolute: Scalar | None = None
    """Absolute part."""
    resolution: Scalar | None = None
    """Smallest step."""
    common: Scalar = 1
    """Share (in variance) that is the same in every repeat."""
    distribution: Literal["normal", "rectangular"] = "rectangular"
    """``rectangular``: limits of a data sheet; ``normal``: certificate with coverage factor."""
    coverage: float = Field(default=2.0, gt=0)
    """Coverage factor of a normal one."""


class CalibrationGrammar(Grammar):
    """The certificate behind a channel."""

    id: str
    """Number."""
    due: str = Field(default="", pattern=r"^(\d{4}-\d{2}-\d{2})?$")
    """ISO 8601 date until which it holds."""


class RateGrammar(Grammar):
    """How fast a reading changes."""

    of: str
    """Channel that an instrument reads."""
    over: Scalar
    """Time over which a straight line is fitted: ``60 s``."""


class ChannelGrammar(Grammar):
    """One channel: a reading of an instrument, a formula, or how fast a reading changes."""

    source: str | None = Field(default=None, alias="from")
    """``instrument.reading``."""
    compute: str | None = None
    """Expression of other channels."""
    rate: RateGrammar | None = None
    """How fast another channel changes."""
    unit: str | None = None
    """Unit in run files; by default the instrument's."""
    display: str | None = None
    """Unit on screens, where it differs."""
    range: Bounds | None = None
    """Range to which uncertainties refer."""
    uncertainty: UncertaintyGrammar | str | None = None
    """How well it is known: ``0.1 % of reading + 0.05 % of range``."""
    calibration: CalibrationGrammar | None = None
    """Certificate."""
    stored: Literal["float32", "float64"] | None = None
    """Digits in run files: 7 or 15; by default 7 for readings, 15 for formulas and demands."""
    title: Text = Bilingual("")
    """What people call it."""


class DemandGrammar(Grammar):
    """A demand and who carries it out."""

    to: str
    """``instrument.demand``."""
    range: Bounds | None = None
    """Narrower than the instrument's own."""
    gradient: Scalar | None = None
    """Steepest ramp: ``500 rpm/s``."""
    safe: Scalar | None = None
    """Safe value, where the object kind says nothing."""
    requires: dict[str, tuple[str, ...]] = Field(default_factory=dict[str, tuple[str, ...]])
    """Selector demand → words in which this demand means anything."""
    words: dict[str, str] = Field(default_factory=dict[str, str])
    """Of a selector: the instrument's word → what protocols call it, where that differs."""
    title: Text = Bilingual("")
    """What people call it; empty: that of the channel of the same name."""


class InstrumentGrammar(Grammar):
    """One instrument."""

    driver: str
    """Driver name, as `h2bench list` shows it."""
    link: str
    """VISA resource string, or the name of a bus."""
    period: Scalar | None = None
    """How often it is polled; by default every scan."""
    options: dict[str, Any] = Field(default_factory=dict[str, Any])
    """The driver's own settings."""


class ObjectGrammar(Grammar):
    """The test object in the rig."""

    kind: str
    """Object kind."""
    serial: str
    """Serial number."""
    data: dict[str, Scalar] = Field(default_factory=dict[str, Scalar])
    """Numbers the judging needs."""


class FractionGrammar(Grammar):
    """A certified mole fraction."""

    fraction: Scalar
    """Mole fraction."""
    uncertainty: Scalar = 0
    """Its standard uncertainty."""


class GasGrammar(Grammar):
    """The fuel gas as certified; what the impurities leave is the fuel."""

    fuel: Literal["H2", "CH4"] = "H2"
    """Its main component."""
    lot: str
    """Number of the certificate."""
    date: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$")
    """Date of the certificate."""
    reference_temperature: Scalar = "25 degC"
    """Combustion reference temperature of the heating value: 0, 15, 20 or 25 degC."""
    impurities: dict[str, FractionGrammar] = Field(default_factory=dict[str, FractionGrammar])
    """Species other than the main component."""


class ScanGrammar(Grammar):
    """The scan cycle."""

    period: Scalar = "10 ms"
    """Period in real time."""


class SafetyGrammar(Grammar):
    """How the bench is tied to the hardwired chain."""

    heartbeat: str | None = None
    """``instrument.demand`` that is counted up while everything on the bench reports in time."""
    chain: str | None = None
    """Channel that is 1 while the hardwired chain is closed; 0 is TRIPPED."""
    horn: str | None = None
    """``instrument.demand`` of the horn."""
    beacon: str | None = None
    """``instrument.demand`` of the beacon."""


class WireGrammar(Grammar):
    """One cable of the simulated cell: of a quantity, a profile, a response, or of cycles."""

    quantity: str | None = None
    """Quantity of the plant model."""
    profile: str | None = None
    """Profile of the plant model: many values at once."""
    response: str | None = None
    """Response of the plant model: what an excitation finds."""
    cycles: str | None = None
    """Working cycles of the plant model: pressure in a cylinder over crank angle."""
    stated: str | None = None
    """Reading whose stated uncertainty each value has, where the key is no reading of its own."""
    terminal: str | None = None
    """Terminal of the instrument; by default the reading's name."""
    transmitter: dict[str, Scalar] | None = None
    """Two points of a transmitter in between: ``{0 kg/h: 4 mA, 40 kg/h: 20 mA}``."""
    noise: Scalar = 0
    """Standard deviation of the noise, in the quantity's unit; of a response relative."""
    lag: Scalar = "0 s"
    """Time constant."""


class SimulationGrammar(Grammar):
    """How this rig is simulated."""

    plant: str
    """Plant model."""
    parameters: dict[str, Scalar] = Field(default_factory=dict[str, Scalar])
    """Plant parameters."""
    scan: Scalar = "100 ms"
    """Scan period in virtual time."""
    stretch: Scalar = "0 s"
    """Longest leap of virtual time between two scans while nothing happens; 0: none."""
    settling: Scalar = "2 min"
    """Time after any change in which every scan is done, before virtual time leaps."""
    periods: dict[str, Scalar] = Field(default_factory=dict[str, Scalar])
    """Instrument → how often it is polled, or broadcasts, in virtual time; else as on the bench."""
    wiring: dict[str, WireGrammar] = Field(default_factory=dict[str, WireGrammar])
    """``instrument.reading`` (or, of profiles and responses, ``.terminal``) → cable."""


class RigFile(Grammar):
    """A rig file."""

    rig: str
    """Name."""
    title: Text = Bilingual("")
    """What people call it."""
    object: ObjectGrammar
    """What is being tested."""
    scan: ScanGrammar = ScanGrammar()
    """The scan cycle."""
    safety: SafetyGrammar = SafetyGrammar()
    """How the bench is tied to the hardwired chain."""
    buses: dict[str, dict[str, Scalar]] = Field(default_factory=dict[str, dict[str, Scalar]])
    """CAN buses: python-can's interface settings."""
    instruments: dict[str, InstrumentGrammar]
    """Instruments by name."""
    channels: dict[str, ChannelGrammar] = Field(default_factory=dict[str, ChannelGrammar])
    """Channels by name; readings that are not named here are ``instrument.reading``."""
    demands: dict[str, DemandGrammar] = Field(default_factory=dict[str, DemandGrammar])
    """Demands by name."""
    limits: tuple[LimitGrammar, ...] = ()
    """Facility limits."""
    preflight: tuple[AnyCheck, ...] = ()
    """What is checked before a start."""
    gas: GasGrammar | None = None
    """Fuel gas."""
    key_channels: tuple[str, ...] = ()
    """Channels of the progress display."""
    simulation: SimulationGrammar | None = None
    """How it is simulated."""


class CounterGrammar(Grammar):
    """What a test object accumulates; by default what `counts` of finished steps add."""

    during: str | None = Field(default=None, alias="while")
    """Time in which this holds."""
    count: str | None = None
    """How often this begins to hold."""
    integrate: str | None = None
    """Integral of this over time."""
    unit: str | None = None
    """Unit for people: ``kWh``; by default h for times."""
    title: Text = Bilingual("")
    """What people call it."""


class ObjectDemandGrammar(Grammar):
    """What is safe for one demand of an object kind."""

    safe: Scalar
    """Safe value; ``keep``: as it is, but for what the safe sequences demand."""
    on_hold: Literal["stay", "safe"] = Field(default="stay", alias="on-hold")
    """What it does while the sequence is held."""
    after_stop: Literal["safe", "keep"] = Field(default="safe", alias="after-stop")
    """What it is when a stop is through; ``keep``: as the stop's own steps have left it."""
    range: Bounds | None = None
    """What the object bears."""


class ObjectDataGrammar(Grammar):
    """A number a rig may give of its object."""

    unit: str
    """A unit of its dimension."""
    default: Scalar
    """What it is where the rig says nothing."""
    origin: str = ""
    """Where the default comes from."""


class PeopleFirstGrammar(Grammar):
    """How people are protected where the object's own stops would go on feeding it gas."""

    costs: Text
    """What it costs: whoever asks for it has to confirm this."""
    steps: tuple[Step, ...] = Field(min_length=1)
    """Its steps."""


class ObjectFile(Grammar):
    """An object kind: what is safe, and how to get there."""

    object: str
    """Name of the kind."""
    title: Text = Bilingual("")
    """What people call it."""
    data: dict[str, str | ObjectDataGrammar] = Field(
        default_factory=dict[str, str | ObjectDataGrammar]
    )
    """Numbers a rig must give of it → a unit of their dimension; with a default, it may."""
    demands: dict[str, ObjectDemandGrammar]
    """Demands every rig for it must offer."""
    limits: tuple[LimitGrammar, ...] = ()
    """What this kind of object bears."""
    soft_stop: tuple[Step, ...] = Field(alias="soft-stop")
    """How it is stopped with care."""
    hard_stop: tuple[Step, ...] = Field(alias="hard-stop")
    """How it is stopped at once."""
    people_first: PeopleFirstGrammar | None = Field(default=None, alias="people-first")
    """How people are protected at its cost; a person asks for it, and a limit never does."""
    unload: tuple[Step, ...] = ()
    """How it gets to idle or least load."""
    recoveries: dict[str, tuple[Step, ...]] = Field(default_factory=dict[str, tuple[Step, ...]])
    """Name → steps that put right what a limit found; what was demanded before comes back after."""
    counters: dict[str, CounterGrammar] = Field(default_factory=dict[str, CounterGrammar])
    """What it accumulates."""
    hydrogen_flow: str | None = Field(default=None, alias="hydrogen-flow")
    """Expression of demands that estimates hydrogen use."""


class ParameterGrammar(Grammar):
    """A value the technician may choose."""

    default: Scalar
    """Value if nothing is chosen."""
    min: Scalar | None = None
    """Lowest."""
    max: Scalar | None = None
    """Highest."""
    number_in: str = ""
    """Unit of a number that is given without one, where the name says it; empty: none is taken."""
    help: Text = Bilingual("")
    """What it is."""
    origin: str = ""
    """Where the default comes from."""


class CriterionGrammar(Grammar):
    """What a verdict demands of one result."""

    at: str
    """Name of the measured point."""
    at_least: Scalar | None = None
    """Lower limit."""
    at_most: Scalar | None = None
    """Upper limit."""
    confidence: Scalar = "95 %"
    """One-sided confidence."""
    origin: str = ""
    """Where the limit comes from."""


class SimulatedGrammar(Grammar):
    """How a protocol is simulated in virtual time; benches with real instruments ignore it."""

    scan: Scalar | None = None
    """Scan period in virtual time, instead of the rig's: ``1 s``. A limit that would act sooner
    acts with the second scan that finds it violated."""
    stretch: Scalar | None = None
    """Longest leap of virtual time in steady holds, instead of the rig's."""
    settling: Scalar | None = None
    """Time after any change in which every scan is done, instead of the rig's."""
    periods: dict[str, Scalar] = Field(default_factory=dict[str, Scalar])
    """Instrument → how often it is polled, or broadcasts, in virtual time, instead of the rig's.
    Behind a leap each is asked within the next scan."""
    faults: tuple[dict[str, Any], ...] = ()
    """What goes wrong, as in a schedule of faults; times count from the begin of the first run
    file."""


class ProtocolFile(Grammar):
    """A protocol file."""

    protocol: str
    """Name."""
    title: Text = Bilingual("")
    """What people call it."""
    about: Text = Bilingual("")
    """What it does, for who chooses it."""
    object: str
    """Object kind it is for."""
    rig: str | None = None
    """Rig it runs on if none is named."""
    parameters: dict[str, ParameterGrammar] = Field(default_factory=dict[str, ParameterGrammar])
    """What the technician may choose."""
    limits: tuple[LimitGrammar, ...] = ()
    """Limits while it runs."""
    steps: tuple[Step, ...]
    """The sequence."""
    re_entry: tuple[Step, ...] | None = Field(default=None, alias="re-entry")
    """How the object gets from its safe state to where a run that was cut off can go on."""
    recoveries: dict[str, tuple[Step, ...]] = Field(default_factory=dict[str, tuple[Step, ...]])
    """More recoveries, or others of the same name than those of the object kind."""
    counters: dict[str, CounterGrammar] = Field(default_factory=dict[str, CounterGrammar])
    """What is counted beside the counters of the object kind."""
    simulated: SimulatedGrammar | None = None
    """How it is simulated; real benches ignore it."""
    judge: dict[str, Any] = Field(default_factory=dict[str, Any])
    """Settings of the judge."""
    verdict: dict[str, CriterionGrammar] = Field(default_factory=dict[str, CriterionGrammar])
    """Result → criterion."""
