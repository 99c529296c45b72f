"""A report as one HTML file that needs nothing beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import Final

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
    VerdictBox,
)

_STYLE: Final = """
:root { color-scheme: light; }
body { font: 14px/1.5 "DejaVu Sans", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif;
  color: #1a1a1a; max-width: 60rem; margin: 2rem auto; padding: 0 1.5rem; }
h1 { font-size: 1.7rem; margin-bottom: 0; } h2 { border-bottom: 1px solid #999; margin-top: 2rem; }
.mark { background: #fff3bf; border: 1px solid #b08900; padding: .3rem .8rem; font-weight: bold; }
.subtitle, .faint, figcaption, caption { color: #555; }
table { border-collapse: collapse; width: 100%; margin: .8rem 0; font-size: 13px; }
caption { text-align: left; padding: .2rem 0; }
th, td { border-bottom: 1px solid #ddd; padding: .25rem .5rem; text-align: left; }
th, td { vertical-align: top; overflow-wrap: anywhere; }
th { border-bottom: 1px solid #555; } .number { text-align: right; }
td, th { white-space: pre-line; }
.good { color: #1b6e2c; } .bad { color: #a61b1b; } .open { color: #8a6100; }
.verdict { border-left: 8px solid currentColor; padding: .4rem 1rem; margin: 1rem 0; }
.verdict strong { font-size: 1.5rem; } .verdict p { margin: .3rem 0; }
.plain { color: #1a1a1a; }
figure { margin: 1.2rem 0; break-inside: avoid; } figure svg { width: 100%; height: auto; }
figure svg * { stroke-linejoin: round; stroke-linecap: butt; }
pre { background: #f5f5f5; padding: .8rem; overflow-x: auto; font-size: 12px;
  font-family: "DejaVu Sans Mono", "Noto Sans Mono CJK SC", monospace; white-space: pre-wrap; }
.signatures tbody > tr > * { height: 3rem; border-bottom: 1px solid #333; font-weight: normal; }
footer { color: #555; margin: 3rem 0; }
"""
_OF_A_FILE: Final = re.compile(
    r"<metadata>.*?</metadata>|<defs>\s*<style[^>]*>[^<]*</style>\s*</defs>", re.DOTALL
)
"""What a drawing says as a file of its own; its style stands in that of the page."""
_TAG: Final = re.compile(r"<[^>]*>")
_NAMESPACE: Final = re.compile(r' xmlns(?::\w+)?="[^"]*"')


def html_of(report: Report) -> str:
    """Return the report as a page with its figures inside."""
    mark = f'<p class="mark">{escape(report.mark)}</p>' if report.mark else ""
    body = "\n".join(
        line for number, block in enumerate(report.blocks, 1) for line in _lines(block, number)
    )
    return f"""<!DOCTYPE html>
<html lang="{"zh-Hans" if report.language == "zh" else report.language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{escape(report.title)}</title><style>{_STYLE}</style></head>
<body>
{mark}
<h1>{escape(report.title)}</h1>
<p class="subtitle">{escape(report.subtitle)}</p>
{body}
<footer>{escape(report.foot)}</footer>
</body>
</html>
"""


def _lines(block: Block, number: int) -> Iterator[str]:
    match block:
        case Heading():
            yield f"<h{block.level + 1}>{escape(block.text)}</h{block.level + 1}>"
        case Paragraph():
            yield f'<p class="{block.tone}">{escape(block.text)}</p>'
        case Items():
            yield "<ul>" + "".join(f"<li>{escape(text)}</li>" for text in block.texts) + "</ul>"
        case Table():
            yield from _table(block)
        case Figure():
            caption = f"<figcaption>{escape(block.caption)}</figcaption>"
            yield f"<figure>{_inner(block, number)}{caption}</figure>"
        case VerdictBox():
            said = "".join(
                f'<p class="{each.tone}">{escape(each.text)}</p>' for each in block.sentences
            )
            word = f"<strong>{escape(block.word)}</strong>"
            yield f'<div class="verdict {block.tone}">{word}{said}</div>'
        case Source():
            summary = f"<summary>{escape(block.title)}</summary>"
            yield f"<details>{summary}<pre>{escape(block.text)}</pre></details>"
        case Signatures():
            yield from _signatures(block)


def _inner(figure: Figure, number: int) -> str:
    """Return the drawing as part of the page: named for who cannot see it, ids its own.

    Every drawing names its parts alike, and a page must not have a name twice: all of them get the
    number of the block.
    """
    drawing = _OF_A_FILE.sub("", figure.svg[figure.svg.index("<svg") :])

    def named(tag: re.Match[str]) -> str:
        own = _NAMESPACE.sub("", tag[0]).replace("xlink:href=", "href=")
        for mark in (' id="', ' href="#', "url(#"):
            own = own.replace(mark, f"{mark}b{number}-")
        return own

    label = escape(figure.caption)
    return _TAG.sub(named, drawing).replace("<svg", f'<svg role="img" aria-label="{label}"', 1)


def _table(table: Table) -> Iterator[str]:
    sides = [' class="number"' if column.is_number else "" for column in table.columns]
    yield "<table>"
    if table.caption:
        yield f"<caption>{escape(table.caption)}</caption>"
    heads = zip(table.columns, sides, strict=True)
    yield (
        "<thead><tr>"
        + "".join(f'<th scope="col"{side}>{escape(column.title)}</th>' for column, side in heads)
        + "</tr></thead><tbody>"
    )
    for row in table.rows:
        cells = zip(row, table.columns, strict=True)
        yield (
            "<tr>"
            + "".join(
                f'<td class="{cell.tone}{" number" if column.is_number else ""}">'
                f"{escape(cell.text)}</td>"
                for cell, column in cells
            )
            + "</tr>"
        )
    yield "</tbody></table>"


def _signatures(block: Signatures) -> Iterator[str]:
    heads = "".join(f'<th scope="col">{escape(field)}</th>' for field in block.fields)
    yield f'<table class="signatures"><thead><tr><td></td>{heads}</tr></thead><tbody>'
    for role in block.roles:
        empty = "<td></td>" * len(block.fields)
        yield f'<tr><th scope="row">{escape(role)}</th>{empty}</tr>'
    yield "</tbody></table>"
