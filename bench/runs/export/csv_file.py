"""CSV: UTF-8, a comma between columns, one line of names with units, then one line per row.

What is missing is empty. Numbers have as few digits as read back the same, in float32 where the
run holds float32; the time has nine decimals and is exact.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from bench.channel import Quality
from bench.errors import RunFileError
from bench.runs.export import arrow
from bench.runs.export.content import Content
from bench.runs.export.table import Beside, Block, Heading

TIME = "time"
"""Name of the column of times since the start of the run, s."""
UTC = "utc"
"""Name of the column of times of day."""
WORDS = tuple(quality.name for quality in Quality)
"""What qualities are called, by their codes."""


class CsvFile:
    """A CSV file that is being written."""

    def __init__(self, path: Path, content: Content) -> None:
        """Begin the file.

        Raises:
            OSError: it cannot be written.
            RunFileError: a channel holds traces, for which CSV has no place.
        """
        (table,) = content.tables
        for heading in table.headings:
            if heading.width > 1:
                raise RunFileError("export.trace-in-csv", channel=heading.name)
        self._content = content
        self._headings = table.headings
        self._file = path.open("wb")
        try:
            self._file.write(_line([f.name for f in self._fields()]))
            self._stream = arrow.CsvStream(self._file, list(self._fields()))
        except OSError:
            self._file.close()
            raise

    def write(self, table: int, block: Block) -> None:  # noqa: ARG002 - it holds one table
        """Write rows."""
        self._stream.write(list(self._columns(block)))

    def finish(self) -> None:
        """Write what is left."""
        self._stream.close()
        self._file.flush()

    def close(self) -> None:
        """Close the file; again: does nothing."""
        self._file.close()

    def _fields(self) -> Iterator[arrow.Field]:
        yield arrow.Field(f"{TIME} [s]", arrow.TEXT)
        if self._content.has_utc:
            yield arrow.Field(UTC, arrow.TEXT)
        for heading in self._headings:
            yield arrow.Field(_title(heading), arrow.kind_of(heading.shown_dtype))
            if heading.beside is Beside.QUALITY:
                yield arrow.Field(heading.second_name, arrow.TEXT)
            elif heading.beside is Beside.SAMPLES:
                yield arrow.Field(heading.second_name, arrow.INTEGER)

    def _columns(self, block: Block) -> Iterator[arrow.Column]:
        yield arrow.seconds_as_text(block.times_ns)
        if self._content.has_utc:
            yield arrow.utc_as_text(block.times_ns + self._content.start_utc_ns)
        for heading, cells in zip(self._headings, block.cells, strict=True):
            yield arrow.numbers(heading.in_unit(cells.values), cells.missing)
            if cells.beside is not None:
                is_word = heading.beside is Beside.QUALITY
                yield arrow.spelt(cells.beside, WORDS) if is_word else arrow.numbers(cells.beside)


def _title(heading: Heading) -> str:
    return f"{heading.name} [{heading.unit}]" if heading.unit else heading.name


def _line(texts: list[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(texts)
    return line.getvalue().encode()
