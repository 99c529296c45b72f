"""Fonts that a report is set in, and whether they have every character of it.

A character that no font has would be printed as an empty box. So all are looked up before: what is
missing is an error that names the package to install.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import typst

from bench.errors import ConfigError

_TYPE_LIBRARY: Any = import_module("fontTools.ttLib")  # it carries no types

LATIN: Final = "DejaVu Sans"
"""Comes with matplotlib, so that it is on every machine."""
MONOSPACED: Final = "DejaVu Sans Mono"
"""As `LATIN`."""
CHINESE: Final = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Microsoft YaHei",
    "DengXian",
    "SimHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "PingFang SC",
)
"""Families with simplified Chinese, the first that is installed is taken."""
_INSTALL: Final[Mapping[str, str]] = {
    "win32": "Noto Sans SC (https://fonts.google.com/noto/specimen/Noto+Sans+SC)",
    "linux": "apt install fonts-noto-cjk",
}


@dataclass(frozen=True)
class Face:
    """One font file, and which of its faces."""

    family: str
    path: Path
    index: int

    @cached_property
    def characters(self) -> frozenset[int]:
        """Code points it can draw."""
        with _TYPE_LIBRARY.TTFont(self.path, fontNumber=self.index, lazy=True) as font:
            return frozenset(font.getBestCmap() or {})


@dataclass(frozen=True)
class FontSet:
    """The fonts of one report, in the order in which they are asked for a character."""

    fonts: typst.Fonts
    """What the compiler may use."""
    faces: tuple[Face, ...]

    @property
    def families(self) -> tuple[str, ...]:
        """Names, in that order."""
        return tuple(face.family for face in self.faces)

    @property
    def proportional(self) -> tuple[str, ...]:
        """Names of those that texts are set in."""
        return tuple(name for name in self.families if name != MONOSPACED)

    @property
    def monospaced(self) -> tuple[str, ...]:
        """Names of those that protocols and rigs are shown in."""
        return (MONOSPACED, *(name for name in self.families if name not in {LATIN, MONOSPACED}))

    def check(self, texts: Iterable[str], *, is_source: bool = False) -> None:
        """Find a character that none of the fonts has.

        Args:
            texts: what is set.
            is_source: whether it is set in `monospaced`.

        Raises:
            ConfigError: there is one; it names it and what to install.
        """
        names = self.monospaced if is_source else self.proportional
        faces = [face for face in self.faces if face.family in names]
        for text in texts:
            for character in text:
                if character.isspace() or any(ord(character) in f.characters for f in faces):
                    continue
                raise ConfigError(
                    "report.no-glyph",
                    character=character,
                    code=f"U+{ord(character):04X}",
                    text=_around(text, character),
                    fonts=", ".join(names),
                    install=_INSTALL.get(sys.platform, _INSTALL["linux"]),
                )


def installed_fonts(folders: Sequence[Path] = (), *, with_system: bool = True) -> FontSet:
    """Return the fonts for a report: Latin of matplotlib, and the first Chinese one there is.

    Args:
        folders: where else fonts lie.
        with_system: whether those of the system are looked at.
    """
    own = Path(mpl.get_data_path()) / "fonts" / "ttf"
    fonts = typst.Fonts(
        include_system_fonts=with_system,
        include_embedded_fonts=False,
        font_paths=[str(own), *map(str, folders)],
    )
    upright = {
        info.family: Face(info.family, Path(info.path), info.index)
        for info in fonts.fonts()
        if info.path and info.style == "normal" and info.weight == 400
    }
    chinese = next((upright[name] for name in CHINESE if name in upright), None)
    faces = (upright[LATIN], upright[MONOSPACED], *((chinese,) if chinese else ()))
    return FontSet(fonts, faces)


def _around(text: str, character: str) -> str:
    place = text.index(character)
    return text[max(0, place - 12) : place + 12].replace("\n", " ")
