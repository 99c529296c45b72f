"""The file of the evidence of a rig: ``RIG.preflight.json`` beside its run files.

One line per piece of evidence, so that versions of it can be compared; written anew as a whole
under another name and put in place, so that whoever reads sees the old one or the new one.
"""

from __future__ import annotations

import json
import os
import threading
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from bench.errors import RunFileError
from bench.preflight.evidence import Evidence
from bench.record.disk.storage import reason

KEPT = 200
"""Pieces of evidence that are kept of each check, the newest."""
MOST_BYTES = 64 * 2**20
"""What is not read any more: no such file is ours."""


def file_of(folder: Path, rig: str) -> Path:
    """Return where the evidence of a rig lies."""
    return folder / f"{quote(rig, safe='')}.preflight.json"


def read(path: Path) -> tuple[Evidence, ...]:
    """Return the evidence of a file, the oldest first; none where there is no file.

    Raises:
        RunFileError: it cannot be read, or is not as we write it.
    """
    try:
        if not path.exists():
            return ()
        if path.stat().st_size > MOST_BYTES:
            raise RunFileError("preflight.damaged", path=path)
        text = path.read_text(encoding="utf-8")
        lines = json.loads(text)["evidence"]
        return tuple(Evidence.from_line(json.dumps(each)) for each in lines)
    except OSError as error:
        raise RunFileError("preflight.unreadable", path=path, reason=reason(error)) from error
    except (ValueError, KeyError, TypeError) as error:
        raise RunFileError("preflight.damaged", path=path) from error


def text_of(rig: str, evidence: tuple[Evidence, ...]) -> str:
    """Return evidence as the text of a file."""
    lines = ",\n".join(each.to_line() for each in evidence)
    return f'{{"rig": {json.dumps(rig, ensure_ascii=False)}, "evidence": [\n{lines}\n]}}\n'


class Store:
    """Adds to the file of a rig; from any thread."""

    def __init__(self, path: Path, rig: str) -> None:
        """Take the file; nothing is read or made yet."""
        self.path = path
        self._rig = rig
        self._lock = threading.Lock()

    def add(self, evidence: Evidence) -> None:
        """Add a piece of evidence, and return once it is on the disk.

        Raises:
            RunFileError: the file cannot be read or written.
        """
        with self._lock:
            kept = _kept((*read(self.path), evidence))
            _put(self.path, text_of(self._rig, kept))


def _kept(evidence: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    """Return the newest of each check, in their order."""
    counts: dict[str, int] = {}
    kept: list[Evidence] = []
    for each in reversed(evidence):
        counts[each.check] = counts.get(each.check, 0) + 1
        if counts[each.check] <= KEPT:
            kept.append(each)
    return tuple(reversed(kept))


def _put(path: Path, text: str) -> None:
    written = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with written.open("w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        written.replace(path)
    except OSError as error:
        with suppress(OSError):
            written.unlink(missing_ok=True)
        raise RunFileError("preflight.unwritable", path=path, reason=reason(error)) from error
