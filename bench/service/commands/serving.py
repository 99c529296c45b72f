"""The command that serves a bench.

Heavy imports stand inside the function: ``h2bench --help`` loads this module for its texts.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bench.messages import Message, user_language


def serve(
    rig: Annotated[str, typer.Argument(help="Rig, by name or file.")],
    output: Annotated[Path, typer.Option(help="Folder for run files.")] = Path("runs"),
    operator: Annotated[str, typer.Option(help="Who is responsible.")] = "",
    realtime: Annotated[
        bool,
        typer.Option("--realtime", help="Scan before all other programs (Linux, needs the right)."),
    ] = False,
) -> None:
    """Serve a bench for days or months: it watches, and runs what clients begin.

    Ctrl-C stops what runs softly and ends the server when the object is safe; twice stops hard.
    """
    from bench.clock import SystemClock  # noqa: PLC0415 - start-up time
    from bench.config import Catalogue  # noqa: PLC0415 - start-up time
    from bench.service.orders import Orders  # noqa: PLC0415 - start-up time
    from bench.service.serving import serve as served  # noqa: PLC0415 - start-up time

    def told(message: Message) -> None:
        typer.echo(message.text(user_language()))

    clock = SystemClock()
    orders = Orders.of_rig(
        rig, Catalogue.shipped(), folder=output.absolute(), operator=operator, wall=clock
    )
    served(orders, clock=clock, told=told, is_realtime=realtime)
