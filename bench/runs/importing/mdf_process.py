"""Reads signals of MDF in a process of its own: ``python -m bench.runs.importing.mdf_process``.

asammdf brings pandas, which takes a second to load, and a broken file may take the interpreter
with it. One message comes from standard input: the file, and the names that are wanted, in small
letters without signs. One goes back: names and units, then times and values of each signal.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import Any

import asammdf as _untyped
import numpy as np

from bench.runs.export.mdf_wire import Array, receive, send

_asammdf: Any = _untyped  # its types are only half there
_OTHER_SIGNS = re.compile(r"[\W_]+")
_SPN = re.compile(r"spn\d+")


def plain(name: str) -> set[str]:
    """Return what a channel may be called: its name, and the SPN it begins with."""
    word = _OTHER_SIGNS.sub("", name.lower())
    spn = _SPN.match(word)
    return {word} | ({spn[0]} if spn else set())


def wanted_signals(file: Any, names: set[str]) -> Iterator[Any]:
    """Yield the signals of the file whose names are wanted and that are numbers."""
    for name, places in sorted(file.channels_db.items()):
        if not plain(name) & names:
            continue
        for group, index in places[:1]:
            signal = file.get(group=group, index=index, ignore_invalidation_bits=False)
            if signal.samples.ndim == 1 and signal.samples.dtype.kind in "iufb":
                yield signal


def main() -> int:
    """Answer one message; return the exit code."""
    begun = receive(sys.stdin.buffer)
    if begun is None:
        return 1
    said: list[dict[str, str]] = []
    arrays: list[Array | None] = []
    # what goes wrong in here is told by the last line of the traceback
    with _asammdf.MDF(begun[0]["path"]) as file:
        for signal in wanted_signals(file, set(begun[0]["names"])):
            said.append({"name": str(signal.name), "unit": str(signal.unit or "")})
            arrays.append(np.asarray(signal.timestamps, dtype=np.float64))
            arrays.append(np.asarray(signal.samples, dtype=np.float64))
    send(sys.stdout.buffer, {"signals": said}, arrays)
    return 0


if __name__ == "__main__":
    sys.exit(main())
