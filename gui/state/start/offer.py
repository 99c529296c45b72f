"""What can be run and where: protocols and rigs as found on this machine. Reads files."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from bench.config.catalogue import Catalogue
from bench.config.grammar import ObjectFile, RigFile
from bench.config.protocol import Protocol, load_protocol
from bench.document import load, validated
from bench.errors import BenchError
from bench.messages import LANGUAGES, Bilingual, Message


@dataclass(frozen=True, eq=False)
class ProtocolEntry:
    """A protocol one may choose."""

    name: str
    """Name, or path of a file that was opened."""
    title: Bilingual
    """What people call it."""
    kind: str = ""
    """Object kind it is for; empty: not known."""
    about: Bilingual = field(default_factory=lambda: Bilingual(""))
    """What it does; where its author did not say: the comment at the head of its file."""
    protocol: Protocol | None = None
    """What it says; None: it cannot be read."""
    problem: Message | None = None
    """Why it cannot be read."""
    rig: str = ""
    """Rig it runs on if none is named."""
    is_judged: bool = False
    """Whether it asks for a verdict."""
    details: tuple[str, ...] = ()
    """Problems of its text with their places, in English."""


@dataclass(frozen=True)
class RigEntry:
    """A rig one may try."""

    name: str
    """Name."""
    title: Bilingual
    """What people call it."""
    kind: str
    """Object kind."""
    object_title: Bilingual
    """What people call its object."""
    serial: str = ""
    """Serial number of the object."""
    is_simulable: bool = False
    """Whether it says how it is simulated."""


def read_protocols(catalogue: Catalogue, go_on: Callable[[], None]) -> tuple[ProtocolEntry, ...]:
    """Return all protocols found by name; `go_on` is called before each, and may raise to end."""
    found: list[ProtocolEntry] = []
    for name in catalogue.protocol_names():
        go_on()
        found.append(read_protocol(name, catalogue))
    return tuple(found)


def read_protocol(name: str, catalogue: Catalogue) -> ProtocolEntry:
    """Return one protocol by name or path; one that cannot be read says why."""
    try:
        protocol = load_protocol(name, catalogue)
    except BenchError as error:
        details = tuple(str(each) for each in getattr(error, "problems", ()))
        return ProtocolEntry(name, Bilingual(name), problem=error.message, details=details)
    file = protocol.file
    title = file.title if file.title.en else Bilingual(file.protocol)
    about = file.about if file.about.en else Bilingual(about_of(protocol.document.text))
    is_judged = bool(file.verdict)
    return ProtocolEntry(
        name, title, file.object, about, protocol, rig=file.rig or "", is_judged=is_judged
    )


def read_rigs(catalogue: Catalogue, go_on: Callable[[], None]) -> tuple[RigEntry, ...]:
    """Return the rigs found by name; one that cannot be read is left out."""
    found: list[RigEntry] = []
    for name in catalogue.rig_names():
        go_on()
        entry = _rig(name, catalogue)
        if entry is not None:
            found.append(entry)
    return tuple(found)


def about_of(text: str) -> str:
    """Return the comment at the head of a protocol as running text."""
    lines: list[str] = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.lstrip("#").strip())
    return " ".join(" ".join(lines).split())


def offered(
    entries: Iterable[ProtocolEntry], kind: str, searched: str
) -> tuple[ProtocolEntry, ...]:
    """Return the protocols a search finds; those for the object kind come first.

    Args:
        entries: All of them.
        kind: Object kind of the rig; empty: none comes first.
        searched: Words that all have to occur in name, titles or description.
    """
    words = searched.casefold().split()
    found = (each for each in entries if all(word in _haystack(each) for word in words))
    return tuple(sorted(found, key=lambda each: (each.kind != kind, each.name)))


def _haystack(entry: ProtocolEntry) -> str:
    said = (f"{entry.title.text(each)} {entry.about.text(each)}" for each in LANGUAGES)
    return " ".join((entry.name, *said)).casefold()


def _rig(name: str, catalogue: Catalogue) -> RigEntry | None:
    try:
        file = validated(load(catalogue.rig(name)), RigFile)
    except BenchError:
        return None
    kind = file.object.kind
    title = file.title if file.title.en else Bilingual(file.rig)
    named, serial = _object_title(kind, catalogue), file.object.serial
    return RigEntry(name, title, kind, named, serial, is_simulable=file.simulation is not None)


def _object_title(kind: str, catalogue: Catalogue) -> Bilingual:
    try:
        path: Path = catalogue.object_kind(kind)
        title = validated(load(path), ObjectFile).title
    except BenchError:
        return Bilingual(kind)
    return title if title.en else Bilingual(kind)
