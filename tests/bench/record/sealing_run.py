"""Runs for tests of the sealer: what was recorded, as frames, and what the file has to say."""

from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from bench.channel import FRESH, Channel, Kind, Quality
from bench.clock import MILLISECOND, SECOND, VIRTUAL_EPOCH
from bench.messages import Message
from bench.record.creation import create_file
from bench.record.disk.storage import SystemStorage
from bench.record.port import (
    ClockMark,
    Ending,
    Event,
    Header,
    Point,
    Provenance,
    RateGroup,
    StepBegun,
    StepRecord,
    StoredChannel,
)
from bench.record.records import encode_record
from bench.record.rows import QUALITY, TIME, RowLayout, groups_of
from bench.record.wal import Frame, FrameKind, SegmentWriter
from bench.units import unit

RUN_UUID = "0f0e0d0c-0b0a-0908-0706-050403020100"
RUN_ID = bytes(range(15, -1, -1))
START = 5 * SECOND


def channel(name, kind=Kind.MEASURED):
    return Channel(name, kind, unit("N*m"), source=f"dyno.{name}")


SCANNED = (channel("torque"), channel("demand", Kind.DEMANDED))
FAST = RateGroup(
    "fast",
    (
        StoredChannel(channel("pressure"), "<f4"),
        StoredChannel(channel("counts"), "<i2", scale=-0.5, offset=3.0),
        StoredChannel(channel("pressure2"), "<f4"),
    ),
    Fraction(SECOND, 3000),
)
CYCLES = RateGroup(
    "cycles",
    (StoredChannel(channel("cylinder"), "<f4", width=6), StoredChannel(channel("imep"), "<f8")),
    None,
    has_quality=True,
)
HEADER = Header(
    title="t", rig_name="rig", rig_text="rig: x\n", protocol_name="p", texts={}, parameters={},
    object_kind="hydrogen-engine", object_serial="1", operator="o", seed=1, simulated=True,
    plant={}, channels=SCANNED, scan_period_ns=10 * MILLISECOND, start_utc_ns=VIRTUAL_EPOCH,
    start_ns=START, groups=(FAST, CYCLES),
)  # fmt: skip
LAYOUTS = tuple(RowLayout(group) for group in groups_of(HEADER))
SCAN_GROUP, FAST_GROUP, CYCLES_GROUP = range(3)


def rows_of(group, count, seed):
    """Return rows of noise with NaN, qualities and, where the group has them, times."""
    rng = np.random.default_rng(seed)
    layout = LAYOUTS[group]
    rows = layout.empty(count)
    for section in layout.sections:
        shape = rows[section.field].shape
        values = rng.normal(size=shape) * 100
        if section.dtype.kind == "f":
            values[rng.random(shape) < 0.02] = np.nan
        rows[section.field] = values
    if QUALITY in rows.dtype.names:
        rows[QUALITY] = FRESH
        rows[QUALITY][rng.random(rows[QUALITY].shape) < 0.05] = Quality.BAD
    if TIME in rows.dtype.names:
        rows[TIME] = START + np.arange(count) * HEADER.scan_period_ns
    return rows


def time_of(group, row, rows):
    """Return the time of a row."""
    interval = LAYOUTS[group].group.interval_ns
    if interval is None:
        return int(rows[TIME][row]) if row < len(rows) else int(rows[TIME][-1]) + 1
    return int(START + row * interval)


@dataclass
class Feed:
    """Makes frames with their numbers."""

    frames: list = field(default_factory=list)

    def rows(self, group, first, rows, time_ns):
        number = len(self.frames) + 1
        frame = Frame(
            FrameKind.ROWS, group, number, first, len(rows), time_ns, memoryview(rows.tobytes())
        )
        self.frames.append(frame)

    def record(self, record, time_ns=START):
        number = len(self.frames) + 1
        payload = encode_record(record)
        self.frames.append(Frame(FrameKind.RECORD, 0, number, 0, 0, time_ns, payload))


def begun(name, time_ns=START):
    return StepBegun(name, f"0/{name}", time_ns)


