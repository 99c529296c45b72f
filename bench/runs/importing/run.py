"""A table becomes a run file: rows of the scan with their own times, and where they came from.

The original stands in the file by its name, size and checksum, and with its first lines.
"""

from __future__ import annotations

import itertools
import platform
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np

from bench.channel import FRESH, Channel, Kind, Quality, Stored
from bench.clock import SECOND
from bench.messages import Bilingual, Message
from bench.record.disk.storage import reason
from bench.record.naming import run_file_name
from bench.record.port import Ending, Header, Provenance
from bench.record.rows import QUALITY, TIME, RowLayout, groups_of
from bench.runs.building import RunBuilder
from bench.runs.importing.dialect import name_of
from bench.runs.importing.encoding import Original, examine
from bench.runs.importing.errors import TableError
from bench.runs.importing.lines import TableFile
from bench.runs.importing.moments import NoTimeError, Stamps
from bench.runs.importing.table import Choices, Table, TableBlock, open_table

PROTOCOL = "import"
"""Protocol of a run that was a table."""
_SCAN = 0
_CHUNK_ROWS = {"scan": 16_384}
Told = Callable[[int, int], None]
"""Is called with bytes done and bytes in all."""


@dataclass(frozen=True)
class ImportOrder:
    """What is to become a run."""

    file: Path
    """The table."""
    folder: Path
    """Folder of run files; it is made where it is missing."""
    choices: Choices = field(default_factory=Choices)
    """What the user says of the table."""
    encoding: str | None = None
    """In which characters it is written; None: by mark or trial."""
    start: str | None = None
    """Moment of the zero of a time axis that only counts; None: 1970-01-01T00:00:00Z."""
    object_kind: str = ""
    """Kind of test object: ``hydrogen-engine``."""
    object_serial: str = ""
    """Serial number of the test object."""
    operator: str = ""
    """Who imports it."""


@dataclass(frozen=True)
class Imported:
    """What an import has made."""

    path: Path
    """The run file."""
    rows: int
    """Rows of the table."""
    channels: int
    """Channels of the run."""
    findings: tuple[Message, ...]
    """What was found out, left out, or taken for granted."""


def import_table(order: ImportOrder, created_utc_ns: int, told: Told | None = None) -> Imported:
    """Make a run file of a table.

    Args:
        order: what, and where to.
        created_utc_ns: wall-clock time, ns since 1970-01-01T00:00:00Z.
        told: is told of the progress.

    Raises:
        TableError: the table cannot become a run; nothing is left behind.
        RunFileError: the run file cannot be written; nothing is left behind.
    """
    start_ns = _start(order)
    report = told or _nobody
    original = examine(order.file, order.encoding)
    with TableFile(original) as file:
        table = open_table(file, order.choices)
        blocks = table.blocks()
        first = next(blocks)
        header = _header(order, original, table, first, start_ns)
        path = _path(order, header)
        provenance = _provenance(original, created_utc_ns)
        with RunBuilder(path, header, provenance, chunk_rows=_CHUNK_ROWS) as run:
            writer = _Writer(run, header, is_calendar=table.axis.is_calendar)
            for block in itertools.chain([first], blocks):
                writer.write(block)
                report(table.bytes_read, original.size)
            run.finish(Ending("completed", None, writer.last_ns))
    report(original.size, original.size)
    findings = _findings(original, table, order)
    return Imported(path, writer.rows, len(table.columns), findings)


class _Writer:
    """Turns rows of a table into scans."""

    def __init__(self, run: RunBuilder, header: Header, *, is_calendar: bool) -> None:
        self._run = run
        self._layout = RowLayout(groups_of(header)[_SCAN])
        self._zero_ns = header.start_utc_ns if is_calendar else 0
        self.rows = 0
        self.last_ns = 0

    def write(self, block: TableBlock) -> None:
        rows = self._layout.empty(len(block.times))
        rows[TIME] = block.times - self._zero_ns
        for section in self._layout.sections:
            rows[section.field] = block.values
        rows[QUALITY] = np.where(np.isnan(block.values), Quality.BAD | FRESH, Quality.OK | FRESH)
        self._run.rows(_SCAN, int(rows[TIME][0]), rows)
        self.rows += len(rows)
        self.last_ns = int(rows[TIME][-1])


