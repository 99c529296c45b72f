"""Damaged content becomes a sentence, never a number."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, TypeVar

from bench.errors import RunFileError
from bench.record.disk.storage import reason

Found = TypeVar("Found")

DAMAGE = (
    OSError, RuntimeError, LookupError, ValueError, TypeError, AttributeError, MemoryError,
    ArithmeticError,
)  # fmt: skip
"""What h5py and the decoding of its values raise on content that is not as written."""


class Guard(Protocol):
    """Runs a read such that all of it is of one commit, and fails with a sentence."""

    def __call__(self, read: Callable[[], Found], /) -> Found:
        """Return what the read returns.

        Raises:
            RunFileError: it met damage, or was met by one commit after the other.
        """
        ...


class ChecksumWrong(ValueError):
    """A stored chunk is not what was written."""


@contextmanager
def damage_told(path: Path) -> Generator[None]:
    """Translate what damaged content raises.

    Raises:
        RunFileError: something is missing or not as written.
    """
    try:
        yield
    except DAMAGE as error:
        raise RunFileError("runs.damaged", path=path, reason=told_reason(error)) from error


def told_reason(error: BaseException) -> str:
    """Return the reason; where an error has no text, its kind."""
    return reason(error) or type(error).__name__
