"""What a check says of a run before anything moves: findings, duration, hydrogen, steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.check import Checked, Checker
from bench.config.catalogue import Catalogue
from bench.document import Problem
from bench.errors import ConfigError
from bench.messages import Bilingual, Message
from bench.model import BenchModel
from bench.plan import Node, RepeatNode, SequenceNode


@dataclass(frozen=True)
class Finding:
    """One thing a check has found."""

    place: str
    """File, line and column; empty: nowhere in a file."""
    said: Message
    """What it is, and what to do."""
    is_warning: bool = False
    """Whether the protocol can be run all the same."""

    @property
    def short_place(self) -> str:
        """The place without the folders of its file."""
        file, _, rest = self.place.partition(":")
        if len(file) == 1:  # a drive letter
            drive, _, rest = rest.partition(":")
            file = f"{file}:{drive}"
        return f"{Path(file).name}:{rest}" if rest else self.place


@dataclass(frozen=True)
class StepRow:
    """One step of the plan and what it takes."""

    id: str
    """Last part of its id."""
    kind: str
    """Kind of step."""
    title: Bilingual
    """What people call it; empty: nothing."""
    seconds: float
    """Expected duration, s."""
    hydrogen: float
    """Expected hydrogen, kg."""
    times: int = 1
    """How often it runs; a loop's body stands below it."""
    below: tuple[StepRow, ...] = ()
    """Steps within it."""


@dataclass(frozen=True)
class Outlook:
    """What a check says."""

    refusal: Message | None = None
    """Why it cannot run; None: it can."""
    findings: tuple[Finding, ...] = ()
    """Problems first, then what to know before starting."""
    seconds: float = 0.0
    """Expected duration, s."""
    at_most: float = 0.0
    """Longest duration before a timeout, s; infinite where a person is waited for."""
    hydrogen: float = 0.0
    """Expected hydrogen, kg."""
    steps: tuple[StepRow, ...] = ()
    """The plan."""

    @property
    def is_ready(self) -> bool:
        """Whether it can run."""
        return self.refusal is None


def outlook_of(
    catalogue: Catalogue,
    model: BenchModel,
    protocol: str,
    chosen: Mapping[str, str],
    *,
    is_simulated: bool,
    today: str,
) -> Outlook:
    """Return what a check of a protocol on a rig says; reads the protocol's files anew.

    Args:
        catalogue: Where protocols are found.
        model: The rig, read already.
        protocol: Name or path.
        chosen: Parameters that differ from their defaults, as written.
        is_simulated: Whether the run is in virtual time.
        today: ISO 8601 date, to tell which calibrations are overdue.
    """
    checker = Checker(catalogue, {model.name: model})
    try:
        checked = checker.check(
            protocol, model.name, chosen, is_simulated=is_simulated, today=today
        )
    except ConfigError as error:
        return Outlook(error.message, tuple(_finding(each) for each in error.problems))
    return _ready(checked)


def duration_text(seconds: float) -> str:
    """Return a duration with its unit, as people say it: ``45 s``, ``12 min``, ``3.5 h``."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    if seconds < 72 * 3600:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds / 86400:.1f} d"


def hydrogen_text(kilograms: float) -> str:
    """Return a mass of hydrogen with its unit."""
    return f"{kilograms * 1e3:.0f} g" if kilograms < 1 else f"{kilograms:.2f} kg"


def _ready(checked: Checked) -> Outlook:
    root, estimate = checked.plan.root, checked.plan.estimate
    return Outlook(
        findings=tuple(_finding(each) for each in checked.remarks),
        seconds=estimate.seconds,
        at_most=estimate.at_most,
        hydrogen=estimate.hydrogen,
        steps=tuple(_row(node) for node in root.body),
    )


def _finding(problem: object) -> Finding:
    if isinstance(problem, Problem):
        place = f"{problem.mark.file}:{problem.mark.line}:{problem.mark.column}"
        return Finding(place, problem.message, problem.is_warning)
    said = problem if isinstance(problem, Message) else Message(str(problem))
    return Finding("", said)


def _row(node: Node) -> StepRow:
    head = node.head
    body = node.body if isinstance(node, SequenceNode | RepeatNode) else ()
    return StepRow(
        id=head.id.rpartition("/")[2],
        kind=head.kind,
        title=head.title,
        seconds=head.estimate.seconds,
        hydrogen=head.estimate.hydrogen,
        times=node.times if isinstance(node, RepeatNode) else 1,
        below=tuple(_row(each) for each in body),
    )
