"""Damaged content becomes a sentence, never a number."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from bench.errors import RunFileError
from bench.record.disk import reason

_DAMAGE = (OSError, RuntimeError, LookupError, ValueError, TypeError, AttributeError)
"""What h5py and the decoding of its values raise on content that is not as written."""


@contextmanager
def damage_told(path: Path) -> Generator[None]:
    """Translate what damaged content raises.

    Raises:
        RunFileError: something is missing or not as written.
    """
    try:
        yield
    except _DAMAGE as error:
        raise RunFileError("runs.damaged", path=path, reason=reason(error)) from error
