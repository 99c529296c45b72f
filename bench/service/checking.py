"""Preflight checks on an open bench: done between scans, kept in a file, asked for at a start."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from bench.checklist import INSTANT
from bench.clock import SECOND
from bench.errors import Refused, RunFileError
from bench.messages import Message
from bench.plan import Estimate
from bench.preflight.evidence import Evidence, Standing
from bench.preflight.gate import REAL, REHEARSED, VIRTUAL, Gate, Scope, refusal
from bench.preflight.instant import Look
from bench.preflight.machine import free_bytes, is_clock_synchronised
from bench.preflight.running import Finding
from bench.preflight.store import Store, file_of, read
from bench.service.check_session import CheckSession, OpenBench
from bench.service.order import Order
from bench.service.port import CheckShown
from bench.service.requests import Attest, RunCheck, Sender

SHOW = 2 * SECOND
"""Shortest time between two looks at what the checks show."""
LOOK_AT_DISK = 60 * SECOND
"""Time between two looks at the disk."""


class Checking:
    """The preflight checks of one open bench."""

    def __init__(self, bench: OpenBench, *, stays: bool) -> None:
        """Read the evidence there is.

        Args:
            bench: The bench.
            stays: Whether it stays open after a stop, so that a check may actuate.
        """
        order = bench.order
        self.gate = Gate(order.model, scope_of(order))
        self.beside: Callable[[Callable[[], object]], None] = self._at_once
        """Has something done that waits for the disk; a station does it beside the scan."""
        self._bench = bench
        self._stays = stays
        self._free = free_bytes(order.folder)
        self._store = Store(file_of(order.folder, order.model.name), order.model.name)
        self._session: CheckSession | None = None
        self._shown: tuple[CheckShown, ...] = ()
        self._show_due = self._disk_due = bench.clock.now()
        if self.gate.checks:
            self._at_once(lambda: self.gate.take(read(self._store.path)))

    @property
    def busy(self) -> str:
        """Which check is being done; empty: none."""
        return "" if self._session is None else self._session.check.id

    def refresh(self) -> float:
        """Look at the disk, in any thread; return its free bytes."""
        self._free = free_bytes(self._bench.order.folder)
        return self._free

    def attest(self, request: Attest, sender: Sender) -> None:
        """Take what a person says of a check.

        Raises:
            Refused: no such check, none that a person can attest, or nothing is said.
        """
        who = request.operator or sender.name
        utc_ns = self._bench.clock.utc()
        self._take(self.gate.attested(request.check, request.text, who, utc_ns))

    def run(self, request: RunCheck, sender: Sender) -> None:
        """Begin a check that takes time.

        Raises:
            Refused: another is being done, it is none that the bench does, or not now.
        """
        check = self.gate.check(request.check)
        self.check_free()
        if isinstance(check.test, INSTANT):
            (standing,) = (each for each in self.standings() if each.check == check)
            raise Refused("preflight.judged-always", check=check.id, said=standing.said)
        who = sender.name or "operator"
        self._session = CheckSession(self._bench, check, who, self.look, stays=self._stays)
        self._note("info", Message("preflight.begun", {"check": check.id}))

    def check_free(self) -> None:
        """Check that no check is being done.

        Raises:
            Refused: one is.
        """
        if self.busy:
            raise Refused("preflight.busy", check=self.busy)

    def tick(self) -> None:
        """Advance the check under way by one scan."""
        session = self._session
        finding = None if session is None else session.tick()
        if session is not None and finding is not None:
            self._session = None
            self._take(self._evidence(session, finding))

    def look(self) -> Look:
        """Return the bench as it is."""
        row, order = self._bench.loop.row, self._bench.order
        return Look(
            utc_ns=self._bench.clock.utc(),
            values=row.values.tolist(),
            quality=row.quality.tolist(),
            free=self._free,
            is_synchronised=None if order.is_simulated else is_clock_synchronised(),
        )

    def standings(self) -> tuple[Standing, ...]:
        """Return how every check stands, for the run that is loaded."""
        return self.gate.standings(self.look(), self._estimate, self._period)

    def lacking(self) -> tuple[Standing, ...]:
        """Return the checks that the run which is loaded needs and that are not passed."""
        return self.gate.lacking(self.look(), self._estimate, self._period)

    def check(self, order: Order, look: Look | None) -> None:
        """Check that an order may begin; in any thread, and it looks at the disk.

        Args:
            order: What is to begin.
            look: The bench; None: only the evidence counts.

        Raises:
            Refused: checks are not passed; all are listed.
        """
        if look is None:
            self.check_evidence()
            return
        now = replace(look, free=self.refresh())
        lacking = self.gate.lacking(now, order.plan.estimate, self._period)
        if lacking:
            raise refusal(lacking)

    def check_evidence(self) -> None:
        """Check that no check lacks evidence that only time or a person gives.

        Raises:
            Refused: some do; all are listed.
        """
        lacking = self.gate.without_evidence(self._bench.clock.utc())
        if lacking:
            raise refusal(lacking)

    def tell(self) -> None:
        """Write into the run what its preflight rests on.

        Equal simulated runs are equal: of them only the names of the checks are told.
        """
        if not self.gate.checks:
            return
        if self.gate.skipped:
            passed = ", ".join(check.id for check in self.gate.needed) or "–"
            skipped = ", ".join(check.id for check in self.gate.skipped)
            told = {"passed": passed, "skipped": skipped}
            self._note("info", Message("preflight.simulated", told))
            return
        standings = self.standings()
        named = ", ".join(each.check.id for each in standings)
        evidence = {
            each.check.id: {"text": each.said.text("en"), "said": each.said, "age_s": each.age}
            for each in standings
        }
        told = {"checks": named, "evidence": evidence, "rig": self.gate.rig}
        self._note("info", Message("preflight.passed", told))

    def shown(self) -> tuple[CheckShown, ...]:
        """Return the checks for a screen, at most once a second anew."""
        now = self._bench.clock.now()
        if self._stays and now >= self._disk_due:
            self._disk_due = now + LOOK_AT_DISK
            self.beside(self.refresh)
        if now >= self._show_due:
            self._show_due = now + SHOW
            needed = self.gate.needed
            self._shown = tuple(
                shown_of(each, is_needed=each.check in needed) for each in self.standings()
            )
        return self._shown

    @property
    def _estimate(self) -> Estimate:
        return self._bench.order.plan.estimate

    @property
    def _period(self) -> int:
        order = self._bench.order
        simulation = order.simulation if order.is_simulated else None
        return order.model.scan_period if simulation is None else simulation.scan

    def _evidence(self, session: CheckSession, finding: Finding) -> Evidence:
        utc_ns, is_passed = self._bench.clock.utc(), finding.is_passed
        evidence = self.gate.evidence(
            session.check, finding.said, session.who, utc_ns, is_passed=is_passed
        )
        finite = {name: v for name, v in finding.values.items() if math.isfinite(v)}
        evidence = replace(evidence, values=finite)
        self.gate.take([evidence])
        return evidence

    def _take(self, evidence: Evidence) -> None:
        """Tell, show and keep a new piece of evidence."""
        self._show_due = self._bench.clock.now()
        told = {"check": evidence.check, "said": evidence.said}
        if evidence.is_passed:
            self._note("info", Message("preflight.done", told))
        else:
            self._note("warning", Message("preflight.not-done", told))
        self.beside(lambda: self._store.add(evidence))

    def _at_once(self, work: Callable[[], object]) -> None:
        try:
            work()
        except RunFileError as error:
            self._note("warning", error.message)

    def _note(self, level: str, message: Message) -> None:
        self._bench.loop.log.note(level, "preflight", message)


def scope_of(order: Order) -> Scope:
    """Return which checks a start of an order needs."""
    if order.is_simulated:
        return VIRTUAL
    return REHEARSED if order.is_marked_simulated else REAL


def shown_of(standing: Standing, *, is_needed: bool) -> CheckShown:
    """Return a check as people see it."""
    check = standing.check
    return CheckShown(
        id=check.id,
        title=check.title,
        is_passed=standing.is_passed,
        evidence=standing.said,
        age=standing.age,
        valid_for=0.0 if isinstance(check.test, INSTANT) else check.valid_for,
        is_attested=standing.is_attested,
        is_needed=is_needed,
        advice=check.advice,
    )
