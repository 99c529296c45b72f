"""Alarm limits of the rig a run was made on, as lines on the scales of its channels."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from types import MappingProxyType

from bench.config.catalogue import Catalogue
from bench.config.rig import load_rig
from bench.errors import BenchError
from bench.runs import Run
from gui.state.screens.bounds import bounds_of

Levels = Mapping[str, tuple[float, ...]]
"""Channel → its alarm limits, in the unit of screens, the lowest first."""
NO_LEVELS: Levels = MappingProxyType({})


def limits_of_run(run: Run) -> Levels:
    """Return the alarm limits that stay where they are, of the rig as it was when the run was made.

    The run holds the texts of its rig and object kind; these count, not the files of today. Where
    it holds none, or they mean nothing to this version, there are no lines.
    """
    header = run.header
    if not header.rig_text:
        return NO_LEVELS
    try:
        with TemporaryDirectory(prefix="h2bench") as folder:
            return _limits(Path(folder), header.rig_text, header.texts)
    except (BenchError, OSError):
        return NO_LEVELS


def _limits(folder: Path, rig_text: str, texts: Mapping[str, str]) -> Levels:
    """Return the limits of a rig.

    Raises:
        BenchError: its text is no rig.
        OSError: there is no room for it.
    """
    rig = folder / "rig.yaml"
    rig.write_text(rig_text, encoding="utf-8")
    for name, text in texts.items():
        if PurePosixPath(name).parent.name == "objects":
            (folder / PurePosixPath(name).name).write_text(text, encoding="utf-8")
    model = load_rig(str(rig), Catalogue((folder,), (folder,), Catalogue.shipped().protocols))
    found: dict[str, tuple[float, ...]] = {}
    for channel, bounds in bounds_of(model).items():
        unit = model.channels[model.index[channel]].shown_unit
        stay = dict.fromkeys(unit.from_si(bound.value) for bound in bounds)
        levels = tuple(sorted(each for each in stay if not math.isnan(each)))
        if levels:
            found[channel] = levels
    return MappingProxyType(found)