def ended(name, end_ns, time_ns=START):
    return StepRecord(name, "hold", f"0/{name}", time_ns, end_ns, "done")


def event(number):
    return Event(START + number, VIRTUAL_EPOCH, "info", "x", Message("word.none", {"n": number}))


def point(number):
    return Point("p", number, 1, START, START + SECOND, valid=True)


ENDING = Ending("completed", None, START + 100 * SECOND)


CHUNKS = {"scan": 512, "fast": 768, "cycles": 256}
"""Small chunks, so that a test has many."""


def made(path, header=HEADER):
    """Make the first part of a run."""
    create_file(SystemStorage(), path, header, Provenance(), run_uuid=RUN_UUID, chunk_rows=CHUNKS)
    return path


def logged(path, frames, segment_size=1 << 20):
    """Write frames into a log beside a run file; return where it ends."""
    writer = SegmentWriter(SystemStorage(), path, RUN_ID, segment_size=segment_size)
    writer.append(frames)
    writer.sync()
    writer.close()
    return writer.synced


class Recorded:
    """What was recorded, and its frames.

    Args:
        rows: per group, all rows.
        frames: how they came.
        steps: step → per group, its rows (first, stop).
        gaps: per group, rows before which rows are missing.
        clock_step: per group, the row before which the wall clock was set.
    """

    def __init__(self, rows, frames, steps, gaps, clock_step):
        self.rows, self.frames, self.steps = rows, frames, steps
        self.gaps, self.clock_step = gaps, clock_step

    def __repr__(self):
        lengths = [len(rows) for rows in self.rows]
        frames = [(frame.group, frame.first_row, frame.rows) for frame in self.frames]
        return f"Recorded({lengths}, {frames}, {self.steps}, {self.gaps}, {self.clock_step})"


def times_of(group, count, gaps):
    """Return exact times of rows that jump by 2 s at gaps."""
    interval = LAYOUTS[group].group.interval_ns or HEADER.scan_period_ns
    jumps = [2 * SECOND * sum(gap <= row for gap in gaps) for row in range(count)]
    return np.array([int(START + row * interval) + jump for row, jump in enumerate(jumps)])


def interleaved(rows, cuts, turns, gaps):
    """Return frames of all groups in turns, with steps, marks and records in between.

    Args:
        rows: per group.
        cuts: per group, where its frames begin; gaps are among them.
        turns: which group comes next, as long as there is any.
        gaps: per group, rows before which some are missing.
    """
    feed, places = Feed(), [0, 0, 0]
    seen = [0, 0, 0]
    steps, marks = {}, (1 << 40,) * 3
    times = [times_of(group, len(rows[group]), gaps[group]) for group in range(3)]
    for group in (SCAN_GROUP, CYCLES_GROUP):
        rows[group][TIME] = times[group]
    total = sum(len(each) - 1 for each in cuts)
    order = [turn % 3 for turn in turns]
    for number in range(total):
        for name, start, stop in (("outer", 1, total - 1), ("inner", total // 3, total // 2)):
            if number == start:
                feed.record(begun(name))
                steps[name] = [list(seen), None]
            if number == stop and name in steps:
                feed.record(ended(name, START + 9 * SECOND))
                steps[name][1] = list(seen)
        if number == total // 4:
            feed.record(ClockMark(START, VIRTUAL_EPOCH + 3 * SECOND))
            marks = tuple(seen)
        feed.record(event(number))
        group = order[number % len(order)] if order else 0
        while places[group] >= len(cuts[group]) - 1:
            group = (group + 1) % 3
        first, stop = cuts[group][places[group] : places[group] + 2]
        time_ns = int(times[group][first])
        feed.rows(group, first, rows[group][first:stop], time_ns)
        places[group] += 1
        seen[group] = stop
    feed.record(ENDING)
    spans = {
        name: [(first, stop) for first, stop in zip(begin, end or seen, strict=True)]
        for name, (begin, end) in steps.items()
    }
    return Recorded(rows, feed.frames, spans, gaps, marks)