def _nobody(done: int, size: int, /) -> None:
    """Tell nobody."""


def _start(order: ImportOrder) -> int | None:
    if order.start is None:
        return None
    try:
        return int(Stamps(None).times([order.start])[0])
    except NoTimeError as error:
        raise TableError("import.no-start", path=order.file, text=order.start) from error


def _path(order: ImportOrder, header: Header) -> Path:
    try:
        order.folder.mkdir(parents=True, exist_ok=True)
        taken = [path.name for path in order.folder.iterdir()]
    except OSError as error:
        raise TableError("import.no-folder", path=order.folder, reason=reason(error)) from error
    name = run_file_name(header.start_utc_ns, order.file.stem, order.object_serial, taken)
    return order.folder / name


def _header(
    order: ImportOrder, original: Original, table: Table, first: TableBlock, start_ns: int | None
) -> Header:
    begin, name = int(first.times[0]), order.file.name
    if table.axis.is_calendar:
        start_utc_ns, start = begin, 0
    else:
        start = min(begin, 0)
        start_utc_ns = (start_ns or 0) + start
    about = {
        "file": name, "size": f"{original.size} B", "sha256": original.sha256,
        "encoding": original.encoding_name, "delimiter": name_of(table.dialect.delimiter),
        "decimal": table.dialect.decimal,
        "time": " + ".join(each.text for each in table.axis.columns),
    }  # fmt: skip
    return Header(
        title=order.file.stem, rig_name=PROTOCOL, rig_text="", protocol_name=PROTOCOL,
        texts={name: original.head()}, parameters=about,
        object_kind=order.object_kind, object_serial=order.object_serial,
        operator=order.operator, seed=0, simulated=False, plant={},
        channels=[_channel(table, place) for place in range(len(table.columns))],
        scan_period_ns=_period(first), start_utc_ns=start_utc_ns, start_ns=start,
        identities={PROTOCOL: f"{name}, SHA-256 {original.sha256}"},
    )  # fmt: skip


def _channel(table: Table, place: int) -> Channel:
    column = table.columns[place]
    return Channel(
        column.name,
        Kind.MEASURED,
        column.unit,
        title=Bilingual(column.heading.text),
        source=f"{PROTOCOL}.{column.heading.text}",
        storage=Stored.FLOAT64,
    )


def _period(first: TableBlock) -> int:
    """Return the usual time between two rows; a second where there is but one."""
    steps = np.diff(first.times)
    return int(np.median(steps)) if len(steps) else SECOND


def _provenance(original: Original, created_utc_ns: int) -> Provenance:
    software = {name: version(name) for name in ("h2bench", "numpy", "h5py")}
    identity = uuid.uuid5(uuid.NAMESPACE_URL, f"{original.sha256}|{created_utc_ns}")
    return Provenance(
        created_utc_ns=created_utc_ns,
        host=platform.node(),
        software={**software, "python": platform.python_version()},
        uuid=str(identity),
    )


def _findings(original: Original, table: Table, order: ImportOrder) -> tuple[Message, ...]:
    dialect = {
        "encoding": original.encoding_name,
        "delimiter": name_of(table.dialect.delimiter),
        "decimal": table.dialect.decimal,
        "time": " + ".join(each.text for each in table.axis.columns),
    }
    found = [Message("import.taken", dialect), *table.findings]
    if not table.axis.is_calendar and order.start is None:
        epoch = datetime(1970, 1, 1, tzinfo=UTC).isoformat()
        found.append(Message("import.start-unknown", {"start": epoch}))
    found += [
        Message("import.missing-values", {"column": column.name, "count": int(count)})
        for column, count in zip(table.columns, table.missing, strict=True)
        if count
    ]
    return tuple(found)
