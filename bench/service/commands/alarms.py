"""Commands for the alarms of a bench that is served.

Heavy imports stand inside the functions: ``h2bench --help`` loads this module for its texts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bench.service.commands.steering import Name, Rig, seconds_of

if TYPE_CHECKING:
    from bench.service.requests import Request

Alarm = Annotated[str, typer.Argument(help="Alarm: the id of its limit.")]
Reason = Annotated[str, typer.Option(help="Why.")]


def ack(
    alarm: Annotated[str, typer.Argument(help="Alarm; by default all that are shown.")] = "",
    rig: Rig = "",
    name: Name = "",
) -> None:
    """Acknowledge an alarm: seen, and being dealt with."""
    from bench.service.requests import Acknowledge  # noqa: PLC0415 - start-up time

    _ask(rig, name, Acknowledge(alarm))


def silence(rig: Rig = "", name: Name = "") -> None:
    """Stop the horn; nothing is acknowledged by it."""
    from bench.service.requests import Silence  # noqa: PLC0415 - start-up time

    _ask(rig, name, Silence())


def reset(
    alarm: Annotated[str, typer.Argument(help="Latched alarm; by default the bench.")] = "",
    rig: Rig = "",
    name: Name = "",
) -> None:
    """Reset a bench after a stop or a trip, or a latched alarm, once the cause is gone."""
    from bench.service.requests import Reset  # noqa: PLC0415 - start-up time

    _ask(rig, name, Reset(alarm))


def shelve(
    alarm: Alarm,
    reason: Reason,
    for_: Annotated[
        str, typer.Option("--for", help="For how long: '30 min'; by default until it returns.")
    ] = "",
    rig: Rig = "",
    name: Name = "",
) -> None:
    """Take an alarm out of sight for a time; it goes on being judged and recorded."""
    from bench.service.requests import Shelve  # noqa: PLC0415 - start-up time

    _ask(rig, name, Shelve(alarm, reason, seconds_of(for_) if for_ else None))


def unshelve(alarm: Alarm, rig: Rig = "", name: Name = "") -> None:
    """Bring a shelved alarm back."""
    from bench.service.requests import Unshelve  # noqa: PLC0415 - start-up time

    _ask(rig, name, Unshelve(alarm))


def bypass(
    limit: Annotated[str, typer.Argument(help="Limit.")],
    reason: Reason = "",
    for_: Annotated[
        str, typer.Option("--for", help="For how long: '30 min'; 0 s ends it.")
    ] = "0 s",
    rig: Rig = "",
    name: Name = "",
) -> None:
    """Take the reaction from a limit for a time; its alarm stays."""
    from bench.service.requests import Bypass  # noqa: PLC0415 - start-up time

    _ask(rig, name, Bypass(limit, reason, seconds_of(for_)))


def _ask(rig: str, name: str, request: Request) -> None:
    from bench.service.commands.asking import ask  # noqa: PLC0415 - start-up time

    ask(rig, name, request)
