"""Tables of the console as blocks of a report: where both show the same, it is made once."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from rich.console import RenderableType
from rich.table import Table as ConsoleTable
from rich.text import Text as Styled

from protocols.reports.blocks import Block, Cell, Column, Items, Row, Table
from protocols.reports.typeset import BOLD_GLYPH, GLYPH, INSET, WIDTH

NARROWEST: Final = 45.0
"""pt. Columns of words are no narrower, however little stands in them."""
WIDEST: Final = 170.0
"""pt. Nor wider, however much."""


def blocks_of(shown: Iterable[RenderableType]) -> Iterator[Block]:
    """Yield what a console shows: its tables, and the lines between them as sentences."""
    lines: list[str] = []
    for each in shown:
        if isinstance(each, ConsoleTable):
            yield from _sentences(lines)
            lines = []
            yield _table(each)
        else:
            lines.append(_plain(each))
    yield from _sentences(lines)


def _sentences(lines: list[str]) -> Iterator[Items]:
    told = [line.strip(" ·") for line in lines]
    if any(told):
        yield Items(tuple(filter(None, told)))


def _table(table: ConsoleTable) -> Table:
    heads = [_plain(column.header).replace("*", "·") for column in table.columns]
    texts = [[_plain(cell) for cell in column.cells] for column in table.columns]
    numbers = [column.justify == "right" for column in table.columns]
    widths = _widths(heads, texts, numbers)
    columns = tuple(
        Column(head, is_number=is_number, weight=width)
        for head, is_number, width in zip(heads, numbers, widths, strict=True)
    )
    rows: tuple[Row, ...] = tuple(tuple(map(Cell, cells)) for cells in zip(*texts, strict=True))
    return Table(columns, rows, _plain(table.title or ""))


def _widths(
    heads: Sequence[str], texts: Sequence[Sequence[str]], numbers: Sequence[bool]
) -> list[float]:
    """Return widths, pt: numbers and headings get what they need, words share what is left."""
    widths: list[float] = []
    for head, cells, is_number in zip(heads, texts, numbers, strict=True):
        longest = max(map(_length, head.split()), default=1.0)
        filled = GLYPH * max(map(_length, cells), default=0.0)
        body = min(filled, WIDEST) if is_number else min(max(filled, NARROWEST), WIDEST)
        widths.append(max(BOLD_GLYPH * longest, body) + INSET)
    kept = sum(width for width, is_number in zip(widths, numbers, strict=True) if is_number)
    words = sum(widths) - kept
    share = min(1.0, max(WIDTH - kept, NARROWEST) / words) if words else 1.0
    return [
        width if is_number else width * share
        for width, is_number in zip(widths, numbers, strict=True)
    ]


def _length(text: str) -> float:
    """Return how many digits wide a text is; Chinese characters are wider."""
    return sum(1.6 if unicodedata.east_asian_width(each) in "WF" else 1.0 for each in text)


def _plain(shown: RenderableType) -> str:
    return shown.plain if isinstance(shown, Styled) else str(shown)
