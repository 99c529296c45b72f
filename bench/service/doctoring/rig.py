"""The rig: its file, certificates, evidence and runs; nothing is opened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from bench.checklist import BumpTest
from bench.clock import Clock, iso_date
from bench.errors import BenchError, RunFileError
from bench.model import BenchModel
from bench.preflight.evidence import newest, standing_of
from bench.preflight.instant import bytes_per_second
from bench.preflight.machine import free_bytes
from bench.preflight.store import file_of, read
from bench.runs.opening import open_run
from bench.runs.resuming import interrupted, last_run
from bench.service.doctoring.diagnosis import Diagnosis, mend, ok, warning

_DAY = 86400.0
_WEEK = 7.0


def examine_rig(model: BenchModel, folder: Path, clock: Clock) -> Iterator[Diagnosis]:
    """Yield what is found of a rig that could be read.

    Args:
        model: The rig.
        folder: Where its run files go.
        clock: The time of day.
    """
    yield ok("doctor.rig", rig=model.name, channels=len(model.channels))
    yield of_recording(model, free_bytes(folder))
    yield from of_certificates(model, iso_date(clock.utc()))
    yield from of_detectors(model, folder, clock.utc())
    yield of_past(model, folder)


def of_recording(model: BenchModel, free: float) -> Diagnosis:
    """Return for how long there is room to record."""
    days = free / (bytes_per_second(model, model.scan_period) * _DAY)
    said = ok if days > _WEEK else warning
    return said("doctor.room", days=f"{days:.0f}")


def of_certificates(model: BenchModel, today: str) -> Iterator[Diagnosis]:
    """Yield which certificates are overdue on a day (ISO 8601)."""
    dated = [each for each in model.channels if each.calibration.due]
    overdue = [each for each in dated if each.calibration.due < today]
    for each in overdue:
        told = {"channel": each.name, "id": each.calibration.id, "due": each.calibration.due}
        yield mend("doctor.certificate-due", **told)
    if not overdue:
        first = min((each.calibration.due for each in dated), default="–")
        yield ok("doctor.certificates", count=len(dated), first=first)


def of_detectors(model: BenchModel, folder: Path, utc_ns: int) -> Iterator[Diagnosis]:
    """Yield how long ago detectors have seen test gas."""
    bumps = [check for check in model.preflight if isinstance(check.test, BumpTest)]
    try:
        evidence = newest(read(file_of(folder, model.name)))
    except RunFileError as error:
        yield mend("doctor.said", said=error.message)
        return
    for check in bumps:
        standing = standing_of(check, evidence.get(check.id), utc_ns)
        told = {"check": check.id, "said": standing.said}
        if standing.is_passed:
            yield ok("doctor.bump-test", days=f"{standing.age / _DAY:.0f}", **told)
        else:
            yield warning("doctor.no-bump-test", **told)


def of_past(model: BenchModel, folder: Path) -> Diagnosis:
    """Return whether the last run broke off and nobody has said why."""
    try:
        broken = interrupted(folder, model.name) if folder.is_dir() else None
    except RunFileError as error:
        return warning("doctor.said", said=error.message)
    if broken is None:
        return ok("doctor.past")
    return mend("doctor.unexplained", file=broken.path.name)


def known_identities(model: BenchModel, folder: Path) -> Mapping[str, str]:
    """Return what the instruments said they are in the last run; empty: there is none."""
    try:
        path = last_run(folder, rig=model.name) if folder.is_dir() else None
        if path is None:
            return {}
        with open_run(path) as run:
            return dict(run.header.identities)
    except BenchError:
        return {}  # the past is told of by `of_past`
