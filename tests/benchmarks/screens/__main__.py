"""What the windows cost, each figure beside what is wanted of it.

    .venv/bin/python -m tests.benchmarks.screens [--quick] [--only live] [--folder FOLDER]

No screen is needed. The default takes about five minutes and 3 GB of disk, ``--quick`` one.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from rich.console import Console

from tests.benchmarks.run_files.figures import Figure, as_table
from tests.benchmarks.screens.sizes import DEFAULT, QUICK, TINY, Sizes

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from gui import theme
from tests.benchmarks.screens import live, review, start

SECTIONS: Mapping[str, Callable[[Sizes, Path], list[Figure]]] = {
    "live": live.figures,
    "review": review.figures,
    "start": start.figures,
}
"""Everything that is measured, by name."""
_WIDTH = 160


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the table; return 0."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.screens")
    for flag, sizes in (("--quick", QUICK), ("--tiny", TINY)):
        parser.add_argument(flag, dest="sizes", action="store_const", const=sizes)
    parser.set_defaults(sizes=DEFAULT)
    parser.add_argument("--only", action="append", choices=SECTIONS)
    parser.add_argument("--folder", type=Path, help="where what takes long to make is kept")
    chosen = parser.parse_args(arguments)
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    app.setStyle("Fusion")
    app.setFont(theme.body_font())
    with tempfile.TemporaryDirectory() as scratch:
        folder = chosen.folder or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        found = [
            each
            for name in chosen.only or SECTIONS
            for each in SECTIONS[name](chosen.sizes, folder)
        ]
    Console(width=None if sys.stdout.isatty() else _WIDTH).print(as_table(found))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
