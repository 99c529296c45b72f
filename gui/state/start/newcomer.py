"""Simulated benches a newcomer may try, each with a protocol to begin with. Reads files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.config.catalogue import Catalogue
from bench.messages import Bilingual
from gui.state.start.offer import ProtocolEntry, RigEntry, read_protocols, read_rigs


@dataclass(frozen=True)
class Trial:
    """A rig and what to begin with."""

    rig: RigEntry
    """The rig."""
    protocol: str = ""
    """Protocol to show first; empty: there is none for its object."""
    protocol_title: Bilingual = Bilingual("")  # noqa: RUF009 - it is frozen
    """What people call that."""
    count: int = 0
    """How many protocols there are for its object."""


def read_trials(catalogue: Catalogue, go_on: Callable[[], None]) -> tuple[Trial, ...]:
    """Return the rigs that can be simulated; `go_on` may raise to end the reading."""
    protocols = read_protocols(catalogue, go_on)
    rigs = read_rigs(catalogue, go_on)
    return tuple(trial_of(rig, protocols) for rig in rigs if rig.is_simulable)


def trial_of(rig: RigEntry, protocols: Sequence[ProtocolEntry]) -> Trial:
    """Return a rig with the protocol to begin with.

    One that names this rig as its own and asks for a verdict says most; then any for its object.
    """
    fitting = [each for each in protocols if each.kind == rig.kind]
    if not fitting:
        return Trial(rig)
    best = max(fitting, key=lambda each: (each.rig == rig.name, each.is_judged))
    return Trial(rig, best.name, best.title, len(fitting))
