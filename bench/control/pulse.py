"""The heartbeat of the bench: counted up with every scan in which all is well, else left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bench.channel import Kind
from bench.clock import MILLISECOND, SECOND
from bench.control.logbook import Logbook
from bench.device import Instrument, LinkKind, Worker
from bench.messages import Message
from bench.model import BenchModel
from bench.safeguard import Limit, Reaction
from bench.safety.conditions import conditions_of
from bench.safety.heartbeat import Heartbeat

SCAN, JUDGING = "scan", "judging"
"""Parts of the bench that are no link."""

PATIENCE = {LinkKind.CAN: 300 * MILLISECOND, LinkKind.VISA: 3 * SECOND}
"""Longest step of a worker that does not state its own (engineering default)."""

LONGEST_SCAN = 300 * MILLISECOND
"""Longest time between two scans, or five periods where that is more (engineering default)."""


class Pulse:
    """Beats, or says for whose sake it does not."""

    def __init__(
        self,
        model: BenchModel,
        workers: Iterable[Worker],
        instruments: Mapping[str, Instrument],
        log: Logbook,
        period: int,
    ) -> None:
        self.is_withheld = False
        """Whether it is left out on purpose, to have the chain opened."""
        self.is_beating = False
        """Whether it went out with the newest scan."""
        self.missing: tuple[str, ...] = ()
        """Parts that have not reported in time."""
        self._model = model
        self._patience = {
            each.name: int(getattr(each, "patience", 0)) for each in workers
        }  # what states none has that of its kind
        self._instruments = instruments
        self._log = log
        longest = max(LONGEST_SCAN, 5 * period)
        self._own: dict[str, int] = {SCAN: longest, JUDGING: longest}
        self._heartbeat = Heartbeat(self._own)
        self._count = 0

    def guard(self, limits: Iterable[Limit], now: int) -> None:
        """Watch what a set of limits needs, from a time (ns) on."""
        links = needed_links(self._model, limits)
        patience = {
            each.link: self._patience.get(each.link, 0) or PATIENCE[each.driver.link]
            for each in self._model.connections
            if each.link in links and each.link in self._patience
        }
        self._heartbeat.watch(self._own | patience, now)

    def report(self, part: str, now: int) -> None:
        """Take that a part of the bench is well."""
        self._heartbeat.report(part, now)

    def beat(self, now: int, served: Mapping[str, int]) -> None:
        """Show that the bench is alive, if it is; `served`: when each link was last well (ns)."""
        late = self._heartbeat.late(now, served)
        if late != self.missing:
            self._tell(late)
        self.is_beating = not late and not self.is_withheld
        if self.is_beating and self._model.safety.heartbeat is not None:
            instrument, index = self._model.safety.heartbeat
            self._count = (self._count + 1) % 256
            self._instruments[instrument].demand(index, float(self._count))

    def withhold(self) -> None:
        """Leave it out from now on: the chain is to open."""
        self.is_withheld = True

    def release(self) -> None:
        """Leave it out on purpose no more."""
        self.is_withheld = False

    def _tell(self, late: tuple[str, ...]) -> None:
        for part in late:
            if part not in self.missing:
                self._log.note("error", part, Message("control.part-late", {"part": part}))
        for part in self.missing:
            if part not in late:
                self._log.note("info", part, Message("control.part-back", {"part": part}))
        self.missing = late


def needed_links(model: BenchModel, limits: Iterable[Limit]) -> frozenset[str]:
    """Return the links that safety needs.

    Those of instruments that take demands, that show or feed the hardwired chain, or whose readings
    limits judge that stop a test.
    """
    stops = [limit for limit in limits if limit.reaction >= Reaction.SOFT_STOP]
    judged = [each for limit in stops for each in (*conditions_of(limit), limit.valid_while)]
    wanted = {name for each in judged if each is not None for name in each.names}
    if model.safety.closed is not None:
        wanted.add(model.channels[model.safety.closed].name)
    formulas = {model.channels[each.index].name: each.formula for each in model.computed}
    needs = {name: formula.names for name, formula in formulas.items()}
    for rate in model.rates:
        needs[model.channels[rate.index].name] = frozenset({model.channels[rate.of].name})
    unseen = list(wanted)
    while unseen:
        inputs = needs.get(unseen.pop(), frozenset[str]()) - wanted
        wanted |= inputs
        unseen += inputs
    needed = {
        channel.source.partition(".")[0]
        for channel in model.channels
        if channel.name in wanted and channel.kind is Kind.MEASURED
    }
    needed |= {point.instrument for point in model.demands}
    ties = (model.safety.heartbeat, model.safety.horn, model.safety.beacon)
    needed |= {tie[0] for tie in ties if tie is not None}
    return frozenset(each.link for each in model.connections if each.name in needed)
