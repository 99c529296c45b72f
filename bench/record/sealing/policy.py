"""When a sealer commits, and when it begins a new part."""

from __future__ import annotations

from dataclasses import dataclass

from bench.clock import SECOND
from bench.record.sealing.group_sealer import GroupSealer


@dataclass(frozen=True)
class SealPolicy:
    """When a sealer commits, and when it begins a new file."""

    checkpoint_ns: int | None = 60 * SECOND
    """Longest run time that rows of slow groups wait for a partial chunk; None: for a whole one."""
    part_ns: int = 24 * 3600 * SECOND
    """Run time of a file."""
    part_bytes: int = 8_000_000_000
    """Size from which a new file begins."""
    commit_bytes: int = 0
    """So much of the log at least lies between two commits, bytes; 0: each whole chunk is one."""

    def is_checkpoint(self, elapsed_ns: int) -> bool:
        """Return whether slow groups are due, so long after the last time."""
        return self.checkpoint_ns is not None and elapsed_ns >= self.checkpoint_ns

    def is_slow(self, group: GroupSealer, now_ns: int) -> bool:
        """Return whether rows of a group wait for their chunk longer than they should."""
        longest, since = self.checkpoint_ns, group.waiting_since_ns
        if longest is None or since is None:
            return False
        return group.chunk_ns is None or group.chunk_ns > longest or now_ns - since >= longest

    def is_full(self, size: int, elapsed_ns: int) -> bool:
        """Return whether a part of a size and a run time is to end."""
        return size >= self.part_bytes or elapsed_ns >= self.part_ns
