"""What comes into a run file after its end: results of an analysis, why it broke off."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar, cast

from bench.errors import RunFileError
from bench.record import hdf5, json_text
from bench.record.disk.atomic import AtomicFile
from bench.record.disk.locks import Purpose, RunLock
from bench.record.disk.snapshot import SnapshotFile
from bench.record.disk.storage import Storage, SystemStorage, reason
from bench.record.layout.parts import run_of
from bench.record.sealing.rotation import last_part

Found = TypeVar("Found")

_EXPLANATION = "explanation"
_GROWTH = 64 * 1024
"""What HDF5 itself may need for one more dataset, bytes."""
_HDF5_ERRORS = (OSError, RuntimeError, ValueError, KeyError, AttributeError, TypeError)


@dataclass(frozen=True)
class Explanation:
    """Why a run broke off, as a person says."""

    text: str
    """What happened."""
    operator: str
    """Who says so."""
    utc_ns: int
    """When it was said, ns since 1970-01-01T00:00:00Z."""


def write_results(
    path: Path, results: Mapping[str, object], *, storage: Storage | None = None
) -> None:
    """Store results as JSON in ``/entry/results``, in place of older ones.

    Either all of it happens or nothing: a failure leaves the older results. Nothing is written
    into a run that is being recorded or recovered.

    Args:
        path: the run file.
        results: what to store.
        storage: the file system; the operating system's, if none is given.

    Raises:
        RunFileError: the file cannot be changed, or somebody else changes it.
    """
    _write_alone(path, "results", results, storage)


def write_explanation(
    path: Path, text: str, operator: str, utc_ns: int, *, storage: Storage | None = None
) -> None:
    """Store why a run broke off, as `write_results` does: ``/entry/explanation`` of the last part.

    Args:
        path: the run file; of a run in parts, any of them.
        text: what happened.
        operator: who says so.
        utc_ns: when it is said, ns since 1970-01-01T00:00:00Z.
        storage: the file system; the operating system's, if none is given.

    Raises:
        RunFileError: the file cannot be changed, or somebody else changes it.
    """
    last = last_part(storage or SystemStorage(), run_of(path)[0])
    explanation = Explanation(text, operator, utc_ns)
    _write_alone(last, _EXPLANATION, asdict(explanation), storage)


def _write_alone(
    path: Path, name: str, value: Mapping[str, object], storage: Storage | None
) -> None:
    """Write a value while nobody else writes."""
    with ExitStack() as stack:
        if path.parent.is_dir():
            for purpose in (Purpose.RECORDING, Purpose.CHANGING):
                stack.enter_context(_locked(path, purpose))
        _write(path, name, value, storage or SystemStorage())


def _locked(path: Path, purpose: Purpose) -> RunLock:
    try:
        return RunLock(run_of(path)[0], purpose)
    except RunFileError as error:
        if error.message.id != "record.no-lock":
            raise
        told = error.message.arguments["reason"]  # a folder that is read-only
        raise RunFileError("record.results", path=path, reason=told) from error


def _write(path: Path, name: str, value: Mapping[str, object], storage: Storage) -> None:
    try:
        stream = AtomicFile.open(storage, path)
        try:
            stream.reserve(len(json_text.encode(value)) + _GROWTH)
            file = hdf5.open_to_change(stream)
            try:
                file.group("entry").put_json(name, value)
            finally:
                file.close()
            stream.commit()
        finally:
            stream.close()
        with suppress(OSError):  # an applied journal does no harm, one that is needed stays
            stream.remove_journal()
    except _HDF5_ERRORS as error:
        raise RunFileError("record.results", path=path, reason=reason(error)) from error


def explanation_in(entry: hdf5.Group) -> Explanation | None:
    """Return why a run broke off; None: nobody has said so.

    Raises:
        KeyError, TypeError, ValueError: it is not as written.
    """
    if _EXPLANATION not in entry:
        return None
    found = cast("Mapping[str, object]", entry.json(_EXPLANATION))
    utc_ns = found["utc_ns"]
    if not isinstance(utc_ns, int):
        raise TypeError(utc_ns)
    return Explanation(str(found["text"]), str(found["operator"]), utc_ns)


def read_explanation(path: Path) -> Explanation | None:
    """Return why a run broke off; None: nobody has said so.

    Args:
        path: the run file; of a run in parts, any of them.

    Raises:
        RunFileError: the file cannot be read.
    """
    return _read(last_part(SystemStorage(), run_of(path)[0]), explanation_in)


def read_results(path: Path) -> dict[str, object]:
    """Return the results a run file holds; empty where nobody has stored any.

    Raises:
        RunFileError: the file cannot be read.
    """
    return _read(path, _results)


def _read(path: Path, read: Callable[[hdf5.Group], Found]) -> Found:
    """Return what is read of ``/entry`` as the last commit left it."""
    try:
        with SnapshotFile(path) as stream:
            file = hdf5.open_stream_to_read(stream)
            try:
                return read(file.group("entry"))
            finally:
                file.close()
    except _HDF5_ERRORS as error:
        raise RunFileError("record.results-unreadable", path=path, reason=reason(error)) from error


def _results(entry: hdf5.Group) -> dict[str, object]:
    return cast("dict[str, object]", entry.json("results")) if "results" in entry else {}
