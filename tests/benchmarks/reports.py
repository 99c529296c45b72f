"""How long a report takes.

    python -m tests.benchmarks.reports FOLDER|RUN

Reads the runs once, then writes their report in each language and each format into a folder that
is thrown away: wall clock and processor time of each, and of reading. Wanted are 10 s of a report.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from bench.messages import LANGUAGES
from protocols.campaign.analysing import results_of
from protocols.campaign.executor import Where
from protocols.reports.writing import FORMATS, Wanted, report_campaign, report_run

Tell = Callable[[str], object]


@contextmanager
def timed(what: str, tell: Tell) -> Generator[None]:
    """Tell how long something took."""
    wall, processor = time.perf_counter(), time.process_time()
    yield
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    tell(f"{what:<24} {wall:6.2f} s by the clock, {processor:6.2f} s of processor time\n")


def main() -> None:
    """Print the figures."""
    given = argparse.ArgumentParser()
    given.add_argument("source", type=Path)
    source: Path = given.parse_args().source
    tell = sys.stdout.write
    results = None
    if source.is_dir():
        with timed("reading the campaign", tell):
            results = results_of(source, opener=Where(1).open)
    wanted = [([language], [form]) for language in LANGUAGES for form in FORMATS]
    for languages, formats in [*wanted, (list(LANGUAGES), list(FORMATS))]:
        with tempfile.TemporaryDirectory() as folder:
            one = Wanted(languages=languages, formats=formats, folder=Path(folder), seconds=0)
            with timed(f"{'+'.join(languages)} {'+'.join(formats)}", tell):
                made = report_run(source, one) if results is None else report_campaign(results, one)
            size = sum(path.stat().st_size for path in made)
            tell(f"{'':<24} {size / 1e3:6.0f} kB\n")


if __name__ == "__main__":
    main()
