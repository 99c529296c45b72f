"""What judging a run gives: results with uncertainty, verdicts, and what they stand on.

Numbers are in people's units (%, kW, kg/h, g/kWh) unless a name ends in ``_si``. Texts are
messages, so that the command line, the app and the report show them in either language.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from enum import Enum
from typing import cast

from analysis.verdict import Verdict
from bench.messages import LANGUAGES, Bilingual, Message
from bench.record.port import Ending
from protocols.cell_results import CountRow, CurveResult, FileRow, LifeResult, SpectrumResult
from protocols.combustion_results import AbnormalRate, CombustionRow
from protocols.wording import Text

__all__ = [
    "BudgetRow",
    "ChannelRow",
    "ClosureRow",
    "CycleResult",
    "DrawnInterval",
    "RegressionRow",
    "Result",
    "RunResults",
    "Text",
    "WindowRow",
]


@dataclass(frozen=True, kw_only=True)
class BudgetRow:
    """One line of the uncertainty budget of a result."""

    input: str
    """Channel or quantity it belongs to."""
    title: Message
    """What people call it."""
    value_si: float
    """Estimate of the input, SI."""
    standard_uncertainty_si: float
    """Of the input in one repeat, SI."""
    contribution: float
    """Its part of the standard uncertainty, in the unit of the result."""
    variance_share: float
    """Part of the variance, 1."""
    degrees_of_freedom: float
    """Of the standard uncertainty."""
    common: bool
    """Whether all repeats share it."""
    counted: bool
    """False for scatter that the scatter between repeats contains already."""


@dataclass(frozen=True, kw_only=True)
class DrawnInterval:
    """The interval that drawing every input gives, beside the one of the budget."""

    lower: float
    """Lower end, in the unit of the result."""
    upper: float
    """Upper end."""
    draws: int
    """How many outputs were drawn."""
    agrees: bool
    """Whether the budget's interval holds or errs on the safe side."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """One quantity at a point, over all its valid windows or in one window."""

    name: str
    """``brake_thermal_efficiency``, as protocols name it."""
    title: Message
    """What people call it."""
    unit: str
    """Unit of every number without ``_si``."""
    at: str
    """Name of the point."""
    approach: int | None = None
    """Which approach; None: over all of them."""
    repeat: int | None = None
    """Which repeat; None: over all of them."""
    windows: int = 0
    """How many valid windows it stands on."""
    value: float = math.nan
    """Estimate; NaN: there is none, the reasons say why."""
    standard_uncertainty: float = math.nan
    """Combined."""
    lower: float = math.nan
    """Lower end of the two-sided interval."""
    upper: float = math.nan
    """Upper end of the two-sided interval."""
    confidence: float = 0.95
    """Of the interval and of the verdict, 1."""
    degrees_of_freedom: float = math.nan
    """Effective."""
    value_si: float = math.nan
    """Estimate, SI."""
    standard_uncertainty_si: float = math.nan
    """Combined, SI."""
    verdict: Verdict | None = None
    """None: nothing was asked of it."""
    limit: float | None = None
    """What it was judged against."""
    sense: str = ""
    """``at_least`` or ``at_most``."""
    bound: float | None = None
    """One-sided confidence bound towards the limit."""
    reasons: tuple[Text, ...] = ()
    """Why the verdict is what it is, or why there is no value."""
    budget: tuple[BudgetRow, ...] = ()
    """Where the uncertainty comes from; for judged points."""
    monte_carlo: DrawnInterval | None = None
    """Cross-check of the budget; for judged results."""


@dataclass(frozen=True, kw_only=True)
class ChannelRow:
    """One channel in one window: new samples of good quality only, in the channel's unit."""

    name: str
    """Channel."""
    title: Bilingual
    """What people call it."""
    unit: str
    """Unit of the numbers."""
    count: int
    """How many samples."""
    mean: float
    """Time-weighted."""
    minimum: float
    """Smallest sample."""
    maximum: float
    """Largest sample."""
    standard_deviation: float
    """Of single samples."""
    standard_error: float
    """Standard uncertainty of the mean."""
    drift: float
    """Trend times duration."""


@dataclass(frozen=True, kw_only=True)
class WindowRow:
    """One measured window."""

    name: str
    """Name of the point."""
    approach: int
    """Which approach, from 1."""
    repeat: int
    """Which repeat, from 1."""
    start: float
    """Since the begin of the run, s."""
    end: float
    """Since the begin of the run, s."""
    valid: bool
    """Whether it may be judged."""
    channels: tuple[ChannelRow, ...]
    """Statistics, in the order of the run's channels."""
    quantities: tuple[Result, ...]
    """What follows from them, with its uncertainty."""
    gas_lot: str
    """Certificate of the gas in force; empty: none."""
    remarks: tuple[Text, ...] = ()
    """Why it is not valid, and what to keep in mind."""


