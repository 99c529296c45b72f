"""Every visible string comes from the message catalogue, and so in the language that is chosen."""

import re

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QDialog,
    QGroupBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QTabWidget,
    QWidget,
)

import bench.messages
from bench.messages import Bilingual, catalogue

MARK = "¤"
DATA = re.compile(
    r"""
    [^A-Za-z]*                                # no letters at all
    | [^\s]*\d[^\s]*(\s[^\s]+){0,2}            # a number with its unit, a time
    | [\w.*+\-/:\\#@°µ·%²³^]+                  # one name: channel, file, unit, id
    | ([\w.*+\-/°µ·%]+\s*[,;|→–…:]\s*)*[\w.*+\-/°µ·%]+   # several names
    """,
    re.VERBOSE,
)
CAPITALISED = re.compile(r"[A-Z][a-z]{2,}")
OWN = frozenset({"h2bench", "English"})
"""What is called the same in every language."""


@pytest.fixture
def marked(monkeypatch):
    """Mark every text that comes from a catalogue, or from the people of the lab."""

    def told(language, room):
        return {name: f"{MARK}{text}" for name, text in catalogue(language, room).items()}

    plain = Bilingual.text
    monkeypatch.setattr(bench.messages, "catalogue", told)
    monkeypatch.setattr(
        Bilingual, "text", lambda self, language="en": MARK * bool(self.en) + plain(self, language)
    )


def texts_of(widget: QWidget):
    """Yield the texts that a widget and its actions show."""
    yield widget.toolTip()
    yield widget.accessibleName()
    if widget.isWindow():
        yield widget.windowTitle()
    for kind, texts in SHOWN:
        if isinstance(widget, kind):
            yield from texts(widget)
    for action in widget.findChildren(QAction, options=Qt.FindChildOption.FindDirectChildrenOnly):
        yield action.text()


def heads_of(header: QHeaderView):
    """Yield the titles of columns."""
    model = header.model()
    if header.isVisible() and model is not None:
        for section in range(header.count()):
            yield str(model.headerData(section, header.orientation()) or "")


def items_of(view: QAbstractItemView):
    """Yield what the first rows of a view show."""
    model = view.model()
    if model is None:
        return
    for row in range(min(model.rowCount(), 30)):
        for column in range(model.columnCount()):
            index = model.index(row, column)
            yield str(index.data() or "")


SHOWN = (
    (QLabel | QAbstractButton, lambda each: [each.text()]),
    (QGroupBox | QMenu, lambda each: [each.title()]),
    (QLineEdit, lambda each: [each.placeholderText()]),
    (QComboBox, lambda each: [each.itemText(at) for at in range(each.count())]),
    (QTabWidget, lambda each: [each.tabText(at) for at in range(each.count())]),
    (QHeaderView, heads_of),
    (QAbstractItemView, items_of),
)


def untold(window: QWidget) -> list[str]:
    """Return what a window shows that did not come from a catalogue and is no data."""
    found = set()
    for widget in (window, *window.findChildren(QWidget)):
        for text in texts_of(widget):
            plain = re.sub(r"<[^>]+>", " ", text).replace("&", "").strip()
            if not plain or MARK in plain or plain in OWN:
                continue
            if CAPITALISED.fullmatch(plain) or not DATA.fullmatch(plain):
                found.add(f"{type(widget).__name__} {widget.objectName()}: {plain}")
    return sorted(found)


def open_dialogs(window):
    app = QApplication.instance()
    return [w for w in app.topLevelWidgets() if isinstance(w, QDialog) and w.isVisible()]
