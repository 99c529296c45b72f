"""What the recorder, the reader and the export cost, each figure beside what is wanted of it.

    .venv/bin/python -m tests.benchmarks.run_files [--quick | --long] [--only NAME]

The default takes about ten minutes and 8 GB of disk, ``--quick`` less than 90 s, ``--long`` adds
the whole of the long run. Peers (asammdf, pyarrow, plain h5py) are measured in the same run on the
same data. Each measurement is a process of its own, so that its memory is its own.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from rich.console import Console

from tests.benchmarks.run_files import (
    exports,
    flat_out,
    full_read,
    listing,
    long_run,
    pictures,
    real_time,
    zoom,
)
from tests.benchmarks.run_files.figures import Figure, as_markdown, as_table
from tests.benchmarks.run_files.sizes import DEFAULT, LONG, QUICK, TINY, Sizes

Section = Callable[[Sizes, Path], list[Figure]]
"""Measures something in a folder."""

SECTIONS: Mapping[str, Section] = {
    "real-time": real_time.figures,
    "flat-out": flat_out.figures,
    "listing": listing.figures,
    "zoom": zoom.figures,
    "pictures": pictures.figures,
    "full-read": full_read.figures,
    "exports": exports.figures,
    "long-run": long_run.figures,
}
"""Everything that is measured, by name."""


_WIDTH = 180


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the table; return 0."""
    chosen = _parser().parse_args(arguments)
    console = Console(width=None if sys.stdout.isatty() else _WIDTH)
    with tempfile.TemporaryDirectory() as scratch:
        folder = chosen.folder or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        found: list[Figure] = []
        for name in chosen.only or SECTIONS:
            console.print(f"{name} …", style="dim")
            found += SECTIONS[name](chosen.sizes, folder)
    console.print(as_table(found))
    if chosen.markdown:
        chosen.markdown.write_text(as_markdown(found), encoding="utf-8")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.run_files")
    sizes = parser.add_mutually_exclusive_group()
    for flag, value, about in (
        (
            "--quick",
            QUICK,
            "less than 90 s on an idle machine; of small data the figures are worse",
        ),
        ("--tiny", TINY, "a few seconds: shows that everything works"),
        ("--long", LONG, "the long run whole: half an hour more"),
    ):
        sizes.add_argument(flag, dest="sizes", action="store_const", const=value, help=about)
    parser.set_defaults(sizes=DEFAULT)
    parser.add_argument("--only", action="append", choices=SECTIONS, help="may be given again")
    parser.add_argument(
        "--folder", type=Path,
        help="where the files go; what takes long to make stays there for the next time",
    )  # fmt: skip
    parser.add_argument("--markdown", type=Path, help="also write the table here")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