@dataclass(frozen=True, kw_only=True)
class ClosureRow:
    """One check of measurements against each other."""

    name: str
    """``fuel`` or ``energy``."""
    title: Message
    """What people call it."""
    at: str
    """Name of the point."""
    deviation: float = math.nan
    """Relative, %."""
    expanded_uncertainty: float = math.nan
    """Of the deviation, 95 %, in %."""
    tolerance: float = math.nan
    """What was asked, %."""
    within: bool | None = None
    """Whether the deviation keeps the larger of tolerance and own uncertainty; None: not known."""
    remark: Text = ""
    """Why there is none, or that the uncertainty had to be used."""


@dataclass(frozen=True, kw_only=True)
class RegressionRow:
    """One quantity of a cycle against its reference, in people's units."""

    name: str
    """``speed``, ``torque`` or ``power``."""
    unit: str
    """Of intercept and standard error."""
    slope: float
    """1."""
    intercept: float
    """Actual where the reference is zero."""
    r_squared: float
    """Coefficient of determination."""
    standard_error: float
    """Of the estimate."""
    failed: tuple[str, ...]
    """Which of slope, intercept, r_squared, standard_error miss their limit."""


@dataclass(frozen=True, kw_only=True)
class CycleResult:
    """A cycle run: was it the cycle?"""

    name: str
    """``whsc``."""
    at: str
    """Name of the point."""
    method: str
    """Whose limits."""
    origin: str
    """Where the limits come from."""
    accepted: bool
    """Regression and work keep their limits, and the run may be judged."""
    delay: int
    """By how many seconds the actual trails the reference in the regression."""
    reference_work: float
    """kWh."""
    actual_work: float
    """kWh."""
    regressions: tuple[RegressionRow, ...]
    """Speed, torque, power."""
    reasons: tuple[Text, ...] = ()
    """Why it is not accepted."""


@dataclass(frozen=True, kw_only=True)
class RunResults:
    """All that a run shows."""

    protocol: str
    """Name of the protocol."""
    object_serial: str
    """Serial number of the test object."""
    simulated: bool
    """Whether the instruments were simulated."""
    ending: Ending | None
    """How the run ended; None: the file was never closed."""
    verdict: Verdict | None
    """Worst of all; None: the protocol asks none."""
    results: tuple[Result, ...] = ()
    """Over all windows of a judged point or a cycle, judged ones first."""
    windows: tuple[WindowRow, ...] = ()
    """Every measured window, in time."""
    closures: tuple[ClosureRow, ...] = ()
    """Measurements against each other."""
    cycles: tuple[CycleResult, ...] = ()
    """Cycles driven."""
    files: tuple[FileRow, ...] = ()
    """Run files that were judged together, in time; empty: one alone."""
    life: LifeResult | None = None
    """Degradation; None: the object has none, or it cannot be computed."""
    counts: tuple[CountRow, ...] = ()
    """Operation from the raw data: hours, availability, starts, stops, cycles."""
    curves: tuple[CurveResult, ...] = ()
    """i-V curves, in time."""
    spectra: tuple[SpectrumResult, ...] = ()
    """Impedance spectra, in time."""
    combustion: tuple[CombustionRow, ...] = ()
    """Captures of in-cylinder pressure, in time."""
    abnormal_cycles: tuple[AbnormalRate, ...] = ()
    """Knocks, misfires, pre-ignitions and backfires of the whole run, per 1,000 cycles."""
    warnings: tuple[Text, ...] = ()
    """What weakens the results."""
    remarks: tuple[Text, ...] = ()
    """What a reader should know."""

    @property
    def state(self) -> str:
        """How the run ended: ``completed``, ``stopped``, ...; ``open`` while it was not closed."""
        return "open" if self.ending is None else self.ending.state

    def judged(self) -> tuple[Result, ...]:
        """Return the results something was asked of."""
        return tuple(result for result in self.results if result.verdict is not None)

    def to_json(self) -> dict[str, object]:
        """Return plain JSON: fields in their order, texts in every language, NaN as null."""
        fields = {item.name: plain(getattr(self, item.name)) for item in dataclasses.fields(self)}
        return {"state": self.state, **fields}


def plain(value: object) -> object:
    """Return what JSON can hold: fields in their order, texts in every language, NaN as null.

    What is only drawn is left out.
    """
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Message | Bilingual):
        name = {"id": value.id} if isinstance(value, Message) else {}
        return name | {language: value.text(language) for language in LANGUAGES}
    if isinstance(value, Enum):
        return cast("object", value.value)
    if isinstance(value, tuple):
        return [plain(item) for item in cast("tuple[object, ...]", value)]
    if dataclasses.is_dataclass(value):
        return {
            item.name: plain(getattr(value, item.name))
            for item in dataclasses.fields(value)
            if "drawn" not in item.metadata
        }
    return value
