"""One request of the command line: connect, ask, say what became of it."""

from __future__ import annotations

import typer

from bench.errors import Refused
from bench.messages import Message, user_language
from bench.service.client import RemoteBench
from bench.service.control import GUARDED
from bench.service.naming import rig_named, user_name
from bench.service.requests import Request, TakeControl


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
        if type(request) in GUARDED and not bench.state().control:
            _checked(bench, TakeControl())
        _checked(bench, request)
        done = Message("serve.done", {"rig": bench.state().rig, "request": type(request).__name__})
    typer.echo(done.text(user_language()))


def _checked(bench: RemoteBench, request: Request) -> None:
    reply = bench.request(request)
    if not reply.is_accepted:
        reason = reply.reason or Message("serve.refused")
        raise Refused(reason.id, **reason.arguments)
