"""The command `fault`: what goes wrong in a simulated cell that is served on this machine.

Heavy imports stand inside the functions: ``h2bench --help`` loads this module for its texts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from bench.messages import Message, user_language

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.model import BenchModel
    from drivers.simulated.faults.control import ControlFile


def fault(
    rig: Annotated[str, typer.Argument(help="Rig, by name or file.")],
    what: Annotated[
        str, typer.Argument(help="Kind of fault; with --clear the id of one; else: all kinds.")
    ] = "",
    where: Annotated[
        str,
        typer.Argument(
            help="Instrument, bus, reading or plant; by default the only one that can suffer it."
        ),
    ] = "",
    given: Annotated[
        list[str] | None, typer.Argument(help="Parameters: delay='2 s'.", metavar="NAME=VALUE")
    ] = None,
    lasts: Annotated[
        str | None, typer.Option("--for", help="How long: '10 s'; by default until cleared.")
    ] = None,
    name: Annotated[str, typer.Option("--id", help="What it is to be cleared by.")] = "",
    list_: Annotated[bool, typer.Option("--list", help="Show the faults that are there.")] = False,
    clear: Annotated[bool, typer.Option("--clear", help="End a fault, or all of them.")] = False,
) -> None:
    """Let something go wrong in a simulated cell that h2bench simulate serves on this machine.

    Refused for a rig with any link that leads anywhere else: nothing is done to real instruments.
    """
    from bench.settings import parse_settings  # noqa: PLC0415 - start-up time

    if not (what or list_ or clear):
        _show_kinds()
        return
    if list_:
        request: dict[str, Any] = {"do": "list"}
    elif clear:
        request = {"do": "clear", "id": what}
    else:
        settings = parse_settings(given or [])
        request = {"do": "begin", "what": what, "where": where, "given": settings}
        request |= {"lasts": lasts, "id": name}
    _show(_asked(rig, {**request, "language": user_language()}), is_clear=clear)


def _asked(rig: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the answer of the cell that serves a rig.

    Raises:
        ConfigError: the rig has problems, or a link that does not lead to this machine.
        Refused: no simulated cell serves all of its links, or the cell refuses.
    """
    from bench.config import Catalogue, load_rig  # noqa: PLC0415 - start-up time
    from drivers.simulated.faults.control import ControlFile, ask  # noqa: PLC0415 - start-up time

    model = load_rig(rig, Catalogue.shipped())
    file = ControlFile.read(_path(model.name), model.name)
    _check_links(model, file)
    return ask(file, request)


def _check_links(model: BenchModel, file: ControlFile) -> None:
    from bench.errors import Refused  # noqa: PLC0415 - start-up time
    from drivers.simulated.addresses import links_of  # noqa: PLC0415 - start-up time

    wanted = links_of(model.connections, model.buses)
    others = [name for name, link in wanted.items() if file.links.get(name) != link]
    if others:
        raise Refused("fault.not-served", rig=model.name, links=", ".join(others))


def _path(rig: str) -> Any:
    from drivers.simulated.faults.place import control_path  # noqa: PLC0415 - start-up time

    return control_path(rig)


def _show(reply: Mapping[str, Any], *, is_clear: bool) -> None:
    for each in reply.get("active", ()):
        left = "" if each["left"] is None else f"{each['left']:.1f} s"
        since = f"{each['since']:.1f} s"
        typer.echo(f"  {each['id']:24}{each['what']:20}{each['where']:28}{since:>12}{left:>12}")
    if "active" in reply:
        if not reply["active"]:
            _say("fault.none")
        return
    said = "fault.cleared" if is_clear else "fault.begun"
    for name in reply.get("ids", ()):
        _say(said, id=name)
    if is_clear and not reply.get("ids"):
        _say("fault.none")


def _show_kinds() -> None:
    from drivers.simulated.faults.kinds import KINDS  # noqa: PLC0415 - start-up time

    language = user_language()
    for kind in KINDS.values():
        places = ", ".join(each.value for each in kind.families)
        typer.echo(f"  {kind.name:20}{kind.words.text(language)} ({places})")
        for each in kind.parameters:
            typer.echo(f"      {each.name:16}{each.words.text(language)}{each.shown_default}")


def _say(message_id: str, **arguments: object) -> None:
    typer.echo(Message(message_id, arguments).text(user_language()))
