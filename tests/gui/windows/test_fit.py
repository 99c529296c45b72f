"""Windows have room on a laptop and on the wall: no text is cut, nothing lies over anything."""

from itertools import combinations

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import (
    QAbstractButton,
    QLabel,
    QTabBar,
    QTabWidget,
    QToolButton,
    QWidget,
)

from gui.panels.console.console_view import Tab
from gui.widgets.elided_label import ElidedLabel
from tests.gui.windows.benches import RIGS

SIZES = ((1920, 1080), (1366, 768))
LANGUAGES = ("en", "zh")


@pytest.fixture(params=LANGUAGES)
def language(request, words):
    chinese = QFontDatabase.families(QFontDatabase.WritingSystem.SimplifiedChinese)
    if request.param == "zh" and not chinese:
        pytest.skip("platform: this machine has no Chinese font")
    words.switch(request.param)
    return request.param


def seen(window, kinds):
    """Return the widgets of some kinds that a person sees, at least in part."""
    return [each for each in window.findChildren(kinds) if each.isVisibleTo(window)]


def cut_texts(window: QWidget) -> list[str]:
    """Return what has less room than its text needs."""
    found = [
        f"{type(each).__name__} {each.objectName()}: {each.text()!r}"
        f" {each.width()}x{each.height()} < {need[0]}x{need[1]}"
        for each in seen(window, QLabel) + seen(window, QAbstractButton)
        if (need := needed(each)) is not None
        and (each.width() < need[0] or each.height() < need[1])
    ]
    for bar in seen(window, QTabBar):
        scrolls = [each for each in bar.findChildren(QToolButton) if each.isVisible()]
        if scrolls and bar.parentWidget().objectName() == "pages":
            found.append(f"QTabBar {bar.parentWidget().objectName()}: scrolls")
    return found


def needed(widget) -> tuple[int, int] | None:
    """Return the width and height the text of a widget needs; None: it shows data, or nothing."""
    if isinstance(widget, ElidedLabel) or not widget.text():
        return None
    if isinstance(widget, QLabel):
        if widget.pixmap() is not None and not widget.pixmap().isNull():
            return None
        if widget.wordWrap():
            return 0, widget.heightForWidth(widget.width()) - 1
        size = widget.sizeHint()
        return size.width(), size.height() - 2
    if isinstance(widget, QToolButton) and widget.toolButtonStyle().value == 0:
        return None
    metrics = widget.fontMetrics()
    plain = widget.text().replace("&&", "§").replace("&", "")
    lines = plain.split("\n")
    width = max(metrics.horizontalAdvance(line) for line in lines)
    return width + 6, metrics.height() * len(lines)


def overlaps(window: QWidget) -> list[str]:
    """Return what lies over its siblings."""
    found = []
    for parent in (window, *window.findChildren(QWidget)):
        if parent.layout() is None or not parent.isVisibleTo(window):
            continue
        placed = [
            each
            for place in range(parent.layout().count())
            if (each := parent.layout().itemAt(place).widget()) is not None and each.isVisible()
        ]
        placed += [each for each in inner(parent.layout()) if each not in placed]
        for one, other in combinations(placed, 2):
            if apart(one).intersects(apart(other)):
                found.append(f"{told(one)} over {told(other)} in {told(parent)}")
    return found


def inner(layout):
    """Yield the widgets of layouts within a layout."""
    for place in range(layout.count()):
        below = layout.itemAt(place).layout()
        if below is not None:
            for at in range(below.count()):
                widget = below.itemAt(at).widget()
                if widget is not None and widget.isVisible():
                    yield widget
            yield from inner(below)


def apart(widget) -> QRect:
    return widget.geometry().adjusted(1, 1, -1, -1)


def told(widget) -> str:
    text = widget.text() if isinstance(widget, QLabel | QAbstractButton) else ""
    return f"{type(widget).__name__} {widget.objectName()} {text!r} {widget.geometry().getRect()}"


def check(window, width, height, said):
    least = window.minimumSizeHint().expandedTo(window.minimumSize())
    assert (least.width() <= width, least.height() <= height) == (True, True), (said, least)
    assert (window.width(), window.height()) == (width, height), said
    inside = QRect(QPoint(0, 0), window.size())
    assert inside.contains(window.centralWidget().geometry()), said
    assert not cut_texts(window), said
    assert not overlaps(window), said


@pytest.mark.parametrize("rig", RIGS)
@pytest.mark.usefixtures("language")
def test_the_console_has_room_on_every_page(qtbot, console, attended, rig):
    attended(rig)
    pages = console.findChild(QTabWidget, "pages")
    for width, height in SIZES:
        console.resize(width, height)
        for place, tab in enumerate(Tab):
            if pages.isTabVisible(place):
                console.view.go_to(tab)
                attended(rig)
                qtbot.wait(1)
                check(console, width, height, (tab, width))


@pytest.mark.usefixtures("language")
def test_the_welcome_page_has_room(qtbot, console):
    for width, height in SIZES:
        console.resize(width, height)
        qtbot.wait(1)
        check(console, width, height, width)


@pytest.mark.usefixtures("language")
def test_the_reviewer_has_room(qtbot, reviewer):
    for width, height in SIZES:
        reviewer.resize(width, height)
        for name in ("review_left", "review_centre"):
            tabs = reviewer.findChild(QTabWidget, name)
            for place in range(tabs.count()):
                tabs.setCurrentIndex(place)
                qtbot.wait(1)
                check(reviewer, width, height, (name, place, width))
