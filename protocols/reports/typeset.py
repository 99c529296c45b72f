"""A report as PDF, set by Typst from markup that is written here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import typst

from bench.errors import ConfigError
from protocols.reports.blocks import (
    Block,
    Figure,
    Heading,
    Items,
    Paragraph,
    Report,
    Signatures,
    Source,
    Table,
    Tone,
    VerdictBox,
)
from protocols.reports.fonts import FontSet

_COLOURS: Final[dict[Tone, str]] = {
    "plain": "1a1a1a",
    "good": "1b6e2c",
    "bad": "a61b1b",
    "open": "8a6100",
    "faint": "555555",
}
WIDTH: Final = 482.0
"""Width of the text on a page, pt."""
GLYPH: Final = 5.2
"""Width of a digit in a table, pt: wider than most letters."""
BOLD_GLYPH: Final = 6.0
"""The same of a heading."""
LONG_CELL: Final = 600
"""Letters. A table with a longer cell may break within rows."""
INSET: Final = 6.0
"""Beside what stands in a cell, pt."""
_WORD: Final = re.compile(r"[!-~\u00a0-\u024f]+")
_JOINT: Final = re.compile(r"([._/-])(?=\w)")
_BREAK: Final = "\u200b"
STANDARD: Final = "a-2u"
"""PDF/A-2u (ISO 19005-2): fonts inside, every glyph with its character."""


def pdf_of(report: Report, fonts: FontSet, *, seconds: int) -> bytes:
    """Return the report as PDF/A.

    Args:
        report: What to set.
        fonts: In what.
        seconds: When it was made, s since 1970-01-01T00:00:00Z.

    Raises:
        ConfigError: a font lacks a character, or the compiler refuses.
    """
    check_fonts(report, fonts)
    figures = [block.svg for block in report.blocks if isinstance(block, Figure)]
    inputs = {_figure_name(number): svg for number, svg in enumerate(figures)}
    source = markup_of(report, fonts)
    try:
        compiler = typst.Compiler(source.encode(), font_paths=fonts.fonts, sys_inputs=inputs)
        made = compiler.compile(format="pdf", pdf_standards=[STANDARD], timestamp=seconds)
    except typst.TypstError as error:
        raise ConfigError("report.not-set", reason=error.message) from error
    if not isinstance(made, bytes):
        raise ConfigError("report.not-set", reason=type(made).__name__)
    return made


def check_fonts(report: Report, fonts: FontSet) -> None:
    """Find a character that would not be shown.

    Raises:
        ConfigError: there is one; it names it and what to install.
    """
    fonts.check(report.texts())
    sources = [block.text for block in report.blocks if isinstance(block, Source)]
    fonts.check(sources, is_source=True)


def markup_of(report: Report, fonts: FontSet) -> str:
    """Return the report as Typst markup; figures are named inputs."""
    numbers = iter(range(len(report.blocks)))
    lines = [
        *_preamble(report, fonts),
        *(line for block in report.blocks for line in _lines(block, numbers)),
    ]
    return "\n".join(lines) + "\n"


def quoted(text: str) -> str:
    """Return a text as a Typst string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + escaped.replace("\n", "\\n").replace("\r", "").replace("\t", "    ") + '"'


def breakable(text: str, room: int) -> str:
    """Return a text whose words may break where they are longer than a column has room for.

    They break behind a dot, an underscore, a dash or a slash; what is still too long, anywhere.
    """

    def broken(found: re.Match[str]) -> str:
        word = found.group()
        if len(word) <= room:
            return word
        pieces = _JOINT.sub(rf"\1{_BREAK}", word).split(_BREAK)
        cut = [piece[at : at + room] for piece in pieces for at in range(0, len(piece), room)]
        return _BREAK.join(cut)

    return _WORD.sub(broken, text)


