"""All run files of one test object in a folder, read and judged as a whole."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.errors import Refused
from bench.messages import Message
from bench.units import UnitError, quantity, unit
from protocols.campaign.axis import Axis, axis_of
from protocols.campaign.claims import Claims
from protocols.campaign.demonstration import demonstrated
from protocols.campaign.drifts import Drift, drifts_of
from protocols.campaign.executor import Opener, Show, Where, carried_out
from protocols.campaign.inventory import Inventory, PartJob, RunFiles, inventory_of
from protocols.campaign.ledger import failures_in, ledger_of
from protocols.campaign.oil import oil_of
from protocols.campaign.part_results import PartResult
from protocols.campaign.reading import read_part
from protocols.campaign.results import CampaignResults, DutyRow, EquivalenceRow
from protocols.campaign.run_reading import RunReading, run_from
from protocols.campaign.standing import Standing, standing_of
from protocols.campaign.tests_in_life import Tested, tested_in
from protocols.campaign.verdict import KILOMETRES, Case, missing_for, results_for
from protocols.criteria import Criterion
from protocols.duty_reading import field_duty
from protocols.field_duty import FieldDuty
from protocols.judgement import worst
from protocols.mechanism_table import MechanismError, engine_settings
from protocols.wording import Text

KIND: Final = "hydrogen-engine"
"""Test objects whose kilometres can be told."""
TARGET: Final = 200_000.0
"""km, where neither protocol nor command line say another."""
DUTY: Final = "regional-haul"
"""Field duty where none is named."""
KILOMETRE: Final = unit("km")
HERE: Final = Where()
"""Jobs are carried out on this machine."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the command line asks of a campaign."""

    serial: str = ""
    """Serial number of the test object; empty: the only one there is."""
    field: str = DUTY
    """Field duty: a profile, or a file."""
    kilometres: str = ""
    """Target, ``200000 km``; empty: that of the protocol."""
    is_judged: bool = True
    """Whether drift is fitted and a verdict told; False: a quick look."""


def results_of(
    folder: Path,
    wanted: Wanted | None = None,
    *,
    opener: Opener = HERE.open,
    show: Show = lambda _, __: None,
) -> CampaignResults:
    """Return what the run files of one test object show together.

    Neither their names, nor the order in which they are found, nor how they are cut into parts
    changes anything.

    Args:
        folder: where the run files are, also in folders below.
        wanted: which object, against which field duty and target; None: what the files say.
        opener: opens what carries out the jobs that read the parts.
        show: is told how many parts of how many are read.

    Raises:
        RunFileError: there is no such folder, or it cannot be read.
        Refused: there is no run of such an object, or of more than one; or nobody carries the
            jobs out.
        ConfigError: the field duty or the target cannot be read.
    """
    wanted = wanted or Wanted()
    inventory = inventory_of(folder)
    kind, serial = chosen_object(inventory, wanted.serial)
    duty = field_duty(wanted.field)
    runs = _read(inventory, kind, serial, opener, show)
    standing = standing_of(inventory, runs, kind=kind, serial=serial)
    return _Together(folder, wanted, standing, duty).results(kind, serial)


def chosen_object(inventory: Inventory, serial: str) -> tuple[str, str]:
    """Return kind and serial number of the test object that is meant.

    Raises:
        Refused: there is none, or it could be several.
    """
    engines = [key for key in inventory.serials if key[0] == KIND]
    known = ", ".join(sorted(number for _, number in engines)) or "–"
    found = [key for key in engines if serial in {"", key[1]}]
    if not found:
        raise Refused(
            "campaign.no-object", folder=inventory.folder, serial=serial or KIND, known=known
        )
    if len(found) > 1:
        raise Refused("campaign.which-object", folder=inventory.folder, known=known)
    return found[0]


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


def _read(
    inventory: Inventory, kind: str, serial: str, opener: Opener, show: Show
) -> list[RunReading]:
    """Return every run of the folder; those of other objects without their rows."""
    jobs: list[PartJob] = []
    owner: list[int] = []
    for place, run in enumerate(inventory.runs):
        if (run.last.object_kind, run.last.serial) == (kind, serial) and not run.is_growing:
            own = run.jobs(inventory.folder)
            jobs += own
            owner += [place] * len(own)
    found, failed = carried_out(opener, read_part, jobs, show)
    reasons = {each.job: each.reason for each in failed}
    return [
        _run(run, [
            (job, result)
            for job, result, of in zip(jobs, found, owner, strict=True)
            if of == place
        ], reasons)
        for place, run in enumerate(inventory.runs)
    ]  # fmt: skip


