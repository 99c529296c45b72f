"""Signals of an MDF file, read by a process of its own."""

from __future__ import annotations

import importlib.util
import io
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.runs.export.mdf_wire import receive, send
from bench.runs.importing.errors import TableError

Numbers = NDArray[np.float64]
_PROCESS = "bench.runs.importing.mdf_process"
_LIBRARY = "asammdf"


@dataclass(frozen=True, eq=False)
class MdfSignal:
    """One channel of a file."""

    name: str
    unit: str
    """As in the file; empty: none."""
    times: Numbers
    """s since the begin of the measurement, rising."""
    values: Numbers


def read_mdf_signals(path: Path, names: Iterable[str]) -> list[MdfSignal]:
    """Return the channels of an MDF file that are called as wanted.

    Args:
        path: the file.
        names: in small letters without signs; ``spn190`` stands for all that begin with it.

    Raises:
        TableError: the library for MDF is not installed, or the file cannot be read.
    """
    if importlib.util.find_spec(_LIBRARY) is None:
        raise TableError("export.no-mdf", command="pip install 'h2bench[mdf]'")
    if not path.is_file():
        raise TableError("import.unreadable", path=path, reason=f"no file {path.name}")
    asked = io.BytesIO()
    send(asked, {"path": str(path), "names": sorted(names)})
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", _PROCESS],
        input=asked.getvalue(),
        capture_output=True,
        check=False,
        creationflags=_creation_flags(),
    )
    answer = receive(io.BytesIO(done.stdout))
    if done.returncode != 0 or answer is None:
        words = done.stderr.decode(errors="replace").strip().splitlines()
        reason = words[-1] if words else f"exit code {done.returncode}"
        raise TableError("import.unreadable", path=path, reason=reason)
    said, arrays = answer
    return [
        MdfSignal(each["name"], each["unit"], *_rising(times, values))
        for each, times, values in zip(said["signals"], arrays[0::2], arrays[1::2], strict=True)
        if times is not None and values is not None and times.size
    ]


def _creation_flags() -> int:
    """Return what keeps a process from opening a console, on Windows."""
    return subprocess.CREATE_NO_WINDOW if sys.platform == "win32" else 0


def _rising(times: Numbers, values: Numbers) -> tuple[Numbers, Numbers]:
    """Return times that rise with their values; of two at one time the later one counts."""
    last = np.append(times[1:] > times[:-1], True)
    return times[last], values[last]
