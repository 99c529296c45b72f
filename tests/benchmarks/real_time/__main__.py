"""Figures of a bench in real time: `python -m tests.benchmarks.real_time [NAME] [--minutes N]`.

Everything runs on loopback, with the simulated hydrogen engine cell in a process of its own. The
figures are printed and never judged: they hold for the machine and what else it does.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.benchmarks.real_time import isolation, lateness, load, reaction

Section = Callable[..., None]

SECTIONS: Mapping[str, tuple[Section, float]] = {
    "reaction": (reaction.measure, 12.0),
    "lateness": (lateness.measure, 2.0),
    "isolation": (isolation.measure, 2.0),
    "load": (load.measure, 1.0),
}
"""Name → what measures it, and for how many minutes."""


def main() -> None:
    """Measure one thing, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="?", choices=list(SECTIONS))
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--realtime", action="store_true", help="serve with --realtime")
    parser.add_argument("--folder", type=Path, help="keeps run files and logs")
    given = parser.parse_args()
    for name in [given.name] if given.name else SECTIONS:
        section, minutes = SECTIONS[name]
        with tempfile.TemporaryDirectory() as scratch:
            folder = given.folder or Path(scratch)
            section(folder, minutes=given.minutes or minutes, is_realtime=given.realtime)


if __name__ == "__main__":
    main()
