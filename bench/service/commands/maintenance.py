"""Commands that check and calibrate the channels of a bench that is served.

Heavy imports stand inside the functions: ``h2bench --help`` loads this module for its texts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bench.exits import Exit
from bench.messages import Message, user_language
from bench.service.commands.steering import Name, seconds_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.channel import Channel
    from bench.service.comparing import Reference
    from bench.service.requests import Compare

ChannelName = Annotated[str, typer.Argument(help="Measured channel.")]
RigFile = Annotated[str, typer.Option("--rig", help="Rig, by name or file.")]
Averaged = Annotated[str, typer.Option("--for", help="Time over which is averaged.")]


def loop_check(
    channel: ChannelName,
    rig: RigFile,
    points: Annotated[
        str, typer.Option(help="Shares of the channel's range in %.")
    ] = "0,25,50,75,100",
    for_: Averaged = "10 s",
    standard: Annotated[str, typer.Option(help="With what it is done: calibrator 12.")] = "",
    name: Name = "",
) -> None:
    """Compare what a channel shows with what is applied, over its range; in MONITOR only.

    Exit code: 0 every point is within what is stated of the channel, 1 one is not.
    """
    from bench.service.comparing import references_of  # noqa: PLC0415 - start-up time
    from bench.service.requests import Compare  # noqa: PLC0415 - start-up time

    found = _channel(rig, channel)
    wanted = Compare(channel, "", seconds_of(for_), standard=standard)
    told = _compared(rig, wanted, references_of(found, points), name)
    is_passed = told is not None and told.id == "maintenance.loop-passed"
    raise typer.Exit(Exit.PASS if is_passed else Exit.FAIL)


def calibrate(
    channel: ChannelName,
    rig: RigFile,
    low: Annotated[str, typer.Option(help="Lower reference: '4 mA=0 kg/h', or '0 kg/h'.")],
    high: Annotated[str, typer.Option(help="Higher reference: '20 mA=40 kg/h'.")],
    certificate: Annotated[str, typer.Option(help="Number of the certificate.")],
    due: Annotated[str, typer.Option(help="Day until which it holds: 2027-06-30.")] = "",
    standard: Annotated[str, typer.Option(help="With what it is done: calibrator 12.")] = "",
    for_: Averaged = "10 s",
    name: Name = "",
) -> None:
    """Compare a channel with two references, and propose a correction; no rig is changed."""
    from bench.service.comparing import Reference  # noqa: PLC0415 - start-up time
    from bench.service.requests import Compare  # noqa: PLC0415 - start-up time

    _channel(rig, channel)
    wanted = Compare(
        channel,
        "",
        seconds_of(for_),
        "calibration",
        certificate=certificate,
        due=due,
        standard=standard,
    )
    told = _compared(rig, wanted, (Reference.parse(low), Reference.parse(high)), name)
    if told is None:
        raise typer.Exit(Exit.FAIL)
    typer.echo(Message("maintenance.proposal").text(user_language()))
    typer.echo()
    typer.echo(str(told.arguments.get("proposal", "")))


def _channel(rig: str, name: str) -> Channel:
    from bench.config import Catalogue  # noqa: PLC0415 - start-up time
    from bench.config.rig import load_rig  # noqa: PLC0415 - start-up time
    from bench.service.comparing import channel_of  # noqa: PLC0415 - start-up time

    return channel_of(load_rig(rig, Catalogue.shipped()), name)


def _compared(
    rig: str, wanted: Compare, references: Sequence[Reference], name: str
) -> Message | None:
    from bench.clock import SystemClock  # noqa: PLC0415 - start-up time
    from bench.service.client import RemoteBench  # noqa: PLC0415 - start-up time
    from bench.service.comparing import Comparing  # noqa: PLC0415 - start-up time
    from bench.service.naming import rig_named, user_name  # noqa: PLC0415 - start-up time

    language = user_language()

    def ask(message: Message) -> str:
        return typer.prompt(message.text(language), default="", show_default=False)

    def tell(message: Message) -> None:
        typer.echo(message.text(language))

    with RemoteBench.connect(rig_named(rig), name=name or user_name()) as bench:
        return Comparing(bench, wanted, clock=SystemClock(), ask=ask, tell=tell).run(references)
