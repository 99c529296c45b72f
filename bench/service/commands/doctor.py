"""The command that says what to mend.

Heavy imports stand inside the function: ``h2bench --help`` loads this module for its texts.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bench.exits import Exit
from bench.messages import Message, user_language
from bench.service.commands.steering import Name

if TYPE_CHECKING:
    from bench.service.doctoring.diagnosis import Diagnosis


def doctor(
    rig: Annotated[
        str, typer.Argument(help="Rig, by name or file; without one, the machine alone.")
    ] = "",
    output: Annotated[Path, typer.Option(help="Folder of run files.")] = Path("runs"),
    name: Name = "",
) -> None:
    """Say what is to be mended: machine, disk, keys, clock, rig, links, watchdogs, certificates.

    Nothing is demanded: links are opened as a monitor does, or the server is asked where one runs.
    Exit code 0: nothing to mend; 4: something.
    """
    from bench.clock import SystemClock  # noqa: PLC0415 - start-up time
    from bench.service.doctoring.diagnosis import needs_mending  # noqa: PLC0415 - start-up time
    from bench.service.doctoring.examination import examine  # noqa: PLC0415 - start-up time
    from bench.service.naming import user_name  # noqa: PLC0415 - start-up time

    language = user_language()
    found: list[Diagnosis] = []
    for each in examine(rig, output, name=name or user_name(), clock=SystemClock()):
        typer.echo(each.text(language))
        found.append(each)
    is_sound = not needs_mending(found)
    typer.echo(Message("doctor.sound" if is_sound else "doctor.not-sound").text(language))
    raise typer.Exit(Exit.PASS if is_sound else Exit.REFUSED)
