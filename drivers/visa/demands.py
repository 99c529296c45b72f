"""What the scan demands of one instrument: safe values first, then the newest of each demand."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from bench.clock import SECOND, Clock
from bench.errors import InstrumentError
from bench.messages import Message
from drivers.visa.instrument import TextInstrument
from drivers.visa.port import Program
from drivers.visa.programs import in_turns
from drivers.visa.tasks import APPLY, SAFE, Agenda, Task

SAFE_ATTEMPTS = 3
"""How often a safe value that was not taken is sent in all."""
SAFE_RETRY = 1.0
"""Time from one such attempt to the next, s."""


class Demands:
    """Turns demands into tasks.

    Safe values go before everything, also before the setup of a link that has just come back,
    and are kept until the instrument holds them. An ordinary demand that could not be sent is
    reported and forgotten, unless its row says that it may be sent later by itself.
    """

    def __init__(self, instrument: TextInstrument, agenda: Agenda, clock: Clock) -> None:
        self._instrument = instrument
        self._agenda = agenda
        self._clock = clock
        self._reapply = instrument.programs.reapply
        self._queued: dict[int, float] = {}
        self._held: dict[int, float] = {}
        self._apply: tuple[Task, int, float] | None = None
        self._safe: dict[int, float] = {}
        self._safe_task: Task | None = None
        self._attempts = 0

    @property
    def are_waiting(self) -> bool:
        """Whether something is to be begun."""
        return bool(self._queued or self._safe)

    @property
    def is_safe_waiting(self) -> bool:
        """Whether safe values are not yet known to be held."""
        return bool(self._safe)

    def take(self, safe: Mapping[int, float], demands: Mapping[int, float]) -> None:
        """Queue what the scan wants; safe values end everything queued before them."""
        if safe:
            self._queued.clear()
            if self._apply is not None:
                self._agenda.drop(self._apply[0])
                self._apply = None
            if self._safe_task is not None:
                self._agenda.drop(self._safe_task)
                self._safe_task = None
            self._safe.update(safe)
            self._attempts = 0
        self._queued.update(demands)

    def begin(self, now: int, *, is_set_up: bool) -> None:
        """Put on the agenda what may be sent now."""
        if self._safe and self._instrument.is_connected:
            if self._safe_task is None:
                self._begin_safe(now)
        elif is_set_up:
            if self._queued and self._apply is None:
                self._begin_apply(now)
        elif not self._instrument.is_connected:
            self._forget()

    def lose(self) -> None:
        """Note that the link is gone: report what was not sent and will not be."""
        if self._apply is not None:
            self._queued.setdefault(self._apply[1], self._apply[2])
        self._apply = None
        self._safe_task = None
        self._forget()

    def restore(self) -> None:
        """Ask after the link came back whether what was sent is still held.

        What the instrument holds otherwise (somebody was at its panel) is told and left so. Where
        nothing can be asked, what may be sent by itself is queued again.
        """
        verify = self._instrument.programs.verify
        for index, value in self._held.items():
            if verify is None:
                if index in self._reapply:
                    self._queued.setdefault(index, value)
            elif index not in self._queued:
                begin = partial(verify, index, value)
                self._agenda.add(Task(APPLY, begin, self._clock.now(), None, self._report))

    def _forget(self) -> None:
        for index in [index for index in self._queued if index not in self._reapply]:
            value = self._queued.pop(index)
            demand = self._instrument.demands[index]
            shown = demand.choices[int(value)] if demand.choices else demand.unit.shown(value)
            name = self._instrument.name
            arguments = {"instrument": name, "demand": demand.name, "value": shown}
            self._instrument.port.report("error", name, Message("device.demand-lost", arguments))

    def _begin_safe(self, now: int) -> None:
        apply = self._instrument.programs.apply
        if apply is None:
            self._safe.clear()
            return
        values = dict(self._safe)
        self._attempts += 1

        def begin() -> Program[tuple[InstrumentError, ...]]:
            return in_turns([apply(index, value) for index, value in values.items()])

        self._safe_task = self._agenda.add(Task(SAFE, begin, now, self._safe_ended))

    def _safe_ended(self, failures: tuple[InstrumentError, ...]) -> None:
        self._safe_task = None
        for failure in failures:
            self._report(failure)
        self._hold(self._safe)
        if failures and self._attempts < SAFE_ATTEMPTS:
            self._begin_safe(self._clock.now() + round(SAFE_RETRY * SECOND))
        else:
            self._safe.clear()

    def _begin_apply(self, now: int) -> None:
        apply = self._instrument.programs.apply
        index, value = next(iter(self._queued.items()))
        del self._queued[index]
        if apply is not None:
            task = Task(APPLY, lambda: apply(index, value), now, self._applied, self._refused)
            self._apply = self._agenda.add(task), index, value

    def _applied(self, _: None) -> None:
        if self._apply is not None:
            self._hold({self._apply[1]: self._apply[2]})
        self._apply = None

    def _refused(self, error: InstrumentError) -> None:
        self._apply = None
        self._report(error)
        housekeep = self._instrument.programs.housekeep
        if housekeep is not None:
            self._agenda.hurry(housekeep.program)  # the error queue may say why

    def _hold(self, values: Mapping[int, float]) -> None:
        self._held.update(values)

    def _report(self, error: InstrumentError) -> None:
        self._instrument.port.report("error", self._instrument.name, error.message)
