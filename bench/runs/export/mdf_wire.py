"""What is said to the process that writes MDF4: a line of JSON, then the bytes of its arrays."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
_ARRAYS = "arrays"


def send(stream: BinaryIO, said: Mapping[str, object], arrays: Sequence[Array | None] = ()) -> None:
    """Send a message with its arrays, some of which may be left out.

    Raises:
        OSError: nobody is there to take it.
    """
    kinds = [None if each is None else [each.dtype.str, each.shape] for each in arrays]
    stream.write(json.dumps({**said, _ARRAYS: kinds}).encode() + b"\n")
    for each in arrays:
        if each is not None:
            stream.write(np.ascontiguousarray(each).data.cast("B") if each.size else b"")
    stream.flush()


def receive(stream: BinaryIO) -> tuple[dict[str, Any], list[Array | None]] | None:
    """Return the next message and its arrays; None: whoever sends them is gone."""
    line = stream.readline()
    if not line.endswith(b"\n"):
        return None
    said = cast("dict[str, Any]", json.loads(line))
    arrays: list[Array | None] = []
    for kind in cast("list[tuple[str, list[int]] | None]", said.pop(_ARRAYS)):
        if kind is None:
            arrays.append(None)
            continue
        array = np.empty(kind[1], np.dtype(kind[0]))
        data = stream.read(array.nbytes)
        if len(data) < array.nbytes:
            return None
        arrays.append(np.frombuffer(data, array.dtype).reshape(array.shape))
    return said, arrays
