"""Parquet: one column per channel by its own name, null where there is no value.

``time`` is s since the start of the run, ``time_ns`` the same exactly. Each column carries unit,
title and source; the file carries the header of the run as JSON (key ``h2bench``).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench.record import json_text
from bench.record.layout.description import attributes_of
from bench.record.layout.iso_time import iso
from bench.record.port import Header
from bench.runs.export import arrow
from bench.runs.export.content import Content
from bench.runs.export.csv_file import TIME, UTC, WORDS
from bench.runs.export.table import Beside, Block, Heading

ABOUT = "h2bench"
"""Key of the texts about the run in the metadata of the file."""
_GROUP_VALUES = 8 * 1024 * 1024
"""Values stored together, within these bounds of rows."""
_LEAST_ROWS, _MOST_ROWS = 16_384, 1024 * 1024


class ParquetFile:
    """A Parquet file that is being written."""

    def __init__(self, path: Path, content: Content) -> None:
        """Begin the file.

        Raises:
            OSError: it cannot be written.
        """
        (table,) = content.tables
        self._content = content
        self._headings = table.headings
        values = sum(heading.width for heading in self._headings)
        rows = min(_MOST_ROWS, max(_LEAST_ROWS, _GROUP_VALUES // values))
        about = {
            ABOUT: json_text.encode(about_run(content.header)),
            "start": iso(content.start_utc_ns),
            "units": json_text.encode({each.name: each.unit for each in self._headings}),
        }
        self._file = path.open("wb")
        try:
            self._stream = arrow.ParquetStream(self._file, list(self._fields()), about, rows)
        except OSError:
            self._file.close()
            raise

    def write(self, table: int, block: Block) -> None:  # noqa: ARG002 - it holds one table
        """Write rows."""
        self._stream.write(list(self._columns(block)))

    def finish(self) -> None:
        """Write the table of contents."""
        self._stream.close()
        self._file.flush()

    def close(self) -> None:
        """Close the file; again: does nothing."""
        self._stream.abandon()
        self._file.close()

    def _fields(self) -> Iterator[arrow.Field]:
        yield arrow.Field(TIME, arrow.kind_of(np.dtype(np.float64)), {"unit": "s"})
        yield arrow.Field(f"{TIME}_ns", arrow.INTEGER, {"unit": "ns"})
        if self._content.has_utc:
            yield arrow.Field(UTC, arrow.UTC)
        for heading in self._headings:
            kind = arrow.kind_of(heading.shown_dtype, heading.width)
            yield arrow.Field(heading.name, kind, _about(heading))
            if heading.beside is Beside.QUALITY:
                yield arrow.Field(heading.second_name, arrow.CODED)
            elif heading.beside is Beside.SAMPLES:
                yield arrow.Field(heading.second_name, arrow.INTEGER)

    def _columns(self, block: Block) -> Iterator[arrow.Column]:
        yield arrow.numbers(block.times_ns / 1e9)
        yield arrow.numbers(block.times_ns)
        if self._content.has_utc:
            yield arrow.utc(block.times_ns + self._content.start_utc_ns)
        for heading, cells in zip(self._headings, block.cells, strict=True):
            yield arrow.numbers(heading.in_unit(cells.values), cells.missing)
            if cells.beside is not None:
                is_word = heading.beside is Beside.QUALITY
                yield arrow.coded(cells.beside, WORDS) if is_word else arrow.numbers(cells.beside)


def about_run(header: Header) -> dict[str, object]:
    """Return what identifies a run and how it was made; the long texts stay in the run file."""
    return {
        "title": header.title,
        "rig": header.rig_name,
        "protocol": header.protocol_name,
        "parameters": header.parameters,
        "object_kind": header.object_kind,
        "object_serial": header.object_serial,
        "object_data": header.object_data,
        "operator": header.operator,
        "simulated": header.simulated,
        "seed": header.seed,
        "plant": header.plant,
        "gas": header.gas,
        "instruments": header.identities,
        "start": iso(header.start_utc_ns),
    }


def _about(heading: Heading) -> dict[str, str]:
    found = attributes_of(heading.channel)
    if heading.width > 1:
        first, step, unit = heading.axis
        found |= {"axis_first": first, "axis_step": step, "axis_unit": unit}
    texts = {
        name: value if isinstance(value, str) else json_text.encode(value)
        for name, value in found.items()
    }
    return {"unit": heading.unit, **texts}
