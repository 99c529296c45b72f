"""The command `report`.

Heavy imports stand inside the function: ``h2bench --help`` loads this module for its text.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bench.messages import LANGUAGES, Message, user_language


def report(
    source: Annotated[
        Path, typer.Argument(help="Run file, or folder with the runs of a campaign.")
    ],
    language: Annotated[
        list[str] | None,
        typer.Option("--language", help="en or zh; may be given twice. By default yours."),
    ] = None,
    format_: Annotated[
        list[str] | None,
        typer.Option("--format", help="html or pdf; may be given twice. By default both."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="Folder for the report; by default beside the run files.")
    ] = None,
    object_: Annotated[
        str, typer.Option("--object", help="Serial number, where a folder holds several objects.")
    ] = "",
    field: Annotated[
        str, typer.Option(help="Field duty of a campaign: a profile, or a vehicle log.")
    ] = "",
    force: Annotated[bool, typer.Option("--force", help="Replace an older report.")] = False,
) -> None:
    """Write the report of a run or a campaign as HTML and PDF, to be signed.

    Its numbers are those of `analyze` and `campaign analyze`.
    """
    from bench.clock import SystemClock  # noqa: PLC0415 - start-up time
    from bench.errors import ConfigError  # noqa: PLC0415 - start-up time
    from protocols.campaign.results import CampaignResults  # noqa: PLC0415 - start-up time
    from protocols.reports.writing import (  # noqa: PLC0415 - start-up time
        FORMATS,
        Wanted,
        now_seconds,
        report_campaign,
        report_run,
    )

    spoken = user_language()
    chosen = spoken if spoken in LANGUAGES else LANGUAGES[0]
    is_campaign = source.is_dir()
    if not (is_campaign or source.is_file()):
        raise ConfigError("report.no-such", path=source)
    wanted = Wanted(
        languages=language or [chosen],
        formats=format_ or FORMATS,
        folder=output or (source if is_campaign else source.parent),
        seconds=now_seconds(SystemClock().utc()),
        is_forced=force,
    )
    if is_campaign:
        from protocols.campaign.analysing import results_of  # noqa: PLC0415 - start-up time

        results: CampaignResults = results_of(source, serial=object_, field=field)
        written = report_campaign(results, wanted)
    else:
        written = report_run(source, wanted)
    for path in written:
        typer.echo(Message("report.written", {"file": path}).text(spoken))
