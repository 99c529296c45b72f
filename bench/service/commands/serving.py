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
    *,
    simulated: Annotated[
        bool,
        typer.Option("--simulated", help="Simulate every instrument, at the pace of --speed."),
    ] = False,
    speed: Annotated[
        str, typer.Option(help="Times real time of a simulation, or max: as fast as it goes.")
    ] = "1",
    plant: Annotated[
        list[str] | None, typer.Option(help="Simulated plant: efficiency_scale=0.96.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the simulation.")] = None,
    faults: Annotated[
        Path | None, typer.Option(help="Schedule of simulated faults (YAML).")
    ] = None,
) -> None:
    """Serve a bench for days or months: it watches, and runs what clients begin.

    Ctrl-C stops what runs softly and ends the server when the object is safe; twice stops hard.
    """
    from bench.clock import SystemClock  # noqa: PLC0415 - start-up time
    from bench.config import Catalogue  # noqa: PLC0415 - start-up time
    from bench.errors import ConfigError  # noqa: PLC0415 - start-up time
    from bench.service.orders import Orders  # noqa: PLC0415 - start-up time
    from bench.service.serving import serve as served  # noqa: PLC0415 - start-up time
    from bench.service.tempo import speed_from  # noqa: PLC0415 - start-up time
    from bench.settings import parse_settings  # noqa: PLC0415 - start-up time

    def told(message: Message) -> None:
        typer.echo(message.text(user_language()))

    clock = SystemClock()
    catalogue, folder = Catalogue.shipped(), output.absolute()
    if simulated:
        orders = Orders.simulated(
            rig,
            catalogue,
            folder=folder,
            operator=operator,
            wall=clock,
            speed=speed_from(speed),
            plant=parse_settings(plant or []),
            seed=seed or 0,
            faults=faults,
        )
    elif plant or seed is not None or faults is not None or speed != "1":
        raise ConfigError("serve.not-simulated")
    else:
        orders = Orders.of_rig(rig, catalogue, folder=folder, operator=operator, wall=clock)
    served(orders, clock=clock, told=told, is_realtime=realtime)
