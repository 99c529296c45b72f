"""The rows of a table in blocks, each with its line; memory does not grow with the file."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.record.disk.storage import reason
from bench.runs.importing.encoding import Original
from bench.runs.importing.errors import TableError

_LONGEST_LINE = 1 << 22
_SAMPLE_LINES = 200
_FIELDS = 200_000
_COMMENT = "#"


@dataclass(frozen=True)
class Block:
    """Some rows, turned into columns."""

    lines: Sequence[int]
    """Line of each row, from 1; of one over several lines, the last."""
    columns: Sequence[Sequence[str]]
    """The fields of each column."""


class TableFile:
    """A text file that is read row by row; a context manager.

    Args:
        original: the file.

    Raises:
        TableError: it cannot be opened.
    """

    def __init__(self, original: Original) -> None:
        self.path = original.path
        """The file."""
        self._encoding = original.encoding
        try:
            self._raw = original.path.open("rb")
        except OSError as error:
            raise _unreadable(self.path, error) from error
        self._text = io.TextIOWrapper(self._raw, original.encoding, newline="")
        self._line = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._text.close()

    @property
    def bytes_read(self) -> int:
        """How much of the file was read."""
        return self._raw.tell()

    def sample(self) -> list[str]:
        """Return the first lines, the header first, and begin anew.

        Raises:
            TableError: the file cannot be read.
        """
        found: list[str] = []
        for line in self._lines():
            if found or _is_content(line):
                found.append(line)
            if len(found) >= _SAMPLE_LINES:
                break
        self._text.seek(0)
        self._line = 0
        return found

    def rows(self, delimiter: str) -> Iterator[tuple[int, list[str]]]:
        """Yield line and fields of each row, the header first; empty rows are passed over.

        Raises:
            TableError: quotes that do not match, a line without end, no such characters.
        """
        lines = self._lines()
        first = next((line for line in lines if _is_content(line)), None)
        if first is None:
            return
        reader = csv.reader(itertools.chain([first], lines), delimiter=delimiter, strict=True)
        try:
            for row in reader:
                if row and (row[0] or any(row)):
                    yield self._line, row
        except csv.Error as error:
            raise TableError("import.row", path=self.path, line=self._line, reason=error) from error

    def _lines(self) -> Iterator[str]:
        readline = self._text.readline
        try:
            while line := readline(_LONGEST_LINE):
                self._line += 1
                if len(line) == _LONGEST_LINE:
                    raise TableError("import.long-line", path=self.path, line=self._line)
                yield line
        except UnicodeError as error:
            raise TableError(
                "import.characters", path=self.path, line=self._line + 1, encoding=self._encoding
            ) from error
        except OSError as error:
            raise _unreadable(self.path, error) from error


def blocks_of(path: Path, rows: Iterator[tuple[int, list[str]]], width: int) -> Iterator[Block]:
    """Yield the rows in blocks.

    Args:
        path: the file.
        rows: line and fields of each row.
        width: how many fields a row has.

    Raises:
        TableError: a row has more or fewer.
    """
    size = max(256, min(32_768, _FIELDS // width))
    lines: list[int] = []
    fields: list[list[str]] = []
    for line, row in rows:
        lines.append(line)
        fields.append(row if len(row) == width else _mended(path, line, row, width))
        if len(fields) == size:
            yield Block(lines, list(zip(*fields, strict=True)))
            lines, fields = [], []
    if fields:
        yield Block(lines, list(zip(*fields, strict=True)))


def _mended(path: Path, line: int, row: list[str], width: int) -> list[str]:
    """Return a row without the empty fields behind its last column."""
    if len(row) > width and not any(row[width:]):
        return row[:width]
    raise TableError("import.ragged", path=path, line=line, fields=len(row), columns=width)


def _is_content(line: str) -> bool:
    return bool(line.strip()) and not line.startswith(_COMMENT)


def _unreadable(path: Path, error: OSError) -> TableError:
    return TableError("import.unreadable", path=path, reason=reason(error))
