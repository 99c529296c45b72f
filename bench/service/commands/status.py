"""What a bench that is served is doing, once.

Heavy imports stand inside the function: ``h2bench --help`` loads this module for its texts.
"""

from __future__ import annotations

from typing import Annotated

import typer

from bench.messages import user_language
from bench.service.commands.steering import Name, Rig


def status(
    rig: Rig = "",
    name: Name = "",
    *,
    json: Annotated[bool, typer.Option("--json", help="Print JSON, nothing else.")] = False,
) -> None:
    """Show what a bench that is served is doing, and its alarms."""
    from bench.service.client import RemoteBench  # noqa: PLC0415 - start-up time
    from bench.service.commands.status_text import json_of, lines_of  # noqa: PLC0415 - start-up time
    from bench.service.naming import rig_named, user_name  # noqa: PLC0415 - start-up time

    with RemoteBench.connect(rig_named(rig), name=name or user_name()) as bench:
        state = bench.state()
    if json:
        typer.echo(json_of(state))
        return
    for line in lines_of(state, user_language()):
        typer.echo(line)
