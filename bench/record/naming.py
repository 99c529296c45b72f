"""How run files are called."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, datetime

from bench.clock import SECOND

_LONGEST_WORD = 60


def run_file_name(
    start_utc_ns: int, protocol: str, serial: str, taken: Collection[str] = ()
) -> str:
    """Return the name of a run's file, valid on Linux and Windows.

    Start in UTC, protocol and serial number; a counter follows where the name is `taken`
    (upper and lower case count as equal, as on Windows).
    """
    start = datetime.fromtimestamp(start_utc_ns // SECOND, UTC)
    words = [f"{start:%Y%m%dT%H%M%SZ}", _word(protocol), _word(serial)]
    stem = "_".join(word for word in words if word)
    used = {name.casefold() for name in taken}
    name, counter = f"{stem}.h5", 1
    while name.casefold() in used:
        counter += 1
        name = f"{stem}_{counter}.h5"
    return name


def _word(text: str) -> str:
    return re.sub(r"[^\w.+-]+", "-", text).strip("-.")[:_LONGEST_WORD]
