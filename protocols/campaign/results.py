"""What a campaign shows: files, ledger, kilometres, drift, reliability, verdict.

Console, report and JSON show nothing else. Numbers are in the unit that stands beside them;
kilometres are equivalents: what the vehicle would have driven for the same damage.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

from analysis.verdict import Verdict
from bench.messages import Message
from protocols.combustion_results import AbnormalRate, CombustionRow
from protocols.results import Result, plain
from protocols.wording import Text


@dataclass(frozen=True, kw_only=True)
class CampaignFile:
    """One run, and whether it counts."""

    name: str
    """Its first file, seen from the folder of the campaign."""
    parts: tuple[str, ...] = ()
    """All of its files."""
    protocol: str = ""
    """Name of the protocol."""
    serial: str = ""
    """Serial number of the test object as recorded."""
    begin_utc: str = ""
    """When it began, ISO 8601."""
    end_utc: str = ""
    """When its last row was written, ISO 8601."""
    hours: float = math.nan
    """From the first row to the last one, h."""
    state: str = ""
    """How it ended: ``completed``, ``planned-stop``, ``limit``, ...; ``open``: nobody wrote it."""
    continues: str = ""
    """File that it goes on from; empty: it begins anew."""
    counted: bool = True
    """Whether its hours and kilometres are in the results."""
    problem: str = ""
    """Word of why it does not count, or what is dubious: ``broken``, ``duplicate``, ..."""
    reasons: tuple[Text, ...] = ()
    """The same in sentences."""
    remarks: tuple[Text, ...] = ()
    """What to keep in mind of a file that counts."""


@dataclass(frozen=True, kw_only=True)
class LedgerTotal:
    """One sum over all counted runs."""

    name: str
    """``hours``, ``starts``, ``thermal_cycles``, ``energy``, ``fuel``, ``revolutions``, ``oil``."""
    title: Message
    """What people call it."""
    value: float
    """In `unit`."""
    unit: str
    """``h``, ``1``, ``MWh``, ``kg``, ..."""
    uncertainty: float = math.nan
    """Standard uncertainty of it; NaN: not told."""


@dataclass(frozen=True, kw_only=True)
class LedgerEvent:
    """Something that happened to the test object or its instruments."""

    kind: str
    """``service``, ``top-up``, ``repair``, ``adjustment``, ``recalibration``, ``failure``,
    ``trip``, ``power-cut``, ``planned-stop``, ``stop``, ``gap``."""
    title: Message
    """What people call that kind."""
    text: Text
    """What happened."""
    utc: str
    """When, ISO 8601."""
    hours: float
    """Running hours of the campaign then."""
    kilometres: float
    """Claim then, km; NaN: not known."""
    file: str
    """Run it stands in."""
    breaks: tuple[str, ...] = ()
    """Quantities whose series of values it breaks: what is before is not compared with after."""


@dataclass(frozen=True, kw_only=True)
class EquivalenceRow:
    """Kilometres of one mechanism, or of one bookkeeping quantity."""

    name: str
    """``torque``, ``thermal_shock``, ..."""
    title: Message
    """What people call it."""
    is_mechanism: bool
    """Whether it limits the claim; False: bookkeeping that stands beside."""
    kilometres: float
    """At the nominal exponent."""
    lower: float
    """Smallest within the band of the exponent."""
    upper: float
    """Largest within it."""
    exponent: float = math.nan
    """Nominal exponent, 1; of thermal ageing the constant, K."""
    exponent_low: float = math.nan
    """Lower end of its band."""
    exponent_high: float = math.nan
    """Upper end."""
    exponent_unit: str = "1"
    """``K`` of thermal ageing."""
    source: Text = ""
    """Where the exponent comes from."""
    is_governing: bool = False
    """Whether it is the least: the claim."""
    kilometres_per_hour: float = math.nan
    """Per running hour at the mix so far, km/h."""
    hours_missing: float = math.nan
    """Running hours to the target at the mix so far; 0: it is reached; infinite: never so."""
    unknown_hours: float = 0.0
    """Hours that count nothing here, because what is needed was not known."""


@dataclass(frozen=True, kw_only=True)
class ConditionRow:
    """One condition of a reference test against its tolerance."""

    name: str
    """Channel."""
    title: Text
    """What people call it."""
    unit: str
    """Of the numbers."""
    value: float
    """Mean over the windows."""
    reference: float
    """What it should be."""
    tolerance: float
    """By how much it may differ; of differences and uncertainties alike."""
    within: bool
    """Whether it does."""


@dataclass(frozen=True, kw_only=True)
class ReferenceTest:
    """One reference test."""

    number: int
    """From 1, in time."""
    point: str
    """Name of the point: ``reference``, ``full-load``, ..."""
    file: str
    """Run it stands in."""
    utc: str
    """When, ISO 8601."""
    hours: float
    """Running hours of the campaign then."""
    kilometres: float
    """Claim then, km."""
    windows: int
    """Measured windows."""
    valid: bool
    """Whether it counts in the drift."""
    reasons: tuple[Text, ...] = ()
    """Why not."""
    conditions: tuple[ConditionRow, ...] = ()
    """Steady conditions against their tolerances."""


@dataclass(frozen=True, kw_only=True)
class DriftPoint:
    """One value of a quantity, at one reference test."""

    test: int
    """Number of the reference test; 0: a value that belongs to none."""
    kilometres: float
    """Claim then, km."""
    hours: float
    """Running hours then."""
    value: float
    """In the unit of the quantity."""
    standard_uncertainty: float
    """Combined."""
    common_uncertainty: float
    """Part of it that all tests share."""
    counted: bool
    """Whether the fit stands on it."""
    reasons: tuple[Text, ...] = ()
    """Why not."""
    series: int = 0
    """Which unbroken series it belongs to, from 0."""
    fitted: float = math.nan
    """What the fit gives there."""
    leverage: float = math.nan
    """Its pull on the fit, 1."""
    influence: float = math.nan
    """Cook's distance, 1."""


