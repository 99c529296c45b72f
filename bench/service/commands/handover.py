"""The command that writes what one shift leaves the next.

Heavy imports stand inside the function: ``h2bench --help`` loads this module for its texts.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bench.messages import Message, user_language


def handover(
    rig: Annotated[
        str, typer.Argument(help="Rig, by name or file; by default the only one that is served.")
    ] = "",
    giver: Annotated[str, typer.Option("--from", help="Who hands over.")] = "",
    taker: Annotated[str, typer.Option("--to", help="Who takes over.")] = "",
    output: Annotated[
        Path | None, typer.Option(help="Markdown file to write; it is printed in any case.")
    ] = None,
    folder: Annotated[Path, typer.Option(help="Folder of run files, if no server runs.")] = Path(
        "runs"
    ),
) -> None:
    """Write what the next shift has to know: state, alarms, bypasses, evidence, events since."""
    from bench.clock import SystemClock  # noqa: PLC0415 - start-up time
    from bench.errors import Refused  # noqa: PLC0415 - start-up time
    from bench.service.client import RemoteBench  # noqa: PLC0415 - start-up time
    from bench.service.handover import writing  # noqa: PLC0415 - start-up time
    from bench.service.naming import rig_named, user_name  # noqa: PLC0415 - start-up time

    language, clock, who = user_language(), SystemClock(), giver or user_name()
    name = rig_named(rig)
    try:
        bench = RemoteBench.connect(name, name=who)
    except Refused as error:
        if error.message.id not in {"gate.no-server", "gate.none-runs"}:
            raise
        text = writing.from_files(name, folder, who, taker, language, clock=clock)
        remark = Message("handover.not-recorded")
    else:
        with bench:
            text, reply = writing.from_server(
                bench, who, taker, language, clock=clock, folder=folder
            )
        remark = reply.reason
    typer.echo(text)
    if remark is not None:
        typer.echo(remark.text(language), err=True)
    if output is not None:
        typer.echo(writing.write(output, text).text(language), err=True)
