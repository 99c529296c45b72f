"""Fonts, and what a reader gets who copies all of a PDF."""

import re

import pypdfium2
import pytest

from protocols.reports.audit import Made
from protocols.reports.blocks import Source
from protocols.reports.fonts import installed_fonts

MADE = Made("h2bench 1.2.3", "2026-09-21 14:13")


@pytest.fixture(scope="session")
def fonts():
    return installed_fonts()


def text_of(path):
    """All texts of a PDF, without spaces and line ends."""
    with pypdfium2.PdfDocument(path) as document:
        pages = [page.get_textpage().get_text_range() for page in document]
    return squeezed("".join(pages))


def squeezed(text):
    return re.sub(r"[\s\u200b\u00ad\ufffe\u2010-]+", "", text)


def missing_in(pdf, report):
    """Which lines of a report its PDF does not show."""
    sources = [block.text for block in report.blocks if isinstance(block, Source)]
    texts = [*report.texts(), *sources]
    lines = {line for text in texts for line in text.splitlines() if line.strip()}
    lines.discard(report.page)
    return [line for line in sorted(lines) if squeezed(line) not in pdf]
