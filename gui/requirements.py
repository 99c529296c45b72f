"""Whether this machine can show windows: Qt ends the whole process where it cannot."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

from bench.errors import ConfigError

_MODULES = ("PySide6.QtGui", "PySide6.QtWidgets", "pyqtgraph")


def check_windows(environment: Mapping[str, str]) -> None:
    """Look whether windows can be shown.

    Args:
        environment: The variables of the process.

    Raises:
        ConfigError: Qt, a library of the system, or a screen is missing; says what to do.
    """
    for module in _MODULES:
        try:
            import_module(module)
        except ImportError as error:
            raise ConfigError("app.no-qt", reason=str(error)) from error
    if not sys.platform.startswith("linux"):
        return
    chosen = environment.get("QT_QPA_PLATFORM", "")
    has_wayland = bool(environment.get("WAYLAND_DISPLAY"))
    if not (chosen or has_wayland or environment.get("DISPLAY")):
        raise ConfigError("app.no-screen")
    if chosen.startswith("xcb") or not (chosen or has_wayland):
        _check_plugin("libqxcb.so")


def _check_plugin(name: str) -> None:
    """Load a platform plugin of Qt's package as Qt will.

    Raises:
        ConfigError: a library of the system that it needs is missing.
    """
    package = Path(import_module("PySide6").__path__[0])
    plugin = package / "Qt" / "plugins" / "platforms" / name
    if not plugin.is_file():  # a Qt of the system, which brings what it needs
        return
    try:
        ctypes.CDLL(str(plugin))
    except OSError as error:
        raise ConfigError("app.no-library", reason=str(error)) from error
