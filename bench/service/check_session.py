"""One preflight check under way on an open bench, from its begin to its finding.

Nothing of it makes demands in MONITOR. A leak test that fills a line by itself takes over the
demands as a person would (MANUAL), and ends with the object's soft stop.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from bench.checklist import BY_BENCH, Check, LeakTest, Values
from bench.clock import SECOND, Clock
from bench.control.loop import Loop, Stop
from bench.control.states import State
from bench.device import Instrument
from bench.errors import Refused
from bench.messages import Message
from bench.opener import Wiring
from bench.preflight.instant import Look, holds, shown
from bench.preflight.running import Finding, run_of
from bench.service.order import Order


class OpenBench(Protocol):
    """What checks need of the bench."""

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


class CheckSession:
    """A check under way; the hands of `bench.preflight.running`."""

    def __init__(
        self,
        bench: OpenBench,
        check: Check,
        who: str,
        look: Callable[[], Look],
        *,
        stays: bool,
    ) -> None:
        """Begin.

        Args:
            bench: The bench.
            check: What is to be shown.
            who: Who has it done.
            look: Returns the bench as it is.
            stays: Whether the bench stays open after a stop, so that the check may actuate.

        Raises:
            Refused: it is no check that the bench does, or not now.
        """
        self.check = check
        self.who = who
        self._bench = bench
        self._look = look
        if not isinstance(check.test, BY_BENCH):
            raise Refused("preflight.only-attested", check=check.id)
        if bench.loop.state is not State.MONITOR:
            raise Refused("preflight.monitor-only", state=bench.loop.state.value)
        lost = self._guard_lost()
        if lost is not None:
            raise Refused("preflight.guard", **lost)
        if isinstance(check.test, LeakTest) and (check.test.fill or check.test.close):
            if not stays:
                raise Refused("preflight.needs-server", check=check.id)
            bench.make_ready()
            bench.loop.take_over()
        self._running = run_of(check.test, bench.loop.model)
        self._begun = bench.clock.now()
        self._state = bench.loop.state

    def tick(self) -> Finding | None:
        """Advance by one scan; return what was found, None: it goes on."""
        finding = self._broken_off()
        if finding is None:
            seconds = (self._bench.clock.now() - self._begun) / SECOND
            try:
                finding = self._running.tick(seconds, self._look(), self)
            except Refused as error:
                said = Message("preflight.refused-demand", {"reason": error.message})
                finding = Finding(is_passed=False, said=said)
        if finding is not None:
            self._let_go()
        return finding

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

    def _broken_off(self) -> Finding | None:
        state = self._bench.loop.state
        if state is not self._state:
            said = Message("preflight.broken-off", {"state": state.value})
            return Finding(is_passed=False, said=said)
        lost = self._guard_lost()
        if lost is not None:
            return Finding(is_passed=False, said=Message("preflight.guard-lost", lost))
        return None

    def _guard_lost(self) -> dict[str, object] | None:
        """Return what is told of a guard that does not hold; None: it does, or there is none."""
        guard, look, model = self.check.guard, self._look(), self._bench.loop.model
        if guard is None or holds(guard, look, model):
            return None
        values = shown(model, sorted(guard.names), look)
        return {"condition": self.check.guard_text, "values": values}

    def _let_go(self) -> None:
        """Give back what was taken; what it has put under pressure is made safe."""
        self.silence(is_silent=False)
        loop = self._bench.loop
        if self._state is State.MANUAL and loop.state in {State.MANUAL, State.HOLDING}:
            ended = Message("preflight.ended", {"check": self.check.id})
            loop.begin_stop(Stop("operator", ended, is_hard=False))
