"""What the app remembers of a user; read and written only when asked."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, cast

import platformdirs

FILE_VARIABLE = "H2BENCH_SETTINGS"
"""Environment variable that names another file."""


@dataclass(frozen=True)
class Settings:
    """What the app remembers of a user."""

    language: str = ""
    """Language of the windows; empty: that of the system."""
    operator: str = ""
    """Who signs; empty: not told yet."""
    run_folder: str = ""
    """Where run files go that a server of ours records; empty: ``h2bench-runs`` at home."""
    searched: tuple[str, ...] = ()
    """Folders the run browser shows."""
    recent: tuple[str, ...] = ()
    """Run files that were open lately, the newest first."""
    told: frozenset[str] = field(default_factory=frozenset[str])
    """Notices that are said once and were."""
    windows: dict[str, str] = field(default_factory=dict[str, str])
    """Window → its geometry, Base64 as Qt gives it."""


def changed(settings: Settings, fields: Mapping[str, object]) -> Settings:
    """Return settings of which some fields are others."""
    return replace(settings, **dict[str, Any](fields))


def settings_file() -> Path:
    """Return where the settings lie."""
    named = os.environ.get(FILE_VARIABLE)
    if named:
        return Path(named)
    return platformdirs.user_config_path("h2bench", appauthor=False) / "app.json"


def load_settings(path: Path) -> Settings:
    """Return the settings of a file; what it lacks or holds wrongly is as for a new user."""
    found: Any = None
    with suppress(OSError, ValueError):
        found = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(found, dict):
        return Settings()
    known = cast("dict[str, Any]", found)
    plain = {each.name: known[each.name] for each in fields(Settings) if each.name in known}
    try:
        return _checked(plain)
    except (TypeError, ValueError):
        return Settings()


def save_settings(path: Path, settings: Settings) -> None:
    """Write settings; a reader sees the old ones or the new ones.

    Raises:
        OSError: they cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    written = path.with_name(f"{path.name}.{os.getpid()}")
    plain = asdict(settings) | {"told": sorted(settings.told)}
    written.write_text(json.dumps(plain, ensure_ascii=False, indent=1), encoding="utf-8")
    written.replace(path)


def _checked(plain: dict[str, Any]) -> Settings:
    texts = {name: str(plain.get(name, "")) for name in ("language", "operator", "run_folder")}
    return Settings(
        **texts,
        searched=tuple(str(each) for each in plain.get("searched", ())),
        recent=tuple(str(each) for each in plain.get("recent", ())),
        told=frozenset(str(each) for each in plain.get("told", ())),
        windows={str(name): str(text) for name, text in dict(plain.get("windows", {})).items()},
    )
