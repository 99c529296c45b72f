"""The command that stops: says which stop, how long it takes, and asks before an object is lost."""

from __future__ import annotations

from dataclasses import replace

import typer

from bench.control.course import Phase
from bench.control.states import State
from bench.errors import Refused
from bench.messages import Message, user_language
from bench.service.client import RemoteBench
from bench.service.commands.asking import accepted, done_by
from bench.service.commands.status_text import hours_of
from bench.service.naming import rig_named, user_name
from bench.service.port import BenchState
from bench.service.requests import StopNow


def stop_bench(rig: str, name: str, request: StopNow, *, is_confirmed: bool) -> None:
    """Ask the server of a rig to stop.

    Args:
        rig: Name or file; empty: the only one that is served.
        name: Who asks; empty: the user.
        request: Which stop.
        is_confirmed: Whether what it costs needs no confirmation.

    Raises:
        Refused: no server runs, or it does not do it; the sentence says why.
        typer.Abort: what it costs was not confirmed.
    """
    language = user_language()
    with RemoteBench.connect(rig_named(rig), name=name or user_name()) as bench:
        state = bench.state()
        if request.is_people_first and not is_confirmed:
            _confirm(state, language)
        accepted(bench, request)
    for line in told_of(request, state):
        typer.echo(line.text(language))


def told_of(request: StopNow, state: BenchState) -> list[Message]:
    """Return what is told of a stop that was accepted: which it is, and the time to safe."""
    is_hard = request.is_hard or state.state is State.TRIPPED
    phase = Phase.HARD_STOP if is_hard else Phase.SOFT_STOP
    if request.is_people_first:
        phase = Phase.PEOPLE_FIRST
    told = [done_by(replace(request, is_hard=is_hard), state.rig)]
    if phase.value in state.stops:
        told.append(Message("stops.to-safe", hours_of(state.stops[phase.value])))
    return told


def _confirm(state: BenchState, language: str) -> None:
    if state.costs is None:
        raise Refused("stops.none-for-people")
    typer.echo(state.costs.text(language))
    asked = Message("stops.sure", {"rig": state.rig}).text(language)
    typer.confirm(asked, abort=True)
