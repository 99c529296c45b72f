"""What a bench that is served is doing, once.

Heavy imports stand inside the function: ``h2bench --help`` loads this module for its texts.
"""

from __future__ import annotations

from dataclasses import asdict
from enum import Enum
from json import dumps
from typing import TYPE_CHECKING, Annotated

import typer

from bench.messages import Message, user_language
from bench.service.commands.steering import Name, Rig

if TYPE_CHECKING:
    from bench.service.port import BenchState


def status(
    rig: Rig = "",
    name: Name = "",
    *,
    json: Annotated[bool, typer.Option("--json", help="Print JSON, nothing else.")] = False,
) -> None:
    """Show what a bench that is served is doing, and its alarms."""
    from bench.service.client import RemoteBench  # noqa: PLC0415 - start-up time
    from bench.service.naming import rig_named, user_name  # noqa: PLC0415 - start-up time

    with RemoteBench.connect(rig_named(rig), name=name or user_name()) as bench:
        state = bench.state()
    if json:
        typer.echo(json_of(state))
        return
    for line in lines_of(state, user_language()):
        typer.echo(line)


def json_of(state: BenchState) -> str:
    """Return a state as JSON text."""
    return dumps(asdict(state), default=_plain, ensure_ascii=False, indent=2)


def lines_of(state: BenchState, language: str) -> list[str]:
    """Return a state as lines of text."""

    def say(what: str, **arguments: object) -> str:
        return Message(what, arguments).text(language)

    lines = [
        say("serve.status", rig=state.rig, state=state.state.value, protocol=state.protocol),
        say("serve.status-file", file=state.file),
        say("serve.status-control", holder=state.control or "–"),
    ]
    if state.position.id:
        lines.append(f"  {state.phase}  {state.position.id}  {state.position.phase}".rstrip())
    lines += [f"  {each.title.text(language) or each.name}: {each.text}" for each in state.channels]
    lines += [f"  {counter}: {count}" for counter, count in state.counters.items()]
    lines += [
        say("serve.status-alarm", id=each.id, state=each.state, reaction=each.reaction,
            value=each.value, count=each.count)
        for each in state.alarm_list
    ]  # fmt: skip
    if state.forced:
        lines.append(say("serve.status-forced", channels=", ".join(state.forced)))
    if state.unexplained:
        lines.append(say("serve.unexplained", file=state.unexplained))
    if state.last_file is not None:
        lines.append(say("serve.status-last", file=state.last_file.name, ending=state.last_ending))
    return lines


def _plain(value: object) -> object:
    return value.value if isinstance(value, Enum) else str(value)
