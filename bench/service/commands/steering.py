"""Commands that steer a bench that is served: hold, resume, stop, manual, demand, force, control.

Heavy imports stand inside the functions: ``h2bench --help`` loads this module for its texts.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from bench.service.requests import Request

Rig = Annotated[
    str, typer.Option("--rig", help="Rig, by name or file; by default the only one that is served.")
]
Name = Annotated[str, typer.Option("--as", help="Who you are: mk@cell-3.")]


class Control(Enum):
    """What is done with control."""

    TAKE = "take"
    GIVE = "give"


def hold(rig: Rig = "", name: Name = "") -> None:
    """Hold the sequence of a bench that is served."""
    from bench.service.requests import Hold  # noqa: PLC0415 - start-up time

    _ask(rig, name, Hold())


def resume(rig: Rig = "", name: Name = "") -> None:
    """Go on with a sequence that is held."""
    from bench.service.requests import Resume  # noqa: PLC0415 - start-up time

    _ask(rig, name, Resume())


def stop(
    soft: Annotated[bool, typer.Option("--soft", help="The object's soft stop (default).")] = False,
    hard: Annotated[bool, typer.Option("--hard", help="The object's hard stop.")] = False,
    people_first: Annotated[
        bool,
        typer.Option("--people-first", help="Protect people though it may destroy the object."),
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask whether --people-first is meant.")
    ] = False,
    rig: Rig = "",
    name: Name = "",
) -> None:
    """Stop what runs on a bench that is served, by the object's safe sequence; anyone may."""
    from bench.service.commands.stopping import stop_bench  # noqa: PLC0415 - start-up time
    from bench.service.requests import StopNow  # noqa: PLC0415 - start-up time

    if soft + hard + people_first > 1:
        raise typer.BadParameter("--soft --hard --people-first")
    request = StopNow(is_hard=hard or people_first, is_people_first=people_first)
    stop_bench(rig, name, request, is_confirmed=yes)


def go_on(rig: Rig = "", name: Name = "") -> None:
    """End a step that waits for its time or for an order: a hot hold, so that it cools down now."""
    from bench.service.requests import GoOn  # noqa: PLC0415 - start-up time

    _ask(rig, name, GoOn())


def manual(
    back: Annotated[
        bool, typer.Option("--back", help="Give the demands back to the sequence, held.")
    ] = False,
    rig: Rig = "",
    name: Name = "",
) -> None:
    """Demand by hand from now on (see demand), or give the demands back."""
    from bench.service.requests import HandBack, TakeOver  # noqa: PLC0415 - start-up time

    _ask(rig, name, HandBack() if back else TakeOver())


def demand(
    values: Annotated[list[str], typer.Argument(help="NAME=VALUE: engine.speed='1200 rpm'.")],
    over: Annotated[str, typer.Option(help="Time it takes: '30 s'.")] = "0 s",
    rig: Rig = "",
    name: Name = "",
) -> None:
    """Take demands to values by hand; the bench has to be in manual operation."""
    from bench.service.requests import SetDemands  # noqa: PLC0415 - start-up time
    from bench.settings import parse_settings  # noqa: PLC0415 - start-up time

    _ask(rig, name, SetDemands(parse_settings(values), seconds_of(over)))


def force(
    channel: Annotated[str, typer.Argument(help="Measured channel.")],
    value: Annotated[
        str, typer.Argument(help="Value with its unit; without one, force ends.")
    ] = "",
    reason: Annotated[str, typer.Option(help="Why.")] = "",
    rig: Rig = "",
    name: Name = "",
) -> None:
    """Give a measured channel a value by hand, marked BAD in the data; only while nothing runs."""
    from bench.service.requests import Force  # noqa: PLC0415 - start-up time

    _ask(rig, name, Force(channel, value, reason))


def control(
    what: Annotated[Control, typer.Argument(help="take, or give to somebody (or to nobody).")],
    to: Annotated[str, typer.Argument(help="Who gets it.")] = "",
    rig: Rig = "",
    name: Name = "",
) -> None:
    """Take control of a bench that is served, or give it away."""
    from bench.service.requests import HandOver, TakeControl  # noqa: PLC0415 - start-up time

    _ask(rig, name, TakeControl() if what is Control.TAKE else HandOver(to))


def note(
    text: Annotated[str, typer.Argument(help="What is to be written down.")],
    rig: Rig = "",
    name: Name = "",
) -> None:
    """Write a note into the run."""
    from bench.service.requests import Note  # noqa: PLC0415 - start-up time

    _ask(rig, name, Note(text))


def explain(
    text: Annotated[str, typer.Argument(help="What happened.")],
    rig: Rig = "",
    name: Name = "",
) -> None:
    """Say what ended the last run, which nobody closed; a start waits for it."""
    from bench.service.requests import Explain  # noqa: PLC0415 - start-up time

    _ask(rig, name, Explain(text, name))


def seconds_of(written: str) -> float:
    """Return a time as written (``30 min``), s; zero or above.

    Raises:
        ConfigError: no such time.
    """
    from bench.config.quantities import SECONDS, not_negative  # noqa: PLC0415 - start-up time

    return not_negative(written, SECONDS)


def _ask(rig: str, name: str, request: Request) -> None:
    from bench.service.commands.asking import ask  # noqa: PLC0415 - start-up time

    ask(rig, name, request)
