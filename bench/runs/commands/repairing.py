"""The command that saves what a truncated run file still holds: repair.

Heavy imports stand inside the functions: ``h2bench --help`` loads this module for its texts.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bench.exits import Exit
from bench.messages import Message, user_language

if TYPE_CHECKING:
    from rich.table import Table

    from bench.runs.repairing.repair import Repair


def repair(
    copy: Annotated[Path, typer.Argument(help="Damaged run file; it is not changed.")],
    *,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="New run file; by default COPY.repaired.h5."),
    ] = None,
) -> None:
    """Save what a truncated or damaged run file still holds into a new one.

    Only what agrees with its checksum is saved; the rest becomes gaps, or NaN marked BAD.
    Exit code 0: all of it was saved; 1: some is lost; 4: nothing can be saved.
    """
    from rich.console import Console  # noqa: PLC0415 - start-up time

    from bench.runs.export.progress import Progress  # noqa: PLC0415 - start-up time
    from bench.runs.repairing.repair import repair as repaired  # noqa: PLC0415 - start-up time

    target = output or copy.with_name(f"{copy.stem}.repaired.h5")
    try:
        with Progress(Message("repair.progress")) as progress:
            done = repaired(copy, target, progress.show)
    except KeyboardInterrupt:
        typer.echo(_say("repair.interrupted"), err=True)
        raise typer.Exit(Exit.OPERATOR) from None
    if done.missing_bytes:
        typer.echo(_say("repair.missing-bytes", path=copy, bytes=done.missing_bytes))
    Console().print(_table(done))
    for finding in done.findings:
        typer.echo(finding.text(user_language()))
    typer.echo(_say("repair.done", path=done.path))
    if any(each.lost for each in done.channels):
        raise typer.Exit(Exit.FAIL)


def _table(done: Repair) -> Table:
    """Return what was saved and lost of each channel."""
    from rich.table import Table  # noqa: PLC0415 - start-up time
    from rich.text import Text  # noqa: PLC0415 - start-up time

    table = Table(_say("repair.channel"), _say("repair.group"))
    table.add_column(_say("repair.saved"), justify="right")
    table.add_column(_say("repair.lost"), justify="right")
    for each in done.channels:
        style = "red" if each.lost else ""
        names = Text(each.name), Text(each.group)
        table.add_row(*names, f"{each.saved:,}", Text(f"{each.lost:,}", style))
    return table


def _say(message_id: str, **arguments: object) -> str:
    return Message(message_id, arguments).text(user_language())
