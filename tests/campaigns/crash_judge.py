"""Whether a run file holds what was measured: by plain HDF5 and by the reader."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.channel import FRESH
from bench.clock import SECOND
from bench.record import hdf5
from bench.record.numbers.pyramid import FIRST
from bench.record.port import SCAN, Bookmark, Event, Incident, Point, RateGroup, Record, StepRecord
from bench.record.records import decode_record
from bench.record.rows import QUALITY, RowLayout
from bench.runs import open_run
from bench.runs.reader import Run
from tests.campaigns.crash_points import Failure, insist
from tests.campaigns.crash_run import KnownRun

h5py: Any = hdf5.h5py

_PART = re.compile(r"run(?:\.part(\d+))?\.h5")
UNUSABLE = ".wal.unusable"
"""Ends the names of segments behind a hole, which recovery keeps."""
_NEAR = 4e-9
"""Float64 seconds after a start, and the rounding of an exact rational interval, s."""


@dataclass(frozen=True)
class Promise:
    """What was acknowledged, counted outside the recorder."""

    rows: Mapping[str, int]
    """Group → rows."""
    records: int
    """Events, steps, points and identities together."""


@dataclass(frozen=True)
class Found:
    """What stands in a run."""

    rows: Mapping[str, int]
    """Group → rows."""
    records: int
    """Records, counted by the last one that can be seen."""
    bookmark: int
    """Number of the bookmark; 0: there is none."""


def judge(known: KnownRun, folder: Path, promise: Promise | None) -> Found:
    """Compare everything in a folder's run with what was measured.

    Raises:
        Wrong: a difference.
    """
    parts = parts_of(folder)
    insist(parts or promise is None, Failure.LOST, "no file")
    if not parts:
        return Found({}, 0, 0)
    found = judge_plain(known, parts)
    with open_run(parts[0]) as run:
        read = judge_reader(known, run)
    insist(found == read, Failure.CORRUPT, f"HDF5 shows {found}, the reader {read}")
    judge_promise(found, promise)
    kept = {"run.parts.json", *(part.name for part in parts)}
    left = {path.name for path in folder.iterdir()} - kept
    # A power cut may spare a later segment's frames and not those before: a person may look.
    left = {name for name in left if not name.endswith(UNUSABLE)}
    insist(not left, Failure.RESTLESS, f"left over: {left}")
    return found


def judge_promise(found: Found, promise: Promise | None) -> None:
    """Insist on everything that was promised; None: nothing was."""
    if promise is None:
        return
    for group, rows in promise.rows.items():
        insist(found.rows[group] >= rows, Failure.LOST, f"{group}: {found}, {promise}")
    insist(found.records >= _visible(promise.records), Failure.LOST, f"{found}, {promise}")
    insist(found.bookmark >= promise.records, Failure.LOST, f"bookmark: {found}, {promise}")


def parts_of(folder: Path) -> Sequence[Path]:
    """Return the parts of the run in order; one missing in between is unreadable."""
    matches = [match for path in folder.iterdir() if (match := _PART.fullmatch(path.name))]
    numbers = sorted((int(match[1] or 1), match[0]) for match in matches)
    expected = list(range(1, len(numbers) + 1))
    insist([number for number, _ in numbers] == expected, Failure.UNREADABLE, numbers)
    return [folder / name for _, name in numbers]


def judge_plain(known: KnownRun, parts: Sequence[Path]) -> Found:
    """Compare the parts one by one, without any code of ours."""
    rows = dict.fromkeys(known.groups, 0)
    numbers: list[int] = []
    bookmark: Record | None = None
    for part in parts:
        with h5py.File(part, "r", locking=False) as file:
            entry = file["entry"]
            for name, group in known.groups.items():
                first = int(entry[name].attrs["first_row"])
                insist(first == rows[name], Failure.CORRUPT, f"{part.name} {name}: first {first}")
                rows[name] += _judge_group(known, entry, group, first)
            numbers += _plain_numbers(entry)
            log = entry["log"]  # a further part has the bookmark of those before it
            bookmark = decode_record(log["bookmark"][:].tobytes()) if "bookmark" in log else None
    records = _judge_records(known, numbers, rows)
    return Found(rows, records, _judge_bookmark(known, bookmark, rows))


def _judge_group(known: KnownRun, entry: Any, group: RateGroup, first: int) -> int:
    node = entry[group.name]
    count = len(node["time"])
    rows = slice(first, first + count)
    insist(rows.stop <= len(known.times[group.name]), Failure.CORRUPT, f"{group.name}: {rows}")
    times = known.times[group.name][rows]
    late = np.abs(node["time"][:] - (times - known.start_ns) / SECOND)
    insist(
        (late < _NEAR).all(),
        Failure.CORRUPT,
        f"{group.name}: times differ by {late.max(initial=0)}",
    )
    if group.interval_ns is None:
        _equal(node["time_ns"][:], times, f"{group.name}: time_ns")
    stored = known.stored[group.name][rows]
    for channel, values in _columns(group, stored):
        name = group.channels[channel].channel.name
        _equal(node[name]["value"][:], values, name)
        if group.has_quality:
            _equal(node[name]["quality"][:], stored[QUALITY][:, channel], f"{name}: quality")
    for section in RowLayout(group).sections:
        if section.width == 1:
            levels = entry["pyramid"][group.name][section.field]
            _judge_pyramid(levels["L0"][:], stored[section.field], f"{group.name}: pyramid")
    return count


def _columns(group: RateGroup, stored: NDArray[np.void]) -> Iterable[tuple[int, NDArray[Any]]]:
    for section in RowLayout(group).sections:
        for place, channel in enumerate(section.channels):
            values: NDArray[Any] = stored[section.field]
            yield channel, values if section.width > 1 else values[:, place]


def _judge_pyramid(level: NDArray[Any], values: NDArray[Any], what: str) -> None:
    bins = min(level.shape[1], len(values) // FIRST)
    grouped = values[: bins * FIRST].reshape(bins, FIRST, values.shape[1])
    low = np.fmin.reduce(grouped, axis=1).T
    high = np.fmax.reduce(grouped, axis=1).T
    insist(np.array_equal(level[:, :bins, 0], low, equal_nan=True), Failure.CORRUPT, what)
    insist(np.array_equal(level[:, :bins, 1], high, equal_nan=True), Failure.CORRUPT, what)


def _equal(found: NDArray[Any], wanted: NDArray[Any], what: str) -> None:
    """Insist on equal bits."""
    same = found.dtype == wanted.dtype and found.shape == wanted.shape
    insist(same, Failure.CORRUPT, f"{what}: {found.dtype}{found.shape}, not {wanted.shape}")
    insist(found.tobytes() == wanted.tobytes(), Failure.CORRUPT, f"{what}: values")


def _plain_numbers(entry: Any) -> list[int]:
    """Return the numbers of the records that have columns, table by table."""
    events = entry["events"]
    texts = zip(events["id"].asstr()[:], events["arguments"].asstr()[:], strict=True)
    numbers = [int(re.sub(r"\D", "", text)) for name, text in texts if name == "crash.event"]
    numbers += [int(text) for text in entry["steps"]["id"].asstr()[:]]
    if "incidents" in entry:
        numbers += [int(number) for number in entry["incidents"]["number"][:]]
    return numbers + [int(number) for number in entry["points"]["repeat"][:]]


def judge_reader(known: KnownRun, run: Run) -> Found:
    """Compare what our reader shows of the whole run."""
    rows: dict[str, int] = {}
    for name, group in known.groups.items():
        for channel, values in _columns(group, known.stored[name]):
            samples = run.channel(group.channels[channel].channel.name).values_si()
            rows[name] = len(samples)
            _judge_samples(known, group, channel, samples, values[: len(samples)])
    numbers = [_number(each) for each in (*run.events, *run.steps, *run.points, *run.incidents)]
    records = _judge_records(known, [each for each in numbers if each], rows)
    return Found(rows, records, _judge_bookmark(known, run.bookmark, rows))


def _judge_samples(
    known: KnownRun, group: RateGroup, channel: int, samples: Any, values: NDArray[Any]
) -> None:
    about = group.channels[channel]
    name = about.channel.name
    late = np.abs(samples.times_ns - known.times[group.name][: len(samples)])
    most = 0 if group.interval_ns is None else round(_NEAR * SECOND)
    insist((late <= most).all(), Failure.CORRUPT, f"{name}: times differ by {late.max(initial=0)}")
    wanted = values * about.scale + about.offset
    insist(np.array_equal(samples.values, wanted, equal_nan=True), Failure.CORRUPT, name)
    if group.has_quality:
        marks = known.stored[group.name][QUALITY][: len(samples), channel]
        _equal(samples.qualities, marks & np.uint8(FRESH - 1), f"{name}: qualities")
        _equal(samples.fresh, (marks & np.uint8(FRESH)) != 0, f"{name}: fresh")


def _number(record: object) -> int:
    """Return the number of one of our records; 0: the recorder's own."""
    match record:
        case Event(message=message) if message.id == "crash.event":
            return int(str(message.arguments["number"]))
        case StepRecord(id=text):
            return int(text)
        case Point(repeat=number) | Incident(number=number):
            return number
        case _:
            return 0


