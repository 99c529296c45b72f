"""Export a run: what is wanted, checked, and written block by block."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from bench.errors import RunFileError
from bench.runs.export.content import Content
from bench.runs.export.csv_file import CsvFile
from bench.runs.export.grid import GridTable
from bench.runs.export.group_table import GroupTable
from bench.runs.export.mdf_file import MdfFile
from bench.runs.export.parquet_file import ParquetFile
from bench.runs.export.selection import Selection, duration_ns, select
from bench.runs.export.table import Table, TableFile
from bench.runs.export.whole_file import part_of, whole_file
from bench.runs.reader import Run


class Format(Enum):
    """What a run can be exported as; the value is what people write."""

    CSV = "csv"
    """Text, one line per row."""
    PARQUET = "parquet"
    """Columns with units, for pandas, polars, DuckDB."""
    MDF4 = "mdf4"
    """ASAM MDF 4.10, every rate group in a group of its own."""


SUFFIXES = {".csv": Format.CSV, ".parquet": Format.PARQUET, ".mf4": Format.MDF4}
"""Format → what its files are called."""


@dataclass(frozen=True)
class Wish:
    """What is to be exported, as people write it."""

    output: Path
    """File to write."""
    format: Format | None = None
    """None: as the name of the file says."""
    patterns: tuple[str, ...] = ()
    """Channels (see `select`); none: all."""
    start: str | None = None
    """First moment (see `select`)."""
    end: str | None = None
    """Last moment (see `select`)."""
    incident: int | None = None
    """Number of the incident whose window is meant, in place of first and last moment."""
    every: str | None = None
    """Width of an interval, for one row each; None: the rows as recorded."""
    has_quality: bool = False
    """Whether each value gets its quality beside it (with `every`: the number of samples)."""
    has_utc: bool = False
    """Whether each row says its time of day."""
    is_forced: bool = False
    """Whether an older file may be replaced."""


@dataclass(frozen=True)
class Exported:
    """What was written."""

    path: Path
    """The file."""
    rows: int
    """Rows of all tables."""
    channels: int
    """Channels of all tables."""


Told = Callable[[int, int], None]
"""Is told how much of how much work is done."""


def export_run(run: Run, wish: Wish, told: Told = lambda done, work: None) -> Exported:  # noqa: ARG005 - nobody asked
    """Write channels of a run into a file of another format.

    Args:
        run: the run.
        wish: what of it, and where to.
        told: is told how it gets on.

    Raises:
        RunFileError: the wish cannot be met, the run is damaged, or the file cannot be written;
            there is then no such file, or still the older one.
    """
    wanted = format_of(wish)
    _check_output(run, wish.output)
    selection = select(run, wish.patterns, wish.start, wish.end, incident=wish.incident)
    if wanted is not Format.MDF4 and all(each.startswith("!") for each in wish.patterns):
        selection = selection.without_traces()
    tables = _tables(selection, wish, wanted)
    content = Content(run.header, tables, wish.has_utc)
    work = sum(table.work for table in tables)
    done = rows = 0
    with (
        whole_file(wish.output, is_forced=wish.is_forced) as part,
        closing(_file(wanted, part, content)) as file,
    ):
        for number, table in enumerate(tables):
            for block in table.blocks():
                file.write(number, block)
                done += block.work
                rows += len(block)
                told(done, work)
        file.finish()
        file.close()
    return Exported(wish.output, rows, len(selection.channels))


def format_of(wish: Wish) -> Format:
    """Return the format of a wish.

    Raises:
        RunFileError: neither said nor to be seen in the name of the file.
    """
    if wish.format is not None:
        return wish.format
    found = SUFFIXES.get(wish.output.suffix.lower())
    if found is None:
        raise RunFileError("export.no-format", path=wish.output, known=", ".join(SUFFIXES))
    return found


def _tables(selection: Selection, wish: Wish, wanted: Format) -> tuple[Table, ...]:
    if wish.every is not None:
        every = duration_ns(wish.every)
        return (GridTable(selection, every, counts_samples=wish.has_quality),)
    groups = selection.groups
    if len(groups) > 1 and wanted is not Format.MDF4:
        counted = ", ".join(f"{name} ({len(channels)})" for name, channels in groups.items())
        raise RunFileError("export.several-groups", groups=counted)
    return tuple(
        GroupTable(channels, selection, has_quality=wish.has_quality)
        for channels in groups.values()
    )


def _file(wanted: Format, path: Path, content: Content) -> TableFile:
    if wanted is Format.CSV:
        return CsvFile(path, content)
    if wanted is Format.PARQUET:
        return ParquetFile(path, content)
    return MdfFile(path, content)


def _check_output(run: Run, output: Path) -> None:
    """Refuse to write over the run itself, and where there is no folder.

    Raises:
        RunFileError: one of the two.
    """
    if not output.parent.is_dir():
        raise RunFileError("export.no-folder", path=output.parent)
    own = {path.resolve() for path in (run.path, *run.parts)}
    if own & {output.resolve(), part_of(output).resolve()}:
        raise RunFileError("export.onto-itself", path=output)