@dataclass(frozen=True, kw_only=True)
class DriftBreak:
    """Where a series ends and another begins."""

    kilometres: float
    """Where, km."""
    kind: str
    """Kind of the event that broke it."""
    text: Text
    """What happened."""


@dataclass(frozen=True, kw_only=True)
class DriftRow:
    """One quantity over the life so far, and what it will be at the target."""

    name: str
    """``efficiency``, ``power``, ``blow_by``, ..."""
    title: Message
    """What people call it."""
    unit: str
    """Of every number of it."""
    point: str
    """Point at which it is measured."""
    correction: Text = ""
    """To which conditions it is corrected, or that it is as measured."""
    points: tuple[DriftPoint, ...] = ()
    """Values, in time; also those that do not count."""
    breaks: tuple[DriftBreak, ...] = ()
    """Where the series is broken."""
    slope: float = math.nan
    """Change per 1,000 km."""
    slope_uncertainty: float = math.nan
    """Standard uncertainty of it."""
    first: float = math.nan
    """Fit at the first counted test, on the level of its own series."""
    first_kilometres: float = math.nan
    """Where that is, km."""
    scatter: float = math.nan
    """Standard deviation around the fit."""
    degrees_of_freedom: float = math.nan
    """Of the scatter."""
    target: float = math.nan
    """Kilometres of the prediction."""
    at_target: float = math.nan
    """Fit at the target."""
    confidence: float = math.nan
    """One-sided, of the bounds, 1."""
    lower: float = math.nan
    """Lower one-sided prediction bound at the target, of scatter alone."""
    upper: float = math.nan
    """Upper one-sided prediction bound."""
    systematic: float = math.nan
    """Standard uncertainty that all tests share, which the verdict adds."""
    df_additive: float = math.nan
    """Deterioration factor: difference from the first test to the target."""
    df_multiplicative: float = math.nan
    """Deterioration factor: ratio, 1."""
    extrapolation: float = math.nan
    """Part of the way from 0 km to the target that lies beyond the last test, 1."""
    extrapolation_limit: float = math.nan
    """Largest that is accepted, 1."""
    band_kilometres: tuple[float, ...] = ()
    """For drawing: km, from the first test to the target."""
    band_value: tuple[float, ...] = ()
    """Fit there."""
    band_lower: tuple[float, ...] = ()
    """Lower one-sided prediction bound there."""
    band_upper: tuple[float, ...] = ()
    """Upper one."""
    mean: float = math.nan
    """Over the whole campaign, where it is measured as a whole: of oil, by weighing."""
    mean_uncertainty: float = math.nan
    """Standard uncertainty of it."""
    values_missing: int = 0
    """So many more values a line takes at least; 0: there is one."""
    reasons: tuple[Text, ...] = ()
    """Why there is no fit, or what weakens it."""

    @property
    def has_fit(self) -> bool:
        """Whether there is a line through the values."""
        return math.isfinite(self.at_target)


