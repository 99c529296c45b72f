"""The log of a run: append-only segments of frames, from which everything can be recovered."""

from bench.record.wal.files import (
    LogSource,
    Position,
    list_segments,
    remove_log,
    segment_path,
    spare_path,
)
from bench.record.wal.frames import Frame, FrameKind, decode, encode, frame_size
from bench.record.wal.reading import ReadOnlyFiles, SegmentTail, read_frames
from bench.record.wal.segments import SEGMENT_SIZE, SegmentWriter

__all__ = [
    "SEGMENT_SIZE",
    "Frame",
    "FrameKind",
    "LogSource",
    "Position",
    "ReadOnlyFiles",
    "SegmentTail",
    "SegmentWriter",
    "decode",
    "encode",
    "frame_size",
    "list_segments",
    "read_frames",
    "remove_log",
    "segment_path",
    "spare_path",
]
