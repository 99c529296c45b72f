"""From run files to a written report."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from bench.clock import SECOND
from bench.errors import ConfigError, RunFileError
from bench.messages import LANGUAGES, Message
from bench.record.disk.storage import reason
from bench.record.layout.iso_time import iso
from bench.runs import Run, open_run
from bench.runs.export.whole_file import whole_file
from bench.runs.verifying.run import Verification, verify_run
from protocols.campaign.results import CampaignResults
from protocols.execution import read
from protocols.reports.audit import Made, checksums_of
from protocols.reports.blocks import Report
from protocols.reports.campaign_report import campaign_report
from protocols.reports.drawing import Drawing
from protocols.reports.fonts import FontSet, installed_fonts
from protocols.reports.html import html_of
from protocols.reports.run_report import run_report
from protocols.reports.speech import Speech, day
from protocols.reports.typeset import check_fonts, pdf_of

FORMATS: Final = ("html", "pdf")
MOST_REASONS: Final = 5
"""Reasons that one refusal tells."""


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
        if not self.folder.is_dir():
            raise RunFileError("report.no-folder", path=self.folder)

    def made(self, runs: Sequence[Run]) -> Made:
        """Return how and when the report of runs is made, with the checksums of their files."""
        when = day(iso(self.seconds * SECOND))
        return Made(f"h2bench {version('h2bench')}", when, checksums_of(runs))

    def path(self, stem: str, language: str, form: str) -> Path:
        """Return where a report goes."""
        return self.folder / f"{stem}_report_{language}.{form}"

    def check(self, stem: str) -> None:
        """Find before all work that an older report is there.

        Raises:
            RunFileError: it is, and is not to be replaced.
        """
        for language in self.languages:
            for form in self.formats:
                path = self.path(stem, language, form)
                if path.exists() and not self.is_forced:
                    raise RunFileError("export.exists", path=path)


def report_run(path: Path, wanted: Wanted) -> list[Path]:
    """Write the reports of one run; return where they are.

    Raises:
        RunFileError: the run cannot be read, or the report not written.
        ConfigError: it is still recorded, is not as it was written, or followed no protocol; or a
            font lacks a character.
    """
    wanted.check(path.stem)
    fonts, drawing = _set_in(wanted)
    with open_run(path) as run:
        if run.is_growing:
            raise ConfigError("report.growing", file=path.name)
    verified = verify_run(path)
    if not verified.is_whole:
        why = verified.findings[0].what
        raise ConfigError("report.damaged", file=path.name, why=why)
    finished = read(path)
    if finished.results is None:
        raise ConfigError("report.nothing-judged", file=path.name)
    with open_run(path) as run:
        made = wanted.made([run])
        reports = [
            run_report(
                run,
                finished.results,
                speech,
                drawing,
                made=made,
                compared=_compared(verified, speech),
            )
            for speech in map(Speech, wanted.languages)
        ]
    return _written(reports, path.stem, wanted, fonts)


def report_campaign(results: CampaignResults, wanted: Wanted) -> list[Path]:
    """Write the reports of a campaign; return where they are.

    Raises:
        RunFileError: a run cannot be read, or the report not written.
        ConfigError: no run counts, and why; or a font lacks a character.
    """
    folder, stem = Path(results.folder), stem_of(results)
    counted = [folder / each.name for each in results.files if each.counted]
    if not counted:
        raise _nothing(results, folder)
    wanted.check(stem)
    fonts, drawing = _set_in(wanted)
    with ExitStack() as stack:
        runs = [stack.enter_context(open_run(path)) for path in counted]
        made = wanted.made(runs)
        reports = [
            campaign_report(results, runs, speech, drawing, made=made)
            for speech in map(Speech, wanted.languages)
        ]
    return _written(reports, stem, wanted, fonts)


def _nothing(results: CampaignResults, folder: Path) -> ConfigError:
    """Return why there is nothing to report, with the reasons of the files that do not count."""
    reasons = [text for each in results.files if not each.counted for text in each.reasons]
    if not reasons:
        return ConfigError("report.no-run", path=folder)
    why = reasons[0]
    for text in reasons[1:MOST_REASONS]:
        why = Message("report.and-more", {"first": why, "second": text})
    if len(reasons) > MOST_REASONS:
        told = {"first": why, "count": len(reasons) - MOST_REASONS}
        why = Message("report.and-others", told)
    return ConfigError("report.no-run-because", path=folder, why=why)


def stem_of(results: CampaignResults) -> str:
    """Return how the files of a campaign's report begin; a serial number may hold anything."""
    serial = "".join(
        each if each.isalnum() or each in "-_." else "-" for each in results.object_serial
    )
    return f"campaign_{serial or 'object'}"


def _set_in(wanted: Wanted) -> tuple[FontSet, Drawing]:
    """Return the fonts, and who draws with them.

    Raises:
        ConfigError: none has the characters of a language; it names what to install.
    """
    fonts = installed_fonts()
    fonts.check(Speech(language).say("decision-rule") for language in wanted.languages)
    return fonts, Drawing(fonts)


def _compared(verified: Verification, speech: Speech) -> str:
    size = f"{verified.size / 1e6:.1f} MB"
    return speech.say("compared", chunks=verified.chunks, size=size, texts=verified.texts)


def _written(reports: Sequence[Report], stem: str, wanted: Wanted, fonts: FontSet) -> list[Path]:
    """Write all or none: nothing gets its name before everything is on the disk."""
    made: list[tuple[Path, bytes]] = []
    for report in reports:
        check_fonts(report, fonts)
        for form in wanted.formats:
            is_pdf = form == "pdf"
            data = (
                pdf_of(report, fonts, seconds=wanted.seconds)
                if is_pdf
                else html_of(report).encode()
            )
            made.append((wanted.path(stem, report.language, form), data))
    with ExitStack() as stack:
        for path, data in made:
            growing = stack.enter_context(whole_file(path, is_forced=wanted.is_forced))
            _write(growing, data, path)
    return [path for path, _ in made]


def _write(growing: Path, data: bytes, path: Path) -> None:
    try:
        growing.write_bytes(data)
    except OSError as error:
        raise RunFileError("export.not-written", path=path, reason=reason(error)) from error


def now_seconds(utc_ns: int) -> int:
    """Return a time (ns) in whole seconds."""
    return utc_ns // SECOND
