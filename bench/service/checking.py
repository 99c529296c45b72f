"""Preflight checks on an open bench: done between its scans, kept in a file, asked for at a start.

Nothing of it makes demands in MONITOR. A leak test that fills a line by itself takes over the
demands as a person would (MANUAL), and ends with the object's soft stop.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from bench.checklist import BY_BENCH, INSTANT, Check, LeakTest, Values
from bench.clock import SECOND, Clock
from bench.control.loop import Loop, Stop
from bench.control.states import State
from bench.device import Instrument, Wiring
from bench.errors import Refused, RunFileError
from bench.messages import Message
from bench.plan import Estimate
from bench.preflight.evidence import Evidence, Standing
from bench.preflight.gate import REAL, REHEARSED, VIRTUAL, Gate, Scope, refusal
from bench.preflight.instant import Look, holds, shown
from bench.preflight.machine import free_bytes, is_clock_synchronised
from bench.preflight.running import Finding, Running, run_of
from bench.preflight.store import Store, file_of, read
from bench.record.json_text import encode
from bench.service.order import Order
from bench.service.port import CheckShown
from bench.service.requests import Attest, RunCheck, Sender

SHOW = 1 * SECOND
"""Shortest time between two looks at what the checks show."""

Keep = Callable[[Callable[[], None]], None]
"""Has something done that writes a file."""


class OpenBench(Protocol):
    """What a check needs of the bench."""

    @property
    def loop(self) -> Loop:
        """The scan cycle."""
        ...

    @property
    def wiring(self) -> Wiring:
        """The instruments."""
        ...

    @property
    def clock(self) -> Clock:
        """Its time."""
        ...

    @property
    def order(self) -> Order:
        """What is carried out."""
        ...

    def make_ready(self) -> None:
        """Go from MONITOR to READY, or raise `Refused` with what is missing."""
        ...


@dataclass(frozen=True)
class _Session:
    """A check under way."""

    check: Check
    running: Running
    begun: int
    who: str
    state: State


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
        self.keep: Keep = lambda work: work()
        """How evidence is written; a station does it beside the scan."""
        self.free = free_bytes(order.folder)
        """Free bytes where run files go, when somebody looked last."""
        self._bench = bench
        self._stays = stays
        self._store = Store(file_of(order.folder, order.model.name), order.model.name)
        self._session: _Session | None = None
        self._shown: tuple[CheckShown, ...] = ()
        self._show_due = -1
        self._recall()

    @property
    def busy(self) -> str:
        """Which check is being done; empty: none."""
        return "" if self._session is None else self._session.check.id

    def refresh(self) -> float:
        """Look at the disk, in any thread; return the free bytes."""
        self.free = free_bytes(self._bench.order.folder)
        return self.free

    def attest(self, request: Attest, sender: Sender) -> None:
        """Take what a person says of a check.

        Raises:
            Refused: no such check, none that a person can attest, or nothing is said.
        """
        who = request.operator or sender.name
        evidence = self.gate.attested(request.check, request.text, who, self._bench.clock.utc())
        self._take(evidence, who)

    def run(self, request: RunCheck, sender: Sender) -> None:
        """Begin a check that takes time.

        Raises:
            Refused: another is being done, it is none that the bench does, or not now.
        """
        check, loop = self.gate.check(request.check), self._bench.loop
        test = check.test
        if self.busy:
            raise Refused("preflight.busy", check=self.busy)
        if isinstance(test, INSTANT):
            (standing,) = (each for each in self.standings() if each.check == check)
            raise Refused("preflight.judged-always", check=check.id, said=standing.said)
        if not isinstance(test, BY_BENCH):
            raise Refused("preflight.only-attested", check=check.id)
        if loop.state is not State.MONITOR:
            raise Refused("preflight.monitor-only", state=loop.state.value)
        self._check_guard(check)
        if isinstance(test, LeakTest) and (test.fill or test.close):
            self._take_over(check)
        self._session = _Session(
            check,
            run_of(test, loop.model),
            self._bench.clock.now(),
            sender.name or "operator",
            loop.state,
        )
        self._note("info", Message("preflight.begun", {"check": check.id}))

    def tick(self) -> None:
        """Advance the check under way by one scan."""
        session = self._session
        if session is None:
            return
        finding = self._broken_off(session)
        if finding is None:
            seconds = (self._bench.clock.now() - session.begun) / SECOND
            try:
                finding = session.running.tick(seconds, self.look(), self)
            except Refused as error:
                said = Message("preflight.refused-demand", {"reason": error.message})
                finding = Finding(is_passed=False, said=said)
        if finding is not None:
            self._end(session, finding)

    def demand(self, values: Values) -> None:
        """Demand values (by index, SI); raises `Refused`."""
        if values:
            self._bench.loop.set_demands(dict(values), 0.0)

    def silence(self, *, is_silent: bool) -> None:
        """Leave the heartbeat out, or have it go out again."""
        self._bench.loop.is_silent = is_silent

    def instrument(self, name: str) -> Instrument:
        """Return an instrument."""
        return self._bench.wiring.instruments[name]

    def look(self) -> Look:
        """Return the bench as it is."""
        row, order = self._bench.loop.row, self._bench.order
        return Look(
            utc_ns=self._bench.clock.utc(),
            values=row.values.tolist(),
            quality=row.quality.tolist(),
            free=self.free,
            is_synchronised=None if order.is_simulated else is_clock_synchronised(),
        )

    def standings(self) -> tuple[Standing, ...]:
        """Return how every check stands, for the run that is loaded."""
        return self.gate.standings(self.look(), self._estimate, self._period)

    def lacking(self, look: Look | None = None, order: Order | None = None) -> tuple[Standing, ...]:
        """Return the checks that a start needs and that are not passed.

        Args:
            look: The bench; None: as it is now.
            order: What is to begin; None: what is loaded.
        """
        estimate = self._estimate if order is None else order.plan.estimate
        return self.gate.lacking(look or self.look(), estimate, self._period)

    def check_evidence(self) -> None:
        """Check that no check lacks evidence that only time or a person gives.

        Raises:
            Refused: some do; all are listed.
        """
        lacking = self.gate.without_evidence(self._bench.clock.utc())
        if lacking:
            raise refusal(lacking)

    def told(self) -> Message | None:
        """Return what a run's file says of its preflight; None: the rig has no checks."""
        if not self.gate.checks:
            return None
        if self.gate.skipped:
            passed = ", ".join(check.id for check in self.gate.needed) or "–"
            skipped = ", ".join(check.id for check in self.gate.skipped)
            return Message("preflight.simulated", {"passed": passed, "skipped": skipped})
        evidence = {each.check.id: each.said.text("en") for each in self.standings()}
        return Message("preflight.passed", {"checks": ", ".join(evidence), "evidence": evidence})

    def report(self, look: Look, order: Order) -> str:
        """Return what the preflight of a run rests on, as JSON for its file."""
        standings = self.gate.standings(look, order.plan.estimate, self._period)
        entries = [
            {
                "check": each.check.id,
                "passed": each.is_passed,
                "text": each.said.text("en"),
                "said": each.said,
                "age_s": each.age,
                "attested": each.is_attested,
                "needed": each.check in self.gate.needed,
            }
            for each in standings
        ]
        lines = ",\n".join(map(encode, entries))
        return f'{{"rig": "{self.gate.rig}", "utc_ns": {look.utc_ns}, "checks": [\n{lines}\n]}}\n'

    def shown(self) -> tuple[CheckShown, ...]:
        """Return the checks for a screen, at most once a second anew."""
        now = self._bench.clock.now()
        if now >= self._show_due:
            self._show_due = now + SHOW
            needed = self.gate.needed
            self._shown = tuple(
                _shown_of(each, is_needed=each.check in needed) for each in self.standings()
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

    def _recall(self) -> None:
        if not self.gate.checks:
            return
        try:
            self.gate.take(read(self._store.path))
        except RunFileError as error:  # a run over simulated instruments needs none
            self._note("warning", error.message)

    def _check_guard(self, check: Check) -> None:
        if check.guard is not None and not holds(check.guard, self.look(), self._bench.loop.model):
            raise Refused("preflight.guard", **self._guard_told(check))

    def _guard_told(self, check: Check) -> dict[str, object]:
        names = sorted(() if check.guard is None else check.guard.names)
        values = shown(self._bench.loop.model, names, self.look())
        return {"condition": check.guard_text, "values": values}

    def _take_over(self, check: Check) -> None:
        if not self._stays:
            raise Refused("preflight.needs-server", check=check.id)
        self._bench.make_ready()
        self._bench.loop.take_over()

    def _broken_off(self, session: _Session) -> Finding | None:
        loop, check = self._bench.loop, session.check
        if loop.state is not session.state:
            said = Message("preflight.broken-off", {"state": loop.state.value})
            return Finding(is_passed=False, said=said)
        if check.guard is not None and not holds(check.guard, self.look(), loop.model):
            said = Message("preflight.guard-lost", self._guard_told(check))
            return Finding(is_passed=False, said=said)
        return None

    def _end(self, session: _Session, finding: Finding) -> None:
        self._session = None
        self.silence(is_silent=False)
        loop, who = self._bench.loop, session.who
        if loop.state in {State.MANUAL, State.HOLDING}:
            ended = Message("preflight.ended", {"check": session.check.id})
            loop.begin_stop(Stop("completed", ended, is_hard=False))
        utc = self._bench.clock.utc()
        evidence = self.gate.evidence(
            session.check, finding.said, who, utc, is_passed=finding.is_passed
        )
        evidence = replace(evidence, values=_finite(finding))
        self.gate.take([evidence])
        self._take(evidence, who)

    def _take(self, evidence: Evidence, who: str) -> None:
        """Tell, show and keep a new piece of evidence."""
        self._show_due = -1
        told = {"check": evidence.check, "said": evidence.said}
        if evidence.is_passed:
            self._bench.loop.log.note("info", who, Message("preflight.done", told))
        else:
            self._bench.loop.log.note("warning", who, Message("preflight.not-done", told))
        self.keep(lambda: self._store.add(evidence))

    def _note(self, level: str, message: Message) -> None:
        self._bench.loop.log.note(level, "preflight", message)


def scope_of(order: Order) -> Scope:
    """Return which checks a start of an order needs."""
    if order.is_simulated:
        return VIRTUAL
    return REHEARSED if order.is_marked_simulated else REAL


def evidence_file(folder: Path, rig: str) -> Path:
    """Return where the evidence of a rig lies that records into a folder."""
    return file_of(folder, rig)


def _finite(finding: Finding) -> dict[str, float]:
    return {name: value for name, value in finding.values.items() if math.isfinite(value)}


def _shown_of(standing: Standing, *, is_needed: bool) -> CheckShown:
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
