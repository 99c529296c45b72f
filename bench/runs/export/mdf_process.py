"""Writes MDF4 in a process of its own: ``python -m bench.runs.export.mdf_process``.

asammdf brings pandas, which takes a second to load. Messages come from standard input
(`mdf_wire`): what the file holds, blocks of rows, the order to finish. One line of JSON on
standard output says that it is done, or why not. Without the order to finish nothing is left.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, cast

import asammdf as _untyped
import numpy as np
from asammdf.blocks.conversion_utils import from_dict as _untyped_conversion

from bench.record.disk.storage import reason
from bench.runs.export.mdf_wire import Array, receive

_asammdf: Any = _untyped  # its types are only half there
_conversion: Any = _untyped_conversion
_VERSION = "4.10"
_TRANSPOSED_DEFLATE = 2
"""Data blocks are deflated column by column: a quarter smaller than row by row, as fast."""


class Writer:
    """An MDF4 file; rows go to an unnamed file beside it until it is finished."""

    def __init__(self, about: dict[str, Any]) -> None:
        self._path = Path(about["path"])
        self._file = _asammdf.MDF(version=_VERSION, temporary_folder=str(self._path.parent))
        self._file.header.start_time = _time_of_day(about["start_utc_ns"])
        self._file.header.comment = about["comment"]
        self._channels: list[list[dict[str, Any]]] = []
        for group in about["groups"]:
            self._channels.append(group["channels"])
            signals = [_signal(channel) for channel in group["channels"]]
            self._file.append(
                signals, acq_name=group["name"], comment=group["name"], common_timebase=True
            )

    def write(self, group: int, arrays: Sequence[Array | None]) -> None:
        """Add rows: times, then values and where they are invalid of each channel in turn."""
        times, *rest = arrays
        pairs: list[tuple[Any, Any]] = [(times, None)]
        for channel, values, missing in zip(
            self._channels[group], rest[0::2], rest[1::2], strict=True
        ):
            known = cast("Array", values)
            invalid = np.zeros(len(known), np.bool_) if missing is None else missing
            pairs.append((_samples(known, channel), invalid))
        self._file.extend(group, pairs)

    def finish(self) -> None:
        """Write the file."""
        with self._path.open("w+b") as file:  # a name it would change to its own liking
            self._file.save(file, compression=_TRANSPOSED_DEFLATE)

    def close(self) -> None:
        """Let go of everything."""
        self._file.close()


def _signal(channel: dict[str, Any]) -> Any:
    empty = np.empty((0, channel["width"]), channel["dtype"])
    samples = _samples(empty if channel["width"] > 1 else empty[:, 0], channel)
    conversion = None
    if channel["conversion"] is not None:
        scale, offset = channel["conversion"]
        conversion = _conversion({"a": scale, "b": offset})
    return _asammdf.Signal(
        samples=samples,
        timestamps=np.empty(0),
        unit=channel["unit"],
        name=channel["name"],
        comment=channel["comment"],
        conversion=conversion,
        invalidation_bits=np.zeros(0, np.bool_),
    )


def _samples(values: Array, channel: dict[str, Any]) -> Array:
    """Return values as MDF takes them: traces as records of one array."""
    if channel["width"] == 1:
        return np.array(values)  # it wants to own what it gets
    record = np.dtype([(channel["name"], values.dtype, (channel["width"],))])
    return np.ascontiguousarray(values).view(record).reshape(len(values))


def _time_of_day(utc_ns: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=utc_ns // 1000)


def serve(source: BinaryIO) -> dict[str, object] | None:
    """Do what the messages say; return the answer, None: they broke off."""
    begun = receive(source)
    if begun is None:
        return None
    writer = Writer(begun[0])
    try:
        while (message := receive(source)) is not None:
            said, arrays = message
            if "finish" in said:
                writer.finish()
                return {"done": True}
            writer.write(said["group"], arrays)
        return None
    finally:
        writer.close()


def main() -> int:
    """Serve standard input; return the exit code."""
    try:
        answer = serve(sys.stdin.buffer)
    except OSError as error:
        answer = {"trouble": reason(error)}
    if answer is None:
        return 1
    sys.stdout.write(json.dumps(answer) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
