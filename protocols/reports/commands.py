"""The command `report`.

Heavy imports stand inside the function: ``h2bench --help`` loads this module for its text.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bench.messages import LANGUAGES, Message, user_language
from protocols.campaign.options import (
    Exponents,
    Field,
    Kilometres,
    Origin,
    Scheduler,
    Serial,
    Workers,
)


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
    object_: Serial = "",
    field: Field = "",
    kilometres: Kilometres = "",
    set_: Exponents = None,
    origin: Origin = "",
    scheduler: Scheduler = "",
    workers: Workers = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an older report.")] = False,
) -> None:
    """Write the report of a run or a campaign as HTML and PDF, to be signed.

    Its numbers are those of `analyze` and `campaign analyze`, whose options it takes.
    """
    from bench.clock import SystemClock  # noqa: PLC0415 - start-up time
    from bench.errors import ConfigError  # noqa: PLC0415 - start-up time
    from bench.runs.export.progress import Progress  # noqa: PLC0415 - start-up time
    from bench.settings import parse_settings  # noqa: PLC0415 - start-up time
    from protocols.campaign.analysing import exponents_from, results_of  # noqa: PLC0415 - start-up time
    from protocols.campaign.executor import Where  # noqa: PLC0415 - start-up time
    from protocols.reports.writing import (  # noqa: PLC0415 - start-up time
        FORMATS,
        Wanted,
        now_seconds,
        report_campaign,
        report_run,
    )

    spoken = user_language()
    is_campaign = source.is_dir()
    if not (is_campaign or source.is_file()):
        raise ConfigError("report.no-such", path=source)
    if not is_campaign and (object_ or field or kilometres or set_ or origin or scheduler):
        raise ConfigError("report.only-campaign", path=source)
    wanted = Wanted(
        languages=list(dict.fromkeys(language or [spoken if spoken in LANGUAGES else "en"])),
        formats=list(dict.fromkeys(format_ or FORMATS)),
        folder=output or (source if is_campaign else source.parent),
        seconds=now_seconds(SystemClock().utc()),
        is_forced=force,
    )
    if is_campaign:
        with Progress(Message("campaign.reading")) as progress:
            results = results_of(
                source,
                serial=object_,
                field=field,
                kilometres=kilometres,
                exponents=exponents_from(parse_settings(set_ or [])),
                origin=origin,
                opener=Where(workers, scheduler).open,
                show=progress.show,
            )
        written = report_campaign(results, wanted)
    else:
        written = report_run(source, wanted)
    for path in written:
        typer.echo(Message("report.written", {"file": path}).text(spoken))
