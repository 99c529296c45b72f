"""The command `simulate`: a rig's simulated instruments as a program of their own.

Heavy imports stand inside the function: ``h2bench --help`` loads this module for its texts.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bench.messages import Message, user_language

if TYPE_CHECKING:
    from types import FrameType

    from bench.clock import Clock
    from drivers.simulated.hosting import SimulatedCell

LONGEST = 8 * 3600.0
"""How long the instruments are served unless told otherwise, s: no forgotten process stays."""
LOOK = 0.5
"""Time between two looks at whether all is well, s."""


def simulate(
    rig: Annotated[str, typer.Argument(help="Rig, by name or file.")],
    plant: Annotated[
        list[str] | None,
        typer.Option("--plant", help="Plant parameter: warm=1. May be repeated."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of sensor errors and gas.")] = 0,
    seconds: Annotated[
        float, typer.Option("--for", min=0.1, help="Stop by itself after so many seconds.")
    ] = LONGEST,
    faults: Annotated[
        Path | None, typer.Option("--faults", help="Schedule of what goes wrong (YAML).")
    ] = None,
    log: Annotated[
        Path | None, typer.Option("--log", help="File (CSV) for what the plant really does.")
    ] = None,
) -> None:
    """Serve a rig's simulated instruments on this machine, in real time, until Ctrl-C.

    They answer at the addresses of the rig's `link:` and `buses:`, which must be on 127.0.0.1;
    nothing is offered to a network. Then run in another terminal: h2bench run PROTOCOL --rig RIG;
    what goes wrong in the cell is asked for by h2bench fault RIG.
    """
    import secrets  # noqa: PLC0415 - start-up time
    from contextlib import ExitStack  # noqa: PLC0415 - start-up time

    from bench.clock import SystemClock  # noqa: PLC0415 - start-up time
    from bench.config import Catalogue, load_rig  # noqa: PLC0415 - start-up time
    from bench.document import load  # noqa: PLC0415 - start-up time
    from bench.settings import parse_settings  # noqa: PLC0415 - start-up time
    from bench.units import quantity  # noqa: PLC0415 - start-up time
    from drivers.simulated.faults.control import ControlServer  # noqa: PLC0415 - start-up time
    from drivers.simulated.faults.place import told  # noqa: PLC0415 - start-up time
    from drivers.simulated.hosting import SimulatedCell, wanted_of  # noqa: PLC0415 - start-up time
    from drivers.simulated.truth_log import TruthLog  # noqa: PLC0415 - start-up time

    chosen = {name: quantity(text).value for name, text in parse_settings(plant or []).items()}
    clock = SystemClock()
    model = load_rig(rig, Catalogue.shipped())
    schedule = () if faults is None else (load(faults),)
    wanted = wanted_of(model, clock=clock, plant=chosen, seed=seed, faults=schedule)
    with ExitStack() as opened:
        cell = opened.enter_context(SimulatedCell(wanted))
        if log is not None:
            opened.enter_context(TruthLog(log, cell.plant, clock))
        secret = secrets.token_urlsafe(24)
        control = opened.enter_context(ControlServer(cell.faults, clock, secret=secret))
        opened.enter_context(told(model, control.port, secret))
        for each in cell.endpoints:
            typer.echo(f"  {each.name:16}{each.address:40} {each.serves}")
        _say("simulate.listening", rig=rig, minutes=f"{seconds / 60:.3g}")
        _serve(cell, clock, seconds)
    _say("simulate.stopped", rig=rig)


def _serve(cell: SimulatedCell, clock: Clock, seconds: float) -> None:
    """Return at Ctrl-C, at the system's request to end, or when the time is over."""
    import signal  # noqa: PLC0415 - start-up time
    import threading  # noqa: PLC0415 - start-up time

    from bench.clock import SECOND  # noqa: PLC0415 - start-up time

    stopped = threading.Event()

    def end_serving(number: int, frame: FrameType | None) -> None:
        del number, frame
        stopped.set()

    before = {each: signal.signal(each, end_serving) for each in (signal.SIGINT, signal.SIGTERM)}
    end = clock.now() + round(seconds * SECOND)
    try:
        while not stopped.is_set() and (now := clock.now()) < end:
            cell.keep_up()
            clock.wait_until(min(end, now + round(LOOK * SECOND)), stopped)
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _say(message_id: str, **arguments: object) -> None:
    typer.echo(Message(message_id, arguments).text(user_language()))
