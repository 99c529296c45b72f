"""Commands over run files: info, runs, verify, recover.

Heavy imports stand inside the functions: ``h2bench --help`` loads this module for its texts.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

RunFile = Annotated[Path, typer.Argument(help="Run file; of a run in parts, any of them.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, nothing else.")]


def info(
    run: RunFile,
    channels: Annotated[
        list[str] | None,
        typer.Option("--channels", help="Channels to show: 'oil.*'. May be repeated."),
    ] = None,
    *,
    json: Json = False,
) -> None:
    """Show what a run is: object, protocol, state, groups, steps, events, channels."""
    from bench.messages import user_language  # noqa: PLC0415 - start-up time
    from bench.runs.commands.describe import describe  # noqa: PLC0415 - start-up time
    from bench.runs.commands.info_json import plain_of  # noqa: PLC0415 - start-up time
    from bench.runs.commands.info_screen import screen_of  # noqa: PLC0415 - start-up time
    from bench.runs.commands.wording import Words, print_json, show  # noqa: PLC0415 - start-up time
    from bench.runs.opening import open_run  # noqa: PLC0415 - start-up time

    with open_run(run) as opened:
        told = describe(opened, channels or ())
    if json:
        print_json(plain_of(told))
        return
    show(screen_of(told, Words(user_language()), all_channels=bool(channels)))


def list_runs(
    folder: Annotated[Path, typer.Argument(help="Folder; those below it count too.")] = Path(
        "runs"
    ),
    object_: Annotated[
        str, typer.Option("--object", help="Test object: part of its kind or serial number.")
    ] = "",
    protocol: Annotated[str, typer.Option(help="Protocol: part of its name.")] = "",
    since: Annotated[
        str | None, typer.Option(help="Began then or later (UTC): 2026-01-31, 2026-01-31T08:00.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="Began before this (UTC); a day counts to its end.")
    ] = None,
    verdict: Annotated[
        str, typer.Option(help="pass, fail, 'not shown', or none: no verdict.")
    ] = "",
    text: Annotated[
        str,
        typer.Option(help="Words in title, operator, rig, parameters, points, reason, file."),
    ] = "",
    *,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Read every file anew, not the index.")
    ] = False,
    json: Json = False,
) -> None:
    """List the runs in a folder, the newest last; search among them."""
    import platformdirs  # noqa: PLC0415 - start-up time

    from bench.messages import Message, user_language  # noqa: PLC0415 - start-up time
    from bench.runs.catalogue.database import list_files  # noqa: PLC0415 - start-up time
    from bench.runs.catalogue.found_runs import (  # noqa: PLC0415 - start-up time
        Wanted,
        asked_verdict,
        moment,
        problems_among,
        runs_among,
    )  # fmt: skip
    from bench.runs.commands.catalogue_screen import plain_catalogue, screen_of  # noqa: PLC0415 - start-up
    from bench.runs.commands.wording import Words, print_json, show  # noqa: PLC0415 - start-up time
    from bench.runs.export.progress import Progress  # noqa: PLC0415 - start-up time

    wanted = Wanted(
        object=object_,
        protocol=protocol,
        since_ns=None if since is None else moment(since),
        until_ns=None if until is None else moment(until, is_end=True),
        verdict=asked_verdict(verdict),
        text=text,
    )
    cache = platformdirs.user_cache_path("h2bench", appauthor=False)
    with Progress(Message("catalogue.reading")) as progress:
        files = list_files(folder, cache, rebuild=rebuild, show=progress.show)
    runs, problems = runs_among(files), problems_among(files)
    chosen = [run for run in runs if wanted.takes(run)]
    if json:
        print_json(plain_catalogue(chosen, problems))
        return
    show(screen_of(chosen, len(runs), problems, folder, Words(user_language())))


def verify(run: RunFile, *, json: Json = False) -> None:
    """Compare everything in a run with its checksums. Exit code 0: all is as written; 1: not."""
    from bench.exits import Exit  # noqa: PLC0415 - start-up time
    from bench.messages import Message, user_language  # noqa: PLC0415 - start-up time
    from bench.runs.commands.verify_screen import plain_of, screen_of  # noqa: PLC0415 - start-up time
    from bench.runs.commands.wording import Words, print_json, show  # noqa: PLC0415 - start-up time
    from bench.runs.export.progress import Progress  # noqa: PLC0415 - start-up time
    from bench.runs.verifying.run import verify_run  # noqa: PLC0415 - start-up time

    with Progress(Message("verify.progress")) as progress:
        verified = verify_run(run, progress.show)
    if json:
        print_json(plain_of(verified))
    else:
        show(screen_of(verified, Words(user_language())))
    raise typer.Exit(Exit.PASS if verified.is_whole else Exit.FAIL)


def recover(run: RunFile, *, json: Json = False) -> None:
    """Complete a run that was broken off, and say what was found; a whole one stays as it is."""
    from bench.messages import user_language  # noqa: PLC0415 - start-up time
    from bench.record.layout.parts import run_of  # noqa: PLC0415 - start-up time
    from bench.record.recovery import recover as recovered  # noqa: PLC0415 - start-up time
    from bench.runs.commands.recovery_screen import plain_of, screen_of  # noqa: PLC0415 - start-up time
    from bench.runs.commands.wording import Words, print_json, show  # noqa: PLC0415 - start-up time

    first = run_of(run)[0]
    found = recovered(first if first.exists() else run)
    if json:
        print_json(plain_of(found))
        return
    show(screen_of(found, Words(user_language())))
