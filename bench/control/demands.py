"""What the bench demands right now: the only way from a sequence or an operator to an output."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType

from bench.device import Instrument
from bench.errors import DemandOutOfRange, Refused
from bench.model import BenchModel, DemandPoint
from bench.scan import Row


class Demands:
    """The current value of every demand; changes go out once per scan, the newest wins."""

    def __init__(
        self,
        model: BenchModel,
        instruments: Mapping[str, Instrument],
        row: Row,
        wake: Callable[[str], None],
    ) -> None:
        self.points = model.demands
        self.values = [math.nan] * len(model.demands)
        """Current values, SI; nan: nothing has been demanded yet."""
        self._by_name = {point.name: i for i, point in enumerate(model.demands)}
        self._instruments = instruments
        self._links = {each.name: each.link for each in model.connections}
        self._row = row
        self._wake = wake
        self._changed: dict[int, float] = {}
        self.are_new = False
        """Whether the newest scan has demanded anything new."""
        self._repeated = _repeated(model)
        self._of_stop: set[int] = set()  # what the present stop has demanded itself

    def set(self, index: int, value: float) -> None:
        """Demand a value, SI.

        Raises:
            DemandOutOfRange: outside what object and instrument allow.
            Refused: it means nothing in the mode another demand has chosen.
        """
        self.check(index, value)
        self._of_stop.add(index)
        if value != self.values[index]:
            self.values[index] = value
            self._changed[index] = value

    def check(
        self, index: int, value: float, beside: Mapping[int, float] = MappingProxyType({})
    ) -> None:
        """Check that a value (SI) may be demanded, once those `beside` it are.

        Raises:
            DemandOutOfRange: outside what object and instrument allow.
            Refused: it means nothing in the mode another demand has chosen.
        """
        point = self.points[index]
        if point.choices and value not in range(len(point.choices)):
            raise DemandOutOfRange(
                "control.demand-no-choice",
                demand=point.name,
                value=f"{value:g}",
                choices=", ".join(point.choices),
            )
        if not point.range.holds(value):
            raise DemandOutOfRange(
                "control.demand-out-of-range",
                demand=point.name,
                value=point.shown(value),
                low=point.shown(point.range.low),
                high=point.shown(point.range.high),
            )
        if point.requires:
            self._check_mode(point, beside)

    def named(self) -> dict[str, float]:
        """Return demand → value (SI) of all that something has been demanded of."""
        known = zip(self.points, self.values, strict=True)
        return {point.name: value for point, value in known if not math.isnan(value)}

    def is_meant(self, index: int) -> bool:
        """Return whether a demand means anything in the modes that other demands have chosen."""
        return self._forbidding(self.points[index]) is None

    def begin_stop(self) -> None:
        """Learn that what is demanded from now on is demanded by a stop."""
        self._of_stop = set()

    def end_stop(self) -> None:
        """Demand every safe value, but what the object keeps as its stop left it.

        The stop knows better: gas that protects a hot object is no longer wanted once it is cold.
        """
        kept = {index for index in self._of_stop if self.points[index].is_kept_after_stop}
        self.make_safe(kept)

    def make_safe(self, kept: Collection[int] = ()) -> None:
        """Demand every safe value, ahead of everything queued; what is safe as it is stays.

        Args:
            kept: Demands that stay as they are, too.
        """
        for index, point in enumerate(self.points):
            if math.isnan(point.safe) or index in kept:
                continue
            self.values[index] = point.safe
            self._changed[index] = point.safe
        self.send(urgent=True)

    def send(self, *, urgent: bool = False) -> None:
        """Hand what has changed to the instruments; ``urgent``: ahead of everything queued."""
        touched = self._repeat()
        self.are_new = bool(self._changed)
        if self._changed:
            self._hand_over(touched, urgent=urgent)
        for link in touched:
            self._wake(link)

    def _hand_over(self, touched: set[str], *, urgent: bool) -> None:
        """Hand what has changed to the instruments, whose links are `touched` by that."""
        safe: dict[str, dict[int, float]] = {}
        for index, value in self._changed.items():
            point = self.points[index]
            self._row.put(point.channel, value)
            touched.add(self._links[point.instrument])
            if urgent:
                safe.setdefault(point.instrument, {})[point.at] = value
            else:
                self._instruments[point.instrument].demand(point.at, value)
        for name, values in safe.items():
            self._instruments[name].make_safe(values)
        self._changed.clear()

    def _repeat(self) -> set[str]:
        """Show the controllers that make themselves safe without demands that we are alive.

        Returns:
            The links that have something to send now.
        """
        touched: set[str] = set()
        for name, index in self._repeated.items():
            value = self.values[index]
            if value == value and index not in self._changed:  # noqa: PLR0124 - nan: nothing yet
                self._instruments[name].demand(self.points[index].at, value)
                touched.add(self._links[name])
        return touched

    def _check_mode(self, point: DemandPoint, beside: Mapping[int, float]) -> None:
        selector = self._forbidding(point, beside)
        if selector is None:
            return
        chosen = self._by_name[selector]
        shown = self.points[chosen].shown
        raise Refused(
            "plan.impossible-pair",
            demand=point.name,
            selector=selector,
            current=shown(beside.get(chosen, self.values[chosen])),
            allowed=", ".join(shown(value) for value in sorted(point.requires[selector])),
        )

    def _forbidding(
        self, point: DemandPoint, beside: Mapping[int, float] = MappingProxyType({})
    ) -> str | None:
        """Return the selector in whose position a demand means nothing."""
        for selector, allowed in point.requires.items():
            chosen = self._by_name[selector]
            if beside.get(chosen, self.values[chosen]) not in allowed:
                return selector
        return None


def _repeated(model: BenchModel) -> dict[str, int]:
    """Return the demand that is repeated with every scan, per instrument that needs it.

    The one that gets our heartbeat needs nothing else.
    """
    watched = {each.name for each in model.connections if math.isfinite(each.longest_demand_gap)}
    if model.safety.heartbeat is not None:
        watched.discard(model.safety.heartbeat[0])
    found: dict[str, int] = {}
    for index, point in enumerate(model.demands):
        if point.instrument in watched:
            found.setdefault(point.instrument, index)
    return found
