"""pyarrow, which carries no types, by its one name: columns, CSV and Parquet files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa  # pyright: ignore[reportMissingTypeStubs] - none are published
import pyarrow.compute as _untyped_compute  # pyright: ignore[reportMissingTypeStubs] - as pyarrow
import pyarrow.csv as _untyped_csv  # pyright: ignore[reportMissingTypeStubs] - as pyarrow
import pyarrow.parquet as _untyped_parquet  # pyright: ignore[reportMissingTypeStubs] - as pyarrow
from numpy.typing import NDArray

_arrow: Any = pa
_compute: Any = _untyped_compute
_csv: Any = _untyped_csv
_parquet: Any = _untyped_parquet

Column = Any
"""A column of a table in memory (`pyarrow.Array`)."""
Kind = Any
"""Element type of a column (`pyarrow.DataType`)."""

_SECOND = 1_000_000_000
_CSV_BATCH = 4096
"""Rows that become text together: they stay in the processor's cache."""

TEXT: Kind = _arrow.string()
"""Text."""
INTEGER: Kind = _arrow.int64()
"""Counts, and times in ns."""
CODED: Kind = _arrow.dictionary(_arrow.int8(), _arrow.string())
"""Few different texts."""
UTC: Kind = _arrow.timestamp("ns", tz="UTC")
"""Time of day."""


@dataclass(frozen=True)
class Field:
    """One column of a file."""

    name: str
    """Name."""
    kind: Kind
    """Element type."""
    about: Mapping[str, str] = field(default_factory=dict[str, str])
    """What the file says of it."""


def kind_of(dtype: np.dtype[Any], width: int = 1) -> Kind:
    """Return the element type of numbers; of traces, lists of them."""
    kind = _arrow.from_numpy_dtype(dtype)
    return kind if width == 1 else _arrow.list_(kind)


def numbers(values: NDArray[Any], missing: NDArray[np.bool_] | None = None) -> Column:
    """Return a column of numbers, null where they are missing; of 2-D arrays a column of lists."""
    if values.ndim == 1:
        return _arrow.array(values, mask=missing, from_pandas=False)
    rows, width = values.shape
    ends = _arrow.array(np.arange(0, (rows + 1) * width, width, dtype=np.int32))
    mask = None if missing is None else _arrow.array(missing)
    return _arrow.ListArray.from_arrays(ends, _arrow.array(values.reshape(-1)), mask=mask)


def coded(codes: NDArray[np.uint8], words: Sequence[str]) -> Column:
    """Return a column of words, given by their numbers."""
    return _arrow.DictionaryArray.from_arrays(
        _arrow.array(codes.astype(np.int8)), _arrow.array(words)
    )


def spelt(codes: NDArray[np.uint8], words: Sequence[str]) -> Column:
    """Return a column of words, given by their numbers, as text."""
    return _arrow.array(words).take(_arrow.array(codes))


def seconds_as_text(times_ns: NDArray[np.int64]) -> Column:
    """Return times in seconds with nine decimals, exact."""
    seconds, rest = np.divmod(np.abs(times_ns), _SECOND)
    whole = _arrow.array(seconds).cast(TEXT)
    if bool((times_ns < 0).any()):
        signs = _arrow.array(["", "-"]).take(_arrow.array((times_ns < 0).astype(np.int8)))
        whole = _compute.binary_join_element_wise(signs, whole, "")
    decimals = _compute.utf8_slice_codeunits(_arrow.array(rest + _SECOND).cast(TEXT), 1)
    return _compute.binary_join_element_wise(whole, decimals, ".")


def utc(utc_ns: NDArray[np.int64]) -> Column:
    """Return times of day, given in ns since 1970-01-01T00:00:00Z."""
    return _arrow.array(utc_ns).cast(_arrow.timestamp("ns")).cast(UTC)


def utc_as_text(utc_ns: NDArray[np.int64]) -> Column:
    """Return times of day as ISO 8601 with nine decimals."""
    shown = _arrow.array(utc_ns).cast(_arrow.timestamp("ns")).cast(TEXT)
    iso = _compute.replace_substring(shown, " ", "T", max_replacements=1)
    return _compute.binary_join_element_wise(iso, "Z", "")


def _schema(fields: Sequence[Field], about: Mapping[str, str]) -> Any:
    made = [
        _arrow.field(each.name, each.kind, metadata=dict(each.about) or None) for each in fields
    ]
    return _arrow.schema(made, metadata=dict(about) or None)


class CsvStream:
    """Writes rows as CSV, lines end in LF: numbers as short as they read back the same.

    Texts are not quoted: there must be no comma, quote or line end in them.

    Raises:
        OSError: the disk is full or gone.
    """

    def __init__(self, file: BinaryIO, fields: Sequence[Field]) -> None:
        self._schema = _schema(fields, {})
        options = _csv.WriteOptions(
            include_header=False, batch_size=_CSV_BATCH, quoting_style="none"
        )
        self._writer = _csv.CSVWriter(file, self._schema, write_options=options)

    def write(self, columns: Sequence[Column]) -> None:
        """Write rows; what is missing is empty."""
        self._writer.write_batch(_arrow.record_batch(list(columns), schema=self._schema))

    def close(self) -> None:
        """Write what is left."""
        self._writer.close()


class ParquetStream:
    """Writes rows as Parquet: zstd, bytes of floats split into streams, no dictionaries of floats.

    Raises:
        OSError: the disk is full or gone.
    """

    def __init__(
        self, file: BinaryIO, fields: Sequence[Field], about: Mapping[str, str], group_rows: int
    ) -> None:
        """Begin a file.

        Args:
            file: where it goes.
            fields: the columns.
            about: texts that the file says of itself.
            group_rows: at least so many rows are stored together, but for the last ones.
        """
        self._schema = _schema(fields, about)
        self._group_rows = group_rows
        self._waiting: list[Any] = []
        coded_names = [each.name for each in fields if _arrow.types.is_dictionary(each.kind)]
        floats = [each.name for each in fields if _arrow.types.is_floating(each.kind)]
        self._writer = _parquet.ParquetWriter(
            file,
            self._schema,
            compression="zstd",
            compression_level=1,
            use_dictionary=coded_names,
            use_byte_stream_split=floats,
        )

    def write(self, columns: Sequence[Column]) -> None:
        """Write rows, as soon as there are enough of them."""
        self._waiting.append(_arrow.record_batch(list(columns), schema=self._schema))
        if sum(len(batch) for batch in self._waiting) >= self._group_rows:
            self._flush()

    def close(self) -> None:
        """Write what waits and the table of contents, without which no Parquet file is readable."""
        if self._waiting:
            self._flush()
        self._writer.close()

    def abandon(self) -> None:
        """Write nothing more: pyarrow would try to once more when the writer is forgotten."""
        self._writer.is_open = False

    def _flush(self) -> None:
        table = _arrow.Table.from_batches(self._waiting)
        self._waiting = []
        self._writer.write_table(table, row_group_size=len(table))
