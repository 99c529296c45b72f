"""One request of the command line: connect, ask, say what became of it."""

from __future__ import annotations

import typer

from bench.errors import Refused
from bench.messages import Message, catalogue, user_language
from bench.service.client import RemoteBench
from bench.service.control import GUARDED
from bench.service.naming import rig_named, user_name
from bench.service.requests import Bypass, Force, GoOn, HandOver, Request, StopNow, TakeControl


def ask(rig: str, name: str, request: Request) -> None:
    """Ask the server of a rig for something; control that nobody holds is taken where it is needed.

    Args:
        rig: Name or file; empty: the only one that is served.
        name: Who asks; empty: the user.
        request: What is asked.

    Raises:
        Refused: no server runs, or it does not do it; the sentence says why.
    """
    with RemoteBench.connect(rig_named(rig), name=name or user_name()) as bench:
        is_taken = type(request) in GUARDED and not bench.state().control
        if is_taken:
            accepted(bench, TakeControl())
        try:
            accepted(bench, request)
        except Refused:
            if is_taken:
                bench.request(HandOver())
            raise
        done = done_by(request, bench.state().rig)
    typer.echo(done.text(user_language()))


def done_by(request: Request, rig: str) -> Message:
    """Return what to say of a request that was accepted: what it did, and what comes next."""
    kind = type(request).__name__
    match request:
        case StopNow(is_people_first=True):
            return Message("stops.done-people-first", {"rig": rig})
        case StopNow(is_hard=is_hard):
            kind = "hard" if is_hard else "soft"
        case GoOn():
            return Message("stops.done-go-on", {"rig": rig})
        case HandOver(to=""):
            kind = "HandOver-nobody"
        case Bypass(seconds=0):
            kind = "Bypass-over"
        case Force(value=""):
            kind = "Force-over"
        case _:
            pass
    if f"serve.done-{kind}" not in catalogue("en", "serve"):
        return Message("serve.done", {"rig": rig, "request": type(request).__name__})
    return Message(f"serve.done-{kind}", {"rig": rig})


def accepted(bench: RemoteBench, request: Request) -> None:
    """Have a request done.

    Raises:
        Refused: it is not done; the sentence says why.
    """
    reply = bench.request(request)
    if not reply.is_accepted:
        reason = reply.reason or Message("serve.refused")
        raise Refused(reason.id, **reason.arguments)
