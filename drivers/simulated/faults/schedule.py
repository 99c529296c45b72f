"""A schedule of faults, as people write it: what happens when, where, and how bad it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

from pydantic import Field

from bench.document import Document, Problem, validated
from bench.errors import ConfigError
from bench.findings import Findings
from bench.messages import Message
from bench.opener import Before
from bench.step import Grammar, Scalar
from drivers.simulated.faults.fault import Family, Fault
from drivers.simulated.faults.targets import Targets, checked_fault


class FaultGrammar(Grammar):
    """One fault."""

    id: str = ""
    """What it is cleared by; by default its kind and a number."""
    what: str
    """Kind: ``hang``."""
    where: str = ""
    """What suffers it: an instrument, a bus, ``instrument.reading``, ``plant``, ``bench``; by
    default the only one that can."""
    at: Scalar = 0
    """When it begins, from the opening of the bench: ``90 s``."""
    lasts: Scalar | Literal["until cleared"] = "until cleared"
    """How long: ``10 s``."""
    given: dict[str, Scalar] = Field(default_factory=dict[str, Scalar], alias="with")
    """Its parameters: ``{delay: 2 s}``."""


class FaultFile(Grammar):
    """A schedule of faults."""

    faults: list[FaultGrammar]
    """In any order."""


def faults_of(document: Document, targets: Targets) -> tuple[Fault, ...]:
    """Return the faults of a schedule, in its order.

    Raises:
        ConfigError: every problem, with its place.
    """
    file = validated(document, FaultFile)
    findings = Findings()
    found: dict[int, Fault] = {}
    names: set[str] = set()
    for number, each in enumerate(file.faults):
        section = document.section("faults", number)
        with findings.at(section):
            found[number] = checked_fault(
                targets,
                each.what,
                each.where,
                given=each.given,
                at=each.at,
                lasts=None if each.lasts == "until cleared" else each.lasts,
                name=each.id,
            )
        if each.id and each.id in names:
            mark = (section / "id").mark
            findings.problems.append(Problem(mark, Message("fault.id-twice", {"id": each.id})))
        names.add(each.id)
    findings.raise_if_any("document.unusable", file=document.name)
    return tuple(found.values())


def scheduled(given: Iterable[object], targets: Targets) -> tuple[Fault, ...]:
    """Return the faults an opener is given: schedules as documents, or faults.

    Raises:
        ConfigError: every problem of the first schedule that has any; or no schedule at all.
    """
    faults: list[Fault] = []
    for each in given:
        if isinstance(each, Document):
            faults += faults_of(each, targets)
        elif isinstance(each, Fault):
            faults.append(each)
        else:
            raise ConfigError("fault.no-schedule", given=type(each).__name__)
    return tuple(faults)


def still_to_come(faults: Iterable[Fault], before: Before) -> tuple[Fault, ...]:
    """Return the faults of a schedule that a cell opened later still suffers, at their times then.

    What is over is left out, as is what was put right, and a power cut that has been. What lasts
    begins again with the opening, for the time that is left.
    """
    shifted = (_shifted(fault, before) for fault in faults)
    return tuple(fault for fault in shifted if fault is not None)


def _shifted(fault: Fault, before: Before) -> Fault | None:
    at = fault.at - before.time
    if not before.openings or at > 0:
        return replace(fault, at=at)
    left = None if fault.lasts is None else at + fault.lasts
    is_over = left is not None and left <= 0
    if is_over or fault.at < before.mended or fault.family is Family.BENCH:
        return None
    return replace(fault, at=0, lasts=left)
