"""Results of an analysis, kept in the run file they come from."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import cast

from bench.errors import RunFileError
from bench.record import hdf5, json_text
from bench.record.disk import reason, reopen

_GROWTH = 64 * 1024
"""What HDF5 itself may need for one more dataset, bytes."""
_HDF5_ERRORS = (OSError, RuntimeError, ValueError, KeyError, AttributeError)


def write_results(path: Path, results: Mapping[str, object]) -> None:
    """Store results as JSON in ``/entry/results``, in place of older ones.

    Raises:
        RunFileError: the file cannot be changed.
    """
    try:
        with ExitStack() as stack:
            disk = stack.enter_context(reopen(path))
            disk.reserve(len(json_text.encode(results)) + _GROWTH)
            file = hdf5.open_to_change(disk)
            stack.callback(file.close)
            file.group("entry").put_json("results", results)
        if disk.failure is not None:
            raise disk.failure
    except _HDF5_ERRORS as error:
        raise RunFileError("record.results", path=path, reason=reason(error)) from error


def read_results(path: Path) -> dict[str, object]:
    """Return the results a run file holds; empty where nobody has stored any.

    Raises:
        RunFileError: the file cannot be read.
    """
    try:
        file = hdf5.open_to_read(path)
        try:
            entry = file.group("entry")
            return cast("dict[str, object]", entry.json("results")) if "results" in entry else {}
        finally:
            file.close()
    except _HDF5_ERRORS as error:
        raise RunFileError("record.results-unreadable", path=path, reason=reason(error)) from error
