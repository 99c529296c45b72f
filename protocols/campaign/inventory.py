"""Runs in a folder: their files, and the jobs that read them, one per part."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.errors import RunFileError
from bench.messages import Message
from bench.record.disk.locks import Purpose, held
from bench.record.disk.storage import reason
from bench.record.layout.contents import RECORDING
from bench.record.layout.parts import run_of
from bench.runs import open_run
from bench.runs.catalogue.summary import Summary, summarise


@dataclass(frozen=True)
class PartJob:
    """Reads one part of a run; everything it needs is in it."""

    run: str
    """First file of the run that is there."""
    file: str
    """The part."""
    first_row: int
    """First scan of the run that it reads."""
    last_row: int | None
    """Scan behind the last one; None: to the end."""
    is_first: bool
    """Whether no part is before it."""
    is_last: bool
    """Whether it says how the run ended."""
    exponents: tuple[tuple[str, float], ...] = ()
    """Exponents of mechanisms that differ from their defaults."""
    origin: str = ""
    """Where those come from."""


@dataclass(frozen=True)
class RunFiles:
    """One run of a folder, as its files say without their channels."""

    name: str
    """First file that is there, seen from the folder."""
    path: Path
    """The same, to be opened."""
    files: tuple[str, ...]
    """All of its files, seen from the folder."""
    last: Summary
    """What the last one says."""
    missing: tuple[int, ...]
    """Parts before the last one that are not there."""
    rows: tuple[tuple[int, int], ...]
    """Per file: number of its first scan, and of the one behind its last."""
    is_growing: bool = False
    """Whether a program records it at this moment."""

    def jobs(self, folder: Path) -> tuple[PartJob, ...]:
        """Return what reads it, in order."""
        count = len(self.files)
        return tuple(
            PartJob(
                run=str(self.path),
                file=str(folder / name),
                first_row=first,
                last_row=None if place == count - 1 else behind,
                is_first=place == 0,
                is_last=place == count - 1,
            )
            for place, (name, (first, behind)) in enumerate(zip(self.files, self.rows, strict=True))
        )


@dataclass(frozen=True)
class Unreadable:
    """A file that ends in ``.h5`` and says nothing of itself."""

    name: str
    """Seen from the folder."""
    why: Message
    """What is wrong."""


@dataclass(frozen=True)
class Inventory:
    """All of a folder."""

    folder: Path
    """Which one."""
    runs: tuple[RunFiles, ...]
    """Runs, by name of their first file."""
    unreadable: tuple[Unreadable, ...]
    """What cannot be read."""

    @property
    def serials(self) -> dict[tuple[str, str], int]:
        """Kind and serial number of each test object → number of its runs."""
        found: dict[tuple[str, str], int] = {}
        for run in self.runs:
            key = (run.last.object_kind, run.last.serial)
            found[key] = found.get(key, 0) + 1
        return found


def inventory_of(folder: Path) -> Inventory:
    """Return the runs in a folder and those below it; what broke off is completed before.

    Raises:
        RunFileError: there is no such folder, or it cannot be read.
    """
    read: list[tuple[Path, Summary]] = []
    unreadable: list[Unreadable] = []
    for path in _files_in(folder):
        try:
            read.append((path, _summary(path)))
        except RunFileError as error:
            unreadable.append(Unreadable(_shown(folder, path), error.message))
    return Inventory(folder, tuple(_runs_among(folder, read)), tuple(unreadable))


def _summary(path: Path) -> Summary:
    """Return what a file says of itself; of one that broke off, once it is completed."""
    found = summarise(path)
    if found.state == RECORDING and not held(run_of(path)[0], Purpose.RECORDING):
        open_run(path).close()
        found = summarise(path)
    return found


def _files_in(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise RunFileError("campaign.no-folder", path=folder)
    try:
        return sorted(
            path
            for path in folder.rglob("*")
            if path.suffix.casefold() == ".h5"
            and not any(each.startswith(".") for each in path.relative_to(folder).parts)
            and path.is_file()
        )
    except OSError as error:
        raise RunFileError("catalogue.no-folder", path=folder, reason=reason(error)) from error


def _runs_among(folder: Path, read: Sequence[tuple[Path, Summary]]) -> Iterable[RunFiles]:
    groups: dict[tuple[str, Path], list[tuple[Path, Summary]]] = {}
    for path, summary in read:
        run, number = run_of(path)
        home = run if number == summary.part else path
        groups.setdefault((summary.run_uuid, home), []).append((path, summary))
    for (_, home), parts in sorted(groups.items(), key=lambda item: item[0][1]):
        yield _run(folder, home, sorted(parts, key=lambda each: each[1].part))


def _run(folder: Path, home: Path, parts: Sequence[tuple[Path, Summary]]) -> RunFiles:
    there = {summary.part for _, summary in parts}
    last = parts[-1][1]
    ends = [summary.rows for _, summary in parts]
    begins = [0, *ends[:-1]]
    return RunFiles(
        name=_shown(folder, parts[0][0]),
        path=parts[0][0],
        files=tuple(_shown(folder, path) for path, _ in parts),
        last=replace(last, text=""),
        missing=tuple(part for part in range(1, last.part) if part not in there),
        rows=tuple(zip(begins, ends, strict=True)),
        is_growing=last.state == RECORDING and held(home, Purpose.RECORDING),
    )


def _shown(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()
