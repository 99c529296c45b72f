"""One job: read one part of a run, once, and return what it says. Pure, and picklable.

Every row is compared with its checksum and read once, in blocks; nothing of it stays in memory.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np

from bench.clock import SECOND
from bench.errors import ConfigError, RunFileError
from bench.messages import Message
from bench.plan import CAMPAIGN
from bench.record.port import SCAN
from bench.record.results import explanation_in
from bench.runs import Run, open_run
from bench.runs.chunk_source import ChunkCache
from bench.runs.damage import DAMAGE, damage_told
from bench.runs.part_file import PartFile
from bench.runs.verifying.content import contents_wrong
from bench.runs.verifying.group import GroupVerifier
from protocols.campaign.happenings import ending_of, explained, happenings_in
from protocols.campaign.inventory import PartJob
from protocols.campaign.part_results import PartResult, RunFacts, Scale, Slot, Stretch, message
from protocols.campaign.quantities import POINTS
from protocols.campaign.reference_points import readings_of, tests_of
from protocols.campaign.rows import (
    BALANCE,
    COOLANT,
    EXHAUST,
    FUEL,
    OIL,
    SPEED,
    TORQUE,
    Numbers,
    Rows,
    least_fuel,
    missing_in,
    rows_of,
)
from protocols.combustion_counts import abnormal_cycles
from protocols.combustion_results import CombustionRow
from protocols.criteria import Asked, asked_of
from protocols.engine_combustion import combustion_rows
from protocols.engine_mechanisms import EngineRows, joined, nothing, part_of
from protocols.mechanism_table import MechanismSettings, engine_settings, settings_from
from protocols.run_series import HOUR

SLOT = 600 * SECOND
"""ns. Slots of the ledger's sums: fine enough to place events and to see oil being added."""
MOST_FINDINGS = 3
"""Of what is damaged in a part, so much is told."""
_ALWAYS = 2**62
"""ns. Beyond any time of a run."""


def read_part(job: PartJob) -> PartResult:
    """Return what one part of a run says; of a damaged one, what is wrong.

    Raises:
        OSError: the disk or the network is in trouble; it may be tried again.
    """
    path = Path(job.file)
    findings = _damage(path)
    if findings:
        return PartResult(job.file, findings)
    try:
        with open_run(Path(job.run)) as run:
            if run.findings:
                return PartResult(job.file, run.findings)
            return replace(_read(run, job), fingerprint=_fingerprint(path))
    except (RunFileError, ConfigError) as error:
        return PartResult(job.file, (error.message,))


def _damage(path: Path) -> tuple[Message, ...]:
    """Return what of a part is not as it was written."""
    try:
        part = PartFile(path, ChunkCache(0))
    except RunFileError as error:
        return (error.message,)
    try:
        with damage_told(path):
            found = list(contents_wrong(part).findings)
            for name in part.group_names:
                group = GroupVerifier(part, name)
                for block in range(group.blocks):
                    found += group.verify(block).findings
    except RunFileError as error:
        return (error.message,)
    finally:
        part.close()
    return tuple(each.what for each in found[:MOST_FINDINGS])


def _fingerprint(path: Path) -> str:
    """Return what two copies of a part share, whatever they are called: the sums of its rows."""
    part = PartFile(path, ChunkCache(0))
    try:
        sums = part.entry.group("checksums").column(SCAN)
        return hashlib.sha256(sums.read(0, len(sums)).tobytes()).hexdigest() if len(sums) else ""
    except DAMAGE:
        return ""
    finally:
        part.close()


def _read(run: Run, job: PartJob) -> PartResult:
    last = len(run) if job.last_row is None else min(job.last_row, len(run))
    first = min(job.first_row, last)
    begin_ns = -_ALWAYS if job.is_first else _time_of(run, first)
    end_ns = _ALWAYS if job.is_last else _time_of(run, last)
    asked, settings, missing = asked_of(run), settings_of(run, job), missing_in(run)
    if settings is None:
        missing = (*missing, "displacement")
    tests = [each for each in tests_of(run.points) if begin_ns <= each[0].start_ns < end_ns]
    reading = None
    if settings is not None and not missing:
        reading = _Reading(run, settings, [test[0].start_ns for test in tests])
        for rows in rows_of(run, first, last):
            reading.eat(rows)
    explanation = _explanation(Path(job.file)) if job.is_last else ""
    ended = [ending_of(run, explanation), explained(run, explanation)] if job.is_last else []
    return PartResult(
        file=job.file,
        facts=facts_of(run, asked, settings) if job.is_last else None,
        stretches=() if reading is None else reading.stretches(),
        slots={} if reading is None else reading.slots,
        points=tuple(each for test in tests for each in readings_of(run, asked, test)),
        happenings=(
            *happenings_in(run, begin_ns, end_ns),
            *(each for each in ended if each is not None),
        ),
        combustion=_combustion(run) if job.is_last else (),
        abnormal_cycles=abnormal_cycles(run) if job.is_last else (),
        lost_hours=0.0 if reading is None else reading.lost / HOUR,
        missing_channels=missing,
    )


def _time_of(run: Run, row: int) -> int:
    """Return when a row was measured; beyond all times where there is no such row."""
    return run.timeline[row] if row < len(run) else _ALWAYS


