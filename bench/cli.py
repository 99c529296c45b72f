"""The command `h2bench`: a group whose commands are found by entry point.

A command's module is loaded only when it is named or help is shown, and keeps heavy imports
inside its functions, so that the first line appears at once.
"""

from __future__ import annotations

import logging
import sys
import traceback
from functools import cache
from importlib.metadata import EntryPoint, entry_points, version
from typing import Any

import typer
from typer.core import TyperGroup

from bench.errors import BenchError, RunFailed
from bench.exits import Exit
from bench.messages import user_language
from bench.standard_streams import survive_their_readers


@cache
def _commands() -> dict[str, EntryPoint]:
    """Return them by name; every installed package is read for them, so once."""
    return {point.name: point for point in entry_points(group="h2bench.commands")}


FIRST = (
    "run", "gui", "review", "check", "list", "doctor", "preflight", "monitor", "serve", "attach",
    "status", "hold", "resume", "stop", "manual", "demand", "control", "note", "explain", "ack",
    "silence", "reset", "shelve", "unshelve", "bypass", "force", "analyze", "spectrum", "info",
    "runs", "export", "import", "verify", "recover", "repair", "simulate", "schema",
)  # fmt: skip
"""Commands in the order in which a newcomer needs them; others follow by name."""
_CLIENTS = "bench.service.commands"
"""Where the commands stand that serve a bench or ask its server."""


class CommandGroup(TyperGroup):
    """Finds its commands by entry point ``h2bench.commands``."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the library's signature
        """Return the names of the commands, the main job first."""
        found = _commands()
        return [name for name in FIRST if name in found] + sorted(set(found) - set(FIRST))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - the library's signature
        """Load a command; None where there is none of that name."""
        point = _commands().get(cmd_name)
        if point is None:
            return None
        one = typer.Typer(add_completion=False)
        panel = "A bench that is served" if point.module.startswith(_CLIENTS) else "Commands"
        one.command(name=cmd_name, rich_help_panel=panel)(point.load())
        return typer.main.get_command(one)


app = typer.Typer(
    cls=CommandGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def _h2bench() -> None:
    """Runs, records and judges tests of hydrogen engines and fuel cells.

    Exit codes: 0 PASS or complete, 1 FAIL (verify: not as written), 2 wrong command line, 3 NOT
    SHOWN, 4 refused before start, 5 stopped by a limit, 6 stopped by the operator, 7 a step
    failed, 70 internal error.
    """


def main() -> None:
    """Run the command line; every foreseen problem is one sentence and an exit code."""
    survive_their_readers()
    logging.getLogger().addHandler(logging.NullHandler())  # libraries tell us by errors, in words
    if len(sys.argv) == 2 and sys.argv[1] == "--version":
        typer.echo(version("h2bench"))
        return
    try:
        app(prog_name="h2bench")
    except RunFailed as error:
        typer.echo(error.text(user_language()), err=True)
        sys.exit(Exit.INTERNAL)
    except BenchError as error:
        typer.echo(error.text(user_language()), err=True)
        sys.exit(Exit.REFUSED)
    except Exception:  # noqa: BLE001 - shown whole; Python's own exit code 1 would mean FAIL
        traceback.print_exc()
        sys.exit(Exit.INTERNAL)


if __name__ == "__main__":
    main()
