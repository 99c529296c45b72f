"""The command that makes runs of tables: import.

Heavy imports stand inside the functions: ``h2bench --help`` loads this module for its texts.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bench.exits import Exit
from bench.messages import Message, user_language


def import_table(
    file: Annotated[Path, typer.Argument(help="Table: CSV with comma, semicolon or tab.")],
    *,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for run files.")] = Path(
        "runs"
    ),
    time: Annotated[
        list[str] | None,
        typer.Option(help="Column of the time; or twice: of the date and of the time of day."),
    ] = None,
    zone: Annotated[
        str | None, typer.Option(help="Zone of times without one: +08:00, UTC, Asia/Shanghai.")
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(help="When a time axis in seconds has its zero: 2026-01-31T14:05:09Z."),
    ] = None,
    unit: Annotated[
        list[str] | None, typer.Option(help="Unit of a column: 'torque=N*m'. May be repeated.")
    ] = None,
    skip: Annotated[
        list[str] | None, typer.Option(help="Column that is left out. May be repeated.")
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(help="utf-8, utf-16, gbk, latin-1; by default it is found out.")
    ] = None,
    delimiter: Annotated[
        str | None, typer.Option(help="comma, semicolon or tab; by default it is found out.")
    ] = None,
    decimal: Annotated[
        str | None, typer.Option(help="point or comma; by default it is found out.")
    ] = None,
    object_: Annotated[
        str, typer.Option("--object", help="Kind of test object: hydrogen-engine.")
    ] = "",
    serial: Annotated[str, typer.Option(help="Serial number of the test object.")] = "",
    operator: Annotated[str, typer.Option(help="Who imports it.")] = "",
) -> None:
    """Import a table as a run file.

    Times without a time zone are refused unless --zone tells it. What is empty becomes BAD.
    """
    from bench.clock import SystemClock  # noqa: PLC0415 - start-up time
    from bench.runs import importing  # noqa: PLC0415 - start-up time
    from bench.runs.export.progress import Progress  # noqa: PLC0415 - start-up time
    from bench.settings import parse_settings  # noqa: PLC0415 - start-up time

    choices = importing.Choices(
        time=tuple(time or ()),
        skipped=tuple(skip or ()),
        units=parse_settings(unit or []),
        zone=zone,
        delimiter=delimiter,
        decimal=decimal,
    )
    order = importing.ImportOrder(
        file, output, choices, encoding=encoding, start=start,
        object_kind=object_, object_serial=serial, operator=operator,
    )  # fmt: skip
    try:
        with Progress(Message("import.reading")) as progress:
            made = importing.import_table(order, SystemClock().utc(), progress.show)
    except KeyboardInterrupt:
        typer.echo(Message("import.interrupted").text(user_language()), err=True)
        raise typer.Exit(Exit.OPERATOR) from None
    for finding in made.findings:
        typer.echo(finding.text(user_language()))
    about = {"rows": made.rows, "channels": made.channels, "path": made.path}
    typer.echo(Message("import.done", about).text(user_language()))
