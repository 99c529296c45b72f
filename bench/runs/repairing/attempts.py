"""Reads that may meet damage: what they find, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from bench.errors import RunFileError
from bench.runs.damage import damage_told

Found = TypeVar("Found")


class Attempts:
    """Reads of a damaged file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        """The file."""

    def __call__(self, read: Callable[[], Found], /) -> Found | None:
        """Return what a read finds; None: it met damage."""
        try:
            with damage_told(self.path):
                return read()
        except RunFileError:
            return None
