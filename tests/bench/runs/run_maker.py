"""Makes run files step by step: log, sealer and commits are the test's to command."""

import itertools
import uuid

import numpy as np

from bench.channel import FRESH, Channel, Kind
from bench.clock import MILLISECOND, SECOND, VIRTUAL_EPOCH
from bench.record.creation import create_file
from bench.record.disk.storage import SystemStorage
from bench.record.disk.unsynced import UnsyncedStorage
from bench.record.port import Header, Provenance, RateGroup, StoredChannel
from bench.record.records import encode_record
from bench.record.rows import RowLayout, groups_of
from bench.record.sealing.sealer import Sealer, SealPolicy
from bench.record.wal import Frame, FrameKind, SegmentWriter
from bench.units import unit

RUN_ID = uuid.UUID(int=0x1234)
NEVER = SealPolicy(checkpoint_ns=None)


def header_of(*groups, channels=(), period_ns=10 * MILLISECOND, start_ns=5 * SECOND):
    return Header(
        title="t", rig_name="r", rig_text="rig: r\n", protocol_name="p", texts={"a.yaml": "a: 1\n"},
        parameters={}, object_kind="k", object_serial="s", operator="o", seed=1, simulated=True,
        plant={}, channels=channels, scan_period_ns=period_ns, start_utc_ns=VIRTUAL_EPOCH,
        start_ns=start_ns, groups=groups, gas={"lot": "L"},
    )  # fmt: skip


def measured(name, text="N*m", dtype="<f4", **about):
    return StoredChannel(Channel(name, Kind.MEASURED, unit(text)), dtype, **about)


class RunMaker:
    """A run that is written frame by frame."""

    def __init__(self, path, header, *, chunk=256, policy=NEVER, segment_size=1 << 16):
        self.path = path
        self.header = header
        self.groups = groups_of(header)
        self.layouts = [RowLayout(group) for group in self.groups]
        self._numbers = {group.name: i for i, group in enumerate(self.groups)}
        self._next = dict.fromkeys(self._numbers, 0)
        self._sequence = itertools.count(1)
        self.storage = UnsyncedStorage(SystemStorage())  # no power cut here
        self.policy = policy
        chunks = {group.name: chunk for group in self.groups}
        create_file(
            self.storage, path, header, Provenance(uuid=str(RUN_ID)),
            run_uuid=str(RUN_ID), chunk_rows=chunks,
        )  # fmt: skip
        self.log = SegmentWriter(self.storage, path, RUN_ID.bytes, segment_size=segment_size)
        self.sealer = Sealer.open(self.storage, path, policy)
        self.unsealed = []

    def rows(self, group, time_ns, records):
        """Log rows as they are stored."""
        first = self._next[group]
        self._next[group] += len(records)
        number = self._numbers[group]
        self._log(FrameKind.ROWS, records.tobytes(), number, first, len(records), time_ns)

    def scans(self, times, values, marks=None):
        """Log scans: values (rows, channels) in the channels' units."""
        layout = self.layouts[0]
        rows = layout.empty(len(times))
        rows["time_ns"] = times
        for section in layout.sections:
            rows[section.field] = np.asarray(values)[:, list(section.channels)]
        rows["quality"] = FRESH if marks is None else marks
        self.rows("scan", int(times[0]) if len(times) else 0, rows)

    def scalars(self, group, time_ns, *columns):
        """Log rows of a group whose channels are scalars."""
        layout = self.layouts[self._numbers[group]]
        rows = layout.empty(len(columns[0]))
        for section in layout.sections:
            for place, channel in enumerate(section.channels):
                rows[section.field][:, place] = columns[channel]
        self.rows(group, time_ns, rows)

    def record(self, record):
        """Log a record."""
        self._log(FrameKind.RECORD, encode_record(record), 0, 0, 0, 0)

    def seal(self, *, partial=False):
        """Hand what was logged to the sealer, and commit."""
        for frame in self.unsealed:
            self.sealer.take(frame)
        self.unsealed = []
        self.sealer.commit(partial=partial)

    def finish(self):
        """Complete the run."""
        self.seal()
        self.sealer.finish()
        self.close()
        for file in self.path.parent.glob(f"{self.path.name}.*.wal"):
            file.unlink()

    def close(self):
        """Leave the run as it is."""
        self.sealer.close()
        self.log.close()

    def _log(self, kind, payload, *numbers):
        group, first, rows, time_ns = numbers
        frame = Frame(kind, group, next(self._sequence), first, rows, time_ns, payload)
        self.log.append([frame])
        self.log.sync()
        self.unsealed.append(frame)


def fast_group(*channels, interval_ns, name="fast", has_quality=False):
    return RateGroup(name, channels, interval_ns, has_quality)
