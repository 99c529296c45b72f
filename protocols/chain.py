"""Carries out a chain: run files of one test object that go on from each other, in virtual time.

A file ends at a planned stop, where a limit or a failed step stops it softly, or with a power cut;
the next one goes on where its protocol was, later by the time that people would have taken. What a
hard stop has ended is not gone on with.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from analysis.verdict import Verdict
from bench.clock import SECOND, Clock, VirtualClock
from bench.config.catalogue import extension
from bench.errors import BenchError, PowerLost, Refused, RunFailed
from bench.exits import Exit
from bench.messages import Message
from bench.opener import Before, Power
from bench.plan import CAMPAIGN
from bench.record.port import AS_PLANNED, PLANNED_STOP, Ending
from bench.record.recovery import recover
from bench.record.results import write_explanation
from bench.runs import open_run
from bench.runs.resuming import Interrupted, left_run, runs_of
from bench.service.interrupts import Interrupts, interrupts_counted
from bench.service.opening import Aim
from bench.service.order import Order, provenance_of
from bench.service.server import BenchServer
from bench.service.whereabouts import SOFTLY, aim_of, is_hard, planned_stop_of, protocol_of
from protocols.campaign.results import CampaignResults
from protocols.criteria import asked_of
from protocols.execution import Finished, Wish, judged, manner_of
from protocols.following import Progress
from protocols.hosting import followed

MOST_LINKS = 1000
"""Run files of one chain."""
MOST_TRIES = 3
"""Files in a row that a limit or a power cut ends at the same place of the protocol."""
AFTER_LIMIT = 2 * 3600 * SECOND
"""Time that people take to find out why a limit has stopped a run, ns (engineering default)."""
AFTER_POWER_CUT = 30 * 60 * SECOND
"""Time until a bench runs again that has lost power, ns (engineering default)."""


@dataclass(frozen=True)
class Link:
    """One run file of a chain."""

    path: Path
    """The run file."""
    ending: Ending | None
    """How it ended; None: power was lost."""
    utc_ns: int
    """When, ns since 1970."""
    memory: Mapping[str, float]
    """What the simulated object remembers then."""
    away: int | None = None
    """How long power stayed away, ns; None: nobody has said."""


@dataclass(frozen=True)
class FinishedChain(Finished):
    """A chain that has ended; what the last run file showed."""

    files: tuple[Path, ...] = ()
    """Its run files, the first one first."""
    halt: Message | None = None
    """Why it does not go on; None: its protocol is through, or somebody has stopped it."""
    campaign: CampaignResults | None = None
    """What all of them show together; None: nothing was asked, or it did not come to its end."""

    @property
    def exit(self) -> Exit:
        """The exit code: of the campaign, where one was judged."""
        if self.campaign is None or self.campaign.verdict is None:
            return super().exit
        codes = {Verdict.FAIL: Exit.FAIL, Verdict.NOT_SHOWN: Exit.NOT_SHOWN}
        return codes.get(self.campaign.verdict, Exit.PASS)


class CampaignJudge(Protocol):
    """Judges all run files of one object; an entry point of ``h2bench.campaigns``."""

    def __call__(self, folder: Path, *, serial: str) -> CampaignResults:
        """Return what the run files of a serial number in a folder show together."""
        ...


def is_chained(order: Order) -> bool:
    """Return whether an order is carried out as a chain: simulated, with planned stops."""
    return order.is_simulated and order.simulation is not None and bool(order.plan.planned_stops)


def carry_out_chain(
    wish: Wish, order: Order, progress: Progress, *, wall: Clock, has_keys: bool = False
) -> Finished:
    """Run a protocol in as many files as it takes, and judge what they show.

    Args:
        wish: What is asked for.
        order: The same, checked.
        progress: Where it is shown.
        wall: The time of day.
        has_keys: Whether the keys of the terminal count, if there is one.

    Raises:
        Refused: the bench cannot start; nothing moved.
        RunFailed: a run broke off by an error of the bench, or it cannot be judged.
        RunFileError: a run file cannot be made, or recovered.
    """
    order = replace(order, folder=_folder_of_its_own(order))
    with interrupts_counted() as interrupts:
        chain = _Chain(wish, order, progress, wall, interrupts, has_keys=has_keys)
        chain.carry_out()
        return finished_chain(chain.order, tuple(chain.links), chain.halt)


def finished_chain(order: Order, links: tuple[Link, ...], halt: Message | None) -> Finished:
    """Judge what a chain has left: its last run file, and all of its files as one campaign.

    Raises:
        RunFailed: it cannot be judged.
    """
    last = links[-1].path
    try:
        found = judged(last)
        campaign = _campaign_of(order, last) if found.ending.state in AS_PLANNED else None
    except BenchError as error:
        raise RunFailed("run.judge-failed", file=last, reason=error) from error
    files = tuple(link.path for link in links)
    return FinishedChain(last, found.ending, found.results, found.unsaved, files, halt, campaign)


def _campaign_of(order: Order, last: Path) -> CampaignResults | None:
    """Return what all files of a chain show together; None: its protocol asks nothing of that."""
    with open_run(last) as run:
        if not any(criterion.at == CAMPAIGN for criterion in asked_of(run).criteria):
            return None
    judge: CampaignJudge = extension("campaigns", order.model.object.kind)
    return judge(order.folder, serial=order.model.object.serial)


def _folder_of_its_own(order: Order) -> Path:
    """Return where the files of a chain go: not among older runs of the same simulated object.

    Virtual time begins anew with each chain: all of them together would be a life that overlaps.
    """
    rig, serial = order.model.name, order.model.object.serial
    folder, stem = order.folder, order.plan.name.replace("/", "-")
    if not (folder.is_dir() and any(runs_of(folder, rig=rig, serial=serial, simulated=True))):
        return folder
    numbers = itertools.count(1)
    return next(new for n in numbers if not (new := folder / f"{stem}-{n}").exists())


def chain_told(finished: Finished) -> Iterator[Message]:
    """Yield what is told of the files of a chain, and of how a run goes on that is not through."""
    if isinstance(finished, FinishedChain):
        yield Message("chain.files", {"count": len(finished.files)})
        for file in finished.files:
            yield Message("chain.file", {"file": file})
        if finished.halt is not None:
            yield Message("chain.halted", {"why": finished.halt})
    elif finished.ending.state == PLANNED_STOP:
        yield Message("chain.resume")


class _Chain:
    """A chain while it grows."""

    def __init__(
        self,
        wish: Wish,
        order: Order,
        progress: Progress,
        wall: Clock,
        interrupts: Interrupts,
        *,
        has_keys: bool,
    ) -> None:
        self.order = order
        """What the present file carries out."""
        self.links: list[Link] = []
        self.halt: Message | None = None
        self._operator = wish.operator or "simulation"
        self._manner = manner_of(wish)
        self._progress = progress
        self._wall = wall
        self._interrupts = interrupts
        self._has_keys = has_keys
        self._clock = VirtualClock()
        self._began = self._clock.utc()
        self._aim: Aim | None = None
        self._left: Interrupted | None = None
        """The newest file that says where it was."""
        self._tries: tuple[object, int] = (None, 0)

    def carry_out(self) -> None:
        """Run one file after the other, until one is the last."""
        while True:
            link = self._run()
            self.links.append(link)
            if self._interrupts.count or not self._goes_on(link):
                return
            if len(self.links) >= MOST_LINKS:
                self.halt = Message("chain.too-long", {"files": MOST_LINKS})
                return
            try:
                self._prepare(link)
            except Refused as error:
                self.halt = error.message
                return

    def _run(self) -> Link:
        power = Power()
        server = BenchServer(self.order, clock=self._clock, aim=self._aim, power=power)
        ending: Ending | None = None
        try:
            ending = followed(
                server,
                self._progress,
                self._manner,
                wall=self._wall,
                interrupts=self._interrupts,
                has_keys=self._has_keys,
            )
        except PowerLost:
            recover(server.path)
        except Refused as error:
            if not self.links:
                raise
            ending, self.halt = server.ending(error), error.message
        memory = server.wiring.memory
        return Link(
            path=server.path,
            ending=ending,
            utc_ns=self._clock.utc(),
            memory={} if memory is None else memory(),
            away=power.away,
        )

    @staticmethod
    def _goes_on(link: Link) -> bool:
        return link.ending is None or link.ending.state in {PLANNED_STOP, *SOFTLY}

    def _prepare(self, link: Link) -> None:
        """Find where and when the next file goes on.

        Raises:
            Refused: it does not.
        """
        left = left_run(link.path)
        if left is None:
            raise Refused("serve.never-begun", file=link.path.name)
        stop = planned_stop_of(left)
        if not (stop or is_hard(left)):
            left = self._explained(left, link)
        if left.bookmark is not None:
            self._left = left
        self._count_tries(left, is_planned=bool(stop))
        utc_ns = link.utc_ns + self._downtime(link, stop)
        self.order = self._next_order(link, stop, utc_ns)
        if self._left is not None:  # else nothing has begun yet
            self._aim = aim_of(self._left, self.order, utc_ns)
        self._clock = VirtualClock(utc_ns)

    def _explained(self, left: Interrupted, link: Link) -> Interrupted:
        """Write down what a person would have found out."""
        said = Message("chain.simulated-power" if link.ending is None else "chain.simulated-limit")
        write_explanation(left.path, said.text(), self._operator, link.utc_ns)
        return left_run(left.path) or left

    def _count_tries(self, left: Interrupted, *, is_planned: bool) -> None:
        """Find a chain that does not get on.

        Raises:
            Refused: it has been stopped at the same place too often.
        """
        place: tuple[object, ...] = ()
        if left.bookmark is not None:
            saved, _ = protocol_of(left)
            place = (saved.step, *((each.id, each.child, each.turn) for each in saved.frames))
        before, count = self._tries
        count = 0 if is_planned else (count + 1 if place == before else 1)
        self._tries = (place, count)
        if count >= MOST_TRIES:
            raise Refused("chain.no-progress", file=left.path.name, tries=count)

    def _downtime(self, link: Link, stop: str) -> int:
        """Return how long it takes until the bench is started again, ns."""
        if stop:
            return round(self.order.plan.planned_stops[stop].seconds * SECOND)
        if link.ending is None:
            return AFTER_POWER_CUT if link.away is None else link.away
        return AFTER_LIMIT

    def _next_order(self, link: Link, stop: str, utc_ns: int) -> Order:
        order, simulation = self.order, self.order.simulation
        if simulation is None:
            raise Refused("chain.not-simulated")
        services = order.plan.planned_stops[stop].service if stop else ()
        done = {name: 1.0 for name in _settings_of(services) if name in link.memory}
        mended = order.before.mended
        if link.ending is not None and link.ending.state in SOFTLY:
            mended = link.utc_ns - self._began
        parameters = {**simulation.parameters, **link.memory, **done}
        return replace(
            order,
            simulation=replace(simulation, parameters=parameters),
            provenance=provenance_of(self._wall),
            continues=order.continues if self._left is None else self._left.path.name,
            before=Before(len(self.links), utc_ns - self._began, mended),
        )


def _settings_of(services: Sequence[str]) -> Iterator[str]:
    """Yield the plant parameters that services may be known by: ``oil-change``, ``plugs``."""
    for each in services:
        name = each.replace("-", "_")
        yield from (name, f"{name}_new")
