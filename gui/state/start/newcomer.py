"""Simulated benches a newcomer may try, each with a protocol to begin with. Reads files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.config.catalogue import Catalogue
from bench.errors import ConfigError
from bench.messages import Bilingual
from gui.state.screens.screen import FirstRun, screen_of
from gui.state.start.offer import ProtocolEntry, RigEntry, read_protocols, read_rigs

USUAL_SPEED = 60.0
"""How many times real time a simulated bench goes where its screen does not say."""


@dataclass(frozen=True)
class Trial:
    """A rig and what to begin with."""

    rig: RigEntry
    """The rig."""
    protocol: str = ""
    """Protocol to begin; empty: there is none for its object."""
    protocol_title: Bilingual = Bilingual("")  # noqa: RUF009 - it is frozen
    """What people call that."""
    count: int = 0
    """How many protocols there are for its object."""
    speed: float = USUAL_SPEED
    """How many times real time shows something of it within a minute."""


def read_trials(catalogue: Catalogue, go_on: Callable[[], None]) -> tuple[Trial, ...]:
    """Return the rigs that can be simulated; `go_on` may raise to end the reading."""
    protocols = read_protocols(catalogue, go_on)
    rigs = read_rigs(catalogue, go_on)
    simulable = (rig for rig in rigs if rig.is_simulable)
    return tuple(trial_of(rig, protocols, _first_run(rig.kind)) for rig in simulable)


def trial_of(
    rig: RigEntry, protocols: Sequence[ProtocolEntry], wanted: FirstRun | None = None
) -> Trial:
    """Return a rig with the protocol to begin with.

    That which is wanted; else one that names this rig as its own and asks for a verdict says most;
    then any for its object.
    """
    fitting = [each for each in protocols if each.kind == rig.kind]
    if not fitting:
        return Trial(rig)
    named = "" if wanted is None else wanted.protocol

    def merit(entry: ProtocolEntry) -> tuple[bool, bool, bool]:
        return entry.name == named, entry.rig == rig.name, entry.is_judged

    best = max(fitting, key=merit)
    speed = USUAL_SPEED if wanted is None else wanted.speed
    return Trial(rig, best.name, best.title, len(fitting), speed)


def _first_run(kind: str) -> FirstRun | None:
    try:
        screen = screen_of(kind)
    except ConfigError:
        return None
    return None if screen is None else screen.first_run
