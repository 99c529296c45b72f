"""From connecting to the start: who answers, what gives a value, what forbids to begin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.channel import Quality
from bench.clock import SECOND, Clock
from bench.control.loop import Loop, Stop
from bench.control.programme import Programme
from bench.control.saved import Saved
from bench.control.states import Cause, State
from bench.errors import Refused
from bench.messages import Message
from bench.opener import Wiring
from bench.preflight.gate import refusal
from bench.record.port import Identity, Recorder
from bench.safeguard import Limit, Reaction
from bench.safety.alarm import AlarmState
from bench.service.checking import Checking
from bench.service.order import Order

CONNECT_TIMEOUT = 30 * SECOND
"""How long instruments may take to answer after the bench is opened."""

TRIP_IS_EXPLAINED = 1 * SECOND
"""How long after the chain has opened a refusal waits for the limits that show why."""


@dataclass(frozen=True)
class Aim:
    """Where a run goes on that was cut off."""

    saved: Saved
    """Position of its sequence."""
    demands: Mapping[str, float]
    """Demand → value there, SI."""
    counters: Mapping[str, float]
    """Counter → count so far, SI."""
    told: Message
    """What is told when it goes on: from which file, after which gap."""


@dataclass(frozen=True)
class PreparedRun:
    """A run that is ready to be taken: nothing of it has touched the bench."""

    order: Order
    """What to carry out."""
    programme: Programme
    """Its plan, prepared for the loop."""
    recorder: Recorder
    """Its run file, open."""
    started: int
    """When the file begins, ns."""
    aim: Aim | None = None
    """Where the sequence goes on; None: it begins at its beginning."""


class Opening:
    """What happens scan by scan while the bench only measures."""

    def __init__(
        self,
        loop: Loop,
        wiring: Wiring,
        recorder: Recorder,
        checking: Checking,
        clock: Clock,
        *,
        started: int,
        aim: Aim | None = None,
        stays: bool = False,
    ) -> None:
        """Begin at a time (ns).

        Args:
            loop: The scan cycle.
            wiring: The instruments.
            recorder: The run file.
            checking: The preflight checks.
            clock: The bench's time.
            started: When the file begins, ns.
            aim: Where the sequence goes on once the bench is ready; None: at its beginning.
            stays: Whether a bench that is only watched stays open when it cannot be recorded.
        """
        self._loop = loop
        self._instruments = wiring.instruments
        self._recorder = recorder
        self._checking = checking
        self._clock = clock
        self._started = started
        self._aim = aim
        self._stays = stays
        self.is_over = False
        """Whether the plan is not to begin any more."""
        self._identified: set[str] = set()
        self._tripped: int | None = None

    def go_on(self, *, is_to_start: bool) -> None:
        """Look at the newest scan: begin the plan once the bench is ready, or look on.

        Raises:
            Refused: the plan is to begin and cannot.
        """
        self._identify()
        if self.is_over:
            return
        if is_to_start:
            self._check_ready()
        else:
            self._look_on()

    def check(self) -> None:
        """Check that a bench that is open can begin at once.

        Raises:
            Refused: it cannot be recorded, instruments do not answer, or a limit forbids it.
        """
        self._check_recorder()
        self._check_now(self._missing())

    def _check_ready(self) -> None:
        if self._loop.state is State.TRIPPED:
            if self._loop.stop is None:  # nothing has begun, and nothing will
                self._refuse_tripped()
            return
        self._check_recorder()
        self._checking.check_evidence()
        missing, unread = self._missing(), self._unread()
        is_clear = not (self._forbidding() or self._latched() or self._checking.lacking())
        if missing or unread or not is_clear:
            if not self._has_waited:
                return
            self._check_now(missing)
            self._check_preflight()
            self._tell_unread(unread)
        self._checking.tell()
        self._loop.change(Cause.CHECKED)
        if self._aim is None:
            self._loop.begin()
        else:
            self._loop.begin(self._aim.saved, demands=self._aim.demands)

    def _refuse_tripped(self) -> None:
        """Refuse a bench whose chain is open, once the limits that say why have had their time."""
        now = self._clock.now()
        self._tripped = now if self._tripped is None else self._tripped
        if now - self._tripped < TRIP_IS_EXPLAINED:
            return
        reasons = "; ".join(f"{limit.id} ({limit.text})" for limit in self._forbidding())
        raise Refused("control.tripped", limits=reasons or "-")

    def _check_recorder(self) -> None:
        trouble = self._recorder.trouble
        if trouble is not None:  # nothing begins that cannot be recorded
            raise Refused(trouble.id, **trouble.arguments)

    def _check_now(self, missing: Sequence[str]) -> None:
        if missing:
            raise Refused("control.not-connected", instruments=", ".join(missing))
        forbidding = self._forbidding()
        if forbidding:
            limits = "; ".join(f"{limit.id} ({limit.text})" for limit in forbidding)
            raise Refused("control.limits-forbid", limits=limits)
        latched = self._latched()
        if latched:
            raise Refused("control.latched", limits=", ".join(latched))

    def _check_preflight(self) -> None:
        lacking = self._checking.lacking()
        if lacking:
            raise refusal(lacking)

    def _forbidding(self) -> list[Limit]:
        return [each for each in self._loop.limits.active() if each.reaction >= Reaction.HOLD]

    def _latched(self) -> list[str]:
        """Return the limits whose alarm stays until somebody resets it."""
        alarms = self._loop.alarms.alarms
        return [each.limit.id for each in alarms if each.life is AlarmState.LATCHED]

    def _look_on(self) -> None:
        """Go on measuring; what does not answer is told once, and may come later."""
        trouble = self._recorder.trouble
        if trouble is not None and not (self._stays or self._loop.is_actuating):
            self._loop.leave(Stop("error", trouble, is_hard=False))
            return
        if not self._loop.news.is_opening:
            return
        missing, unread = self._missing(), self._unread()
        if not (missing or unread):
            self._loop.news.end_opening()
        elif self._has_waited:
            self._loop.news.end_opening()
            if missing:
                told = Message("control.not-connected", {"instruments": ", ".join(missing)})
                self._loop.log.note("warning", "bench", told)
            self._tell_unread(unread)

    def _identify(self) -> None:
        for name, instrument in self._instruments.items():
            if name not in self._identified and instrument.is_connected:
                self._identified.add(name)
                self._recorder.record(Identity(name, instrument.identity))

    @property
    def _has_waited(self) -> bool:
        return self._clock.now() - self._started >= CONNECT_TIMEOUT

    def _missing(self) -> list[str]:
        return [name for name, each in self._instruments.items() if not each.is_connected]

    def _unread(self) -> list[str]:
        """Return the measured channels the rig names that give no value."""
        model, quality = self._loop.model, self._loop.row.quality
        return [
            channel.name
            for i, channel in enumerate(model.measured)
            if quality[i] != Quality.OK and model.is_named(channel)
        ]

    def _tell_unread(self, unread: Sequence[str]) -> None:
        if unread:
            told = Message("control.unread", {"channels": ", ".join(unread)})
            self._loop.log.note("warning", "bench", told)
