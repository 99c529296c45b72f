"""``name=value`` settings of the command line."""

from __future__ import annotations

from collections.abc import Iterable

from bench.errors import ConfigError


def parse_settings(given: Iterable[str]) -> dict[str, str]:
    """Return name → text of ``name=value`` settings.

    Raises:
        ConfigError: no name, no equals sign, or a name given twice.
    """
    settings: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise ConfigError("config.setting", text=text)
        if name.strip() in settings:
            raise ConfigError("config.setting-twice", name=name.strip())
        settings[name.strip()] = value.strip().strip("'\"")
    return settings
