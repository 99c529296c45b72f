"""From run files to a written report."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.clock import SECOND
from bench.errors import ConfigError
from bench.messages import LANGUAGES
from bench.runs import open_run
from bench.runs.export.whole_file import whole_file
from protocols.campaign.results import CampaignResults
from protocols.execution import read
from protocols.reports.blocks import Report
from protocols.reports.campaign_report import campaign_report
from protocols.reports.drawing import Drawing
from protocols.reports.fonts import FontSet, installed_fonts
from protocols.reports.html import html_of
from protocols.reports.run_report import run_report
from protocols.reports.speech import Speech
from protocols.reports.typeset import pdf_of

FORMATS: Final = ("html", "pdf")


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is to be written."""

    languages: Sequence[str]
    formats: Sequence[str]
    folder: Path
    """Where to."""
    seconds: int
    """When, s since 1970-01-01T00:00:00Z."""
    is_forced: bool = False
    """Whether an older report is replaced."""

    def __post_init__(self) -> None:
        for name in self.languages:
            if name not in LANGUAGES:
                raise ConfigError("report.language", name=name)
        for name in self.formats:
            if name not in FORMATS:
                raise ConfigError("report.format", name=name)


def report_run(path: Path, wanted: Wanted) -> list[Path]:
    """Write the reports of one run; return where they are.

    Raises:
        RunFileError: it cannot be read.
        ConfigError: it followed no protocol; or a font lacks a character.
    """
    finished = read(path)
    if finished.results is None:
        raise ConfigError("report.nothing-judged", file=path.name)
    fonts = installed_fonts()
    drawing = Drawing(fonts)
    with open_run(path) as run:
        reports = [
            run_report(run, finished.results, Speech(language), drawing)
            for language in wanted.languages
        ]
    return _written(reports, path.stem, wanted, fonts)


def report_campaign(results: CampaignResults, wanted: Wanted) -> list[Path]:
    """Write the reports of a campaign; return where they are.

    Raises:
        RunFileError: a run cannot be read.
        ConfigError: no run counts; or a font lacks a character.
    """
    folder = Path(results.folder)
    counted = [folder / each.name for each in results.files if each.counted]
    if not counted:
        raise ConfigError("report.no-run", path=folder)
    fonts = installed_fonts()
    drawing = Drawing(fonts)
    with ExitStack() as stack:
        runs = [stack.enter_context(open_run(path)) for path in counted]
        reports = [
            campaign_report(results, runs, Speech(language), drawing)
            for language in wanted.languages
        ]
    return _written(reports, f"campaign_{results.object_serial or 'object'}", wanted, fonts)


def _written(reports: Sequence[Report], stem: str, wanted: Wanted, fonts: FontSet) -> list[Path]:
    made: list[tuple[Path, bytes]] = []
    for report in reports:
        for name in wanted.formats:
            path = wanted.folder / f"{stem}_report_{report.language}.{name}"
            is_pdf = name == "pdf"
            data = (
                pdf_of(report, fonts, seconds=wanted.seconds)
                if is_pdf
                else html_of(report).encode()
            )
            made.append((path, data))
    for path, data in made:  # all or none: what cannot be set is known by now
        with whole_file(path, is_forced=wanted.is_forced) as growing:
            growing.write_bytes(data)
    return [path for path, _ in made]


def now_seconds(utc_ns: int) -> int:
    """Return a time (ns) in whole seconds."""
    return utc_ns // SECOND
