"""Commands that run and judge: run, analyze.

Heavy imports stand inside the functions: ``h2bench --help`` loads this module for its texts.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bench.messages import user_language

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
    from protocols.console import Console, results_json  # noqa: PLC0415 - start-up time
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
    if json:
        typer.echo(results_json(finished.path, finished.ending.state, finished.results))
    else:
        console.finish(finished.path, finished.ending, finished.results)
    raise typer.Exit(finished.exit)


def analyze(
    file: Annotated[Path, typer.Argument(help="Run file.")],
    json: Json = False,
) -> None:
    """Judge a run file again, from its recorded raw data alone."""
    from bench.record.port import Ending  # noqa: PLC0415 - start-up time
    from protocols.console import Console, results_json  # noqa: PLC0415 - start-up time
    from protocols.execution import exit_of, judged  # noqa: PLC0415 - start-up time

    results = judged(file)
    ending = (results.ending if results is not None else None) or Ending("stopped", None, 0)
    if json:
        typer.echo(results_json(file, ending.state, results))
    else:
        Console(user_language()).finish(file, ending, results)
    raise typer.Exit(exit_of(ending.state, results))
