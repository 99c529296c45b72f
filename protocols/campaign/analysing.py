"""All run files of one test object in a folder, read and judged as a whole."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

from analysis.verdict import Verdict
from bench.config.quantities import misfit
from bench.errors import Refused
from bench.messages import Message
from bench.plan import CAMPAIGN
from bench.units import UnitError, quantity, unit
from protocols.campaign.axis import axis_of
from protocols.campaign.claims import Claims
from protocols.campaign.combustion_in_life import (
    abnormal_cycles_of,
    combustion_at_tests,
    combustion_of_counted,
)
from protocols.campaign.demonstration import demonstrated
from protocols.campaign.drifts import Drift, drifts_of
from protocols.campaign.executor import Opener, Show, Where, carried_out
from protocols.campaign.inventory import Inventory, PartJob, RunFiles, inventory_of
from protocols.campaign.ledger import failures_in, ledger_of
from protocols.campaign.life_points import LifePoint, life_points_in
from protocols.campaign.oil import oil_of
from protocols.campaign.reading import read_part
from protocols.campaign.results import CampaignResults, DutyRow, EquivalenceRow
from protocols.campaign.run_reading import RunReading, run_from
from protocols.campaign.standing import Standing, standing_of
from protocols.campaign.unread import told_of
from protocols.campaign.verdict import KILOMETRES, Case, missing_for, results_for
from protocols.criteria import Criterion
from protocols.duty_reading import field_duty
from protocols.field_duty import FieldDuty
from protocols.judgement import worst
from protocols.mechanism_table import MechanismError, engine_settings, settings_from
from protocols.results import Result
from protocols.wording import Text

KIND: Final = "hydrogen-engine"
"""Test objects whose kilometres can be told."""
TARGET: Final = 200_000.0
"""km, where neither protocol nor command line say another."""
DUTY: Final = "regional-haul"
"""Field duty where none is named."""
KILOMETRE: Final = unit("km")
KELVIN: Final = unit("K")
PURE: Final = unit("")
UNKNOWN_HOURS: Final = 0.1
"""h. Less that a mechanism could not see is not told."""
DEFAULTS: Final[Mapping[str, float]] = MappingProxyType({})
"""No exponent differs."""
HERE: Final = Where()
"""Jobs are carried out on this machine."""


def results_of(
    folder: Path,
    *,
    serial: str = "",
    field: str = "",
    kilometres: str = "",
    exponents: Mapping[str, float] = DEFAULTS,
    origin: str = "",
    is_judged: bool = True,
    opener: Opener = HERE.open,
    show: Show = lambda _, __: None,
) -> CampaignResults:
    """Return what the run files of one test object show together.

    Neither their names, nor the order in which they are found, nor how they are cut into parts
    changes anything.

    Args:
        folder: where the run files are, also in folders below.
        serial: serial number of the test object; empty: the only one there is.
        field: field duty, a profile or a file; empty: `DUTY`.
        kilometres: target, ``200000 km``; empty: that of the protocol.
        exponents: of mechanisms, where they are not the defaults: ``torque_exponent`` and so on.
        origin: where those come from.
        is_judged: whether drift is fitted and a verdict told; False: a quick look.
        opener: opens what carries out the jobs that read the parts.
        show: is told how many parts of how many are read.

    Raises:
        RunFileError: there is no such folder, or it cannot be read.
        Refused: there is no run of such an object, or of more than one; or nobody carries the
            jobs out.
        ConfigError: the field duty or the target cannot be read, or exponents are none, or have no
            source.
    """
    target_of(kilometres, ())  # what cannot be read is told before anything is
    settings_from(engine_settings(1.0), exponents, origin)
    inventory = inventory_of(folder)
    kind, number = chosen_object(inventory, serial)
    duty = field_duty(field or DUTY)
    given = tuple(sorted(exponents.items()))
    jobs = {
        run.name: [
            replace(job, exponents=given, origin=origin) for job in run.jobs(inventory.folder)
        ]
        for run in inventory.runs
        if _is_read(run, kind, number)
    }
    runs = _read(inventory, jobs, opener, show)
    standing = standing_of(inventory, runs, kind=kind, serial=number)
    together = _Together(standing, duty, kilometres, is_judged=is_judged)
    return together.results(str(folder), kind, number)


def chosen_object(inventory: Inventory, serial: str) -> tuple[str, str]:
    """Return kind and serial number of the test object that is meant.

    Raises:
        Refused: there is none, or it could be several.
    """
    engines = [key for key in inventory.serials if key[0] == KIND]
    others = (f"{kind} {number}" for kind, number in inventory.serials if kind != KIND)
    known = ", ".join(sorted(number for _, number in engines) or sorted(others)) or "–"
    found = [key for key in engines if serial in {"", key[1]}]
    if not found:
        raise Refused(
            "campaign.no-object", folder=inventory.folder, serial=serial or KIND, known=known
        )
    if len(found) > 1:
        raise Refused("campaign.which-object", folder=inventory.folder, known=known)
    return found[0]


def exponents_from(given: Mapping[str, str]) -> dict[str, float]:
    """Return exponents as the command line writes them: pure numbers, or K of thermal ageing.

    Raises:
        UnitError: a value is no number, or of another quantity.
    """
    return {name: _exponent(text) for name, text in given.items()}


def _exponent(text: str) -> float:
    given = quantity(text)
    if not (given.unit.converts_to(PURE) or given.unit.converts_to(KELVIN)):
        raise misfit(text, PURE)
    return given.value


def target_of(text: str, criteria: Sequence[Criterion]) -> float:
    """Return the kilometres that are to be shown.

    Args:
        text: as the command line has it; empty: what the protocol asks.
        criteria: what is asked of the campaign.

    Raises:
        ConfigError: it is no distance above zero.
    """
    if not text:
        asked = (each.at_least for each in criteria if each.name == KILOMETRES)
        found = next((each for each in asked if each is not None), None)
        return TARGET if found is None else KILOMETRE.from_si(found.value)
    given = quantity(text)
    value = given.value if not given.unit.text else KILOMETRE.from_si(given.value)
    if not (given.unit.converts_to(KILOMETRE) or not given.unit.text) or not value > 0.0:
        raise UnitError("campaign.no-distance", text=text)
    return value


def _is_read(run: RunFiles, kind: str, serial: str) -> bool:
    """Return whether the rows of a run are wanted."""
    return (run.last.object_kind, run.last.serial) == (kind, serial) and not run.is_growing


def _read(
    inventory: Inventory, wanted: Mapping[str, Sequence[PartJob]], opener: Opener, show: Show
) -> list[RunReading]:
    """Return every run of the folder; those without jobs without their rows."""
    jobs = [job for own in wanted.values() for job in own]
    found, failed = carried_out(opener, read_part, jobs, show)
    lost = {each.job: each for each in failed}
    results = dict(zip(jobs, found, strict=True))
    return [
        run_from(
            run,
            [results[job] for job in wanted.get(run.name, ())],
            told_of([lost[job] for job in wanted.get(run.name, ()) if job in lost]),
        )
        for run in inventory.runs
    ]


class _Together:
    """The counted runs, with what they are judged against."""

    def __init__(
        self, standing: Standing, duty: FieldDuty, kilometres: str, *, is_judged: bool
    ) -> None:
        self._standing = standing
        self._duty = duty
        self._kilometres = kilometres
        self._is_judged = is_judged
        criteria, self._warnings = self._criteria()
        self._target = target_of(kilometres, criteria)
        self._asked = self._with_target(criteria)
        self._axis = axis_of(standing.counted, self._claims(standing.counted))

    def results(self, folder: str, kind: str, serial: str) -> CampaignResults:
        """Return all that they show."""
        axis, doubts = self._axis, self._standing.doubts
        oil = oil_of(axis)
        ledger = ledger_of(axis, oil)
        tested = life_points_in(axis)
        equivalences, problem = self._equivalences()
        drifts: tuple[Drift, ...] = ()
        if self._is_judged:
            drifts = drifts_of(axis, tested, oil, ledger.events, self._target)
        claim = _claim(equivalences)
        captures = tuple(combustion_at_tests(axis, tested))
        case = Case(
            criteria=self._asked if self._is_judged else (),
            drifts={each.row.name: each for each in drifts},
            equivalences=equivalences,
            kilometres=claim,
            target=self._target,
            doubts=doubts,
            combustion=combustion_of_counted(tested, captures),
        )
        judged = results_for(case)
        mechanisms = [row for row in equivalences if row.is_mechanism]
        return CampaignResults(
            folder=folder,
            object_kind=kind,
            object_serial=serial,
            simulated=any(run.facts.simulated for run in axis.runs if run.facts is not None),
            target=self._target,
            duty=_duty_row(self._duty),
            files=self._standing.files,
            totals=ledger.totals,
            events=ledger.events,
            equivalences=equivalences,
            kilometres=claim,
            kilometres_lower=min((row.lower for row in mechanisms), default=math.nan),
            kilometres_upper=min((row.upper for row in mechanisms), default=math.nan),
            governing=next((row.name for row in equivalences if row.is_governing), ""),
            tests=tuple(each.test for each in tested),
            drifts=tuple(each.row for each in drifts),
            combustion=captures,
            abnormal_cycles=tuple(abnormal_cycles_of(axis)),
            reliability=tuple(demonstrated(claim, self._target, len(failures_in(ledger.events)))),
            results=judged,
            verdict=self._verdict(judged),
            missing=tuple(missing_for(case, judged)),
            warnings=(*self._warnings, *problem, *_unknown(mechanisms)),
            remarks=(*self._nothing_asked(), *ledger.remarks, *_remarks(tested)),
        )

    def _verdict(self, judged: Sequence[Result]) -> Verdict | None:
        """Return the worst verdict; where runs are in doubt, nothing is shown by asking nothing."""
        found = worst([each.verdict for each in judged if each.verdict is not None])
        if found is None and self._is_judged and self._standing.doubts:
            return Verdict.NOT_SHOWN
        return found

    def _nothing_asked(self) -> list[Text]:
        is_told = self._is_judged and not self._asked
        return [Message("campaign.nothing-asked")] if is_told else []

    def _equivalences(self) -> tuple[tuple[EquivalenceRow, ...], list[Text]]:
        """Return the kilometres per mechanism, or why there are none."""
        claims = self._claims(self._axis.runs)
        if claims is None or self._axis.total is None:
            return (), [Message("campaign.no-kilometres")]
        try:
            return claims.rows(self._axis.total, self._target), []
        except MechanismError as error:
            return (), [error.message]

    def _claims(self, runs: Sequence[RunReading]) -> Claims | None:
        known = [run.facts.settings for run in runs if run.facts is not None]
        settings = next((each for each in known if each is not None), None)
        if settings is None:
            return None
        self._duty.check_engine(displacement=settings.displacement)
        return Claims(self._duty, settings)

    def _criteria(self) -> tuple[tuple[Criterion, ...], list[Text]]:
        """Return what the newest run that asks something asks, and whether others ask else."""
        asked = [
            run.facts.criteria
            for run in self._standing.counted
            if run.facts is not None and run.facts.criteria
        ]
        if not asked:
            return (), []
        differs = any(each != asked[-1] for each in asked)
        return asked[-1], [Message("campaign.criteria-differ")] if differs else []

    def _with_target(self, criteria: Sequence[Criterion]) -> tuple[Criterion, ...]:
        """Return the criteria with the target of the command line, where it names one."""
        if not self._kilometres:
            return tuple(criteria)
        limit = quantity(f"{self._target:.10g} km")
        wanted = Criterion(KILOMETRES, CAMPAIGN, limit, None, 0.95, "")
        return (*(each for each in criteria if each.name != KILOMETRES), wanted)


def _unknown(mechanisms: Sequence[EquivalenceRow]) -> Iterator[Text]:
    """Yield which mechanisms could not see part of the hours."""
    for row in mechanisms:
        if row.unknown_hours > UNKNOWN_HOURS:
            told = {"hours": f"{row.unknown_hours:.1f} h", "mechanism": row.title}
            yield Message("campaign.unknown-hours", told)


def _claim(equivalences: Sequence[EquivalenceRow]) -> float:
    """Return the kilometres of the mechanism that has seen the least; NaN: there is none."""
    return next((row.kilometres for row in equivalences if row.is_governing), math.nan)


def _duty_row(duty: FieldDuty) -> DutyRow:
    return DutyRow(
        name=duty.name,
        source=duty.source,
        kilometres=duty.kilometres,
        speed=duty.mean_speed,
        energy=duty.energy,
    )


def _remarks(tested: Sequence[LifePoint]) -> Iterator[Text]:
    invalid = [each.test for each in tested if not each.test.valid]
    if invalid:
        yield Message("campaign.tests-left-out", {"count": len(invalid), "of": len(tested)})