def _preamble(report: Report, fonts: FontSet) -> Iterator[str]:
    names = ", ".join(quoted(name) for name in fonts.proportional)
    before, _, rest = report.page.partition("{page}")
    between, _, after = rest.partition("{pages}")
    count = (
        f"#{quoted(before)}#counter(page).display()#{quoted(between)}"
        f"#counter(page).final().first()#{quoted(after)}"
    )
    mark = f"text(weight: 700, fill: rgb({quoted('#8a6100')}), {quoted(report.mark)})"
    yield f"#set document(title: {quoted(report.title)})"
    yield (
        '#set page(paper: "a4", margin: (x: 2cm, top: 2.2cm, bottom: 2cm), '
        f"header: {mark if report.mark else 'none'}, "
        f"footer: context text(8pt, fill: luma(35%))[#{quoted(report.foot)} #h(1fr) {count}])"
    )
    language = quoted(report.language)
    yield f"#set text(font: ({names},), size: 9.5pt, lang: {language}, fallback: false)"
    code = ", ".join(quoted(name) for name in fonts.monospaced)
    yield f"#show raw: set text(font: ({code},), size: 7.5pt)"
    yield "#set par(leading: 0.65em)"
    yield "#show heading: set block(above: 1.4em, below: 0.7em)"
    stroke = "(x, y) => (bottom: if y == 0 { 0.7pt } else { 0.3pt + luma(80%) })"
    yield f"#set table(stroke: {stroke}, inset: (x: 3pt, y: 3.5pt))"
    yield f"#text(18pt, weight: 700, {quoted(report.title)})"
    yield f"\n#text(10pt, fill: luma(35%), {quoted(report.subtitle)})\n"


def _lines(block: Block, numbers: Iterator[int]) -> Iterator[str]:
    match block:
        case Heading():
            yield f"#heading(level: {block.level}, {quoted(block.text)})"
        case Paragraph():
            stays = "true" if block.tone == "faint" else "false"  # beside what it explains
            yield f"#block(sticky: {stays})[#{_toned(block.text, block.tone)}]"
        case Items():
            yield "#list(" + ", ".join(_content(text) for text in block.texts) + ")"
        case Table():
            yield from _table(block)
        case Figure():
            name = quoted(_figure_name(next(numbers)))
            image = f'image(bytes(sys.inputs.at({name})), format: "svg", width: 100%)'
            caption = f"text(8.5pt, fill: luma(35%), {quoted(block.caption)})"
            yield f"#block(breakable: false, stack(spacing: 5pt, {image}, {caption}))"
        case VerdictBox():
            said = "".join(f"\n\n#{_toned(each.text, each.tone)}" for each in block.sentences)
            colour = f"rgb({quoted('#' + _COLOURS[block.tone])})"
            word = f"#text(15pt, weight: 700, fill: {colour}, {quoted(block.word)})"
            yield (
                f"#block(stroke: (left: 4pt + {colour}), inset: 8pt, width: 100%)"
                f"[#set par(spacing: 0.8em)\n{word}{said}]"
            )
        case Source():
            yield f"#heading(level: 3, {quoted(block.title)})"
            yield f"#raw({quoted(block.text)}, block: true)"
        case Signatures():
            yield from _signatures(block)


def _content(text: str) -> str:
    return f"[#{quoted(text)}]"


def _toned(text: str, tone: Tone) -> str:
    return f"text(fill: rgb({quoted('#' + _COLOURS[tone])}), {quoted(text)})"


def _table(table: Table) -> Iterator[str]:
    widths = ", ".join(f"{column.weight:g}fr" for column in table.columns)
    sides = ", ".join("right" if column.is_number else "left" for column in table.columns)
    if table.caption:
        caption = f"#text(8.5pt, fill: luma(35%), {quoted(table.caption)})"
        yield f"#block(sticky: true, below: 6pt)[{caption}]"
    total = sum(column.weight for column in table.columns)
    points = [WIDTH * column.weight / total - INSET for column in table.columns]
    rooms = [max(1, int(width / GLYPH)) for width in points]
    heads = ", ".join(
        f"strong({quoted(breakable(column.title, max(1, int(width / BOLD_GLYPH))))})"
        for column, width in zip(table.columns, points, strict=True)
    )
    longest = max((len(cell.text) for row in table.rows for cell in row), default=0)
    whole = "" if longest > LONG_CELL else "#set table.cell(breakable: false)\n"
    yield f"#text(8pt)[{whole}#table("
    yield f"  columns: ({widths},), align: ({sides},), table.header({heads}),"
    for row in table.rows:
        cells = zip(row, rooms, strict=True)
        yield (
            "  "
            + ", ".join(_toned(breakable(cell.text, room), cell.tone) for cell, room in cells)
            + ","
        )
    yield ")]"


def _signatures(block: Signatures) -> Iterator[str]:
    widths = ", ".join("1fr" for _ in (0, *block.fields))
    heads = ", ".join(f"strong({quoted(text)})" for text in ("", *block.fields))
    yield "#block(breakable: false)[#table("
    yield f"  columns: ({widths},), rows: (auto, ..({len(block.roles)} * (14mm,))), {heads},"
    for role in block.roles:
        yield "  " + ", ".join([quoted(role), *('""' for _ in block.fields)]) + ","
    yield ")]"


def _figure_name(number: int) -> str:
    return f"figure-{number}"
