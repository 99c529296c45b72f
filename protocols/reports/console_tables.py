"""Tables of the console as blocks of a report: where both show the same, it is made once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from rich.console import RenderableType
from rich.table import Table as ConsoleTable
from rich.text import Text as Styled

from protocols.reports.blocks import Block, Cell, Column, Items, Row, Table

NARROWEST: Final = 6
"""Letters. Columns are no narrower beside the others, however little stands in them."""
WIDEST: Final = 32
"""Letters. Nor wider, however much."""


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
    columns = tuple(
        Column(head, is_number=column.justify == "right", weight=_weight(head, own))
        for column, head, own in zip(table.columns, heads, texts, strict=True)
    )
    rows: tuple[Row, ...] = tuple(tuple(map(Cell, cells)) for cells in zip(*texts, strict=True))
    return Table(columns, rows, _plain(table.title or ""))


def _weight(head: str, cells: list[str]) -> float:
    words = [len(word) for word in head.split()]
    return float(min(WIDEST, max(NARROWEST, *words, *map(len, cells))))


def _plain(shown: RenderableType) -> str:
    return shown.plain if isinstance(shown, Styled) else str(shown)
