"""What a crash leaves of the files of a logged program.

After a kill everything written is there. After a power cut only what was synced is certain: later
writes survive per sector, sizes are old or new, and creations, removals and new names survive in
part until their folder is synced.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.campaigns.crash_model import (
    Call,
    Create,
    Files,
    Naming,
    Remove,
    Replace,
    Resize,
    Sync,
    SyncFolder,
    Write,
    put,
    set_size,
)


@dataclass(frozen=True)
class Luck:
    """How much of what was not synced a power cut spares."""

    survival: float
    """Probability that a written sector reaches the disk by itself, 0..1."""
    sector: int
    """What is written whole or not at all, bytes."""
    is_ordered: bool
    """Whether names reach the disk in the order of their changes; else each by itself."""


@dataclass
class _Content:
    """A file: what programs see, and what is on the disk."""

    seen: bytearray = field(default_factory=bytearray)
    kept: bytearray = field(default_factory=bytearray)
    dirty: set[int] = field(default_factory=set[int])
    sizes: list[int] = field(default_factory=lambda: [0])
    """Sizes since the last sync; the first is on the disk."""


class Disk:
    """What programs see and what is on the disk, call by call."""

    def __init__(self, files: Files, luck: Luck | None = None, seed: int = 0) -> None:
        self._luck = luck
        self._draw = random.Random(seed)
        self._contents = {
            number: _Content(bytearray(data), bytearray(data), set(), [len(data)])
            for number, data in enumerate(files.values())
        }
        self._names = {name: number for number, name in enumerate(files)}
        self._kept_names = dict(self._names)
        self._namings: list[Naming] = []

    def play(self, calls: Iterable[Call]) -> Disk:
        """Carry out calls; return the disk."""
        for call in calls:
            self._carry_out(call)
        return self

    def after_kill(self) -> Files:
        """Return the files as programs see them."""
        return {name: bytes(self._contents[file].seen) for name, file in self._names.items()}

    def after_power_cut(self) -> Files:
        """Return the files as a power cut now may leave them."""
        names = dict(self._kept_names)
        for naming in self._surviving_namings():
            _rename(names, naming)
        return {name: self._left(self._contents[file]) for name, file in names.items()}

    def _carry_out(self, call: Call) -> None:
        match call:
            case Write(file, offset, data):
                self._write(self._contents[file], offset, data)
            case Resize(file, size):
                self._resize(self._contents[file], size)
            case Sync(file, has_failed):
                self._sync(self._contents[file], has_failed=has_failed)
            case SyncFolder():
                self._kept_names = dict(self._names)
                self._namings.clear()
            case Create() | Replace() | Remove():
                if isinstance(call, Create):
                    self._contents[call.file] = _Content()
                _rename(self._names, call)
                self._namings.append(call)

    def _write(self, content: _Content, offset: int, data: bytes) -> None:
        put(content.seen, offset, data)
        content.sizes.append(len(content.seen))
        if self._luck is None:
            return
        sector = self._luck.sector
        for number in range(offset // sector, (offset + len(data) - 1) // sector + 1):
            content.dirty.add(number)
            if self._draw.random() < self._luck.survival:
                _write_back(content, number, sector)

    def _resize(self, content: _Content, size: int) -> None:
        if self._luck is not None:  # what is cut off and added again reads as zeros
            first = size // self._luck.sector
            content.dirty.update(range(first, len(content.seen) // self._luck.sector + 1))
        set_size(content.seen, size)
        content.sizes.append(size)

    def _sync(self, content: _Content, *, has_failed: bool) -> None:
        if self._luck is not None and not has_failed:
            for number in tuple(content.dirty):
                _write_back(content, number, self._luck.sector)
        content.dirty.clear()  # after a failure too: the system forgets what it could not write
        if not has_failed:
            content.sizes = [len(content.seen)]
            set_size(content.kept, len(content.seen))

    def _surviving_namings(self) -> Sequence[Naming]:
        if self._luck is None or self._luck.is_ordered:
            return self._namings[: self._draw.randint(0, len(self._namings))]
        return [each for each in self._namings if self._draw.random() < 0.5]

    def _left(self, content: _Content) -> bytes:
        size = self._draw.choice([content.sizes[0], content.sizes[-1]])
        left = bytearray(content.kept)
        set_size(left, size)
        return bytes(left)


def _write_back(content: _Content, number: int, sector: int) -> None:
    start = number * sector
    data = bytes(content.seen[start : start + sector])
    if data:  # a sector is written whole: behind the end of the file with zeros
        put(content.kept, start, data.ljust(sector, b"\0"))
    content.dirty.discard(number)


def _rename(names: dict[str, int], call: Naming) -> None:
    match call:
        case Create(name, file):
            names[name] = file
        case Replace(old, new, file):
            if names.get(old) == file:
                del names[old]
            names[new] = file
        case Remove(name):
            names.pop(name, None)


def torn(call: Call, draw: Callable[[int, int], int]) -> Sequence[Call]:
    """Return what a kill in the midst of a call leaves of it: a write up to some 512-byte edge."""
    if not isinstance(call, Write):
        return ()
    edges = range((call.offset // 512 + 1) * 512, call.offset + len(call.data), 512)
    if not edges:
        return ()
    end = edges[draw(0, len(edges) - 1)]
    return (Write(call.file, call.offset, call.data[: end - call.offset]),)


def materialise(files: Files, folder: Path) -> None:
    """Write a state into a folder, in place of what is there."""
    for path in folder.iterdir():
        if path.name not in files:
            path.unlink()
    for name, data in files.items():
        (folder / name).write_bytes(data)
