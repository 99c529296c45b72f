"""How a table is written: what stands between two fields, and the sign before decimals."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.runs.importing.errors import TableError

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t"}
"""What may stand between two fields."""
DECIMALS = {"point": ".", "comma": ","}
"""Signs before decimals."""
_COMMA = re.compile(r"[+-]?\d+,\d+(?:[eE][+-]?\d+)?")
_POINT = re.compile(r"[+-]?\d*\.\d+(?:[eE][+-]?\d+)?")
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")


@dataclass(frozen=True)
class Dialect:
    """How a table is written."""

    delimiter: str
    """Sign between two fields."""
    decimal: str
    """Sign before decimals."""


def split_line(line: str, delimiter: str) -> list[str]:
    """Return the fields of one line.

    Raises:
        csv.Error: its quotes do not match.
    """
    nothing: list[str] = []
    return next(csv.reader([line], delimiter=delimiter, strict=True), nothing)


def dialect_of(
    path: Path, lines: Sequence[str], delimiter: str | None, decimal: str | None
) -> Dialect:
    """Return how a table is written.

    Args:
        path: its file.
        lines: its first lines, the header first.
        delimiter: what the user says (a key of `DELIMITERS`); None: by trial.
        decimal: what the user says (a key of `DECIMALS`); None: by trial.

    Raises:
        TableError: an unknown word, or commas that may be decimals as well as thousands.
    """
    between = _named(path, "--delimiter", delimiter, DELIMITERS) or _delimiter(lines)
    before = _named(path, "--decimal", decimal, DECIMALS) or _decimal(path, lines, between)
    return Dialect(between, before)


def name_of(sign: str) -> str:
    """Return the name of a delimiter."""
    return next((name for name, each in DELIMITERS.items() if each == sign), sign)


def _named(path: Path, option: str, word: str | None, known: dict[str, str]) -> str | None:
    if word is None:
        return None
    if word not in known:
        words = ", ".join(known)
        raise TableError("import.no-choice", path=path, option=option, word=word, words=words)
    return known[word]


def _fields(line: str, delimiter: str) -> list[str]:
    try:
        return split_line(line, delimiter)
    except csv.Error:
        return []


def _delimiter(lines: Sequence[str]) -> str:
    """Return the sign that cuts the most lines into as many fields as the header."""

    def merit(delimiter: str) -> tuple[int, int]:
        counts = [len(_fields(line, delimiter)) for line in lines]
        if not counts or counts[0] < 2:
            return 0, 0
        return counts.count(counts[0]), counts[0]

    return max(DELIMITERS.values(), key=merit)


def _decimal(path: Path, lines: Sequence[str], delimiter: str) -> str:
    fields = [field.strip() for line in lines[1:] for field in _fields(line, delimiter)]
    commas = [field for field in fields if _COMMA.fullmatch(field)]
    points = sum(1 for field in fields if _POINT.fullmatch(field))
    if len(commas) <= points:
        return "."
    if delimiter != ";" and all(_THOUSANDS.fullmatch(field) for field in commas):
        raise TableError("import.thousands", path=path, field=commas[0])
    return ","
