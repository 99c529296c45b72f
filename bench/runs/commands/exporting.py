"""Commands that carry runs to other programs and back: export.

Heavy imports stand inside the functions: ``h2bench --help`` loads this module for its texts.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bench.exits import Exit
from bench.messages import Message, user_language


def export(
    run: Annotated[
        Path, typer.Argument(help="Run file, any part of it, or the list of its parts.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write.")],
    format_: Annotated[
        str | None,
        typer.Option("--format", help="csv, parquet or mdf4; by default as the file's name says."),
    ] = None,
    channels: Annotated[
        str, typer.Option(help="Names or patterns: 'engine.*,oil.*,!*.raw' ('!' takes out).")
    ] = "",
    from_: Annotated[
        str | None,
        typer.Option("--from", help="'120 s' or '2 h' since the start, an ISO time, or a step id."),
    ] = None,
    to: Annotated[str | None, typer.Option(help="As --from; the end of a step is meant.")] = None,
    incident: Annotated[
        int | None,
        typer.Option(
            help="Number of an incident (see info): its window, every row; not with --from, --to."
        ),
    ] = None,
    every: Annotated[
        str | None, typer.Option(help="One row per '1 s': means of readings, else last values.")
    ] = None,
    with_quality: Annotated[
        bool,
        typer.Option(
            "--with-quality",
            help="A quality beside each value, also where it is not OK; samples with --every.",
        ),
    ] = False,
    utc: Annotated[bool, typer.Option("--utc", help="A column with the time of day.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
) -> None:
    """Export channels of a run as CSV, Parquet or MDF4.

    A value that is not OK is left out. Rows that were not recorded are not made up.
    """
    from bench.runs import open_run  # noqa: PLC0415 - start-up time
    from bench.runs.export import Format, Wish, export_run  # noqa: PLC0415 - start-up time
    from bench.runs.export.progress import Progress  # noqa: PLC0415 - start-up time

    known = [each.value for each in Format]
    if format_ is not None and format_ not in known:
        said = Message("export.unknown-format", {"format": format_, "known": ", ".join(known)})
        raise typer.BadParameter(said.text(user_language()), param_hint="--format")
    wish = Wish(
        output=output,
        format=None if format_ is None else Format(format_),
        patterns=tuple(each.strip() for each in channels.split(",") if each.strip()),
        start=from_,
        end=to,
        incident=incident,
        every=every,
        has_quality=with_quality,
        has_utc=utc,
        is_forced=force,
    )
    try:
        with open_run(run) as opened, Progress(Message("export.progress")) as progress:
            written = export_run(opened, wish, progress.show)
    except KeyboardInterrupt:
        typer.echo(Message("export.interrupted").text(user_language()), err=True)
        raise typer.Exit(Exit.OPERATOR) from None
    about = {"path": written.path, "rows": written.rows, "channels": written.channels}
    typer.echo(Message("export.done", about).text(user_language()))
