"""Commands that move nothing: list, check, schema.

Heavy imports stand inside the functions: ``h2bench --help`` loads this module for its texts.
"""

from __future__ import annotations

from typing import Annotated

import typer

from bench.messages import Message, user_language

Setting = Annotated[
    list[str] | None,
    typer.Option("--set", help="Parameter of the protocol: speed='1400 rpm'. May be repeated."),
]


def list_installed() -> None:
    """List protocols, rigs and drivers."""
    from bench.config import Catalogue, load_protocol  # noqa: PLC0415 - start-up time
    from bench.config.catalogue import drivers  # noqa: PLC0415 - start-up time

    catalogue = Catalogue.shipped()
    typer.echo(_say("console.protocols"))
    for name in catalogue.protocol_names():
        title = load_protocol(name, catalogue).file.title.text(user_language())
        typer.echo(f"  {name:36}{title}")
    typer.echo(_say("console.rigs"))
    for name in catalogue.rig_names():
        typer.echo(f"  {name}")
    typer.echo(_say("console.drivers"))
    for name, load in sorted(drivers().items()):
        typer.echo(f"  {name:36}{load().title}")


def check(
    protocol: Annotated[str, typer.Argument(help="Protocol, by name or file.")],
    rig: Annotated[str | None, typer.Option(help="Rig, by name or file.")] = None,
    set_: Setting = None,
    *,
    simulated: Annotated[
        bool, typer.Option("--simulated", help="Check for virtual time (its scan period).")
    ] = False,
) -> None:
    """Check a protocol against a rig: findings, duration, hydrogen. Nothing moves."""
    from bench.check import check as checked  # noqa: PLC0415 - start-up time
    from bench.clock import SystemClock, iso_date  # noqa: PLC0415 - start-up time
    from bench.config import Catalogue  # noqa: PLC0415 - start-up time
    from bench.config.catalogue import forecast_of  # noqa: PLC0415 - start-up time
    from bench.plan import walk  # noqa: PLC0415 - start-up time
    from bench.settings import parse_settings  # noqa: PLC0415 - start-up time

    found = checked(
        protocol,
        rig,
        parse_settings(set_ or []),
        Catalogue.shipped(),
        is_simulated=simulated,
        today=iso_date(SystemClock().utc()),
    )
    for problem in found.remarks:
        typer.echo(problem.text(user_language()))
    skipped: tuple[str, ...] = ()
    for node in walk(found.plan.root)[1:]:
        head, estimate = node.head, node.head.estimate
        if head.id.startswith(skipped):
            continue
        if estimate.seconds == 0:  # a call that does not apply: what it would do takes no time
            skipped = (*skipped, f"{head.id}/")
        depth = head.id.count("/")
        what = head.title.text(user_language())
        typer.echo(
            f"{'  ' * depth}{head.id.rpartition('/')[2]:20} {head.kind:11}"
            f"{estimate.seconds:8.0f} s {estimate.hydrogen * 1e3:9.1f} g  {what}"
        )
    total = found.plan.estimate
    minutes = total.seconds / 60
    typer.echo(
        _say(
            "console.no-problems" if total.hydrogen else "console.no-problems-without-hydrogen",
            protocol=protocol,
            rig=found.model.name,
            duration=f"{minutes:.0f} min" if minutes < _MOST_MINUTES else f"{minutes / 60:.0f} h",
            hydrogen=f"{total.hydrogen:.2f}",
        )
    )
    forecast = forecast_of(found.model.object.kind)
    for sentence in () if forecast is None else forecast(found):
        typer.echo(sentence.text(user_language()))


_MOST_MINUTES = 600
"""From here on a duration is told in hours."""


def _say(message_id: str, **arguments: object) -> str:
    return Message(message_id, arguments).text(user_language())


def schema(
    what: Annotated[str, typer.Argument(help="rig, protocol or object.")],
) -> None:
    """Print the JSON Schema of a file, for editors that complete and check."""
    import json  # noqa: PLC0415 - start-up time

    from bench.config import ObjectFile, ProtocolFile, RigFile  # noqa: PLC0415 - start-up time
    from bench.errors import ConfigError  # noqa: PLC0415 - start-up time
    from bench.schema import json_schema  # noqa: PLC0415 - start-up time

    models = {"rig": RigFile, "protocol": ProtocolFile, "object": ObjectFile}
    if what not in models:
        raise ConfigError("config.no-schema", what=what, known=", ".join(models))
    typer.echo(json.dumps(json_schema(models[what]), indent=2, ensure_ascii=False))
