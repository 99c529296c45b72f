"""The preflight of a rig as a command: asked of its server, or read from its evidence."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bench.channel import Quality
from bench.clock import SECOND, Clock
from bench.config.catalogue import Catalogue
from bench.config.quantities import SECONDS
from bench.config.rig import load_rig
from bench.errors import ConfigError, Refused
from bench.messages import Message
from bench.model import BenchModel
from bench.plan import Estimate
from bench.preflight.gate import REAL, REHEARSED, Gate
from bench.preflight.instant import Look
from bench.preflight.machine import free_bytes, is_clock_synchronised
from bench.preflight.store import Store, file_of, read
from bench.service.address import find, running
from bench.service.checking import shown_of
from bench.service.client import RemoteBench
from bench.service.naming import rig_named
from bench.service.order import loopback_only
from bench.service.port import CheckShown, Reply
from bench.service.requests import Attest, HandOver, RunCheck, TakeControl
from bench.units import unit

LONGEST = 7200 * SECOND
"""How long a check is waited for."""
LOST = 20 * SECOND
"""How long a server may be away before the wait ends."""
_HOURS, _MINUTES = unit("h"), unit("min")


@dataclass(frozen=True)
class Listed:
    """The preflight of a rig at one moment."""

    rig: str
    """Rig."""
    checks: tuple[CheckShown, ...]
    """Its checks, what is open first."""
    is_served: bool
    """Whether a server says so; else only evidence, disk, clock and certificates are judged."""

    @property
    def lacking(self) -> tuple[CheckShown, ...]:
        """The checks that a start needs and that are not passed."""
        return tuple(each for each in self.checks if each.is_needed and not each.is_passed)


def listed(rig: str, folder: Path, *, name: str, wall: Clock) -> Listed:
    """Return how the checks of a rig stand.

    Args:
        rig: Name or file; empty: the only one that is served, else installed.
        folder: Where its run files and its evidence lie, if no server is asked.
        name: Who asks.
        wall: The time of day.

    Raises:
        BenchError: no such rig, or its server or its evidence cannot be read.
    """
    served = _served(rig)
    if served:
        with RemoteBench.connect(served, name=name) as bench:
            return Listed(served, _ordered(bench.state().preflight), is_served=True)
    model = model_of(rig)
    return Listed(model.name, _ordered(_unserved(model, folder, wall)), is_served=False)


def attest(rig: str, check: str, text: str, folder: Path, *, name: str, wall: Clock) -> Path | None:
    """Have it written down what a person says of a check; return the file, None: the server's.

    Raises:
        Refused: no such check, or none that a person can attest.
        RunFileError: the file cannot be written.
    """
    served = _served(rig)
    if served:
        with RemoteBench.connect(served, name=name) as bench:
            _checked(bench.request(Attest(check, text, name)))
        return None
    model = model_of(rig)
    path = file_of(folder, model.name)
    evidence = Gate(model).attested(check, text, name, wall.utc())
    Store(path, model.name).add(evidence)
    return path


def run_check(rig: str, check: str, *, name: str, wall: Clock) -> Message:
    """Have the server of a rig do a check, and return what it has shown.

    Raises:
        Refused: no server runs, or it does not do it now.
    """
    served = _served(rig)
    if not served:
        raise Refused("preflight.run-served", rig=model_of(rig).name)
    with RemoteBench.connect(served, name=name, clock=wall) as bench:
        is_taken = _take_control(bench)
        try:
            bench.events()
            _checked(bench.request(RunCheck(check)))
            return _outcome(bench, check, wall)
        finally:
            if is_taken:
                bench.request(HandOver())


def is_passed(outcome: Message) -> bool:
    """Return whether what `run_check` returned allows a start."""
    return outcome.id == "preflight.done"


def lines_of(found: Listed, language: str) -> list[str]:
    """Return the checks as lines of text, what is open first."""

    def say(what: Message) -> str:
        return what.text(language)

    if not found.checks:
        return [say(Message("preflight.none", {"rig": found.rig}))]
    needed = [each for each in found.checks if each.is_needed]
    passed = sum(each.is_passed for each in needed)
    told = {"rig": found.rig, "passed": passed, "count": len(needed)}
    lines = [say(Message("preflight.title", told))]
    for each in found.checks:
        lines.append(say(_row(each, language)))
        advice = each.advice.text(language)
        if each.is_needed and not each.is_passed and advice:
            lines.append(f"        {advice}")
    if not found.is_served:
        lines.append(say(Message("preflight.unserved", {"rig": found.rig})))
    return lines


def model_of(rig: str) -> BenchModel:
    """Return a rig by name or file; empty: the only one that is installed.

    Raises:
        ConfigError: no such rig, or which one is meant is not said.
    """
    catalogue = Catalogue.shipped()
    names = [rig] if rig else catalogue.rig_names()
    if len(names) != 1:
        raise ConfigError("run.which-rig", rigs=", ".join(names))
    return load_rig(names[0], catalogue)


def _served(rig: str) -> str:
    """Return the name of a rig if a server runs it; empty: none does.

    Without a name it is the one that is served, if exactly one is.
    """
    servers = running()
    if not rig and len(servers) == 1:
        return servers[0].rig
    name = rig_named(rig) or model_of(rig).name
    return name if find(name) is not None else ""


def _row(check: CheckShown, language: str) -> Message:
    title = check.title.text(language)
    named = f"{title} ({check.id})" if title else check.id
    told = {"check": named, "said": check.evidence, "age": _age(check)}
    if not check.is_needed:
        return Message("preflight.row-skipped", told)
    return Message("preflight.row-passed" if check.is_passed else "preflight.row-lacking", told)


def _age(check: CheckShown) -> Message:
    if math.isnan(check.age):
        return Message("preflight.never")
    if not check.valid_for:
        return Message("preflight.now")
    times = {"age": _duration(check.age), "valid": _duration(check.valid_for)}
    return Message("preflight.aged", times)


def _duration(seconds: float) -> str:
    if seconds < 60:
        return SECONDS.shown(seconds, 3)
    return (_MINUTES if seconds < 3600 else _HOURS).shown(seconds, 3)


def _ordered(checks: Iterable[CheckShown]) -> tuple[CheckShown, ...]:
    """Return the checks, what is open first, what is not asked for last."""
    return tuple(sorted(checks, key=lambda each: (not each.is_needed, each.is_passed)))


def _unserved(model: BenchModel, folder: Path, wall: Clock) -> tuple[CheckShown, ...]:
    """Return the checks as far as they can be judged without the instruments."""
    gate = Gate(model, REHEARSED if loopback_only(model) else REAL)
    gate.take(read(file_of(folder, model.name)))
    look = Look(
        utc_ns=wall.utc(),
        values=[math.nan] * len(model.channels),
        quality=[Quality.DISCONNECTED] * len(model.channels),
        free=free_bytes(folder),
        is_synchronised=is_clock_synchronised(),
    )
    needed = gate.needed
    standings = gate.standings(look, Estimate(), model.scan_period)
    return tuple(shown_of(each, is_needed=each.check in needed) for each in standings)


def _take_control(bench: RemoteBench) -> bool:
    """Take control where nobody holds it; return whether we did."""
    if bench.state().control:
        return False
    _checked(bench.request(TakeControl()))
    return True


def _outcome(bench: RemoteBench, check: str, wall: Clock) -> Message:
    begun = seen = wall.now()
    while wall.now() - begun < LONGEST and wall.now() - seen < LOST:
        bench.step()
        seen = wall.now() if bench.is_connected else seen
        for event in bench.events():
            message = event.message
            is_outcome = message.id in {"preflight.done", "preflight.not-done"}
            if is_outcome and message.arguments.get("check") == check:
                return message
    raise Refused("preflight.no-answer")


def _checked(reply: Reply) -> None:
    if not reply.is_accepted:
        reason = reply.reason or Message("serve.refused")
        raise Refused(reason.id, **reason.arguments)
