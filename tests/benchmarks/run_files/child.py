"""A measurement in a process of its own: its memory, processor time and writes are its own."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[3]
"""Where the programs start."""
Result = Mapping[str, Any]
"""What a measurement says, and ``peak_mb``: the most memory its process had, MB."""


def measured(task: str, **arguments: object) -> Result:
    """Return what a function of this package says, called in a new process.

    Args:
        task: ``module:function``; it returns a mapping of plain values.
        arguments: plain values.

    Raises:
        CalledProcessError: it failed; what it said stands on the standard error output.
    """
    command = [sys.executable, "-m", __name__, task, json.dumps(arguments)]
    done = subprocess.run(command, cwd=REPOSITORY, stdout=subprocess.PIPE, check=True)
    found: Result = json.loads(done.stdout.splitlines()[-1])
    return found


def peak_mb() -> float:
    """Return the most memory this process ever had, MB; NaN: the system does not say."""
    return _status("VmHWM", Path("/proc/self/status"))


def resident_mb(process: int | str = "self") -> float:
    """Return the memory a process has, MB; NaN: the system does not say."""
    return _status("VmRSS", Path(f"/proc/{process}/status"))


def _status(name: str, path: Path) -> float:
    if not path.exists():
        return float("nan")
    lines = path.read_text(encoding="utf-8").splitlines()
    found = next(line for line in lines if line.startswith(name))
    return int(found.split()[1]) / 1024


def written_bytes() -> float:
    """Return the bytes this process and its ended children wrote; NaN: the system does not say."""
    path = Path("/proc/self/io")
    if not path.exists():
        return float("nan")
    lines = path.read_text(encoding="utf-8").splitlines()
    return float(next(line for line in lines if line.startswith("wchar")).split()[1])


def processor_seconds(process: int) -> float:
    """Return the processor time of another process, s; NaN: the system does not say."""
    path = Path(f"/proc/{process}/stat")
    if not path.exists():
        return float("nan")
    fields = path.read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def children() -> list[int]:
    """Return the processes this one has started and that still run."""
    path = Path(f"/proc/self/task/{os.getpid()}/children")
    return [int(each) for each in path.read_text(encoding="utf-8").split()] if path.exists() else []


def main() -> None:
    """Call a function and write what it says as a line of JSON."""
    module, _, function = sys.argv[1].partition(":")
    task = getattr(importlib.import_module(f"{__package__}.{module}"), function)
    found = task(**json.loads(sys.argv[2]))
    sys.stdout.write(json.dumps({**found, "peak_mb": peak_mb()}) + "\n")


if __name__ == "__main__":
    main()
