"""Options that every command over a campaign takes, with one meaning."""

from __future__ import annotations

from typing import Annotated

import typer

Serial = Annotated[
    str, typer.Option("--object", help="Serial number, where the folder holds several objects.")
]
Field = Annotated[
    str, typer.Option(help="Field duty: a profile (regional-haul, delivery), or a vehicle log.")
]
Kilometres = Annotated[
    str, typer.Option(help="Target: '200000 km'; by default that of the protocol.")
]
Exponents = Annotated[
    list[str] | None,
    typer.Option("--set", help="Exponent of a mechanism: torque_exponent=6. Needs --origin."),
]
Origin = Annotated[str, typer.Option(help="Where those exponents come from.")]
Scheduler = Annotated[
    str, typer.Option(help="Address of a Dask scheduler that carries out the reading.")
]
Workers = Annotated[
    int | None, typer.Option(min=1, help="Processes on this machine; 1: this one alone.")
]
