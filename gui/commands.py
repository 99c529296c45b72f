"""Commands that open windows: gui, review.

Qt is imported inside the functions: ``h2bench --help`` loads this module for its texts, and the
command line works without Qt's system libraries.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from bench.errors import ConfigError
from bench.messages import LANGUAGES

Language = Annotated[str, typer.Option(help="en or zh; by default that of the last time.")]


def gui(
    rig: Annotated[
        str, typer.Option(help="Rig, by name or file: attach to its server, or start one.")
    ] = "",
    output: Annotated[
        Path | None, typer.Option(help="Folder for run files of a server that is started.")
    ] = None,
    language: Language = "",
) -> None:
    """Open the app: the console of a bench, and the reviewer of its runs.

    Without a bench it offers simulated ones. Closing its window stops no run.
    """
    _check_language(language)
    _qt_or_sentence()
    from gui.app import open_console  # noqa: PLC0415 - Qt, and start-up time

    raise typer.Exit(open_console(rig=rig, folder=output, language=language))


def review(
    files: Annotated[list[Path] | None, typer.Argument(help="Run files.")] = None,
    language: Language = "",
) -> None:
    """Open the reviewer alone, on run files; also on one that is being recorded."""
    _check_language(language)
    _qt_or_sentence()
    from gui.app import open_reviewer  # noqa: PLC0415 - Qt, and start-up time

    raise typer.Exit(open_reviewer(tuple(files or ()), language=language))


def _check_language(language: str) -> None:
    if language and language not in LANGUAGES:
        raise ConfigError("app.no-language", language=language, known=", ".join(LANGUAGES))


def _qt_or_sentence() -> None:
    """Look whether windows can be shown; what is missing is one sentence.

    Raises:
        ConfigError: Qt, a library of the system, or a screen is missing.
    """
    from gui.requirements import check_windows  # noqa: PLC0415 - start-up time

    check_windows(os.environ)
