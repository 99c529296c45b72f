"""Cell voltages as one sees them, by mouse and keyboard."""

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QColor, QHelpEvent
from PySide6.QtWidgets import QApplication, QPushButton, QToolTip

from gui import theme
from gui.panels.console.cells_panel import CellsPanel
from gui.state.console.cells import cells_of, fitted_cells
from gui.state.screens.screen import screen_of
from tests.gui.bench_values import SYSTEM, model_of, session_of
from tests.gui.pixels import colours_of as colours

RIG = "solid-oxide-system"


def state(given=None, bad=None):
    session = session_of(RIG, {**SYSTEM, **(given or {})}, bad)
    return cells_of(session, fitted_cells(screen_of("solid-oxide"), model_of(RIG)))


@pytest.fixture
def panel(qtbot, words):
    found = CellsPanel(words)
    qtbot.addWidget(found)
    found.resize(1150, 600)
    found.show()
    qtbot.waitExposed(found)
    found.display(state())
    return found


def middle(panel, at):
    """Return the middle of the bar that stands at a place from the left."""
    bars = panel.bars
    return QPointF(bars._area.left() + (at + 0.5) * bars._pitch, bars._area.center().y())


def test_cells_stand_in_the_order_of_the_stack_at_first(panel):
    assert [panel.bars.cell_at(middle(panel, at)) for at in (0, 116, 299)] == [0, 116, 299]
    assert panel.bars.cell_at(QPointF(1, 1)) == -1


def test_a_click_sorts_them_from_the_lowest(panel, qtbot):
    button = panel.findChild(QPushButton, "cells_by_voltage")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert panel.bars.cell_at(middle(panel, 0)) == 116
    assert panel.bars.cell_at(middle(panel, 299)) == 3
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert panel.bars.cell_at(middle(panel, 0)) == 0


def test_a_key_shows_deviations(panel, qtbot):
    before = panel.bars.grab().toImage()
    keys = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    panel.activateWindow()
    qtbot.waitUntil(panel.isActiveWindow)
    qtbot.keyClick(panel, Qt.Key.Key_D, keys)
    qtbot.waitUntil(panel.findChild(QPushButton, "cells_deviation").isChecked)
    assert panel.bars.grab().toImage() != before


def test_under_the_mouse_a_cell_says_number_voltage_and_deviation(panel):
    place = middle(panel, 116)
    where = panel.bars.mapToGlobal(place.toPoint())
    event = QHelpEvent(QEvent.Type.ToolTip, place.toPoint(), where)
    QApplication.sendEvent(panel.bars, event)
    assert QToolTip.text() == "Cell 117: 0.829 V, -13.0 mV from the mean"
    QToolTip.hideText()


def test_a_cell_below_a_limit_is_coloured_and_no_other(panel):
    marked = QColor(theme.PRIORITIES[1]).name()
    assert marked not in colours(panel.bars)
    panel.display(state({"cvm.group_7": "0.55 V"}))
    assert marked in colours(panel.bars)


def test_a_cell_without_a_value_is_marked(panel):
    panel.display(state(bad={"cvm.group_7": 2}))
    assert "no value" in panel.bars.told(6)
    assert any(QColor(each).hsvSaturation() > 100 for each in colours(panel.bars))


def test_the_numbers_over_all_cells_change_their_language(panel, words):
    assert "Mean cell voltage" in panel.numbers[0]
    assert "0.842 V" in panel.numbers[0]
    words.switch("zh")
    assert "平均电池电压" in panel.numbers[0]
    button = panel.findChild(QPushButton, "cells_by_voltage")
    assert button.text() == "按电压排序"
    assert button.shortcut().toString() == "Ctrl+Shift+V"


def test_it_fits_into_the_smallest_window(panel, words):
    for language in ("en", "zh"):
        words.switch(language)
        assert panel.minimumSizeHint().width() <= 760
        assert panel.minimumSizeHint().height() <= 480
