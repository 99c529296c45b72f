"""The command that lists preflight checks, has one done, or takes what a person says of one.

Heavy imports stand inside the function: ``h2bench --help`` loads this module for its texts.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bench.exits import Exit
from bench.messages import Message, user_language
from bench.service.commands.steering import Name


def preflight(
    rig: Annotated[
        str,
        typer.Argument(help="Rig, by name or file; by default the only one served, or installed."),
    ] = "",
    run: Annotated[
        str, typer.Option("--run", metavar="CHECK", help="Have the bench do this check.")
    ] = "",
    attest: Annotated[
        tuple[str, str],
        typer.Option("--attest", metavar="CHECK TEXT", help="Say what you saw of this check."),
    ] = ("", ""),
    output: Annotated[
        Path, typer.Option(help="Folder of run files and evidence, if no server runs.")
    ] = Path("runs"),
    name: Name = "",
) -> None:
    """Show what has to be shown before a run may begin: the open checks first, then the others.

    Exit code 0: all that a start needs is passed; 4: something is open; --run: 0 passed, 1 not.
    """
    from bench.clock import SystemClock  # noqa: PLC0415 - start-up time
    from bench.service import preflighting  # noqa: PLC0415 - start-up time
    from bench.service.naming import user_name  # noqa: PLC0415 - start-up time

    language, wall, who = user_language(), SystemClock(), name or user_name()
    check, text = attest
    if run and check:
        raise typer.BadParameter(Message("preflight.either").text(language))
    if run:
        typer.echo(Message("preflight.waiting", {"check": run}).text(language), err=True)
        outcome = preflighting.run_check(rig, run, name=who, wall=wall)
        typer.echo(outcome.text(language))
        raise typer.Exit(Exit.PASS if preflighting.is_passed(outcome) else Exit.FAIL)
    if check:
        path = preflighting.attest(rig, check, text, output, name=who, wall=wall)
        told = Message("preflight.recorded", {"check": check, "path": path or "server"})
        typer.echo(told.text(language))
        return
    found = preflighting.listed(rig, output, name=who, wall=wall)
    for line in preflighting.lines_of(found, language):
        typer.echo(line)
    raise typer.Exit(Exit.REFUSED if found.lacking else Exit.PASS)