@dataclass(frozen=True, kw_only=True)
class CombustionAtTest:
    """One capture of in-cylinder pressure at a reference test."""

    test: int
    """Number of the reference test."""
    kilometres: float
    """Claim then, km."""
    hours: float
    """Running hours of the campaign then."""
    file: str
    """Run it stands in."""
    row: CombustionRow
    """What it shows."""


@dataclass(frozen=True, kw_only=True)
class ReliabilityRow:
    """One sentence about a population of such engines, with all it stands on."""

    text: Message
    """The sentence."""
    reliability: float
    """Shown, 1."""
    confidence: float
    """Of it, 1."""
    engines: int
    """How many were tested."""
    lives: float
    """Test length over target, 1."""
    failures: int
    """How many failed."""
    shape: float
    """Weibull's β; 1 life needs none."""
    shape_source: Text
    """Where β comes from."""


@dataclass(frozen=True, kw_only=True)
class DutyRow:
    """What the vehicle does per kilometre."""

    name: str
    """Profile or file."""
    source: Text
    """Where it comes from."""
    kilometres: float
    """Its length, km."""
    speed: float
    """Mean, km/h."""
    energy: float
    """Brake energy, kWh/km."""


@dataclass(frozen=True, kw_only=True)
class CampaignResults:
    """All that the runs of one test object show together."""

    folder: str
    """Where the files are."""
    object_kind: str
    """Kind of test object."""
    object_serial: str
    """Serial number."""
    simulated: bool
    """Whether the counted runs were simulated."""
    target: float
    """Kilometres that are to be shown."""
    duty: DutyRow | None
    """What a kilometre is; None: not known."""
    files: tuple[CampaignFile, ...]
    """Every run of the object that was found, counted or not, in time."""
    totals: tuple[LedgerTotal, ...] = ()
    """Hours, starts, thermal cycles, energy, fuel, revolutions, oil."""
    events: tuple[LedgerEvent, ...] = ()
    """What happened, in time."""
    equivalences: tuple[EquivalenceRow, ...] = ()
    """Kilometres, mechanisms first, the least first; then bookkeeping."""
    kilometres: float = math.nan
    """Claim: the least of the mechanisms."""
    kilometres_lower: float = math.nan
    """Claim at the worst exponents within their bands."""
    kilometres_upper: float = math.nan
    """Claim at the best ones."""
    governing: str = ""
    """Mechanism that is the least."""
    tests: tuple[ReferenceTest, ...] = ()
    """Reference tests, valid or not, in time."""
    drifts: tuple[DriftRow, ...] = ()
    """Quantities over the life."""
    combustion: tuple[CombustionAtTest, ...] = ()
    """Captures of in-cylinder pressure at the reference tests, in time."""
    abnormal_cycles: tuple[AbnormalRate, ...] = ()
    """Knock, misfire, pre-ignition and backfire of all counted runs."""
    reliability: tuple[ReliabilityRow, ...] = ()
    """What this says of other engines."""
    results: tuple[Result, ...] = ()
    """What the protocol asks of the campaign, judged."""
    verdict: Verdict | None = None
    """Worst of them; None: nothing is asked, or only the status was wanted."""
    missing: tuple[Text, ...] = ()
    """What is missing for a verdict, in hours where that can be said."""
    warnings: tuple[Text, ...] = ()
    """What weakens the results."""
    remarks: tuple[Text, ...] = ()
    """What a reader should know."""

    def total(self, name: str) -> float:
        """Return a sum of the ledger in its unit; NaN where it was not summed."""
        return next((row.value for row in self.totals if row.name == name), math.nan)

    def drift(self, name: str) -> DriftRow | None:
        """Return the drift of a quantity; None: it was not measured."""
        return next((row for row in self.drifts if row.name == name), None)

    def to_json(self) -> dict[str, object]:
        """Return plain JSON: fields in their order, texts in every language, NaN as null."""
        return {item.name: plain(getattr(self, item.name)) for item in dataclasses.fields(self)}
