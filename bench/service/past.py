"""What ran on a rig before: what broke off, who explained it, and how it goes on.

Everything is read from the run files; nothing is kept beside them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from bench.control.left_stop import LeftStop
from bench.control.saved import Saved
from bench.errors import Refused, RunFileError
from bench.messages import Message
from bench.record.layout.iso_time import iso
from bench.record.port import Bookmark
from bench.record.recovery import recover
from bench.record.results import write_explanation
from bench.runs.opening import open_run
from bench.runs.resuming import (
    Interrupted,
    differences,
    interruption_of,
    is_broken_off,
    last_run,
    left_run,
    runs_of,
)
from bench.service.errands import Errands
from bench.service.filing import Filing
from bench.service.opening import Aim
from bench.service.order import Order
from bench.service.orders import Orders
from bench.service.requests import Begin, Explain, Sender
from bench.service.whereabouts import STOPPING, aim_of, protocol_of, waits_for_a_word


@dataclass(frozen=True)
class LeftOver:
    """A safe sequence that broke off with the program that ran it."""

    file: str
    """Name of the run file that it stands in."""
    stop: LeftStop
    """Where it was."""

    @property
    def told(self) -> Message:
        """What is told of it."""
        phase = self.stop.phase
        about = {"file": self.file, "phase": phase, "step": self.stop.saved.step}
        return Message("serve.stop-left", {**about, "how": phase.removesuffix("-stop")})


@dataclass(frozen=True)
class Past:
    """The run files of one rig and one test object."""

    orders: Orders
    """Whose."""

    def last(self) -> Path | None:
        """Return the last run that did something.

        One that was to go on from another is passed over if it was refused, or cut off before it
        said where it was: nothing of it is known but what it was to go on from.

        Raises:
            RunFileError: the folder or a run cannot be read.
        """
        path = self._newest()
        while path is not None and (before := _came_to_nothing(path)):
            path = path.with_name(before)
        return path

    def recovered(self) -> Interrupted | None:
        """Complete the last run if it broke off; return it if nobody has explained it yet.

        Raises:
            RunFileError: it cannot be read, or not be completed.
        """
        path = self._newest()
        while path is not None:
            if is_broken_off(path):
                recover(path)
            found = interruption_of(path)
            if found is not None and found.explanation is None:
                return found
            before = _came_to_nothing(path)
            path = path.with_name(before) if before else None
        return None

    def stopped(self) -> Path | None:
        """Return the last run if a limit has stopped it, and nobody has said why.

        Raises:
            RunFileError: the folder or a run cannot be read.
        """
        path = self.last()
        left = None if path is None else left_run(path)
        is_stopped = left is not None and left.ending is not None and waits_for_a_word(left)
        return path if is_stopped else None

    def left_stop(self) -> LeftOver | None:
        """Return a safe sequence that broke off, on texts as they are now; None: there is none.

        It may stand in a run or in the file of a watch, where somebody had gone on with it. Files
        in which nothing was energised say nothing of it.

        Raises:
            RunFileError: the folder cannot be read.
        """
        for path in self._all():
            try:
                broken, bookmark = interruption_of(path), _newest_bookmark(path)
            except RunFileError:
                continue  # what cannot be read is told by the checks of run files
            if bookmark is not None:
                return None if broken is None else self._left(broken, bookmark)
        return None

    def _left(self, broken: Interrupted, bookmark: Bookmark) -> LeftOver | None:
        model, header = self.orders.model, broken.header
        if bookmark.phase not in STOPPING:
            return None
        if differences(broken, model, header.texts, header.parameters, model.object.serial):
            return None
        try:
            saved = Saved.from_json(bookmark.position)
        except Refused:
            return None
        return LeftOver(broken.path.name, LeftStop(bookmark.phase, saved, bookmark.demands))

    def counts(self) -> Mapping[str, float]:
        """Return what the object had accumulated when anything last said so, SI.

        Raises:
            RunFileError: the folder cannot be read.
        """
        for path in self._all():
            with suppress(RunFileError):  # what cannot be read is told by the checks of run files
                bookmark = _newest_bookmark(path)
                if bookmark is not None:
                    return bookmark.counters
        return {}

    def explain(self, broken: Interrupted, text: str, operator: str) -> Message:
        """Write down why a run broke off; return what is told of it.

        Raises:
            RunFileError: the file cannot be changed.
        """
        write_explanation(broken.path, text, operator, self.orders.wall.utc())
        about = {"file": broken.path.name, "text": text, "operator": operator}
        return Message("serve.explained" if broken.ending is None else "chain.explained", about)

    def continued(self, request: Begin, operator: str) -> tuple[Order, Aim]:
        """Return how the last run goes on, checked; it reads files.

        Raises:
            Refused: there is none, it was stopped, or something is not as it was.
            ConfigError: the protocol has problems.
            RunFileError: the run cannot be read.
        """
        path = self.last()
        left = None if path is None else left_run(path)
        if left is None:
            raise Refused("serve.nothing-to-resume", rig=self.orders.model.name)
        protocol_of(left)  # before anything else is looked for
        header = left.header
        asked = replace(
            request,
            protocol=request.protocol or header.protocol_name,
            parameters={**header.parameters, **request.parameters},
        )
        order = replace(self.orders.following(asked, operator), continues=left.path.name)
        return order, aim_of(left, order, self.orders.wall.utc())

    def _newest(self) -> Path | None:
        """Return the newest run of a protocol, whatever came of it."""
        orders, model = self.orders, self.orders.model
        simulated = orders.watching().is_marked_simulated
        return last_run(
            orders.folder, rig=model.name, serial=model.object.serial, simulated=simulated
        )

    def _all(self) -> Iterator[Path]:
        """Yield all runs, also those that only watched, the newest first."""
        orders, model = self.orders, self.orders.model
        simulated = orders.watching().is_marked_simulated
        return runs_of(
            orders.folder, rig=model.name, serial=model.object.serial, simulated=simulated
        )


def broken_told(broken: Interrupted) -> Message:
    """Return what is told of a run that broke off and that nobody has explained."""
    bookmark = broken.bookmark
    step = "" if bookmark is None else str(bookmark.position.get("step", ""))
    phase = "" if bookmark is None else bookmark.phase
    about = {
        "file": broken.path.name,
        "utc": iso(broken.utc_ns)[:19].replace("T", " ") + " UTC",
        "step": step,
    }
    return Message("serve.broke-off", {**about, "phase": phase})


def _newest_bookmark(path: Path) -> Bookmark | None:
    """Return where a run was last; None: it has energised nothing."""
    with open_run(path) as run:
        return run.bookmark


def _came_to_nothing(path: Path) -> str:
    """Return the file that a run was to go on from, if it never did; empty: it did, or began."""
    with open_run(path) as run:
        is_refused = run.ending is not None and run.ending.state == "refused"
        return run.header.continues if is_refused or run.bookmark is None else ""


class Inquest:
    """The last run, if it broke off, until somebody has said why."""

    def __init__(
        self,
        past: Past,
        broken: Interrupted | None,
        errands: Errands,
        filing: Filing,
        stopped: Path | None = None,
    ) -> None:
        """Tell of a run that nobody has explained."""
        self._past = past
        self._broken = broken
        self._errands = errands
        self._filing = filing
        self.stopped = stopped
        """The last run, if a limit has stopped it; it may be explained, and need not be."""
        if broken is not None:
            filing.note("warning", broken_told(broken))

    @property
    def file(self) -> str:
        """Name of the run that waits; empty: none does."""
        return "" if self._broken is None else self._broken.path.name

    def explain(self, request: Explain, sender: Sender) -> None:
        """Have an explanation written into the run.

        Raises:
            Refused: no run waits for one, or it says nothing.
        """
        broken, text = self._broken, request.text.strip()
        stopped = self.stopped
        if broken is None and stopped is None:
            raise Refused("serve.nothing-to-explain")
        if not text:
            raise Refused("serve.empty-explanation")
        operator = request.operator or sender.name

        def explain() -> Message:
            left = broken if broken is not None or stopped is None else left_run(stopped)
            if left is None:
                raise Refused("serve.nothing-to-explain")
            return self._past.explain(left, text, operator)

        self._errands.send(explain, self._close, self._filing.tell_failure)

    def _close(self, told: Message) -> None:
        self._broken = None
        self._filing.tell(told)
