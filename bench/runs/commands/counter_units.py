"""In which units a run's counters are shown: as the files say that stand in the run file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from bench.document import parse
from bench.errors import BenchError
from bench.record.port import Header
from bench.units import ONE, Unit, unit

_KEY = "counters:"


def units_of(header: Header) -> Mapping[str, Unit]:
    """Return counter → unit; one whose file cannot be read by this program is left out."""
    found: dict[str, Unit] = {}
    for name, text in (("rig", header.rig_text), *header.texts.items()):
        if _KEY in text:  # to read a file takes long, and few have counters
            found |= _units_in(name, text)
    return found


def _units_in(name: str, text: str) -> Mapping[str, Unit]:
    try:
        counters = parse(text, name).at(("counters",))
        if not isinstance(counters, dict):
            return {}
        written = cast("dict[str, object]", counters)
        return {each: _unit_of(grammar) for each, grammar in written.items()}
    except BenchError:  # of another version, or no text of ours: SI without a unit is shown
        return {}


def _unit_of(grammar: object) -> Unit:
    """Return the unit that is written, else the one `bench.config.counters` takes."""
    given = cast("dict[str, object]", grammar) if isinstance(grammar, dict) else {}
    written = given.get("unit")
    if isinstance(written, str):
        return unit(written)
    return unit("h") if "while" in given else ONE
