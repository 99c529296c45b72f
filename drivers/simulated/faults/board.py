"""The one board behind virtual and real time: which faults are there, which come, which go."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import replace

from bench.clock import NEVER, SECOND
from bench.device import LinkHealth
from bench.errors import ConfigError, did_you_mean
from bench.opener import Before
from drivers.simulated.faults.fault import Active, Family, Fault, Site
from drivers.simulated.faults.schedule import scheduled, still_to_come
from drivers.simulated.faults.targets import Targets

NOTHING = Before()
LOOK = SECOND
"""Longest time between two looks at the faults of a cell in virtual time, ns."""


class FaultBoard:
    """Lets faults begin and end; a worker in virtual time, stepped by the cell in real time.

    Any thread may call it.

    Args:
        targets: what can suffer faults.
        sites: where they happen, by family and place.
        start: when the cell was opened, ns: times of the schedule count from here.
    """

    name = "faults"
    """Name of the worker."""
    patience = SECOND
    """Longest time one step may take, ns; in virtual time none takes any."""
    health = LinkHealth()
    """It is no link."""

    def __init__(
        self,
        targets: Targets,
        sites: Mapping[tuple[Family, str], Site],
        *,
        start: int,
    ) -> None:
        self.targets = targets
        self._sites = dict(sites)
        self._start = start
        self._active: dict[str, Active] = {}
        self._lock = threading.RLock()
        self._waiting: list[Fault] = []
        self._count = 0

    @property
    def active(self) -> tuple[Active, ...]:
        """The faults that are there now, in the order in which they began."""
        with self._lock:
            return tuple(self._active.values())

    def attach(self, family: Family, where: str, site: Site) -> None:
        """Say where faults of a family happen at a place."""
        self._sites[family, where] = site

    def arm(self, schedule: Iterable[object], before: Before = NOTHING) -> None:
        """Take faults that begin by themselves, at their times after the cell was opened.

        Args:
            schedule: faults, or documents that describe them (see `schedule`).
            before: what of the schedule has been before.

        Raises:
            ConfigError: a document has problems, one of the faults cannot happen here, or two
                have the same id.
        """
        with self._lock:
            new = still_to_come(scheduled(schedule, self.targets), before)
            coming = [*self._waiting, *new]
            names = [fault.id for fault in coming if fault.id]
            for fault in coming:
                self._site(fault)
                if names.count(fault.id) > 1:
                    raise ConfigError("fault.id-in-use", id=fault.id)
            self._waiting = sorted(coming, key=lambda fault: fault.at)

    def begin(self, fault: Fault, now: int) -> str:
        """Let a fault happen; return what it is ended by.

        Raises:
            ConfigError: it cannot happen here, or its id is in use.
        """
        with self._lock:
            site = self._site(fault)
            self._count += 1
            name = fault.id or f"{fault.what}-{self._count}"
            if name in self._active:
                raise ConfigError("fault.id-in-use", id=name)
            until = None if fault.lasts is None else now + fault.lasts
            self._active[name] = Active(name, replace(fault, id=name), now, until)
            site.begin(name, fault, now)
            return name

    def end(self, name: str, now: int) -> None:
        """Let a fault be over.

        Raises:
            ConfigError: there is none of that id.
        """
        with self._lock:
            if name not in self._active:
                hint = did_you_mean(name, self._active)
                raise ConfigError("fault.not-active", id=name, hint=hint)
            fault = self._active.pop(name).fault
            self._sites[fault.family, fault.where].end(name, now)

    def clear(self, now: int) -> tuple[str, ...]:
        """End all faults, and those that were still to come; return the ids of those ended."""
        with self._lock:
            self._waiting.clear()
            ended = tuple(self._active)
            for name in ended:
                self.end(name, now)
            return ended

    def room(self, now: int) -> int:
        """Return how far the bench's time may leap before a fault begins or ends, ns."""
        with self._lock:
            return max(self._due() - now - LOOK, 0)

    def leap(self, ns: int) -> None:
        """Take that the bench's time has leapt: what is due comes so much sooner on the wires."""
        with self._lock:
            self._start -= ns
            for name, each in self._active.items():
                until = None if each.until is None else each.until - ns
                self._active[name] = replace(each, since=each.since - ns, until=until)

    def step(self, now: int) -> int:
        """Begin and end what is due; return when to be called again (ns)."""
        with self._lock:
            if not self._active and not self._waiting:
                return now + LOOK
            for each in self.active:
                if each.until is not None and now >= each.until:
                    self.end(each.id, now)
            while self._waiting and now >= self._start + self._waiting[0].at:
                fault = self._waiting.pop(0)
                is_taken = fault.id in self._active  # begun by hand under the same id
                self.begin(replace(fault, id="") if is_taken else fault, now)
            return min(self._due(), now + LOOK)

    def close(self) -> None:
        """Nothing is held."""

    def _site(self, fault: Fault) -> Site:
        site = self._sites.get((fault.family, fault.where))
        if site is None:
            raise ConfigError("fault.not-here", what=fault.what, where=fault.where)
        return site

    def _due(self) -> int:
        ends = [each.until for each in self._active.values() if each.until is not None]
        begins = [self._start + fault.at for fault in self._waiting[:1]]
        return min((*ends, *begins), default=NEVER)
