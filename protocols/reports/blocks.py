"""What a report is made of, in one language: a tree of blocks, the same for HTML and PDF.

All texts are plain: writers escape them. Numbers are shown already.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

Tone = Literal["plain", "good", "bad", "open", "faint"]
"""How a text is meant: a criterion met, missed, not shown; or beside the matter."""


@dataclass(frozen=True)
class Heading:
    """A heading."""

    text: str
    level: int = 1
    """1 to 3."""


@dataclass(frozen=True)
class Paragraph:
    """One or more sentences."""

    text: str
    tone: Tone = "plain"


@dataclass(frozen=True)
class Items:
    """Sentences one below the other."""

    texts: tuple[str, ...]


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    title: str
    is_number: bool = False
    """Set to the right."""
    weight: float = 1.0
    """Share of the width beside the others."""


@dataclass(frozen=True)
class Cell:
    """One cell of a table."""

    text: str
    tone: Tone = "plain"


Row = tuple[Cell, ...]


@dataclass(frozen=True)
class Table:
    """Rows and columns."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    caption: str = ""


@dataclass(frozen=True)
class Figure:
    """A drawing."""

    svg: str
    """SVG whose texts are texts."""
    caption: str
    texts: tuple[str, ...] = ()
    """Texts in it."""


@dataclass(frozen=True)
class VerdictBox:
    """The verdict, large, with its sentences."""

    word: str
    """PASS, FAIL, NOT SHOWN, or their translation."""
    tone: Tone
    sentences: tuple[Paragraph, ...]


@dataclass(frozen=True)
class Source:
    """A text as it was: a protocol, a rig."""

    title: str
    text: str


@dataclass(frozen=True)
class Signatures:
    """Lines to sign on."""

    roles: tuple[str, ...]
    """Who signs: tested by, reviewed by, approved by."""
    fields: tuple[str, ...]
    """What each writes: name, date, signature."""


Block = Heading | Paragraph | Items | Table | Figure | VerdictBox | Source | Signatures


@dataclass(frozen=True)
class Report:
    """A whole report."""

    language: str
    """``en`` or ``zh``."""
    title: str
    subtitle: str
    foot: str
    """What stands at the foot of each page: identity of what is reported."""
    page: str
    """How a page is counted, with ``{page}`` and ``{pages}``."""
    blocks: tuple[Block, ...]
    mark: str = ""
    """What every page must say, such as that all was simulated; empty: nothing."""

    def texts(self) -> Iterator[str]:
        """Yield every text in it but sources, which are set in another font."""
        yield from (self.title, self.subtitle, self.foot, self.page, self.mark)
        for block in self.blocks:
            yield from texts_of(block)


def texts_of(block: Block) -> Sequence[str]:
    """Return every text of a block; of a source its title."""
    found: Sequence[str]
    match block:
        case Heading() | Paragraph():
            found = (block.text,)
        case Items():
            found = block.texts
        case Table():
            heads = [column.title for column in block.columns]
            found = [block.caption, *heads, *(cell.text for row in block.rows for cell in row)]
        case Figure():
            found = (block.caption, *block.texts)
        case VerdictBox():
            found = (block.word, *(each.text for each in block.sentences))
        case Source():
            found = (block.title,)
        case Signatures():
            found = (*block.roles, *block.fields)
    return found


def row(*texts: str, tone: Tone = "plain") -> Row:
    """Return a row whose cells are all meant alike."""
    return tuple(Cell(text, tone) for text in texts)
