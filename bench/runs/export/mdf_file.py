"""ASAM MDF 4.10, written by a process of its own.

Each rate group is a channel group with its own time. Values are as recorded: counts of an ADC
with a linear conversion, what is not OK with its invalidation bit.
"""

from __future__ import annotations

import errno
import importlib.util
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, BinaryIO, cast

import numpy as np

from bench.errors import RunFileError
from bench.record import json_text
from bench.record.disk.storage import reason
from bench.runs.export.content import Content
from bench.runs.export.mdf_wire import Array, send
from bench.runs.export.parquet_file import about_run
from bench.runs.export.table import Beside, Block, Heading

_PROCESS = "bench.runs.export.mdf_process"
_LIBRARY = "asammdf"
_PATIENCE = 10.0
"""How long the process may take to end once nobody needs it any more, s."""
_BUFFER = 1024 * 1024


class MdfFile:
    """An MDF4 file that is being written."""

    def __init__(self, path: Path, content: Content) -> None:
        """Start the process and tell it the channels.

        Raises:
            RunFileError: the library for MDF4 is not installed.
            OSError: the process cannot be started.
        """
        if importlib.util.find_spec(_LIBRARY) is None:
            raise RunFileError("export.no-mdf", command="pip install 'h2bench[mdf]'")
        self._headings = [table.headings for table in content.tables]
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the file
        try:
            self._process = _started(self._complaints)
        except OSError:
            self._complaints.close()
            raise
        try:
            self._send(
                {
                    "path": str(path),
                    "start_utc_ns": content.start_utc_ns,
                    "comment": json_text.encode(about_run(content.header)),
                    "groups": [
                        {"name": table.name, "channels": list(_channels(table.headings))}
                        for table in content.tables
                    ],
                }
            )
        except OSError:
            self.close()
            raise

    def write(self, table: int, block: Block) -> None:
        """Send rows.

        Raises:
            OSError: the process could not write them.
        """
        arrays: list[Array | None] = [block.times_ns / 1e9]
        for heading, cells in zip(self._headings[table], block.cells, strict=True):
            arrays += [cells.values, cells.missing]
            if heading.beside is Beside.QUALITY and cells.beside is not None:
                arrays += [cells.beside, None]
            elif cells.beside is not None:
                arrays += [cells.beside.astype(np.uint32), None]
        self._send({"group": table}, arrays)

    def finish(self) -> None:
        """Have the file written.

        Raises:
            OSError: the process could not write it.
        """
        self._send({"finish": True})
        answer = self._answer()
        if answer.get("done") is not True:
            raise self._failure(answer)

    def close(self) -> None:
        """End the process; again: does nothing."""
        with suppress(OSError):
            self._input.close()
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._output.close()
        self._complaints.close()

    @property
    def _input(self) -> BinaryIO:
        return cast("BinaryIO", self._process.stdin)

    @property
    def _output(self) -> BinaryIO:
        return cast("BinaryIO", self._process.stdout)

    def _send(self, said: dict[str, object], arrays: list[Array | None] | None = None) -> None:
        try:
            send(self._input, said, arrays or [])
        except OSError as error:
            raise self._failure(self._answer()) from error

    def _answer(self) -> dict[str, object]:
        """Return what the process says; nothing: it ended without a word."""
        if self._output.closed:
            return {}
        line = self._output.readline()
        return cast("dict[str, object]", json.loads(line)) if line else {}

    def _failure(self, answer: dict[str, object]) -> OSError:
        return OSError(errno.EIO, str(answer.get("trouble") or self._last_words()))

    def _last_words(self) -> str:
        """Return the last line of what the process complained of."""
        self._process.wait()
        try:
            self._complaints.seek(0)
            lines = self._complaints.read().decode(errors="replace").strip().splitlines()
        except OSError as error:
            return reason(error)
        return lines[-1] if lines else f"exit code {self._process.returncode}"


def _started(complaints: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", _PROCESS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=complaints,
        bufsize=_BUFFER,
        start_new_session=True,  # a Ctrl-C is for us: it ends when we let go of it
        creationflags=_creation_flags(),
    )


def _creation_flags() -> int:
    """Return what keeps a process from our console, on Windows."""
    if sys.platform != "win32":
        return 0
    return subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP


def _channels(headings: tuple[Heading, ...]) -> Iterator[dict[str, object]]:
    """Yield what MDF4 says of each channel, in the order of the arrays."""
    for heading in headings:
        yield {
            "name": heading.name,
            "unit": heading.unit,
            "comment": _comment(heading),
            "dtype": heading.dtype.str,
            "width": heading.width,
            "conversion": [heading.scale, heading.offset] if heading.is_scaled else None,
        }
        if heading.beside is not Beside.NOTHING:
            is_quality = heading.beside is Beside.QUALITY
            yield {
                "name": heading.second_name,
                "unit": "",
                "comment": _CODES if is_quality else "good samples of the interval",
                "dtype": "|u1" if is_quality else "<u4",
                "width": 1,
                "conversion": None,
            }


def _comment(heading: Heading) -> str:
    """Return the titles of a channel; of traces also where their samples lie."""
    title = heading.channel.title
    found = [text for text in (title.en, title.zh) if text]
    if heading.width > 1:
        first, step, unit = heading.axis
        found.append(f"from {first:g} {unit} in steps of {step:g} {unit}")
    return " / ".join(found)


_CODES = "0 OK, 1 STALE, 2 BAD, 3 DISCONNECTED"