def _run(
    files: RunFiles,
    parts: Sequence[tuple[PartJob, PartResult | None]],
    reasons: dict[PartJob, str],
) -> RunReading:
    failures = [reasons[job] for job, result in parts if result is None]
    return run_from(files, [result for _, result in parts], failures)


@dataclass(frozen=True)
class _Together:
    """The counted runs, with what they are judged against."""

    folder: Path
    wanted: Wanted
    standing: Standing
    duty: FieldDuty

    def results(self, kind: str, serial: str) -> CampaignResults:
        runs = self.standing.counted
        criteria, warnings = self._criteria()
        target = target_of(self.wanted.kilometres, criteria)
        claims = self._claims(runs)
        axis = axis_of(runs, claims)
        oil = oil_of(axis)
        ledger = ledger_of(axis, oil)
        tested = tested_in(axis)
        equivalences, problem = _equivalences(claims, axis, target)
        governing = next((row for row in equivalences if row.is_governing), None)
        claim = math.nan if governing is None else governing.kilometres
        mechanisms = [row for row in equivalences if row.is_mechanism]
        drifts: tuple[Drift, ...] = ()
        if self.wanted.is_judged:
            drifts = drifts_of(axis, tested, oil, ledger.events, target)
        case = Case(
            criteria=self._with_target(criteria, target),
            drifts={each.row.name: each for each in drifts},
            equivalences=equivalences,
            kilometres=claim,
            target=target,
            doubts=self.standing.doubts,
        )
        judged = results_for(case) if self.wanted.is_judged else ()
        failures = len(failures_in(ledger.events))
        return CampaignResults(
            folder=str(self.folder),
            object_kind=kind,
            object_serial=serial,
            simulated=any(run.facts.simulated for run in runs if run.facts is not None),
            target=target,
            duty=_duty_row(self.duty),
            files=self.standing.files,
            totals=ledger.totals,
            events=ledger.events,
            equivalences=equivalences,
            kilometres=claim,
            kilometres_lower=min((row.lower for row in mechanisms), default=math.nan),
            kilometres_upper=min((row.upper for row in mechanisms), default=math.nan),
            governing="" if governing is None else governing.name,
            tests=tuple(each.test for each in tested),
            drifts=tuple(each.row for each in drifts),
            reliability=tuple(demonstrated(claim, target, failures)),
            results=judged,
            verdict=worst([each.verdict for each in judged if each.verdict is not None]),
            missing=tuple(missing_for(case, judged)) if self.wanted.is_judged else (),
            warnings=(*warnings, *self.standing.doubts, *problem),
            remarks=(*ledger.remarks, *_remarks(tested)),
        )

    def _claims(self, runs: Sequence[RunReading]) -> Claims | None:
        sizes = [run.facts.displacement for run in runs if run.facts is not None]
        known = [size for size in sizes if math.isfinite(size)]
        if not known:
            return None
        self.duty.check_engine(displacement=known[0])
        return Claims(self.duty, engine_settings(known[0]))

    def _criteria(self) -> tuple[tuple[Criterion, ...], list[Text]]:
        """Return what the newest run that asks something asks, and whether others ask else."""
        asked = [
            run.facts.criteria
            for run in self.standing.counted
            if run.facts is not None and run.facts.criteria
        ]
        if not asked:
            return (), []
        differs = any(each != asked[-1] for each in asked)
        return asked[-1], [Message("campaign.criteria-differ")] if differs else []

    def _with_target(self, criteria: Sequence[Criterion], target: float) -> tuple[Criterion, ...]:
        """Return the criteria with the target of the command line, where it names one."""
        if not self.wanted.kilometres:
            return tuple(criteria)
        limit = quantity(f"{target:.10g} km")
        return tuple(
            Criterion(each.name, each.at, limit, None, each.confidence, each.origin)
            if each.name == KILOMETRES
            else each
            for each in criteria
        )


def _equivalences(
    claims: Claims | None, axis: Axis, target: float
) -> tuple[tuple[EquivalenceRow, ...], list[Text]]:
    """Return the kilometres per mechanism, or why there are none."""
    if claims is None or axis.total is None:
        return (), [Message("campaign.no-kilometres")]
    try:
        return claims.rows(axis.total, target), []
    except MechanismError as error:
        return (), [error.message]


def _duty_row(duty: FieldDuty) -> DutyRow:
    return DutyRow(
        name=duty.name,
        source=duty.source,
        kilometres=duty.kilometres,
        speed=duty.mean_speed,
        energy=duty.energy,
    )


def _remarks(tested: Sequence[Tested]) -> Iterator[Text]:
    invalid = [each.test for each in tested if not each.test.valid]
    if invalid:
        yield Message("campaign.tests-left-out", {"count": len(invalid), "of": len(tested)})
