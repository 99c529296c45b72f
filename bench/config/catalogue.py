"""Where rigs, object kinds and protocols are found: shipped by entry point, own by path."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoints, entry_points
from pathlib import Path
from typing import Any

from bench.device import Driver
from bench.errors import ConfigError, did_you_mean
from bench.messages import Message


@dataclass(frozen=True)
class Catalogue:
    """Folders to search, and the installed drivers."""

    rigs: tuple[Path, ...]
    """Folders with rigs."""
    objects: tuple[Path, ...]
    """Folders with object kinds."""
    protocols: tuple[Path, ...]
    """Folders with protocols: ``hydrogen_engine/best-point.yaml``."""

    @staticmethod
    def shipped() -> Catalogue:
        """Return the catalogue of what is installed."""
        return Catalogue(
            *(
                tuple(Path(point.load()) for point in _installed(group))
                for group in ("rigs", "objects", "protocols")
            )
        )

    def rig(self, name: str) -> Path:
        """Return the file of a rig, by name or path.

        Raises:
            ConfigError: no such rig.
        """
        path = _found(name, self.rigs)
        if path is None:
            raise ConfigError("config.no-rig", name=name, hint=did_you_mean(name, self.rig_names()))
        return path

    def object_kind(self, name: str) -> Path:
        """Return the file of an object kind.

        Raises:
            ConfigError: no such object kind.
        """
        path = _found(name, self.objects)
        if path is None:
            hint = did_you_mean(name, _names(self.objects))
            raise ConfigError("config.no-object", name=name, hint=hint)
        return path

    def protocol(self, name: str, beside: Path | None = None) -> Path:
        """Return the file of a protocol, by name or path; files beside the caller come first.

        Raises:
            ConfigError: no such protocol.
        """
        folders = self.protocols if beside is None else (beside.parent, *self.protocols)
        path = _found(name, folders)
        if path is None:
            hint = did_you_mean(name, self.protocol_names())
            raise ConfigError("config.no-protocol", name=name, hint=hint)
        return path

    def rig_names(self) -> list[str]:
        """Return the names of the rigs found by name."""
        return _names(self.rigs)

    def protocol_names(self) -> list[str]:
        """Return the names of the protocols found by name."""
        return _names(self.protocols)

    def cycle(self, name: str, beside: Path) -> Path:
        """Return the file of a time table, beside the protocol or shipped.

        Raises:
            ConfigError: no such file.
        """
        candidates = [beside.parent / name, *(folder / name for folder in self.protocols)]
        for candidate in candidates:
            if candidate.is_file():
                return candidate
        raise ConfigError("config.no-cycle", table=name, folder=str(beside.parent))

    def picture(self, name: str, beside: Path) -> Path:
        """Return the file of a picture, beside the file that names it or shipped; absolute.

        Raises:
            ConfigError: no such file.
        """
        shipped = (folder / "pictures" / name for folder in self.protocols)
        for candidate in (beside.parent / name, *shipped):
            if candidate.is_file():
                return candidate.absolute()
        raise ConfigError("config.no-picture", picture=name, folder=str(beside.parent))


def _names(folders: tuple[Path, ...]) -> list[str]:
    found = {
        path.relative_to(folder).with_suffix("").as_posix().replace("_", "-")
        for folder in folders
        for path in folder.rglob("*.yaml")
        if "objects" not in path.relative_to(folder).parts[:-1]
    }
    return sorted(found)


def _found(name: str, folders: tuple[Path, ...]) -> Path | None:
    given = Path(name)
    if given.suffix in {".yaml", ".yml"} or given.is_file():
        return given
    head, _, tail = name.rpartition("/")
    for folder in folders:
        for path in (folder / head.replace("-", "_") / f"{tail}.yaml", folder / f"{name}.yaml"):
            if path.is_file():
                return path
    return None


@cache
def _installed(group: str) -> EntryPoints:
    """Return the entry points of a group; what is installed does not change while we run."""
    return entry_points(group=f"h2bench.{group}")


def drivers() -> dict[str, Callable[[], Driver]]:
    """Return driver name → loader of every installed driver."""
    return {point.name: point.load for point in _installed("drivers")}


def results_of(kind: str) -> Mapping[str, str]:
    """Return name → unit of every result an object kind may be judged by; empty: none known."""
    found: Mapping[str, str] = {}
    for point in _installed("results"):
        if point.name == kind:
            found = point.load()
    return found


def forecast_of(kind: str) -> Callable[[Any], Iterable[Message]] | None:
    """Return what tells of a checked plan what it will show of an object kind; None: nothing.

    It takes a `bench.check.Checked` and returns sentences, line by line.
    """
    for point in _installed("forecasts"):
        if point.name == kind:
            return point.load()
    return None


def extension(group: str, name: str) -> Any:
    """Return an installed extension (``h2bench.<group>``) by name.

    Raises:
        ConfigError: none of that name is installed.
    """
    points = _installed(group)
    for point in points:
        if point.name == name:
            return point.load()
    names = [point.name for point in points]
    raise ConfigError("config.no-extension", group=group, name=name, hint=did_you_mean(name, names))
