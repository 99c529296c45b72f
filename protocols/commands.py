"""Commands that run and judge: run, analyze.

Heavy imports stand inside the functions: ``h2bench --help`` loads this module for its texts.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bench.messages import user_language

if TYPE_CHECKING:
    from protocols.console import Console
    from protocols.execution import Finished

Settings = list[str] | None
Json = Annotated[bool, typer.Option("--json", help="Print the results as JSON, nothing else.")]


def run(
    protocol: Annotated[str, typer.Argument(help="Protocol, by name or file.")],
    rig: Annotated[
        str | None, typer.Option(help="Rig, by name or file; by default the protocol's own.")
    ] = None,
    simulated: Annotated[
        bool, typer.Option("--simulated", help="Simulate every instrument, in virtual time.")
    ] = False,
    set_: Annotated[
        Settings, typer.Option("--set", help="Parameter of the protocol: speed='1400 rpm'.")
    ] = None,
    plant: Annotated[
        Settings, typer.Option("--plant", help="Simulated plant: efficiency_scale=0.96.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the simulation.")] = None,
    output: Annotated[Path, typer.Option(help="Folder for run files.")] = Path("runs"),
    operator: Annotated[str, typer.Option(help="Who runs it.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Confirm every prompt.")] = False,
    json: Json = False,
) -> None:
    """Run a protocol, record it, judge it.

    Ctrl-C stops softly: the object's safe sequence runs. Twice stops hard.
    """
    from bench.clock import SystemClock  # noqa: PLC0415 - start-up time
    from bench.settings import parse_settings  # noqa: PLC0415 - start-up time
    from protocols.console import Console  # noqa: PLC0415 - start-up time
    from protocols.execution import Wish, carry_out  # noqa: PLC0415 - start-up time

    wish = Wish(
        protocol=protocol,
        rig=rig,
        parameters=parse_settings(set_ or []),
        is_simulated=simulated,
        plant=parse_settings(plant or []),
        seed=seed,
        folder=output,
        operator=operator,
        answers_prompts=yes,
    )
    console = Console(user_language(), is_quiet=json)
    with console:
        finished = carry_out(wish, console, wall=SystemClock())
    _show(finished, console, is_json=json)
    raise typer.Exit(finished.exit)


def analyze(
    file: Annotated[Path, typer.Argument(help="Run file.")],
    json: Json = False,
) -> None:
    """Judge a run file again, from its recorded raw data alone."""
    from protocols.console import Console  # noqa: PLC0415 - start-up time
    from protocols.execution import judged  # noqa: PLC0415 - start-up time

    finished = judged(file)
    _show(finished, Console(user_language(), is_quiet=json), is_json=json)
    raise typer.Exit(finished.exit)


def _show(finished: Finished, console: Console, *, is_json: bool) -> None:
    """Show how a run ended and what it showed; say if the file could not take the results."""
    if is_json:
        typer.echo(console.json(finished.path, finished.ending, finished.results))
    else:
        console.finish(finished.path, finished.ending, finished.results)
    if finished.unsaved is not None:
        typer.echo(finished.unsaved.text(user_language()), err=True)
