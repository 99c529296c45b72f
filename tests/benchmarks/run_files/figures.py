"""What was measured, beside what is wanted."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rich.table import Table

_COMPARED = {"≤": operator.le, "≥": operator.ge}


@dataclass(frozen=True)
class Figure:
    """One measurement."""

    section: str
    """What it belongs to."""
    what: str
    """What was measured."""
    value: float
    """How much."""
    unit: str
    """Of what."""
    wanted: tuple[str, float] | None = None
    """``≤`` or ``≥``, and the figure that is wanted; None: nobody said."""
    peers: Mapping[str, float] = field(default_factory=dict[str, float])
    """What others take for the same, in the same unit."""
    remark: str = ""
    """How it was measured, where it does not go without saying."""

    @property
    def is_met(self) -> bool | None:
        """Whether it is as wanted; None: nothing is."""
        if self.wanted is None:
            return None
        relation, bound = self.wanted
        return bool(_COMPARED[relation](self.value, bound))


HEADINGS = ("What", "Measured", "Wanted", "", "Peers, and their ratio to ours", "Remark")
"""Headings of the columns."""


def _cells(figure: Figure) -> tuple[str, ...]:
    met = {None: "", True: "met", False: "MISSED"}[figure.is_met]
    wanted = "" if figure.wanted is None else f"{figure.wanted[0]} {_number(figure.wanted[1])}"
    peers = ", ".join(
        f"{name} {_number(value)} ({_ratio(value, figure.value)})"
        for name, value in figure.peers.items()
    )
    measured = f"{_number(figure.value)} {figure.unit}"
    return figure.what, measured, wanted, met, peers, figure.remark


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _ratio(peer: float, own: float) -> str:
    return f"{_number(peer / own)}×" if own else "-"


def as_table(figures: Sequence[Figure]) -> Table:
    """Return a table for a terminal."""
    table = Table(title="Run files")
    for heading in HEADINGS:
        table.add_column(heading, overflow="fold")
    section = ""
    for figure in figures:
        if figure.section != section:
            section = figure.section
            table.add_section()
            table.add_row(section, style="bold")
        table.add_row(*_cells(figure), style="red" if figure.is_met is False else "")
    return table


def as_markdown(figures: Sequence[Figure]) -> str:
    """Return the table for a page."""
    lines = [_line(HEADINGS), _line(["---"] * len(HEADINGS))]
    section = ""
    for figure in figures:
        if figure.section != section:
            section = figure.section
            lines.append(_line([f"**{section}**", *[""] * (len(HEADINGS) - 1)]))
        lines.append(_line(_cells(figure)))
    return "\n".join(lines) + "\n"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
