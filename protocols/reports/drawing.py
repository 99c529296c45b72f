"""Figures of a report, drawn by matplotlib as SVG whose texts are texts.

Figures are drawn without a screen and without matplotlib's global state. Equal results give equal
bytes: no date, and ids from a fixed salt.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from html import unescape
from typing import Any, Final, cast

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure as Sheet
from matplotlib.font_manager import fontManager

from protocols.reports.blocks import Figure
from protocols.reports.fonts import FontSet

INK: Final = "#1a1a1a"
BLUE: Final = "#1f5fa8"
ORANGE: Final = "#c15a00"
GREY: Final = "#8a8a8a"
GREEN: Final = "#1b6e2c"
RED: Final = "#a61b1b"
"""Colours that stay apart in print and for the colour-blind; shape and text say the same."""

_TEXT: Final = re.compile(r"<text[^>]*>([^<]+)</text>")

Drawn = Callable[[Any], None]
"""Draws into axes; matplotlib's own types are open."""


@dataclass(frozen=True)
class Drawing:
    """How figures are drawn."""

    fonts: FontSet

    def figure(self, draw: Drawn, *, caption: str, height: float = 3.0) -> Figure:
        """Return a figure of one pair of axes; what is labelled in it is explained above it.

        Args:
            draw: draws into the axes.
            caption: what stands below it.
            height: in inches; the width is 7.
        """
        settings = {
            "font.family": list(self.fonts.proportional),
            "font.size": 8.5,
            "svg.fonttype": "none",
            "svg.hashsalt": "h2bench",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.edgecolor": INK,
            "axes.unicode_minus": True,
        }
        self._make_known()
        with cast("Any", mpl).rc_context(settings):
            sheet = Sheet(figsize=(7.0, height), layout="constrained")
            axes = cast("Any", sheet.add_subplot())
            draw(axes)
            if axes.get_legend_handles_labels()[1]:
                cast("Any", sheet).legend(
                    loc="outside upper right", frameon=False, fontsize=7.5, ncols=4
                )
            written = io.StringIO()
            canvas = cast("Any", FigureCanvasSVG(sheet))
            canvas.print_svg(written, metadata={"Date": None, "Creator": "h2bench"})
        svg = written.getvalue()
        return Figure(svg, caption, tuple(_texts(svg)))

    def _make_known(self) -> None:
        """Tell matplotlib of the fonts: its own list is made once per machine, and may be old."""
        manager = cast("Any", fontManager)
        known = {entry.name for entry in manager.ttflist}
        for face in self.fonts.faces:
            if face.family not in known:
                manager.addfont(face.path)


def _texts(svg: str) -> Iterable[str]:
    """Return the texts that stand in a drawing, each once."""
    return dict.fromkeys(unescape(text) for text in _TEXT.findall(svg))
