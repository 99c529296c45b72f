"""A protocol file, loaded and validated, not yet planned for a bench."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bench.config.catalogue import Catalogue
from bench.config.grammar import ProtocolFile
from bench.document import Document, load, validated


@dataclass(frozen=True)
class Protocol:
    """A protocol and where it came from."""

    file: ProtocolFile
    """What it says."""
    document: Document
    """Its text with positions."""
    path: Path
    """Where it lies."""


def load_protocol(name: str, catalogue: Catalogue, beside: Path | None = None) -> Protocol:
    """Return a protocol by name or path; files beside the caller come first.

    Raises:
        ConfigError: no such protocol, or every problem of its text.
    """
    path = catalogue.protocol(name, beside)
    document = load(path)
    return Protocol(validated(document, ProtocolFile), document, path)
