"""Who asks, and of which server, as the command line says it."""

from __future__ import annotations

import getpass
import platform
from pathlib import Path

from bench.config.grammar import RigFile
from bench.document import load, validated


def user_name() -> str:
    """Return who asks if nobody says otherwise: ``mk@cell-3``."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # a system that does not know its user (3.11: KeyError)
        user = "somebody"
    return f"{user}@{platform.node()}"


def rig_named(rig: str) -> str:
    """Return the name of a rig that is given by name or file; empty stays empty.

    Raises:
        ConfigError: the file cannot be read.
    """
    path = Path(rig)
    if rig and (path.suffix in {".yaml", ".yml"} or path.is_file()):
        return validated(load(path), RigFile).rig
    return rig