def _judge_records(known: KnownRun, numbers: Sequence[int], rows: Mapping[str, int]) -> int:
    """Return the number of the last record; there are all before it, and no row is missing."""
    last = max(numbers, default=0)
    wanted = [number for number in range(1, last + 1) if _visible(number) == number]
    insist(sorted(numbers) == wanted, Failure.CORRUPT, f"records {numbers}")
    for kind in (4, 0, 2, 3):  # each table is in order
        of_kind = [number for number in numbers if number % 5 == kind]
        insist(of_kind == sorted(of_kind), Failure.CORRUPT, f"records {of_kind}")
    before = (last - 1) * known.records_every + 1 if last else 0
    insist(rows[SCAN] >= before, Failure.CORRUPT, f"record {last}, {rows[SCAN]} rows")
    return last


def _judge_bookmark(known: KnownRun, bookmark: object, rows: Mapping[str, int]) -> int:
    """Return the number of a bookmark; the rows before it are there, as is all that it says."""
    if not isinstance(bookmark, Bookmark):
        insist(bookmark is None, Failure.CORRUPT, bookmark)
        return 0
    number = int(bookmark.counters["cycles"])
    insist(bookmark == known.bookmark(number), Failure.CORRUPT, bookmark)
    before = (number - 1) * known.records_every + 1
    insist(rows[SCAN] >= before, Failure.CORRUPT, f"bookmark {number}, {rows[SCAN]} rows")
    return number


def _visible(number: int) -> int:
    """Return the last record up to a number that stands in a table of its own."""
    while number > 0 and number % 10 in {1, 6, 8}:
        number -= 1
    return number
