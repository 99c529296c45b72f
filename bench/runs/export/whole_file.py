"""A file that appears whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from bench.errors import RunFileError
from bench.record.disk.storage import reason


def part_of(path: Path) -> Path:
    """Return where a file grows before it gets its name.

    Raises:
        RunFileError: the path is a folder.
    """
    if path.is_dir():
        raise RunFileError("export.is-folder", path=path)
    return path.with_name(f"{path.name}.part")


@contextmanager
def whole_file(path: Path, *, is_forced: bool) -> Generator[Path]:
    """Give the name under which to write a file; without an error it then gets its own.

    Whatever breaks off, Ctrl-C too, leaves nothing behind, and an older file as it was.

    Args:
        path: the file.
        is_forced: whether an older one may be replaced.

    Raises:
        RunFileError: there is an older one, or the file cannot be written.
    """
    part = part_of(path)
    if path.exists() and not is_forced:
        raise RunFileError("export.exists", path=path)
    try:
        yield part
        _sync(part)
        part.replace(path)
    except OSError as error:
        raise RunFileError("export.not-written", path=path, reason=reason(error)) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    """Wait until a file is on the disk: only then may it take the place of an older one."""
    with path.open("r+b") as file:
        os.fsync(file.fileno())
