"""The one theme, after ISA-101: grey; colour only for what is abnormal, with shape and text."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette

from bench.errors import BenchError

WINDOW = "#E6E6E6"
"""Behind panels."""
PANEL = "#F2F2F2"
"""Of a panel."""
FIELD = "#FFFFFF"
"""Where one types."""
EDGE = "#B4B4B4"
"""Lines between panels."""
INK = "#1E1E1E"
"""Text and values."""
FAINT = "#5F5F5F"
"""Labels, units; 5.6:1 on a panel."""
EQUIPMENT = "#888888"
"""Outline of equipment and pipes."""
RUNNING = "#6E6E6E"
"""Equipment that runs: filled; what stands is outlined."""
BAND = "#C9D2DA"
"""Where a value is wanted to be."""
CURVES = ("#2B4C7E", "#5B7553", "#7A5C3E", "#6B4E71", "#3F7378", "#8A6D1F", "#4F4F4F", "#93506A")
"""Of curves, in order: dark and quiet, told apart by name as well."""
SELECTED = "#3D6A96"
"""What is chosen, and has the keyboard."""
PRIORITIES: Mapping[int, str] = MappingProxyType({1: "#C8102E", 2: "#D06A06", 3: "#A87F00"})
"""Alarm priority → colour."""
WARNED = "#9A5200"
"""Text of a warning: darker than its shapes."""
SHAPES: Mapping[int, str] = MappingProxyType({1: "◆", 2: "▲", 3: "▼"})
"""Alarm priority → shape."""
DIAGNOSTIC = "#A0268C"
"""Something of the bench itself is wrong: stale values, lost server."""
SHELVED = "#547390"
"""Shelved, bypassed, forced."""
BODY = 10
"""Size of text, pt."""
LABEL = 9
"""Size of labels, pt."""
VALUE = 13
"""Size of values, pt."""
HEADER = 15
"""Size of headers, pt."""
_CHINESE = (
    "Microsoft YaHei UI", "Microsoft YaHei", "PingFang SC", "Noto Sans CJK SC", "Noto Sans SC",
    "Source Han Sans SC", "WenQuanYi Micro Hei",
)  # fmt: skip
_LATIN = ("Segoe UI", "Noto Sans", "DejaVu Sans", "Helvetica Neue")


class NoChineseFont(BenchError):
    """This machine cannot show Chinese; its message names what to install."""


def check_fonts(language: str) -> None:
    """Look whether a language can be shown.

    Raises:
        NoChineseFont: it cannot.
    """
    system = QFontDatabase.WritingSystem.SimplifiedChinese
    if language == "zh" and not QFontDatabase.families(system):
        raise NoChineseFont("app.no-chinese-font")


def body_font() -> QFont:
    """Return the font of all text: the first Latin and Chinese families this machine has."""
    present = set(QFontDatabase.families())
    families = [name for name in (*_LATIN, *_CHINESE) if name in present]
    font = QFont()
    if families:
        font.setFamilies(families)
    font.setPointSize(BODY)
    return font


def palette() -> QPalette:
    """Return the palette."""
    found = QPalette()
    roles = QPalette.ColorRole
    for role, colour in (
        (roles.Window, WINDOW),
        (roles.WindowText, INK),
        (roles.Base, FIELD),
        (roles.AlternateBase, PANEL),
        (roles.Text, INK),
        (roles.Button, PANEL),
        (roles.ButtonText, INK),
        (roles.ToolTipBase, FIELD),
        (roles.ToolTipText, INK),
        (roles.PlaceholderText, FAINT),
        (roles.Highlight, SELECTED),
        (roles.HighlightedText, FIELD),
    ):
        found.setColor(role, QColor(colour))
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        found.setColor(QPalette.ColorGroup.Disabled, role, QColor("#9A9A9A"))
    return found


STYLE = f"""
QFrame[panel="true"] {{ background: {PANEL}; border: 1px solid {EDGE}; border-radius: 2px; }}
QLabel[role="label"] {{ color: {FAINT}; font-size: {LABEL}pt; }}
QLabel[role="value"] {{ font-size: {VALUE}pt; }}
QLabel[role="header"] {{ font-size: {HEADER}pt; font-weight: 600; }}
QLabel[role="heading"] {{ font-weight: 600; }}
QPushButton {{
    background: {PANEL}; border: 1px solid {EQUIPMENT}; border-radius: 2px; padding: 4px 10px;
}}
QPushButton:pressed, QPushButton:checked {{ background: {BAND}; }}
QPushButton:focus, QToolButton:focus {{ border: 2px solid {SELECTED}; padding: 3px 9px; }}
QPushButton:disabled {{ color: #9A9A9A; border-color: {EDGE}; }}
QLineEdit, QPlainTextEdit, QComboBox, QTreeView, QTableView, QListView {{
    background: {FIELD}; border: 1px solid {EDGE};
}}
QLineEdit[valid="false"] {{ border: 2px solid {PRIORITIES[2]}; }}
QTabBar::tab {{ padding: 5px 14px; }}
QHeaderView::section {{
    background: {PANEL}; border: 0; border-bottom: 1px solid {EDGE}; padding: 3px;
}}
"""
"""Style sheet of the app. Set ``panel``, ``role`` and ``valid`` as properties of widgets."""
