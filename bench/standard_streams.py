"""The standard streams of a program whose audience may leave.

A pipe that is closed (``| head``) or a terminal that is gone must neither end a run nor change
its exit code; a sign the terminal's encoding lacks must not either.
"""

from __future__ import annotations

import errno
import io
import sys
from typing import Any, TextIO, cast

_NOBODY_READS = frozenset({errno.EPIPE, errno.EIO, errno.EINVAL})
"""What a closed pipe (on Windows: EINVAL) and a terminal that is gone answer."""


def survive_their_readers() -> None:
    """Let what is printed to nobody, or in signs the terminal lacks, pass without an error."""
    sys.stdout = surviving(sys.stdout, errors="replace")
    sys.stderr = surviving(sys.stderr, errors="backslashreplace")


def surviving(stream: TextIO, *, errors: str) -> TextIO:
    """Return a text stream to the same place that outlives its readers.

    Args:
        stream: Standard stream; one that is no file (a Windows console, a test) is kept.
        errors: What becomes of signs that its encoding lacks, as `codecs` names it.
    """
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    stream = cast("io.TextIOWrapper[io.BufferedWriter]", stream)
    stream.reconfigure(errors=errors)
    below: object = getattr(stream.buffer, "raw", stream.buffer)  # unbuffered: the file itself
    if not isinstance(below, io.FileIO):
        return stream
    stream.flush()
    raw = _Deserted(stream.fileno(), "w", closefd=False)
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=stream.encoding,
        errors=errors,
        line_buffering=stream.line_buffering or stream.write_through,
    )


class _Deserted(io.FileIO):
    """A file that takes what nobody reads any more."""

    def write(self, data: Any, /) -> int:
        """Write; return how many bytes."""
        try:
            return super().write(data) or 0
        except OSError as error:
            if error.errno not in _NOBODY_READS:
                raise
            return len(data)
