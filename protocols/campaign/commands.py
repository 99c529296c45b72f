"""The command `campaign`: many runs of one test object, judged as a whole.

Heavy imports stand inside the function: ``h2bench --help`` loads this module for its text.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bench.messages import Message, user_language
from protocols.campaign.options import (
    Exponents,
    Field,
    Kilometres,
    Origin,
    Scheduler,
    Serial,
    Workers,
)


class Look(StrEnum):
    """What is wanted of a campaign."""

    STATUS = "status"
    """Files, ledger and kilometres: a quick look."""
    ANALYZE = "analyze"
    """The same with drift, and the verdict."""


def campaign(
    look: Annotated[
        Look, typer.Argument(help="status: files, ledger, kilometres; analyze: with the verdict.")
    ],
    folder: Annotated[Path, typer.Argument(help="Folder with run files, also below it.")],
    object_: Serial = "",
    field: Field = "",
    kilometres: Kilometres = "",
    set_: Exponents = None,
    origin: Origin = "",
    scheduler: Scheduler = "",
    workers: Workers = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print the results as JSON, nothing else.")
    ] = False,
) -> None:
    """Judge all runs of one engine: kilometres, ledger, drift, what is missing for a verdict.

    Nothing dubious is counted, and everything left out is named. Exit codes as of `analyze`.
    """
    from bench.exits import Exit  # noqa: PLC0415 - start-up time
    from bench.runs.export.progress import Progress  # noqa: PLC0415 - start-up time
    from bench.settings import parse_settings  # noqa: PLC0415 - start-up time
    from protocols.campaign.analysing import exponents_from, results_of  # noqa: PLC0415 - start-up time
    from protocols.campaign.executor import Where  # noqa: PLC0415 - start-up time
    from protocols.campaign.screen import as_json, exit_of, show  # noqa: PLC0415 - start-up time

    where = Where(workers, scheduler)
    with Progress(Message("campaign.reading")) as progress:
        results = results_of(
            folder,
            serial=object_,
            field=field,
            kilometres=kilometres,
            exponents=exponents_from(parse_settings(set_ or [])),
            origin=origin,
            is_judged=look is Look.ANALYZE,
            opener=where.open,
            show=progress.show,
        )
    if json:
        typer.echo(as_json(results))
    else:
        show(results, user_language())
    raise typer.Exit(Exit.PASS if look is Look.STATUS else exit_of(results))