def _combustion(run: Run) -> tuple[CombustionRow, ...]:
    """Return the captures of a run at points of reference tests."""
    return tuple(row for row in combustion_rows(run) if row.at in POINTS)


def _explanation(path: Path) -> str:
    """Return why a run broke off, as a person says; empty: nobody has."""
    part = PartFile(path, ChunkCache(0))
    try:
        with damage_told(path):
            found = explanation_in(part.entry)
    finally:
        part.close()
    return "" if found is None else found.text


def settings_of(run: Run, job: PartJob) -> MechanismSettings | None:
    """Return how rows of a run become damage; None: nobody says how large the engine is.

    Raises:
        MechanismError: the exponents of the job are none.
    """
    volume = run.header.object_data.get("displacement")
    if not isinstance(volume, int | float) or not volume > 0.0:
        return None
    return settings_from(engine_settings(float(volume)), dict(job.exponents), job.origin)


def facts_of(run: Run, asked: Asked, settings: MechanismSettings | None) -> RunFacts:
    """Return what a run says of itself."""
    header, ending, bookmark = run.header, run.ending, run.bookmark
    rows = len(run)
    return RunFacts(
        kind=header.object_kind,
        serial=header.object_serial,
        simulated=header.simulated,
        protocol=header.protocol_name,
        parameters=dict(header.parameters),
        start_utc_ns=header.start_utc_ns,
        start_ns=header.start_ns,
        first_ns=run.timeline[0] if rows else header.start_ns,
        last_ns=run.timeline[-1] if rows else header.start_ns,
        rows=rows,
        ending="open" if ending is None else ending.state,
        ending_text=None if ending is None or ending.message is None else message(ending.message),
        continues=header.continues,
        counters={} if bookmark is None else dict(bookmark.counters),
        calibrations={
            each.name: each.calibration.id for each in header.channels if each.calibration.id
        },
        clock_steps=tuple((step.time_ns, step.step_ns) for step in run.clock_steps),
        criteria=tuple(each for each in asked.criteria if each.at == CAMPAIGN),
        settings=settings,
        balance=_balance_of(run),
    )


def _balance_of(run: Run) -> Scale | None:
    if BALANCE not in run.names:
        return None
    channel = run.channel(BALANCE)
    stated = channel.uncertainty
    return None if stated is None else Scale(stated, channel.range.span)


class _Reading:
    """Takes block after block of rows."""

    def __init__(self, run: Run, settings: MechanismSettings, cuts: list[int]) -> None:
        self.slots: dict[int, Slot] = {}
        self.lost = 0.0
        self._settings = settings
        self._start_ns = run.header.start_ns
        self._least_fuel = least_fuel(run)
        self._cuts = cuts
        self._done: list[Stretch] = []
        self._part = nothing(settings)
        self._end_ns: int | None = None

    def eat(self, rows: Rows) -> None:
        """Take a block; it is cut where a reference test begins."""
        while self._cuts and rows.times_ns.size and self._cuts[0] <= rows.times_ns[-1]:
            cut = self._cuts.pop(0)
            place = int(np.searchsorted(rows.times_ns, cut, side="left"))
            self._take(rows.cut(0, place))
            self._close(cut)
            rows = rows.cut(place, rows.times_ns.size)
        self._take(rows)

    def stretches(self) -> tuple[Stretch, ...]:
        """Return everything that was taken."""
        if self._end_ns is not None:
            self._close(self._end_ns)
        return tuple(self._done)

    def _close(self, end_ns: int) -> None:
        self._done.append(Stretch(end_ns, self._part))
        self._part = nothing(self._settings)

    def _take(self, rows: Rows) -> None:
        if not rows.times_ns.size:
            return
        self._end_ns = int(rows.times_ns[-1])
        columns = rows.columns
        engine = EngineRows(
            held=rows.held,
            speed=columns[SPEED],
            torque=columns[TORQUE],
            coolant=columns[COOLANT],
            oil=columns[OIL],
            exhaust=columns[EXHAUST],
            injecting=columns[FUEL] > self._least_fuel,
            fuel=columns[FUEL],
        )
        known = np.isfinite(engine.speed) & np.isfinite(engine.torque)
        self.lost += float(rows.held[~known].sum())
        self._part = joined(self._part, part_of(engine, self._settings))
        self._add_slots(rows, np.where(known, rows.held, 0.0))

    def _add_slots(self, rows: Rows, held: Numbers) -> None:
        slots = (rows.times_ns - self._start_ns) // SLOT
        numbers, places = np.unique(slots, return_inverse=True)
        speed, torque = (np.nan_to_num(rows.columns[name]) for name in (SPEED, TORQUE))
        runs = np.where(speed >= self._settings.running_speed, held, 0.0)
        balance = rows.columns.get(BALANCE, np.full(runs.size, np.nan))
        known = np.isfinite(balance) & (runs > 0.0)  # a sump settles when the engine stands
        weights = (
            runs / HOUR,
            np.maximum(speed * torque, 0.0) * runs,
            np.where(known, balance, 0.0),
            known.astype(np.float64),
        )
        sums = [np.bincount(places, each, numbers.size) for each in weights]
        for place, number in enumerate(numbers.tolist()):
            hours, energy, oil, readings = (float(each[place]) for each in sums)
            added = Slot(hours, energy, oil, int(readings))
            self.slots[number] = self.slots.get(number, Slot()) + added
