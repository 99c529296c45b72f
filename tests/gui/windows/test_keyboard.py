"""Everything can be done by keyboard, and is named for who hears the screen."""

from collections import Counter

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QShortcut
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QTabBar,
    QTabWidget,
    QWidget,
)

from gui.panels.console.console_view import Tab
from tests.gui.windows.benches import RIGS

FIELDS = QLineEdit | QPlainTextEdit | QComboBox | QAbstractSpinBox | QAbstractItemView


def keys_of(window):
    """Return the keys of a window that act while a page is seen, each with how often."""
    found = Counter()
    for each in window.findChildren(QShortcut):
        if each.isEnabled() and (each.parent() is window or each.parent().isVisibleTo(window)):
            found.update(key.toString() for key in QShortcut.keys(each))
    for each in window.findChildren(QAction):
        if each.isEnabled():
            found.update(key.toString() for key in each.shortcuts())
    for each in window.findChildren(QAbstractButton):
        if each.isEnabled() and each.isVisibleTo(window) and not each.shortcut().isEmpty():
            found[each.shortcut().toString()] += 1
    return found


def doubled(window):
    return sorted(key for key, count in keys_of(window).items() if count > 1)


def nameless(window):
    """Return what a person operates and that has neither text nor name."""
    operated = window.findChildren(QAbstractButton) + [
        each for each in window.findChildren(QWidget) if isinstance(each, FIELDS)
    ]
    buddies = {each.buddy() for each in window.findChildren(QLabel) if each.buddy() is not None}
    return sorted(
        f"{type(each).__name__} {each.objectName()} in {type(each.parentWidget()).__name__}"
        for each in operated
        if each.isVisibleTo(window)
        and not is_part(each)
        and each not in buddies
        and not (each.accessibleName() or getattr(each, "text", str)())
    )


def is_part(widget) -> bool:
    """Return whether a widget is part of another one, which is named."""
    above = widget.parentWidget()
    is_inside = isinstance(above, QComboBox | QAbstractSpinBox | QTabBar | QAbstractItemView)
    return is_inside or isinstance(widget, QHeaderView) or widget.objectName().startswith("qt_")


@pytest.mark.parametrize("rig", RIGS)
def test_no_key_of_the_console_means_two_things_and_everything_has_a_name(console, attended, rig):
    attended(rig)
    pages = console.findChild(QTabWidget, "pages")
    for place, tab in enumerate(Tab):
        if pages.isTabVisible(place):
            console.view.go_to(tab)
            attended(rig)
            assert not doubled(console), tab
            assert not nameless(console), tab
    assert {"Ctrl+H", "Ctrl+R", "F2", "F3"} <= set(keys_of(console))


def test_no_key_of_the_reviewer_means_two_things_and_everything_has_a_name(reviewer):
    for name in ("review_left", "review_centre"):
        tabs = reviewer.findChild(QTabWidget, name)
        for place in range(tabs.count()):
            tabs.setCurrentIndex(place)
            assert not doubled(reviewer), (name, place)
            assert not nameless(reviewer), (name, place)


def test_tab_reaches_every_verb_of_the_bench_and_goes_down(qtbot, console, attended):
    attended("hydrogen-engine-cell")
    console.activateWindow()
    panel = console.findChild(QWidget, "state_panel")
    wanted = [
        each
        for each in panel.findChildren(QAbstractButton)
        if each.isEnabled() and each.isVisibleTo(console)
    ]
    assert len(wanted) > 3
    top = min(wanted, key=lambda each: (each.y(), each.x()))
    top.setFocus(Qt.FocusReason.TabFocusReason)
    met = []
    for _ in range(len(wanted)):
        met.append(QApplication.focusWidget())
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert set(met) == set(wanted)
    places = [each.mapTo(console, each.rect().topLeft()).y() for each in met]
    assert places == sorted(places)
